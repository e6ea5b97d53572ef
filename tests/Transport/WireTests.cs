using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using RustFs.Storage;
using RustFs.Tests.Clients;
using RustFs.Transport;
using Xunit;

namespace RustFs.Tests.Transport;

/// <summary>What every wire promises, over real sockets, with both transports.</summary>
public sealed class WireTests
{
    // More than the kernel's buffers of both sides take.
    private const int LargeBytes = 24 << 20;

    [Theory]
    [ClassData(typeof(IoModes))]
    public async Task Waiting_ends_when_bytes_come_and_they_are_received_in_pieces(string io)
    {
        await using WireRig rig = await WireRig.StartAsync(io);
        await using WirePair pair = await rig.ConnectAsync();
        ValueTask<int> waiting = pair.Wire.WaitAsync();
        await UntilAsync(() => pair.Wire.IsReceiving);
        Assert.False(waiting.IsCompleted);
        await pair.Client.SendAsync("GET / HTTP/1.1"u8.ToArray());
        await waiting.AsTask().WaitAsync(WirePair.Patience);

        Assert.False(pair.Wire.IsReceiving);
        byte[] head = new byte[14];
        Assert.Equal(5, await pair.Wire.ReceiveAsync(head.AsMemory(0, 5)));
        // Waiting again does not wait: there is something.
        await pair.Wire.WaitAsync().AsTask().WaitAsync(WirePair.Patience);
        Assert.Equal(9, await pair.Wire.ReceiveAsync(head.AsMemory(5)));
        Assert.Equal("GET / HTTP/1.1"u8.ToArray(), head);
        Assert.Equal(14, pair.Wire.ReceivedBytes);
    }

    [Theory]
    [ClassData(typeof(IoModes))]
    public async Task A_body_lands_in_the_callers_memory(string io)
    {
        await using WireRig rig = await WireRig.StartAsync(io);
        await using WirePair pair = await rig.ConnectAsync();
        byte[] body = Random.Shared.GetItems("abcdefghijklmnop"u8, 3 << 20);
        Task sending = pair.Client.SendAsync(body).WaitAsync(WirePair.Patience);
        await pair.Wire.WaitAsync();
        using var aligned = new AlignedBuffer(256 * 1024);
        var received = new MemoryStream();
        while (received.Length < body.Length)
        {
            int bytes = await pair.Wire.ReceiveAsync(aligned.Memory).AsTask().WaitAsync(WirePair.Patience);
            Assert.True(bytes > 0);
            received.Write(aligned.Span[..bytes]);
        }

        await sending;
        Assert.Equal(body, received.ToArray());
    }

    [Theory]
    [ClassData(typeof(IoModes))]
    public async Task Sends_of_every_size_arrive_in_order(string io)
    {
        await using WireRig rig = await WireRig.StartAsync(io);
        await using WirePair pair = await rig.ConnectAsync();
        var random = new Random(7);
        var expected = new MemoryStream();
        byte[][] pieces = [.. Enumerable.Range(0, 400).Select(i =>
        {
            byte[] piece = new byte[i % 20 == 0 ? random.Next(300_000) : random.Next(9000)];
            random.NextBytes(piece);
            expected.Write(piece);
            return piece;
        })];
        Task<byte[]> receiving = pair.ClientReceivesAsync();
        await SendAllAsync(pair.Wire, pieces);
        Assert.True(await pair.Wire.FlushAsync());
        Assert.Equal(expected.Length, pair.Wire.SentBytes);
        pair.Wire.ShutdownSend();
        Assert.Equal(expected.ToArray(), await receiving);
    }

    [Theory]
    [ClassData(typeof(IoModes))]
    public async Task A_slow_reader_gets_all_and_is_seen_to_be_waited_for(string io)
    {
        await using WireRig rig = await WireRig.StartAsync(io);
        await using WirePair pair = await rig.ConnectAsync(clientBufferBytes: 8 * 1024);
        byte[] body = new byte[LargeBytes];
        new Random(5).NextBytes(body);
        Task<bool> sending = pair.Wire.SendAsync("head"u8.ToArray(), body).AsTask();
        await UntilAsync(() => pair.Wire.IsSending);
        await Task.Delay(100);
        Assert.False(sending.IsCompleted);
        long before = pair.Wire.AcknowledgedBytes;
        byte[] first = await pair.ClientReceivesAsync(1 << 20);
        await UntilAsync(() => pair.Wire.AcknowledgedBytes > before);

        byte[] rest = await pair.ClientReceivesAsync(body.Length + 4 - first.Length);
        Assert.True(await sending.WaitAsync(WirePair.Patience));
        Assert.False(pair.Wire.IsSending);
        Assert.Equal([.. "head"u8, .. body], [.. first, .. rest]);
    }

    [Theory]
    [ClassData(typeof(IoModes))]
    public async Task Small_answers_to_a_reader_that_stops_come_to_a_halt_and_go_on(string io)
    {
        await using WireRig rig = await WireRig.StartAsync(io);
        await using WirePair pair = await rig.ConnectAsync(clientBufferBytes: 8 * 1024);
        long sent = 0;
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < LargeBytes / 4096; i++)
            {
                byte[] piece = new byte[4096];
                Array.Fill(piece, (byte)i);
                Assert.True(await pair.Wire.SendAsync(piece).ConfigureAwait(false));
                Interlocked.Increment(ref sent);
            }

            Assert.True(await pair.Wire.FlushAsync());
            pair.Wire.ShutdownSend();
        });
        await UntilAsync(() => pair.Wire.IsSending);
        await UntilStandingAsync(() => Volatile.Read(ref sent));
        Assert.True(Volatile.Read(ref sent) < LargeBytes / 4096);

        Task<byte[]> receiving = pair.ClientReceivesAsync();
        await await Task.WhenAny(sending, receiving);
        byte[] received = await receiving;
        await sending.WaitAsync(WirePair.Patience);
        Assert.Equal(LargeBytes, received.Length);
        for (int i = 0; i < LargeBytes / 4096; i++)
            Assert.False(received.AsSpan(i * 4096, 4096).ContainsAnyExcept((byte)i));
    }

    [Theory]
    [ClassData(typeof(IoModes))]
    public async Task An_abort_ends_whatever_waits_from_any_thread(string io)
    {
        await using WireRig rig = await WireRig.StartAsync(io);
        await using (WirePair idle = await rig.ConnectAsync())
            await AbortedAsync(idle, wire => wire.WaitAsync());
        await using (WirePair receiving = await rig.ConnectAsync())
            Assert.Equal(0, await AbortedAsync(receiving, wire => wire.ReceiveAsync(new byte[100_000])));
        await using (WirePair sending = await rig.ConnectAsync(clientBufferBytes: 8 * 1024))
            Assert.False(await AbortedAsync(sending, wire => wire.SendAsync(new byte[10], new byte[LargeBytes])));
        await using WirePair begun = await rig.ConnectAsync();
        begun.Wire.Abort();
        begun.Wire.Abort();
        Assert.Equal(0, await begun.Wire.WaitAsync());
        Assert.Equal(0, await begun.Wire.ReceiveAsync(new byte[10]));
        Assert.False(await begun.Wire.SendAsync(new byte[10]));
        begun.Wire.ShutdownSend();
        Assert.Empty(await begun.ClientReceivesAsync());
    }

    [Theory]
    [ClassData(typeof(IoModes))]
    public async Task A_peer_that_ends_or_resets_is_told_apart_from_nothing(string io)
    {
        await using WireRig rig = await WireRig.StartAsync(io);
        await using WirePair pair = await rig.ConnectAsync();
        Task<int> waiting = pair.Wire.WaitAsync().AsTask();
        pair.Client.Shutdown(SocketShutdown.Send);
        await waiting.WaitAsync(WirePair.Patience);
        Assert.Equal(0, await pair.Wire.ReceiveAsync(new byte[10]));
        // It can still be answered.
        Assert.True(await pair.Wire.SendAsync("answer"u8.ToArray()));
        Assert.True(await pair.Wire.FlushAsync());
        Assert.Equal("answer"u8.ToArray(), await pair.ClientReceivesAsync(6));

        await using WirePair reset = await rig.ConnectAsync();
        Task<int> receiving = reset.Wire.ReceiveAsync(new byte[10]).AsTask();
        reset.ResetClient();
        Assert.Equal(0, await receiving.WaitAsync(WirePair.Patience));
        Assert.False(await reset.Wire.SendAsync(new byte[10], new byte[100_000]).AsTask().WaitAsync(WirePair.Patience));
    }

    [Theory]
    [ClassData(typeof(IoModes))]
    public async Task Stopping_to_receive_ends_the_waiting_and_keeps_what_was_sent(string io)
    {
        await using WireRig rig = await WireRig.StartAsync(io);
        await using WirePair pair = await rig.ConnectAsync();
        Task<int> waiting = pair.Wire.WaitAsync().AsTask();
        Assert.True(await pair.Wire.SendAsync("answer"u8.ToArray()));
        pair.Wire.StopReceiving();
        await waiting.WaitAsync(WirePair.Patience);
        Assert.Equal(0, await pair.Wire.ReceiveAsync(new byte[10]));
        Assert.True(await pair.Wire.FlushAsync());
        await pair.CloseAsync();
        Assert.Equal("answer"u8.ToArray(), await pair.ClientReceivesAsync());
    }

    [Theory]
    [ClassData(typeof(IoModes))]
    public async Task Two_thousand_connections_are_served(string io)
    {
        const int Count = 2000;
        await using WireRig rig = await WireRig.StartAsync(io, rings: 2);
        var pairs = new List<WirePair>();
        for (int i = 0; i < Count; i++)
            pairs.Add(await rig.ConnectAsync());
        Task[] echoes = [.. pairs.Select(pair => EchoAsync(pair.Wire))];
        for (int round = 0; round < 3; round++)
        {
            foreach (WirePair pair in pairs)
                await pair.Client.SendAsync(BitConverter.GetBytes(pairs.IndexOf(pair) + round));
            for (int i = 0; i < Count; i++)
                Assert.Equal(BitConverter.GetBytes(i + round), await pairs[i].ClientReceivesAsync(4));
        }

        if (io == "uring")
            Assert.Equal([Count / 2, Count / 2], rig.Rings.Loops.Select(loop => loop.Load));
        foreach (WirePair pair in pairs)
            pair.Client.Dispose();
        await Task.WhenAll(echoes).WaitAsync(WirePair.Patience);
        foreach (WirePair pair in pairs)
            await pair.DisposeAsync();
        if (io == "uring")
            Assert.Equal([0, 0], rig.Rings.Loops.Select(loop => loop.Load));
    }

    [Theory]
    [ClassData(typeof(IoModes))]
    public async Task Unbinding_ends_the_accepting_and_gives_the_address_back(string io)
    {
        await using WireRig rig = await WireRig.StartAsync(io);
        await using WirePair before = await rig.ConnectAsync();
        var address = (IPEndPoint)rig.Listener.EndPoint;
        Assert.Throws<AddressInUseException>(() => ListeningSocket.Open(address));
        Task<ConnectionContext?> accepting = rig.Listener.AcceptAsync().AsTask();
        await rig.Listener.UnbindAsync();
        Assert.Null(await accepting.WaitAsync(WirePair.Patience));
        Assert.Null(await rig.Listener.AcceptAsync());

        using (ListeningSocket.Open(address))
        {
            // Connections from before live on.
            await before.Client.SendAsync(new byte[3]);
            Assert.Equal(3, await before.Wire.ReceiveAsync(new byte[10]).AsTask().WaitAsync(WirePair.Patience));
        }
    }

    [Theory]
    [ClassData(typeof(IoModes))]
    public async Task A_connection_tells_its_addresses(string io)
    {
        await using WireRig rig = await WireRig.StartAsync(io);
        await using WirePair pair = await rig.ConnectAsync();
        Assert.Equal(rig.Listener.EndPoint, pair.Connection.LocalEndPoint);
        Assert.Equal(pair.Client.LocalEndPoint, pair.Connection.RemoteEndPoint);
    }

    internal static async Task EchoAsync(ConnectionWire wire)
    {
        byte[] buffer = new byte[8192];
        while (true)
        {
            await wire.WaitAsync().ConfigureAwait(false);
            int bytes = await wire.ReceiveAsync(buffer).ConfigureAwait(false);
            if (bytes == 0 || !await wire.SendAsync(buffer.AsMemory(0, bytes)).ConfigureAwait(false))
                return;
        }
    }

    /// <summary>On the ring's thread, if there is one, from the end of the first send on; now and then on one of the pool.</summary>
    private static async Task SendAllAsync(ConnectionWire wire, byte[][] pieces)
    {
        for (int i = 0; i < pieces.Length; i++)
        {
            if (i % 3 == 0 && i + 1 < pieces.Length)
                Assert.True(await wire.SendAsync(pieces[i], pieces[++i]).ConfigureAwait(false));
            else
                Assert.True(await wire.SendAsync(pieces[i]).ConfigureAwait(false));
            if (i % 50 == 0)
                await Task.Yield();
        }
    }

    internal static async Task UntilAsync(Func<bool> condition)
    {
        for (int wait = 0; wait < 3000 && !condition(); wait++)
            await Task.Delay(10);
        Assert.True(condition());
    }

    /// <summary>Waits until a count has not changed for a while.</summary>
    private static async Task UntilStandingAsync(Func<long> count)
    {
        long before = -1;
        while (before != count())
        {
            before = count();
            await Task.Delay(300);
        }
    }

    private static async Task<T> AbortedAsync<T>(WirePair pair, Func<ConnectionWire, ValueTask<T>> operation)
    {
        Task<T> waiting = operation(pair.Wire).AsTask();
        await UntilAsync(() => pair.Wire.IsReceiving || pair.Wire.IsSending);
        await Task.Delay(20);
        Assert.False(waiting.IsCompleted);
        pair.Wire.Abort();
        return await waiting.WaitAsync(WirePair.Patience);
    }
}
