using System.Runtime.CompilerServices;
using RustFs.Checksums;
using RustFs.Http1;
using RustFs.S3.Encryption;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Objects;

/// <summary>Answers a copy: CopyObjectResult and CopyPartResult (S3 API reference) differ in their names only.</summary>
internal static class CopyResult
{
    /// <param name="fields">Of the object or upload, for what they say of its encryption.</param>
    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    public static async ValueTask<S3Error?> SendAsync(
        S3Request request, ReadOnlyMemory<byte> rootName, WriteResult written, ObjectChecksum checksum, CopySource source,
        StoredFields fields)
    {
        using var body = new XmlBody();
        Write(body, rootName.Span, written, checksum);
        request.Response.Begin(200);
        source.WriteVersionHeader(request.Response);
        ObjectVersion.WriteHeader(request.Response, written);
        EncryptionHeaders.Write(request, fields, showsContext: true);
        request.Response.Header("Content-Type"u8, "application/xml"u8);
        await request.Response.SendAsync(body.Written).ConfigureAwait(false);
        return null;
    }

    private static void Write(XmlBody body, ReadOnlySpan<byte> rootName, WriteResult written, in ObjectChecksum checksum)
    {
        body.OpenRoot(rootName);
        body.TimeElement("LastModified"u8, written.LastModifiedMs);
        body.ETagElement(written.ETag);
        ChecksumKind kind = checksum.Kind;
        if (kind != ChecksumKind.None)
        {
            Span<byte> text = stackalloc byte[ChecksumNames.MaxTextBytes];
            int length = ChecksumNames.Format(checksum, written.ETag.PartCount, text);
            body.Element(ChecksumNames.Element(kind), text[..length]);
            body.Element("ChecksumType"u8, ChecksumNames.TypeName(checksum.Type));
        }

        body.Close(rootName);
    }
}
