using System.Net.Sockets;
using RustFs.Tests.Clients;
using RustFs.Transport;
using RustFs.Uring;
using Xunit;

namespace RustFs.Tests.Transport;

/// <summary>What only rings can run out of, and what only they promise.</summary>
public sealed class UringWireTests
{
    /// <summary>Each handler holds its buffer until all but two wait for one (ENOBUFS).</summary>
    [FactWithUring]
    public async Task Heads_wait_for_a_buffer_when_all_are_taken()
    {
        const int Count = 40;
        await using WireRig rig = await WireRig.StartAsync("uring", new RingLoopOptions { ReceiveBufferCount = 2 });
        var pairs = new List<WirePair>();
        for (int i = 0; i < Count; i++)
            pairs.Add(await rig.ConnectAsync());
        int arrived = 0;
        using var release = new SemaphoreSlim(0);
        async Task<byte> TakeAsync(ConnectionWire wire)
        {
            await wire.WaitAsync().ConfigureAwait(false);
            Interlocked.Increment(ref arrived);
            await release.WaitAsync().ConfigureAwait(false);
            byte[] head = new byte[16];
            Assert.Equal(1, await wire.ReceiveAsync(head).ConfigureAwait(false));
            return head[0];
        }

        Task<byte>[] taking = [.. pairs.Select(pair => TakeAsync(pair.Wire))];
        for (int i = 0; i < Count; i++)
            await pairs[i].Client.SendAsync(new[] { (byte)i });
        await WireTests.UntilAsync(() => Volatile.Read(ref arrived) == 2);
        await Task.Delay(100);
        Assert.Equal(2, Volatile.Read(ref arrived));

        release.Release(Count);
        Assert.Equal(Enumerable.Range(0, Count).Select(i => (byte)i), await Task.WhenAll(taking).WaitAsync(WirePair.Patience));
        foreach (WirePair pair in pairs)
            await pair.DisposeAsync();
        await WireTests.UntilAsync(() => rig.Rings.Loops[0].ReceiveBuffers.Available == 2);
    }

    /// <summary>All of it scarce at once: submissions, completions, buffers to receive into and to send from.</summary>
    [FactWithUring]
    public async Task A_ring_with_room_for_nothing_serves_many()
    {
        const int Count = 200, Rounds = 20;
        var options = new RingLoopOptions
        {
            SubmissionEntries = 2,
            CompletionEntries = 4,
            ReceiveBufferCount = 2,
            ReceiveBufferBytes = 4096,
            SendBufferCount = 1,
        };
        await using WireRig rig = await WireRig.StartAsync("uring", options);
        var pairs = new List<WirePair>();
        for (int i = 0; i < Count; i++)
            pairs.Add(await rig.ConnectAsync());
        Task[] echoes = [.. pairs.Select(pair => WireTests.EchoAsync(pair.Wire))];
        await Task.WhenAll(pairs.Select(async (pair, number) =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                byte[] sent = new byte[3000];
                Array.Fill(sent, (byte)(number + round));
                await pair.Client.SendAsync(sent);
                Assert.Equal(sent, await pair.ClientReceivesAsync(sent.Length));
            }
        })).WaitAsync(TimeSpan.FromMinutes(2));
        foreach (WirePair pair in pairs)
            pair.Client.Shutdown(SocketShutdown.Send);
        await Task.WhenAll(echoes).WaitAsync(WirePair.Patience);
        foreach (WirePair pair in pairs)
            await pair.DisposeAsync();
        Assert.Equal(1, rig.Rings.Loops[0].SendBuffers.FreeCount);
    }

    [FactWithUring]
    public async Task An_exchange_allocates_nothing()
    {
        const int WarmUp = 2000, Measured = 5000;
        await using WireRig rig = await WireRig.StartAsync("uring");
        await using WirePair pair = await rig.ConnectAsync();
        long allocated = -1;
        async Task ServeAsync(ConnectionWire wire)
        {
            byte[] head = new byte[8192];
            byte[] body = GC.AllocateArray<byte>(64 * 1024, pinned: true);
            long before = 0;
            for (int i = 0; i < WarmUp + Measured; i++)
            {
                await wire.WaitAsync().ConfigureAwait(false);
                Assert.True(rig.Rings.Loops[0].IsCurrent);
                if (i == WarmUp)
                    before = GC.GetAllocatedBytesForCurrentThread();
                await wire.ReceiveAsync(head).ConfigureAwait(false);
                // A small answer, and now and then one that is sent from where it is.
                bool isSent = i % 4 == 0
                    ? await wire.SendAsync(head.AsMemory(0, 100), body).ConfigureAwait(false)
                    : await wire.SendAsync(head.AsMemory(0, 4096)).ConfigureAwait(false);
                if (!isSent)
                    return;
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Task serving = ServeAsync(pair.Wire);
        byte[] request = new byte[500];
        byte[] response = new byte[65 * 1024];
        for (int i = 0; i < WarmUp + Measured; i++)
        {
            await pair.Client.SendAsync(request);
            int left = i % 4 == 0 ? 100 + (64 * 1024) : 4096;
            while (left > 0)
                left -= await pair.Client.ReceiveAsync(response.AsMemory(0, left));
        }

        await serving.WaitAsync(WirePair.Patience);
        Assert.Equal(0, allocated);
    }

    [FactWithUring]
    public async Task One_call_a_request_is_enough_on_one_connection()
    {
        const int Count = 2000;
        await using WireRig rig = await WireRig.StartAsync("uring");
        await using WirePair pair = await rig.ConnectAsync();
        Task echo = WireTests.EchoAsync(pair.Wire);
        byte[] message = new byte[1000];
        long before = rig.Rings.Loops[0].Turns;
        for (int i = 0; i < Count; i++)
        {
            await pair.Client.SendAsync(message);
            await pair.ClientReceivesAsync(message.Length);
        }

        // The answer's send and the next receive share a call, which returns when the next request is there.
        Assert.InRange(rig.Rings.Loops[0].Turns - before, 1, Count * 11 / 10);
        pair.Client.Shutdown(SocketShutdown.Send);
        await echo.WaitAsync(WirePair.Patience);
    }

    /// <summary>The rings end under connections that are at everything at once.</summary>
    [FactWithUring]
    public async Task Rings_end_under_load()
    {
        WireRig rig = await WireRig.StartAsync("uring", rings: 2);
        var pairs = new List<WirePair>();
        for (int i = 0; i < 60; i++)
            pairs.Add(await rig.ConnectAsync(clientBufferBytes: 8 * 1024));
        Task[] serving = [.. pairs.Select((pair, number) => (number % 3) switch
        {
            0 => WireTests.EchoAsync(pair.Wire),
            1 => pair.Wire.SendAsync(new byte[24 << 20]).AsTask(),
            _ => pair.Wire.ReceiveAsync(new byte[100_000]).AsTask(),
        })];
        Task[] asking = [.. pairs.Where((_, number) => number % 3 == 0).Select(async pair =>
        {
            try
            {
                while (true)
                {
                    await pair.Client.SendAsync(new byte[2000]);
                    if ((await pair.ClientReceivesAsync(2000)).Length < 2000)
                        return;
                }
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // The connection was cut: that is what this is about. Or the end of the test came between two calls.
            }
        })];
        await Task.Delay(300);
        await rig.DisposeAsync();

        await Task.WhenAll(serving).WaitAsync(WirePair.Patience);
        foreach (WirePair pair in pairs)
            await pair.DisposeAsync();
        await Task.WhenAll(asking).WaitAsync(WirePair.Patience);
    }
}
