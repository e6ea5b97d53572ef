using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RustFs.Checksums;

/// <summary>
/// A SHA-256 under way (FIPS 180-4): a value that can be copied, so that a keyed hash begins from a copy of the state behind its key
/// instead of hashing the key again. Allocates nothing and takes no lock. Padding and buffering stand here, blocks are compressed by
/// <see cref="Sha256Blocks"/>.
/// </summary>
public struct Sha256State
{
    public const int DigestBytes = 32;
    internal const int BlockBytes = 64;

    // The message's length in bits, big-endian, ends the last block (FIPS 180-4 §5.1.1).
    private const int LengthAt = BlockBytes - sizeof(ulong);
    private const byte PaddingStart = 0x80;

    private Sha256Context _context;
    private Block _pending;
    private long _lengthBytes;

    /// <summary>The state before the first byte.</summary>
    public static Sha256State New()
    {
        Sha256State state = default;
        state.Reset();
        return state;
    }

    /// <summary>Writes the 32 bytes of the digest of one text.</summary>
    public static void HashData(ReadOnlySpan<byte> bytes, Span<byte> digest)
    {
        Sha256State state = New();
        state.Append(bytes);
        state.Finish(digest);
    }

    public void Reset()
    {
        // The first 32 bits of the fractional parts of the square roots of the first eight primes (FIPS 180-4 §5.3.3).
        ReadOnlySpan<uint> initial =
            [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
        initial.CopyTo(_context.Words);
        _lengthBytes = 0;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Span<byte> pending = _pending;
        int pendingBytes = (int)(_lengthBytes % BlockBytes);
        _lengthBytes += bytes.Length;
        if (pendingBytes > 0)
        {
            int taken = Math.Min(BlockBytes - pendingBytes, bytes.Length);
            bytes[..taken].CopyTo(pending[pendingBytes..]);
            if (pendingBytes + taken < BlockBytes)
                return;
            Sha256Blocks.Compress(ref _context, pending);
            bytes = bytes[taken..];
        }

        int wholeBytes = bytes.Length & ~(BlockBytes - 1);
        if (wholeBytes > 0)
            Sha256Blocks.Compress(ref _context, bytes[..wholeBytes]);
        bytes[wholeBytes..].CopyTo(pending);
    }

    /// <summary>Writes the 32 bytes of the digest. The state is spent: Reset begins anew.</summary>
    public void Finish(Span<byte> digest)
    {
        Span<byte> last = stackalloc byte[2 * BlockBytes];
        int pendingBytes = (int)(_lengthBytes % BlockBytes);
        ((ReadOnlySpan<byte>)_pending)[..pendingBytes].CopyTo(last);
        last[pendingBytes] = PaddingStart;
        int lastBytes = pendingBytes < LengthAt ? BlockBytes : 2 * BlockBytes;
        last[(pendingBytes + 1)..(lastBytes - sizeof(ulong))].Clear();
        BinaryPrimitives.WriteInt64BigEndian(last[(lastBytes - sizeof(ulong))..], _lengthBytes * 8);
        Sha256Blocks.Compress(ref _context, last[..lastBytes]);

        ReadOnlySpan<uint> words = _context.Words;
        for (int i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(digest[(i * sizeof(uint))..], words[i]);
    }

    [InlineArray(BlockBytes)]
    private struct Block
    {
        private byte _first;
    }
}

/// <summary>The chaining words, laid out as OpenSSL's SHA256_CTX (openssl/sha.h): h[8], Nl, Nh, data[16], num, md_len.</summary>
[StructLayout(LayoutKind.Sequential, Size = (8 + 2 + 16 + 2) * sizeof(uint))]
internal struct Sha256Context
{
    public Words Words;
}

[InlineArray(8)]
internal struct Words
{
    private uint _first;
}
