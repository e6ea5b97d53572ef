using System.Runtime.CompilerServices;
using RustFs.Http1;
using Xunit;

namespace RustFs.Tests.Http1;

public sealed class RecyclingValueTaskMethodBuilderTests
{
    [Fact]
    public async Task ResultsComeBackWhetherTheMethodWaitedOrNot()
    {
        Assert.Equal(3, await AddAsync(Task.FromResult(1), 2));
        var source = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        ValueTask<int> waiting = AddAsync(source.Task, 2);
        Assert.False(waiting.IsCompleted);
        source.SetResult(40);
        Assert.Equal(42, await waiting);
    }

    [Fact]
    public async Task ExceptionsComeBackWhetherTheMethodWaitedOrNot()
    {
        await Assert.ThrowsAsync<InvalidDataException>(async () => await FailAsync(Task.CompletedTask));
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ValueTask<int> waiting = FailAsync(source.Task);
        source.SetResult();
        await Assert.ThrowsAsync<InvalidDataException>(async () => await waiting);
    }

    [Fact]
    public async Task ManyThatWaitAtOnceKeepTheirOwnState()
    {
        for (int round = 0; round < 20; round++)
        {
            TaskCompletionSource<int>[] sources = [.. Enumerable.Range(0, 500)
                .Select(_ => new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously))];
            Task<int>[] waiting = [.. sources.Select((source, index) => OuterAsync(source.Task, index).AsTask())];
            Parallel.For(0, sources.Length, index => sources[index].SetResult(index));
            int[] results = await Task.WhenAll(waiting);
            Assert.All(results.Index(), result => Assert.Equal((2 * result.Index) + 1, result.Item));
        }
    }

    [Fact]
    public void AMethodThatWaitsAllocatesNothingOnceItsFramesAreWarm()
    {
        var gate = new Gate();
        int Run()
        {
            ValueTask<int> waiting = WaitAsync(gate);
            gate.Open();
            return waiting.GetAwaiter().GetResult();
        }

        // The runtime itself may allocate once while it recompiles a hot method: the quietest of a few rounds counts.
        long leastBytes = long.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 1000; i++)
                Assert.True(Run() == 7);
            leastBytes = Math.Min(leastBytes, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, leastBytes);
    }

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private static async ValueTask<int> AddAsync(Task<int> first, int second) => await first + second;

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private static async ValueTask<int> OuterAsync(Task<int> first, int second)
    {
        int sum = await AddAsync(first, second).ConfigureAwait(false);
        await Task.Yield();
        return sum + 1;
    }

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private static async ValueTask<int> FailAsync(Task first)
    {
        await first;
        throw new InvalidDataException();
    }

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private static async ValueTask<int> WaitAsync(Gate gate)
    {
        await gate;
        return 7;
    }

    /// <summary>An awaitable that allocates nothing: its continuation runs when it is opened.</summary>
    private sealed class Gate : ICriticalNotifyCompletion
    {
        private Action? _continuation;

        public bool IsCompleted => false;

        public Gate GetAwaiter() => this;

        public void GetResult() => _continuation = null;

        public void OnCompleted(Action continuation) => _continuation = continuation;

        public void UnsafeOnCompleted(Action continuation) => _continuation = continuation;

        public void Open() => _continuation!();
    }
}
