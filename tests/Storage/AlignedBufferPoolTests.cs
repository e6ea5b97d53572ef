using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

public sealed class AlignedBufferPoolTests
{
    private const long LongBodyBytes = 64L << 20;

    [Fact]
    public void WritesAreWideWhileFewAreUnderWayAndLargeBeyond()
    {
        var budget = new MemoryBudget(1L << 30);
        using var pool = new AlignedBufferPool(budget);
        List<AlignedBuffer> wide = [.. Enumerable.Range(0, 48).Select(_ => pool.TryRentForWrite(LongBodyBytes)!)];
        Assert.All(wide, buffer => Assert.Equal(AlignedBufferPool.WideBytes, buffer.LengthBytes));
        AlignedBuffer large = pool.TryRentForWrite(LongBodyBytes)!;
        Assert.Equal(AlignedBufferPool.LargeBytes, large.LengthBytes);
        pool.Return(wide[0]);
        wide[0] = pool.TryRentForWrite(LongBodyBytes)!;
        Assert.Equal(AlignedBufferPool.WideBytes, wide[0].LengthBytes);
        foreach (AlignedBuffer buffer in wide.Append(large)) pool.Return(buffer);
        Assert.Equal((0, 0), (pool.RentedBytes, budget.UsedBytes));
    }

    [Theory]
    [InlineData(AlignedBufferPool.WideBytes, AlignedBufferPool.LargeBytes)]
    [InlineData(AlignedBufferPool.WideBytes + 1, AlignedBufferPool.WideBytes)]
    public void ABodyEndsInShorterWrites(long missingBytes, int expectedBytes)
    {
        using var pool = new AlignedBufferPool(new MemoryBudget(1L << 30));
        AlignedBuffer buffer = pool.TryRentForWrite(missingBytes)!;
        Assert.Equal(expectedBytes, buffer.LengthBytes);
        pool.Return(buffer);
    }

    [Fact]
    public void InASmallBudgetWideWritesLeaveHalfOfItsShareToOthers()
    {
        // Half of the budget is for buffers beyond a body's first: 16 MiB, of which wide ones take 8.
        var budget = new MemoryBudget(32L << 20);
        using var pool = new AlignedBufferPool(budget);
        var rented = new List<AlignedBuffer>();
        while (pool.TryRentForWrite(LongBodyBytes) is { } buffer) rented.Add(buffer);
        Assert.Equal(8, rented.Count(buffer => buffer.LengthBytes == AlignedBufferPool.WideBytes));
        Assert.Equal(32, rented.Count(buffer => buffer.LengthBytes == AlignedBufferPool.LargeBytes));
        foreach (AlignedBuffer buffer in rented) pool.Return(buffer);
        Assert.Equal((0, 0), (pool.RentedBytes, budget.UsedBytes));
    }
}
