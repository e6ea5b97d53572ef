using System.Runtime.InteropServices;
using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>Whether a checksum covers the object's bytes or the checksums of its parts. Stored: never renumber.</summary>
public enum ChecksumType : byte { FullObject = 0, Composite = 1 }

/// <summary>The checksum a client asked to be kept with an object or a part. <see cref="ChecksumKind.None"/> when none.</summary>
public readonly struct ObjectChecksum : IEquatable<ObjectChecksum>
{
    private readonly Digest _digest;

    /// <exception cref="ArgumentException">The digest's length is not the kind's, or the kind is a combination.</exception>
    public ObjectChecksum(ChecksumKind kind, ChecksumType type, ReadOnlySpan<byte> digest)
    {
        if (digest.Length != DigestBytes(kind))
        {
            throw new ArgumentException($"A digest of {digest.Length} bytes does not belong to {kind}.", nameof(digest));
        }
        Kind = kind;
        Type = type;
        digest.CopyTo(MemoryMarshal.AsBytes(new Span<Digest>(ref _digest)));
    }

    public ChecksumKind Kind { get; }
    public ChecksumType Type { get; }

    /// <summary>Writes the digest (4 to 32 bytes, in S3's byte order); returns its length.</summary>
    public int CopyTo(Span<byte> destination)
    {
        int length = DigestBytes(Kind);
        MemoryMarshal.AsBytes(new ReadOnlySpan<Digest>(in _digest))[..length].CopyTo(destination);
        return length;
    }

    /// <summary>The length of one kind's digest in bytes; 0 for none and -1 for what is not a single kind.</summary>
    internal static int DigestBytes(ChecksumKind kind) => kind switch
    {
        ChecksumKind.None => 0,
        ChecksumKind.Crc32 or ChecksumKind.Crc32C => 4,
        ChecksumKind.Crc64Nvme => 8,
        ChecksumKind.Md5 => 16,
        ChecksumKind.Sha1 => 20,
        ChecksumKind.Sha256 => 32,
        _ => -1,
    };

    public bool Equals(ObjectChecksum other) => Kind == other.Kind && Type == other.Type && _digest == other._digest;
    public override bool Equals(object? obj) => obj is ObjectChecksum other && Equals(other);
    public override int GetHashCode() => HashCode.Combine(Kind, Type, _digest);

    // Room for the longest digest, SHA-256; shorter ones stand first and leave zeros behind them.
    private readonly record struct Digest(ulong A, ulong B, ulong C, ulong D);
}
