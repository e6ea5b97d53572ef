using RustFs.Checksums;

namespace RustFs.Signing;

/// <summary>
/// HMAC-SHA-256 (RFC 2104) with one key: the two states behind the key's blocks are kept, so that a text costs its own blocks and two
/// more. Immutable and thread-safe; allocates nothing.
/// </summary>
internal readonly struct HmacSha256Key
{
    private const int BlockBytes = 64;
    private const byte InnerPad = 0x36;
    private const byte OuterPad = 0x5C;

    private readonly Sha256State _inner;
    private readonly Sha256State _outer;

    public HmacSha256Key(ReadOnlySpan<byte> key)
    {
        Span<byte> block = stackalloc byte[BlockBytes];
        block.Clear();
        if (key.Length > BlockBytes)
            Sha256State.HashData(key, block);
        else
            key.CopyTo(block);
        _inner = After(block, InnerPad);
        _outer = After(block, OuterPad);
        block.Clear();
    }

    /// <summary>Writes the 32 bytes of the code.</summary>
    public void Sign(ReadOnlySpan<byte> text, Span<byte> code)
    {
        Span<byte> digest = stackalloc byte[Sha256State.DigestBytes];
        Sha256State state = _inner;
        state.Append(text);
        state.Finish(digest);
        state = _outer;
        state.Append(digest);
        state.Finish(code);
    }

    private static Sha256State After(ReadOnlySpan<byte> keyBlock, byte pad)
    {
        Span<byte> padded = stackalloc byte[BlockBytes];
        for (int i = 0; i < padded.Length; i++)
            padded[i] = (byte)(keyBlock[i] ^ pad);
        Sha256State state = Sha256State.New();
        state.Append(padded);
        padded.Clear();
        return state;
    }
}
