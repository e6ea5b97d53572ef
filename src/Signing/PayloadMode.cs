namespace RustFs.Signing;

/// <summary>What the payload hash field promised about the body.</summary>
public enum PayloadMode : byte
{
    Unsigned,
    SignedSha256,
    StreamingSigned,
    StreamingSignedTrailer,
    StreamingUnsignedTrailer,
}

/// <summary>
/// The value of x-amz-content-sha256:
/// <code>
/// content-sha256 = 64HEXDIG / "UNSIGNED-PAYLOAD" / "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
///                / "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" [ "-TRAILER" ]
/// </code>
/// S3 API reference, "Authenticating Requests: Using the Authorization Header". The forms for SigV4A are not supported.
/// </summary>
internal static class ContentSha256
{
    public static ReadOnlySpan<byte> Unsigned => "UNSIGNED-PAYLOAD"u8;

    /// <summary>The digest of nothing, which stands in every chunk's string to sign.</summary>
    public static ReadOnlySpan<byte> OfNothing => "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"u8;

    /// <summary>Sets <paramref name="digest"/> (32 bytes) only when the mode is <see cref="PayloadMode.SignedSha256"/>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, Span<byte> digest, out PayloadMode mode)
    {
        if (value.Length == 64 && Hex.TryDecode(value, digest))
        {
            mode = PayloadMode.SignedSha256;
            return true;
        }

        if (value.SequenceEqual(Unsigned))
            mode = PayloadMode.Unsigned;
        else if (value.SequenceEqual("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"u8))
            mode = PayloadMode.StreamingSigned;
        else if (value.SequenceEqual("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"u8))
            mode = PayloadMode.StreamingSignedTrailer;
        else if (value.SequenceEqual("STREAMING-UNSIGNED-PAYLOAD-TRAILER"u8))
            mode = PayloadMode.StreamingUnsignedTrailer;
        else
        {
            mode = PayloadMode.Unsigned;
            return false;
        }

        return true;
    }
}
