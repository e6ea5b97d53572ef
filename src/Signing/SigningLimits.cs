namespace RustFs.Signing;

/// <summary>Every bound on what is read while a signature is checked, with its reason. Sizes in bytes unless said otherwise.</summary>
public static class SigningLimits
{
    /// <summary>Header fields in a request, and names in SignedHeaders. The HTTP parser's own bound on fields is the same.</summary>
    public const int Headers = 128;

    /// <summary>
    /// Parameters in a query. A presigned part upload with all response overrides and hoisted checksums has fewer than forty; sorting
    /// is quadratic in the worst case, which at this number is still about ten microseconds.
    /// </summary>
    public const int QueryParameters = 128;

    /// <summary>An access key on the wire. AWS's own have 20 characters and at most 128.</summary>
    public const int AccessKeyBytes = 128;

    /// <summary>A region name on the wire. The longest of AWS's has 25 characters.</summary>
    public const int RegionBytes = 64;

    /// <summary>How far a request's date may be from the server's, either way: AWS's fifteen minutes.</summary>
    public const int ClockSkewSeconds = 15 * 60;

    /// <summary>The longest life of a presigned request: seven days, as AWS sets it.</summary>
    public const int PresignedExpirySeconds = 7 * 24 * 60 * 60;

    /// <summary>A chunk's first line: sixteen hex digits, the name and value of its signature and the line's end make 99.</summary>
    public const int ChunkLineBytes = 256;

    /// <summary>The smallest chunk that is not the last one. S3 answers InvalidChunkSizeError to less.</summary>
    public const int ChunkMinimumBytes = 8 * 1024;

    /// <summary>One chunk's payload: as much as one PUT or part may carry. Nothing is held in memory for a larger chunk.</summary>
    public const long ChunkMaximumBytes = 5L * 1024 * 1024 * 1024;

    /// <summary>All trailer lines together. One checksum and its signature take about 150.</summary>
    public const int TrailersBytes = 4 * 1024;

    /// <summary>Trailer fields. S3 itself defines one checksum for a request.</summary>
    public const int Trailers = 16;
}
