using RustFs.Checksums;

namespace RustFs.Signing;

/// <summary>
/// The short texts that are signed with the signing key.
/// <code>
/// request = "AWS4-HMAC-SHA256" LF timestamp LF scope LF hex(sha256(canonical-request))
/// chunk   = "AWS4-HMAC-SHA256-PAYLOAD" LF timestamp LF scope LF previous-signature LF hex(sha256("")) LF hex(sha256(payload))
/// trailer = "AWS4-HMAC-SHA256-TRAILER" LF timestamp LF scope LF previous-signature LF hex(sha256(canonical-trailers))
/// </code>
/// S3 API reference, "Signature Calculations for the Authorization Header" with its pages on chunked upload and on trailing headers.
/// </summary>
internal static class StringToSign
{
    public static ReadOnlySpan<byte> Chunk => "AWS4-HMAC-SHA256-PAYLOAD"u8;
    public static ReadOnlySpan<byte> Trailer => "AWS4-HMAC-SHA256-TRAILER"u8;

    /// <summary>The longest of the three: algorithm, timestamp and scope, three digests, five line ends.</summary>
    public static readonly int MaxLength = Chunk.Length + AmzTimestamp.LengthBytes + CredentialScope.MaxLength + 3 * 64 + 5;

    public static void WriteRequest(
        ref CanonicalWriter writer,
        scoped ReadOnlySpan<byte> timestamp,
        scoped ReadOnlySpan<byte> scope,
        scoped ReadOnlySpan<byte> canonicalRequest)
    {
        Span<byte> digest = stackalloc byte[32];
        Sha256State.HashData(canonicalRequest, digest);
        WriteHead(ref writer, AuthorizationHeader.Algorithm, timestamp, scope);
        writer.AppendHex(digest);
    }

    public static void WriteChunk(
        ref CanonicalWriter writer,
        scoped ReadOnlySpan<byte> timestamp,
        scoped ReadOnlySpan<byte> scope,
        scoped ReadOnlySpan<byte> previousSignature,
        scoped ReadOnlySpan<byte> payloadDigest)
    {
        WriteHead(ref writer, Chunk, timestamp, scope);
        writer.AppendHex(previousSignature);
        writer.Append((byte)'\n');
        writer.Append(ContentSha256.OfNothing);
        writer.Append((byte)'\n');
        writer.AppendHex(payloadDigest);
    }

    public static void WriteTrailer(
        ref CanonicalWriter writer,
        scoped ReadOnlySpan<byte> timestamp,
        scoped ReadOnlySpan<byte> scope,
        scoped ReadOnlySpan<byte> previousSignature,
        scoped ReadOnlySpan<byte> trailersDigest)
    {
        WriteHead(ref writer, Trailer, timestamp, scope);
        writer.AppendHex(previousSignature);
        writer.Append((byte)'\n');
        writer.AppendHex(trailersDigest);
    }

    private static void WriteHead(
        ref CanonicalWriter writer,
        scoped ReadOnlySpan<byte> algorithm,
        scoped ReadOnlySpan<byte> timestamp,
        scoped ReadOnlySpan<byte> scope)
    {
        writer.Append(algorithm);
        writer.Append((byte)'\n');
        writer.Append(timestamp);
        writer.Append((byte)'\n');
        writer.Append(scope);
        writer.Append((byte)'\n');
    }
}
