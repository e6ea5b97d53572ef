using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.Storage;

namespace RustFs.S3.Encryption;

/// <summary>
/// The key that a request brings for SSE-C: x-amz-server-side-encryption-customer-algorithm, -key and -key-MD5, and the same for the source
/// of a copy.
/// </summary>
internal sealed class CustomerKey : IDisposable
{
    private const int Md5TextBytes = 24;

    private readonly byte[] _key = new byte[ObjectEncryption.KeyBytes];
    private readonly byte[] _md5Text;

    private CustomerKey(ReadOnlySpan<byte> md5Text) => _md5Text = md5Text.ToArray();

    public ReadOnlySpan<byte> Bytes => _key;

    /// <summary>The base64 form of the key's MD5.</summary>
    public ReadOnlySpan<byte> Md5Text => _md5Text;

    /// <summary>Null without any of the three headers.</summary>
    public static S3Error? Read(S3Request request, out CustomerKey? key)
    {
        bool isGiven = HoistedHeaders.TryGet(request, KnownHeader.AmzServerSideEncryptionCustomerAlgorithm,
            "x-amz-server-side-encryption-customer-algorithm"u8, out ReadOnlySpan<byte> algorithm);
        isGiven |= HoistedHeaders.TryGet(request, KnownHeader.AmzServerSideEncryptionCustomerKey,
            "x-amz-server-side-encryption-customer-key"u8, out ReadOnlySpan<byte> text);
        isGiven |= HoistedHeaders.TryGet(request, KnownHeader.AmzServerSideEncryptionCustomerKeyMd5,
            "x-amz-server-side-encryption-customer-key-MD5"u8, out ReadOnlySpan<byte> md5);
        key = null;
        return isGiven ? Read(request, algorithm, text, md5, out key) : null;
    }

    /// <summary>That of the source of a copy.</summary>
    public static S3Error? ReadOfSource(S3Request request, out CustomerKey? key)
    {
        RequestHead head = request.Head;
        bool isGiven = head.TryGet(KnownHeader.AmzCopySourceServerSideEncryptionCustomerAlgorithm, out ReadOnlySpan<byte> algorithm);
        isGiven |= head.TryGet(KnownHeader.AmzCopySourceServerSideEncryptionCustomerKey, out ReadOnlySpan<byte> text);
        isGiven |= head.TryGet(KnownHeader.AmzCopySourceServerSideEncryptionCustomerKeyMd5, out ReadOnlySpan<byte> md5);
        key = null;
        return isGiven ? Read(request, algorithm, text, md5, out key) : null;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_key);

    private static S3Error? Read(
        S3Request request, ReadOnlySpan<byte> algorithm, ReadOnlySpan<byte> text, ReadOnlySpan<byte> md5, out CustomerKey? key)
    {
        key = null;
        if (!request.IsClientSecure)
            return EncryptionErrors.Insecure;
        if (algorithm.IsEmpty)
            return EncryptionErrors.NoCustomerAlgorithm;
        if (!algorithm.SequenceEqual("AES256"u8))
            return EncryptionErrors.BadCustomerAlgorithm;
        if (text.IsEmpty)
            return EncryptionErrors.NoCustomerKey;
        if (md5.IsEmpty)
            return EncryptionErrors.NoCustomerKeyMd5;
        var read = new CustomerKey(md5);
        S3Error? error = read.Take(text);
        if (error is null)
            key = read;
        else
            read.Dispose();
        return error;
    }

    private S3Error? Take(ReadOnlySpan<byte> text)
    {
        if (Base64.DecodeFromUtf8(text, _key, out int consumedBytes, out int length) != OperationStatus.Done
            || consumedBytes != text.Length || length != _key.Length)
            return EncryptionErrors.BadCustomerKey;
        Span<byte> digest = stackalloc byte[MD5.HashSizeInBytes];
        Span<byte> expected = stackalloc byte[Md5TextBytes];
        MD5.HashData(_key, digest);
        Base64.EncodeToUtf8(digest, expected, out _, out _);
        return expected.SequenceEqual(_md5Text) ? null : EncryptionErrors.BadCustomerKeyMd5;
    }
}
