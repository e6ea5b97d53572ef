namespace RustFs.Checksums;

/// <summary>Feeds every digest that a request asks for in one pass over its body. Reusable; not thread-safe.</summary>
public sealed class ChecksumSet : IDisposable
{
    /// <summary>The longest digest: SHA-256.</summary>
    public const int MaxDigestBytes = 32;

    /// <summary>Starts a new body. No allocation once the same kinds have been used before.</summary>
    public void Reset(ChecksumKind kinds) => throw new NotImplementedException();

    public ChecksumKind Kinds => throw new NotImplementedException();

    public void Append(ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    /// <summary>Writes the digest of one kind, in the byte order that S3 encodes as base64 (CRCs big-endian). Ends that digest until the next Reset.</summary>
    /// <returns>The digest's length in bytes.</returns>
    public int Finish(ChecksumKind kind, Span<byte> destination) => throw new NotImplementedException();

    /// <summary>The digest's length in bytes.</summary>
    public static int DigestBytes(ChecksumKind kind) => throw new NotImplementedException();

    public void Dispose() { }
}
