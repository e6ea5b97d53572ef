namespace RustFs.Http1;

/// <summary>Every bound on a request's head and framing, with its reason. Sizes in bytes.</summary>
public static class Http1Limits
{
    /// <summary>
    /// Without its CRLF. Eight KiB is what AWS allows for all headers together; a key of 1,024 bytes, percent-encoded, is 3 KiB,
    /// and presigned URLs with session tokens stay below the rest.
    /// </summary>
    public const int RequestLineBytes = 8 * 1024;

    /// <summary>
    /// The request line, all fields, the empty line and any empty lines before the request. Twice the request line, so that a long
    /// URL and AWS's 8 KiB of fields fit together. Offsets in a head are kept in 16 bits: it must stay below 64 KiB.
    /// </summary>
    public const int HeadBytes = 16 * 1024;

    /// <summary>Twenty fields are usual; a hundred more leave room for user metadata. Indexes are kept in 8 bits: at most 255.</summary>
    public const int HeaderCount = 128;

    /// <summary>Hexadecimal digits of a chunk size, leading zeros counted: 16 hold any 64-bit size.</summary>
    public const int ChunkSizeDigits = 16;

    /// <summary>The extensions of one chunk, from after the size to the CRLF. No client of S3 sends any; a short one is harmless.</summary>
    public const int ChunkExtensionBytes = 256;

    /// <summary>The extensions of all chunks of one body: endless tiny chunks must not carry more extension than payload.</summary>
    public const int ChunkExtensionTotalBytes = 16 * 1024;

    /// <summary>All trailer fields after the last chunk, with their line ends. As many as AWS allows for headers.</summary>
    public const int TrailerBytes = 8 * 1024;
}
