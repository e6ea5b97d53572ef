using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

public sealed class LiveBlocksTests
{
    private const int Block = 4096;
    private const int SegmentBytes = 1 << 20;

    [Fact]
    public void RunsAreThoseThatNoByteTouches()
    {
        var random = new Random(3);
        var blocks = new LiveBlocks(SegmentBytes);
        for (int round = 0; round < 500; round++)
        {
            blocks.Clear();
            bool[] isLive = new bool[SegmentBytes / Block];
            for (int extent = random.Next(20); extent > 0; extent--)
            {
                int offset = random.Next(SegmentBytes);
                int length = random.Next(Math.Min(SegmentBytes - offset, random.Next(2) == 0 ? 10_000 : 300_000) + 1);
                Assert.True(blocks.TryMark(offset, length));
                for (int at = offset; at < offset + length; at++) isLive[at / Block] = true;
            }
            int minBlocks = random.Next(1, 40);
            var expected = new List<(uint Start, uint End)>();
            for (int block = 0; block < isLive.Length;)
            {
                int start = block;
                while (block < isLive.Length && isLive[block] == isLive[start]) block++;
                if (!isLive[start] && block - start >= minBlocks) expected.Add(((uint)start * Block, (uint)block * Block));
            }
            List<(uint Start, uint End)> found = blocks.DeadRuns((long)minBlocks * Block);
            Assert.Equal(expected, found);
            AssertHoles(random, expected);
        }
    }

    [Theory]
    [InlineData(-1, 10)]
    [InlineData(0, -1)]
    [InlineData(SegmentBytes - 10, 11)]
    [InlineData(1, long.MaxValue)]
    public void BytesOutsideAreRefused(long offset, long lengthBytes)
    {
        var blocks = new LiveBlocks(SegmentBytes);
        Assert.False(blocks.TryMark(offset, lengthBytes));
        Assert.Equal([(0u, (uint)SegmentBytes)], blocks.DeadRuns(1));
    }

    private static void AssertHoles(Random random, List<(uint Start, uint End)> runs)
    {
        var holes = new HoleList(runs);
        Assert.All(runs, run => Assert.True(holes.Covers(run)));
        for (int look = 0; look < 30; look++)
        {
            int offset = random.Next(SegmentBytes);
            int length = random.Next(1, 100_000);
            Assert.Equal(runs.Exists(run => run.Start < offset + length && offset < run.End), holes.Overlaps(offset, length));
            (uint Start, uint End) range = ((uint)offset, (uint)(offset + length));
            Assert.Equal(runs.Exists(run => run.Start <= range.Start && range.End <= run.End), holes.Covers(range));
        }
    }
}
