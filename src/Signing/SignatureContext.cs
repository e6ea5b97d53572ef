using System.Buffers;
using System.Diagnostics;
using System.Text;

namespace RustFs.Signing;

/// <summary>
/// What a verified request carries on: who signed it and how its body is framed. One per connection, reused.
/// Not thread-safe.
/// </summary>
public sealed class SignatureContext
{
    private readonly byte[] _timestamp = new byte[AmzTimestamp.LengthBytes];
    private readonly byte[] _scope = new byte[CredentialScope.MaxLength];
    private readonly byte[] _signature = new byte[32];
    private readonly byte[] _payloadSha256 = new byte[32];
    private int _scopeLength;
    private int _regionLength;

    /// <summary>Rented, and only held after a mismatch.</summary>
    private byte[]? _canonicalRequest;
    private int _canonicalRequestLength;

    public Credential? Credential { get; internal set; }
    public PayloadMode PayloadMode { get; internal set; }

    /// <summary>
    /// The 32 bytes promised by x-amz-content-sha256 when the mode is <see cref="PayloadMode.SignedSha256"/>; otherwise empty.
    /// </summary>
    public ReadOnlySpan<byte> PayloadSha256 => PayloadMode == PayloadMode.SignedSha256 ? _payloadSha256 : default;

    /// <summary>True when the signature came in the query string.</summary>
    public bool IsPresigned { get; internal set; }

    /// <summary>The region of the credential scope, which the verifier does not judge; empty unless one was read.</summary>
    public ReadOnlySpan<byte> Region => _scope.AsSpan(9, _regionLength);

    internal ReadOnlySpan<byte> Timestamp => _timestamp;
    internal ReadOnlySpan<byte> Scope => _scope.AsSpan(0, _scopeLength);

    /// <summary>The request's own signature, from which the chain of chunk signatures starts. Set when the request is valid.</summary>
    internal ReadOnlySpan<byte> SeedSignature => _signature;

    /// <summary>Null unless the request was valid.</summary>
    internal SigningKey? Key { get; private set; }

    internal Span<byte> PayloadSha256Buffer => _payloadSha256;

    /// <summary>
    /// For error bodies and logs: the canonical request that the server built. Empty unless the last verdict was
    /// <see cref="SignatureVerdict.SignatureDoesNotMatch"/>. Allocates.
    /// </summary>
    public string DescribeCanonicalRequest() => Encoding.UTF8.GetString(CanonicalRequestBytes);

    /// <summary>For error bodies and logs: the string to sign that belongs to <see cref="DescribeCanonicalRequest"/>. Allocates.</summary>
    public string DescribeStringToSign()
    {
        if (_canonicalRequest is null)
            return "";
        var writer = new CanonicalWriter(new byte[StringToSign.MaxLength]);
        StringToSign.WriteRequest(ref writer, Timestamp, Scope, CanonicalRequestBytes);
        return Encoding.UTF8.GetString(writer.Written);
    }

    internal void Reset()
    {
        Credential = null;
        Key = null;
        PayloadMode = PayloadMode.Unsigned;
        IsPresigned = false;
        _scopeLength = 0;
        _regionLength = 0;
        if (_canonicalRequest is not null)
        {
            ArrayPool<byte>.Shared.Return(_canonicalRequest);
            _canonicalRequest = null;
            _canonicalRequestLength = 0;
        }
    }

    internal void SetScope(in CredentialScope scope, in AmzTimestamp timestamp)
    {
        Debug.Assert(scope.Scope.Length <= _scope.Length);
        scope.Scope.CopyTo(_scope);
        _scopeLength = scope.Scope.Length;
        _regionLength = scope.Region.Length;
        timestamp.Write(_timestamp);
    }

    internal void SetValid(SigningKey key, ReadOnlySpan<byte> signature)
    {
        Key = key;
        signature.CopyTo(_signature);
    }

    /// <summary>Takes over a rented buffer until the next request.</summary>
    internal void KeepCanonicalRequest(byte[] rented, int length)
    {
        Debug.Assert(_canonicalRequest is null);
        _canonicalRequest = rented;
        _canonicalRequestLength = length;
    }

    private ReadOnlySpan<byte> CanonicalRequestBytes => _canonicalRequest.AsSpan(0, _canonicalRequestLength);
}
