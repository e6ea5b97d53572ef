using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace RustFs.Checksums;

/// <summary>Feeds every digest that a request asks for in one pass over its body. Reusable; not thread-safe.</summary>
public sealed class ChecksumSet : IDisposable
{
    /// <summary>The longest digest: SHA-256.</summary>
    public const int MaxDigestBytes = 32;

    /// <summary>
    /// Every digest sees one such block before any sees the next, so that only the first reads it from memory and the others
    /// from the first-level cache, 32 KiB and more on current machines. Measured flat from 4 to 64 KiB; larger blocks lose up to
    /// a quarter between the CRCs, smaller ones enter native code for SHA more often than needed.
    /// </summary>
    private const int BlockBytes = 16 * 1024;

    private readonly Md5 _md5 = new();
    private IncrementalHash? _sha1;
    private Sha256State _sha256;
    private uint _crc32;
    private uint _crc32C;
    private ulong _crc64Nvme;

    /// <summary>What may still be finished: the kinds of the last Reset without those finished since.</summary>
    private ChecksumKind _open;

    public ChecksumKind Kinds { get; private set; }

    /// <summary>Starts a new body. No allocation once the same kinds have been used before.</summary>
    public void Reset(ChecksumKind kinds)
    {
        DiscardOpenHashes();
        if ((kinds & ChecksumKind.Sha1) != 0)
            _sha1 ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        _sha256.Reset();
        _md5.Reset();
        _crc32 = 0;
        _crc32C = 0;
        _crc64Nvme = 0;
        Kinds = kinds;
        _open = kinds;
    }

    /// <summary>Appends to every digest that is still open.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        // One digest alone gains nothing from blocks.
        int blockBytes = BitOperations.PopCount((uint)_open) == 1 ? int.MaxValue : BlockBytes;
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> block = bytes[..Math.Min(bytes.Length, blockBytes)];
            bytes = bytes[block.Length..];
            if ((_open & ChecksumKind.Md5) != 0)
                _md5.Append(block);
            if ((_open & ChecksumKind.Sha1) != 0)
                _sha1!.AppendData(block);
            if ((_open & ChecksumKind.Sha256) != 0)
                _sha256.Append(block);
            if ((_open & ChecksumKind.Crc32) != 0)
                _crc32 = Crc32.Append(_crc32, block);
            if ((_open & ChecksumKind.Crc32C) != 0)
                _crc32C = Crc32C.Append(_crc32C, block);
            if ((_open & ChecksumKind.Crc64Nvme) != 0)
                _crc64Nvme = Crc64Nvme.Append(_crc64Nvme, block);
        }
    }

    /// <summary>
    /// Writes the digest of one kind, in the byte order that S3 encodes as base64 (CRCs big-endian). Ends that digest until the
    /// next Reset.
    /// </summary>
    /// <returns>The digest's length in bytes.</returns>
    /// <exception cref="InvalidOperationException">The kind was not asked for at Reset, or is finished already.</exception>
    /// <exception cref="ArgumentException">
    /// <paramref name="kind"/> is not exactly one kind, or the destination is shorter than its digest.
    /// </exception>
    public int Finish(ChecksumKind kind, Span<byte> destination)
    {
        int digestBytes = DigestBytes(kind);
        if (destination.Length < digestBytes)
            throw new ArgumentException($"{kind} takes {digestBytes} bytes.", nameof(destination));
        if ((_open & kind) == 0)
            throw new InvalidOperationException($"{kind} was not asked for, or is finished already.");
        _open &= ~kind;
        switch (kind)
        {
            case ChecksumKind.Md5:
                _md5.Finish(destination);
                break;
            case ChecksumKind.Sha1:
                _sha1!.GetHashAndReset(destination);
                break;
            case ChecksumKind.Sha256:
                _sha256.Finish(destination);
                break;
            case ChecksumKind.Crc32:
                BinaryPrimitives.WriteUInt32BigEndian(destination, _crc32);
                break;
            case ChecksumKind.Crc32C:
                BinaryPrimitives.WriteUInt32BigEndian(destination, _crc32C);
                break;
            case ChecksumKind.Crc64Nvme:
                BinaryPrimitives.WriteUInt64BigEndian(destination, _crc64Nvme);
                break;
        }
        return digestBytes;
    }

    /// <summary>The digest's length in bytes.</summary>
    /// <exception cref="ArgumentException"><paramref name="kind"/> is not exactly one kind.</exception>
    public static int DigestBytes(ChecksumKind kind) => kind switch
    {
        ChecksumKind.Md5 => Md5.DigestBytes,
        ChecksumKind.Sha1 => SHA1.HashSizeInBytes,
        ChecksumKind.Sha256 => SHA256.HashSizeInBytes,
        ChecksumKind.Crc32 or ChecksumKind.Crc32C => sizeof(uint),
        ChecksumKind.Crc64Nvme => sizeof(ulong),
        _ => throw new ArgumentException("Exactly one kind has a digest.", nameof(kind)),
    };

    public void Dispose()
    {
        _sha1?.Dispose();
        _sha1 = null;
        _open = ChecksumKind.None;
    }

    /// <summary>A body given up halfway leaves its bytes in the SHA-1 state, which only finishing clears.</summary>
    private void DiscardOpenHashes()
    {
        Span<byte> discarded = stackalloc byte[MaxDigestBytes];
        if ((_open & ChecksumKind.Sha1) != 0)
            _sha1!.GetHashAndReset(discarded);
    }
}
