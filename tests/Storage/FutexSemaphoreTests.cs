using System.Diagnostics;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

public sealed class FutexSemaphoreTests
{
    private const int LimitMs = 60_000;

    [Fact]
    public void What_was_released_before_is_taken_without_waiting()
    {
        var semaphore = new FutexSemaphore();
        Assert.False(semaphore.TryTake());
        semaphore.Release(2);
        Assert.True(semaphore.Wait(LimitMs));
        Assert.True(semaphore.TryTake());
        Assert.False(semaphore.TryTake());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public void A_wait_ends_at_its_limit(int timeoutMs)
    {
        var clock = Stopwatch.StartNew();
        Assert.False(new FutexSemaphore().Wait(timeoutMs));
        // The system's clock and this one may differ by a tick.
        Assert.True(clock.ElapsedMilliseconds >= timeoutMs - 15);
    }

    [Fact]
    public void A_thread_that_sleeps_is_woken()
    {
        var semaphore = new FutexSemaphore();
        var thread = new Thread(() => semaphore.Wait()) { IsBackground = true };
        thread.Start();
        Assert.False(thread.Join(50));
        semaphore.Release();
        Assert.True(thread.Join(LimitMs));
        Assert.False(semaphore.TryTake());
    }

    /// <summary>No release is lost, and none is taken twice, however sleeping and waking meet.</summary>
    [Fact]
    public void As_many_are_taken_as_were_released()
    {
        const int Threads = 3, Releases = 20_000;
        var semaphore = new FutexSemaphore();
        int taken = 0;
        Thread[] takers = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            for (int count = 0; count < Releases; count++)
            {
                semaphore.Wait();
                Interlocked.Increment(ref taken);
            }
        }) { IsBackground = true })];
        Thread[] releasers = [.. Enumerable.Range(0, Threads).Select(number => new Thread(() =>
        {
            for (int count = 0; count < Releases; count++)
            {
                semaphore.Release();
                if (count % 64 == number) Thread.Yield();
            }
        }) { IsBackground = true })];
        Array.ForEach(takers, thread => thread.Start());
        Array.ForEach(releasers, thread => thread.Start());
        Assert.All(releasers, thread => Assert.True(thread.Join(LimitMs)));
        Assert.All(takers, thread => Assert.True(thread.Join(LimitMs)));
        Assert.Equal(Threads * Releases, taken);
        Assert.False(semaphore.TryTake());
    }
}
