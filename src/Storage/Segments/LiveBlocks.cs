using System.Numerics;

namespace RustFs.Storage;

/// <summary>The 4 KiB blocks of a segment that hold a byte somebody refers to; 8 KiB of memory for a segment of 256 MiB.</summary>
internal sealed class LiveBlocks(long segmentBytes)
{
    private const int BlockBytes = AlignedBuffer.AlignmentBytes;
    private const int WordBits = 64;
    private readonly ulong[] _words = new ulong[(segmentBytes / BlockBytes + WordBits - 1) / WordBits];

    public void Clear() => Array.Clear(_words);

    /// <summary>False, and nothing is marked, when the bytes are not within the segment.</summary>
    public bool TryMark(long offset, long lengthBytes)
    {
        if (offset < 0 || lengthBytes < 0 || lengthBytes > segmentBytes - offset) return false;
        long end = (offset + lengthBytes + BlockBytes - 1) / BlockBytes;
        for (long block = offset / BlockBytes; block < end;)
        {
            int bit = (int)(block % WordBits);
            int count = (int)Math.Min(WordBits - bit, end - block);
            _words[block / WordBits] |= ulong.MaxValue >> (WordBits - count) << bit;
            block += count;
        }
        return true;
    }

    /// <summary>Runs without a marked block, of at least so many bytes.</summary>
    public List<(uint Start, uint End)> DeadRuns(long minBytes)
    {
        var runs = new List<(uint Start, uint End)>();
        long blockCount = segmentBytes / BlockBytes;
        for (long block = 0; block < blockCount;)
        {
            long start = Next(block, blockCount, isLive: false);
            block = Next(start, blockCount, isLive: true);
            if ((block - start) * BlockBytes >= minBytes) runs.Add(((uint)(start * BlockBytes), (uint)(block * BlockBytes)));
        }
        return runs;
    }

    private long Next(long block, long blockCount, bool isLive)
    {
        while (block < blockCount)
        {
            ulong word = _words[block / WordBits];
            word = (isLive ? word : ~word) >> (int)(block % WordBits);
            if (word != 0) return Math.Min(block + BitOperations.TrailingZeroCount(word), blockCount);
            block = (block / WordBits + 1) * WordBits;
        }
        return blockCount;
    }
}
