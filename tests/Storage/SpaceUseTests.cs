using RustFs.Storage;
using RustFs.Tests.Storage.Simulation;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>What the bound allows writers and compaction, weighed on segments made up for it.</summary>
public sealed class SpaceUseTests : IDisposable
{
    private const long SegmentBytes = 1 << 20;

    private readonly MemoryBlockDevice _device = new("memory");
    private readonly SegmentTable _segments;

    public SpaceUseTests() => _segments = new SegmentTable([_device], SegmentBytes);

    public void Dispose() => _device.Dispose();

    /// <summary>What is being moved comes back in step, not at the end after a fall by what was copied.</summary>
    [Fact]
    public void WhatIsBeingMovedCountsAsGivenBack()
    {
        for (int count = 0; count < 8; count++) Add(SegmentState.Sealed, SegmentBytes / 2);
        Segment moved = Add(SegmentState.Sealed, SegmentBytes / 2);
        Segment target = Add(SegmentState.Open, 0, AppendPoint.Compacted);
        long before = SpaceUse.Of(_segments, 0).SlackBytes;
        moved.IsBeingMoved = true;
        Move(SegmentBytes / 4);
        Assert.Equal(before + SegmentBytes / 4, SpaceUse.Of(_segments, 0).SlackBytes);
        Move(SegmentBytes / 4);
        SpaceUse done = SpaceUse.Of(_segments, 0);
        Assert.Equal(before + SegmentBytes / 2, done.SlackBytes);
        (moved.IsBeingMoved, moved.State) = (false, SegmentState.Free);
        Assert.Equal(done.SlackBytes, SpaceUse.Of(_segments, 0).SlackBytes);

        // Half of it is alive: for each byte that is moved one more is gained.
        void Move(long lengthBytes)
        {
            moved.LiveBytes -= lengthBytes;
            moved.SpentBytes += 2 * lengthBytes;
            target.LiveBytes += lengthBytes;
            target.AppendOffset += lengthBytes;
        }
    }

    /// <summary>A pass that ends early leaves what it spent: that does not come back by itself.</summary>
    [Fact]
    public void WhatIsNoLongerMovedDoesNotCount()
    {
        for (int count = 0; count < 8; count++) Add(SegmentState.Sealed, SegmentBytes / 2);
        long before = SpaceUse.Of(_segments, 0).SlackBytes;
        Add(SegmentState.Sealed, SegmentBytes / 2).SpentBytes = SegmentBytes / 2;
        Assert.Equal(before - SegmentBytes / 4, SpaceUse.Of(_segments, 0).SlackBytes);
    }

    /// <summary>The last file that the bound allows is compaction's, unless it can give back one without.</summary>
    [Theory]
    [InlineData(SegmentBytes * 3 / 4, true)]
    [InlineData(SegmentBytes / 4, false)]
    public void WritersLeaveCompactionTheFileThatItNeeds(long roomBytes, bool isAllowed)
    {
        // Ten files, 6.4 segments alive in them: the bound is 11.6 files.
        for (int count = 0; count < 9; count++) Add(SegmentState.Sealed, SegmentBytes * 3 / 4);
        _segments.Find(1)!.LiveBytes = SegmentBytes * 3 / 8;
        Segment target = Add(SegmentState.Open, 0, AppendPoint.Compacted);
        target.AppendOffset = SegmentBytes - roomBytes;
        SpaceUse use = SpaceUse.Of(_segments, 0);
        Assert.InRange(use.BoundBytes, use.FileBytes + SegmentBytes * 3 / 2, use.FileBytes + SegmentBytes * 2 - 1);
        Assert.Equal(isAllowed, use.AllowsFile);
        // One that is free already is compaction's likewise, but that it may make one.
        Assert.True(use.AllowsFree(1));
        Add(SegmentState.Free, 0);
        use = SpaceUse.Of(_segments, 0);
        Assert.Equal(isAllowed, use.AllowsFree(1));
        Assert.True(use.AllowsFree(2));
    }

    /// <summary>Where the bound allows no file more, only what fits may be moved.</summary>
    [Fact]
    public void WithoutAFileOnlyWhatFitsIsMoved()
    {
        for (int count = 0; count < 12; count++) Add(SegmentState.Sealed, SegmentBytes / 2);
        Add(SegmentState.Open, 0, AppendPoint.Compacted).AppendOffset = SegmentBytes / 2;
        SpaceUse use = SpaceUse.Of(_segments, 0);
        Assert.True(use.FileBytes + SegmentBytes > use.BoundBytes);
        Assert.True(use.FitsToMove(SegmentBytes / 4));
        Assert.False(use.FitsToMove(SegmentBytes / 2));
        Assert.True(SpaceUse.Of(_segments, 4 * SegmentBytes).FitsToMove(SegmentBytes));
    }

    private Segment Add(SegmentState state, long liveBytes, AppendPoint point = AppendPoint.Packed)
    {
        Segment segment = _segments.GetOrAdd(_segments.Highest + 1);
        Assert.Equal(IoError.None, _device.CreateSegment(segment.Number, SegmentBytes, zeroFilled: false, out ISegmentFile? file));
        (segment.File, segment.State, segment.LiveBytes, segment.AppendPoint) = (file, state, liveBytes, point);
        return segment;
    }
}
