using System.Buffers;
using System.Text;
using System.Text.Unicode;
using RustFs.Http1;

namespace RustFs.S3.Routing;

/// <summary>
/// What a request is about: the service, a bucket or an object, from its path (path style) or from its host and path (virtual-hosted
/// style). Bucket and key are decoded into a buffer of its own. One per connection, reused.
/// </summary>
public sealed class RequestTarget
{
    // A bucket name (63 bytes; longer ones cannot exist) before the key.
    private const int BucketBytesMax = 255;

    private readonly byte[] _bytes = new byte[BucketBytesMax + S3Limits.KeyBytes];
    private int _bucketLength;
    private int _keyLength;

    public TargetKind Kind { get; private set; }

    /// <summary>True when the bucket came from the host name.</summary>
    public bool IsVirtualHosted { get; private set; }

    public ReadOnlySpan<byte> Bucket => _bytes.AsSpan(0, _bucketLength);

    /// <summary>The decoded key: valid until the next request on the connection.</summary>
    public ReadOnlyMemory<byte> Key => _bytes.AsMemory(BucketBytesMax, _keyLength);

    /// <summary>Resolves the target; the error says what is wrong with the path.</summary>
    internal S3Error? Resolve(RequestHead head, ServerDomains domains)
    {
        _bucketLength = _keyLength = 0;
        Kind = TargetKind.Service;
        ReadOnlySpan<byte> path = head.Path;
        if (path.IsEmpty || path[0] != '/')
            return S3Errors.InvalidUri;
        path = path[1..];

        IsVirtualHosted = head.TryGet(KnownHeader.Host, out ReadOnlySpan<byte> host)
            && domains.TryFindBucket(host, out ReadOnlySpan<byte> bucket)
            && TrySetBucketFromHost(bucket);
        if (IsVirtualHosted)
            return path.IsEmpty ? Bucketed() : SetKey(path);
        if (path.IsEmpty)
            return null;

        int slash = path.IndexOf((byte)'/');
        if (!TrySetBucket(slash < 0 ? path : path[..slash]))
            return S3Errors.InvalidBucketName;
        return slash < 0 || slash + 1 == path.Length ? Bucketed() : SetKey(path[(slash + 1)..]);
    }

    /// <summary>Names the object of a form, which was sent to its bucket.</summary>
    /// <param name="key">Not encoded.</param>
    internal S3Error? SetFormKey(ReadOnlySpan<byte> key)
    {
        if (key.Length > S3Limits.KeyBytes)
            return S3Errors.KeyTooLong;
        if (key.IsEmpty || !Utf8.IsValid(key))
            return S3Errors.InvalidUri with { Message = "The key of the form must be UTF-8 and not empty." };
        key.CopyTo(_bytes.AsSpan(BucketBytesMax));
        _keyLength = key.Length;
        Kind = TargetKind.Object;
        return null;
    }

    private S3Error? Bucketed()
    {
        Kind = TargetKind.Bucket;
        return null;
    }

    private bool TrySetBucketFromHost(ReadOnlySpan<byte> bucket)
    {
        if (bucket.Length > BucketBytesMax)
            return false;
        // Host names are case-insensitive, bucket names are lower case.
        return Ascii.ToLower(bucket, _bytes, out _bucketLength) == OperationStatus.Done;
    }

    private bool TrySetBucket(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length > BucketBytesMax)
            return false;
        _bucketLength = Math.Max(0, PercentEncoding.Decode(encoded, _bytes, plusIsSpace: false));
        return _bucketLength > 0;
    }

    private S3Error? SetKey(ReadOnlySpan<byte> encoded)
    {
        Kind = TargetKind.Object;
        // Each byte may take three characters; what is longer cannot decode to a valid key.
        if (encoded.Length > 3 * S3Limits.KeyBytes)
            return S3Errors.KeyTooLong;
        if (encoded.Length > S3Limits.KeyBytes)
            return SetLongKey(encoded);
        Span<byte> key = _bytes.AsSpan(BucketBytesMax);
        int length = PercentEncoding.Decode(encoded, key, plusIsSpace: false);
        if (length < 0 || !Utf8.IsValid(key[..length]))
            return S3Errors.InvalidUri;
        _keyLength = length;
        return null;
    }

    /// <summary>A key whose encoding does not fit where the key will stand.</summary>
    private S3Error? SetLongKey(ReadOnlySpan<byte> encoded)
    {
        Span<byte> decoded = stackalloc byte[3 * S3Limits.KeyBytes];
        int length = PercentEncoding.Decode(encoded, decoded, plusIsSpace: false);
        if (length < 0 || !Utf8.IsValid(decoded[..length]))
            return S3Errors.InvalidUri;
        if (length > S3Limits.KeyBytes)
            return S3Errors.KeyTooLong;
        decoded[..length].CopyTo(_bytes.AsSpan(BucketBytesMax));
        _keyLength = length;
        return null;
    }
}
