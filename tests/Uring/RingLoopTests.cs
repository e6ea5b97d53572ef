using System.Collections.Concurrent;
using RustFs.Tests.Clients;
using RustFs.Uring;
using Xunit;

namespace RustFs.Tests.Uring;

public sealed class RingLoopTests
{
    private static readonly RingLoopOptions Small = new() { SubmissionEntries = 4, CompletionEntries = 8, ReceiveBufferCount = 2 };

    [FactWithUring]
    public void What_other_threads_post_is_done_once_in_order_on_the_rings_thread()
    {
        using var rig = new LoopRig(new RingLoopOptions());
        const int Threads = 4, Each = 5000;
        var seen = new ConcurrentQueue<(int Thread, int Number)>();
        using var done = new CountdownEvent(Threads * Each);
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            for (int number = 0; number < Each; number++)
            {
                int mine = number;
                rig.Post(() =>
                {
                    seen.Enqueue((thread, rig.Loop.IsCurrent ? mine : -1));
                    done.Signal();
                });
                // Lets the ring park now and then, so that it must be woken.
                if (number % 500 == 0)
                    Thread.Sleep(1);
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        Assert.True(done.Wait(TimeSpan.FromSeconds(60)));

        Assert.False(rig.Loop.IsCurrent);
        foreach (IGrouping<int, (int Thread, int Number)> thread in seen.GroupBy(entry => entry.Thread))
            Assert.Equal(Enumerable.Range(0, Each), thread.Select(entry => entry.Number));
    }

    /// <summary>More in one turn than both queues hold: submitted in between, and what the kernel had to keep comes back too.</summary>
    [FactWithUring]
    public void More_operations_than_the_queues_hold_all_complete()
    {
        using var rig = new LoopRig(Small);
        const int Count = 1000;
        using var done = new CountdownEvent(Count);
        rig.Post(() =>
        {
            for (int i = 0; i < Count; i++)
                rig.Loop.Prepare(new NopOperation(_ => done.Signal()), RingOpcode.Nop, -1);
        });
        Assert.True(done.Wait(TimeSpan.FromSeconds(30)));
    }

    [FactWithUring]
    public void Long_completions_follow_the_short_ones_of_their_turn_one_at_a_time()
    {
        using var rig = new LoopRig(new RingLoopOptions());
        var order = new List<(string Name, long Turn)>();
        using var done = new CountdownEvent(4);
        void Note(string name)
        {
            order.Add((name, rig.Loop.Turns));
            done.Signal();
        }

        rig.Post(() =>
        {
            foreach (string name in (string[])["long 1", "short 1", "long 2", "short 2"])
                rig.Loop.Prepare(new NopOperation(_ => Note(name)) { Long = name.StartsWith('l') }, RingOpcode.Nop, -1);
        });
        Assert.True(done.Wait(TimeSpan.FromSeconds(30)));
        Assert.Equal(["short 1", "short 2", "long 1", "long 2"], order.Select(entry => entry.Name));
        Assert.Equal(order[0].Turn, order[1].Turn);
        Assert.True(order[2].Turn < order[3].Turn);
    }

    [FactWithUring]
    public void Stopping_cancels_what_waits_and_tells_it()
    {
        var rig = new LoopRig(new RingLoopOptions());
        using var pipe = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.In);
        using var isBegun = new ManualResetEventSlim();
        int result = 0;
        bool wasInFlight = false;
        byte[] destination = GC.AllocateArray<byte>(8, pinned: true);
        var read = new NopOperation(value => result = value);
        rig.Post(() =>
        {
            ref Submission submission = ref rig.Loop.Prepare(read, RingOpcode.Read, (int)pipe.SafePipeHandle.DangerousGetHandle());
            submission.Address = (ulong)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(destination, 0);
            submission.LengthBytes = 8;
            wasInFlight = read.IsInFlight;
            isBegun.Set();
        });
        Assert.True(isBegun.Wait(TimeSpan.FromSeconds(30)));
        rig.Dispose();

        Assert.True(wasInFlight);
        Assert.False(read.IsInFlight);
        Assert.Equal(-ErrorNumber.ECANCELED, result);
        Assert.False(rig.Loop.TryPost(new ActionWork(() => { })));
    }

    [Fact]
    public void A_completion_of_an_earlier_use_of_a_slot_finds_nothing()
    {
        var slots = new OperationSlots();
        var first = new NopOperation(_ => { });
        ulong before = slots.Take(first);
        Assert.Same(first, slots.Find(before));
        slots.Free(first);
        Assert.Null(slots.Find(before));

        // The slot freed last is the next to be used.
        var second = new NopOperation(_ => { });
        ulong after = slots.Take(second);
        Assert.Equal((uint)before, (uint)after);
        Assert.Null(slots.Find(before));
        Assert.Same(second, slots.Find(after));
        Assert.Equal(1, slots.Count);
    }

    [Fact]
    public void Slots_grow_with_what_is_under_way()
    {
        var slots = new OperationSlots();
        List<(NopOperation Operation, ulong UserData)> taken = [.. Enumerable.Range(0, 5000).Select(_ =>
        {
            var operation = new NopOperation(_ => { });
            return (operation, slots.Take(operation));
        })];
        Assert.Equal(5000, taken.Select(entry => entry.UserData).Distinct().Count());
        Assert.All(taken, entry => Assert.Same(entry.Operation, slots.Find(entry.UserData)));
    }

    [Theory]
    [InlineData(ErrorNumber.ENOSYS, "6.1", "--io sockets")]
    [InlineData(ErrorNumber.EPERM, "kernel.io_uring_disabled", "seccomp")]
    [InlineData(ErrorNumber.EINVAL, "older than 6.1", "--io sockets")]
    [InlineData(ErrorNumber.ENOMEM, "ulimit -l", "LimitMEMLOCK")]
    [InlineData(ErrorNumber.EMFILE, "ulimit -n", "LimitNOFILE")]
    [InlineData(ErrorNumber.EIO, "errno 5", "--io sockets")]
    public void A_refusal_names_the_reason_and_the_remedy(int errorNumber, string reason, string remedy)
    {
        string explanation = new RingFault(RingStep.Setup, errorNumber).Explanation;
        Assert.Contains("io_uring_setup", explanation, StringComparison.Ordinal);
        Assert.Contains(reason, explanation, StringComparison.Ordinal);
        Assert.Contains(remedy, explanation, StringComparison.Ordinal);
    }

    [FactWithUring]
    public void A_ring_that_cannot_be_had_says_what_was_refused()
    {
        // More than the kernel's largest ring (32,768 submissions): EINVAL.
        var tooLarge = new RingLoopOptions { SubmissionEntries = 1 << 20, CompletionEntries = 1 << 21 };
        RingFault? fault = RingSet.TryStart(2, tooLarge, out RingSet? rings);
        Assert.Null(rings);
        Assert.Equal(new RingFault(RingStep.Setup, ErrorNumber.EINVAL), fault);
    }

    private sealed class NopOperation(Action<int> completed) : RingOperation
    {
        public bool Long { get; init; }

        protected internal override void Complete(int result, CompletionFlags flags) => completed(result);

        protected internal override bool IsLong(int result) => Long;
    }

    private sealed class ActionWork(Action action) : RingWork
    {
        protected internal override void Run() => action();
    }

    /// <summary>One ring, and work for it.</summary>
    private sealed class LoopRig : IDisposable
    {
        private readonly RingSet _rings;

        public LoopRig(RingLoopOptions options)
        {
            Assert.Null(RingSet.TryStart(1, options, out RingSet? rings));
            _rings = rings!;
        }

        public RingLoop Loop => _rings.Loops[0];

        public void Post(Action action) => Assert.True(Loop.TryPost(new ActionWork(action)));

        public void Dispose() => _rings.Dispose();
    }
}
