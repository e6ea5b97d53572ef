using System.Buffers.Binary;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>Bytes that follow from a number, so that a model need not keep them and any range can be checked by itself.</summary>
internal static class PatternedContent
{
    public static byte[] Bytes(long content, long lengthBytes)
    {
        byte[] bytes = new byte[lengthBytes];
        Fill(content, 0, bytes);
        return bytes;
    }

    public static bool Is(long content, ReadOnlySpan<byte> bytes)
    {
        Span<byte> expected = stackalloc byte[512];
        for (int at = 0; at < bytes.Length; at += expected.Length)
        {
            Span<byte> piece = expected[..Math.Min(expected.Length, bytes.Length - at)];
            Fill(content, at, piece);
            if (!bytes.Slice(at, piece.Length).SequenceEqual(piece)) return false;
        }
        return true;
    }

    public static void Fill(long content, long offset, Span<byte> destination)
    {
        Span<byte> word = stackalloc byte[8];
        for (int at = 0; at < destination.Length;)
        {
            long index = (offset + at) / 8;
            int within = (int)((offset + at) % 8);
            if (within == 0 && destination.Length - at >= 8)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(destination[at..], Word(content, index));
                at += 8;
                continue;
            }
            BinaryPrimitives.WriteUInt64LittleEndian(word, Word(content, index));
            int length = Math.Min(8 - within, destination.Length - at);
            word.Slice(within, length).CopyTo(destination[at..]);
            at += length;
        }
    }

    // SplitMix64 over (content, index): no two contents share a run of bytes, so bytes of another object never pass for the right ones.
    private static ulong Word(long content, long index)
    {
        ulong mixed = unchecked(((ulong)content * 0x9E3779B97F4A7C15UL) + ((ulong)index * 0xD1B54A32D192ED03UL));
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9UL;
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBUL;
        return mixed ^ mixed >> 31;
    }
}
