using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using RustFs.Signing;
using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.Clients;

/// <summary>
/// The real server under more clients than it has memory for, with a memory limit of 256 MiB. RUSTFS_OVERLOAD_SECONDS (default 5) says how
/// long the misbehaving clients stay.
/// </summary>
[Collection(MeasuringCollection.Name)]
public sealed class OverloadTests(ITestOutputHelper output)
{
    private const int LimitMib = 256;
    private const int IdleConnections = 10_000;
    private const int Uploads = 2_000;
    private const int Misbehaving = 1_500;
    private const int LargeBytes = 64 << 20;

    /// <summary>Far more than a small request takes beside the load, even in a debug build on a busy machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly RequestSigner _signer = new(new Credential("rustfsadmin", "rustfssecret"), "us-east-1");

    /// <summary>
    /// Processor time of a server that nobody asks anything. For some seconds after a load the runtime still compiles what was hot, so the
    /// first of a few windows that fits counts.
    /// </summary>
    private static async Task<double> IdleCpuSecondsAsync(ServerProcess server, TimeSpan window, double allowedSeconds)
    {
        const int Windows = 4;
        double cpuSeconds = 0;
        for (int attempt = 0; attempt < Windows; attempt++)
        {
            double before = CpuSeconds(server);
            await Task.Delay(window);
            cpuSeconds = CpuSeconds(server) - before;
            if (cpuSeconds <= allowedSeconds)
                break;
        }

        return cpuSeconds;
    }

    [Fact]
    public async Task Ten_thousand_idle_connections_cost_little_memory_and_no_processor()
    {
        await using ServerProcess server = await StartAsync();
        await CreateBucketAsync(server);
        long before = server.MemoryKib("VmRSS");
        byte[] head = RawConnection.Head(_signer, "HEAD", "/bucket");
        var idle = new List<RawConnection>();
        try
        {
            for (int i = 0; i < IdleConnections; i++)
            {
                RawConnection connection = await RawConnection.OpenAsync(server.Port);
                idle.Add(connection);
                await connection.SendAsync(head);
                Assert.Equal(200, (await connection.ReceiveResponseAsync()).Status);
            }

            long after = server.MemoryKib("VmRSS");
            double cpuSeconds = await IdleCpuSecondsAsync(server, TimeSpan.FromSeconds(5), allowedSeconds: 0.5);
            output.WriteLine($"{IdleConnections} idle connections: {before} KiB before, {after} KiB after; {cpuSeconds:0.00} s of CPU in 5 s");

            Assert.InRange(after, 1, LimitMib * 1024);
            Assert.InRange((after - before) / (double)IdleConnections, 0, 8);
            Assert.InRange(cpuSeconds, 0, 0.5);
        }
        finally
        {
            idle.ForEach(connection => connection.Dispose());
        }

        await AssertBaselineAsync(server);
    }

    [Fact]
    public async Task Two_thousand_uploads_at_once_end_well_or_are_told_to_come_again()
    {
        await using ServerProcess server = await StartAsync();
        await CreateBucketAsync(server);
        using var probing = new CancellationTokenSource();
        Task<TimeSpan> probe = ProbeAsync(server, probing.Token);
        var refusals = new ConcurrentBag<string>();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Uploads).Select(i => UploadAsync(server, i, refusals)));
        await probing.CancelAsync();
        output.WriteLine($"{Uploads} uploads in {clock.Elapsed.TotalSeconds:0.0} s, {refusals.Count} refused once or more, slowest probe "
            + $"{(await probe).TotalMilliseconds:0} ms, peak {server.MemoryKib("VmHWM")} KiB");

        Assert.All(refusals, head => Assert.Contains("Retry-After: 1", head));
        Assert.InRange(await probe, TimeSpan.Zero, Patience);
        Assert.InRange(server.MemoryKib("VmHWM"), 1, LimitMib * 1024);
        for (int i = 0; i < Uploads; i += 97)
        {
            using RawConnection connection = await RawConnection.OpenAsync(server.Port);
            await connection.SendAsync(RawConnection.Head(_signer, "GET", $"/bucket/upload-{i}"));
            Assert.Equal(BodyOf(i), (await connection.ReceiveResponseAsync()).Body);
        }

        await AssertBaselineAsync(server);
    }

    [Fact]
    public async Task Clients_that_stall_dribble_or_vanish_take_nothing_from_the_others()
    {
        await using ServerProcess server = await StartAsync();
        await CreateBucketAsync(server);
        await PutAsync(server, "/bucket/large", new byte[LargeBytes]);
        var connections = new ConcurrentBag<RawConnection>();
        using var leaving = new CancellationTokenSource();
        Task[] clients = [.. Enumerable.Range(0, Misbehaving).Select(i => MisbehaveAsync(server, i, connections, leaving.Token))];
        using var probing = new CancellationTokenSource();
        Task<TimeSpan> probe = ProbeAsync(server, probing.Token);
        int seconds = int.TryParse(Environment.GetEnvironmentVariable("RUSTFS_OVERLOAD_SECONDS"), out int asked) ? asked : 5;
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        await probing.CancelAsync();
        TimeSpan slowest = await probe;
        output.WriteLine($"{Misbehaving} misbehaving clients for {seconds} s: slowest probe {slowest.TotalMilliseconds:0} ms, peak "
            + $"{server.MemoryKib("VmHWM")} KiB, in flight {await MetricAsync(server, "rustfs_memory_in_flight_bytes")} bytes, "
            + $"{await MetricAsync(server, "rustfs_memory_refusals_total")} refusals");

        Assert.InRange(slowest, TimeSpan.Zero, Patience);
        Assert.InRange(server.MemoryKib("VmHWM"), 1, LimitMib * 1024);
        await leaving.CancelAsync();
        foreach (RawConnection connection in connections)
            connection.Dispose();
        await Task.WhenAll(clients);
        await AssertBaselineAsync(server);
        await PutAsync(server, "/bucket/afterwards", new byte[1 << 20]);
    }

    private static Task<ServerProcess> StartAsync() =>
        ServerProcess.StartAsync(new ServerSettings { Arguments = ["--memory-limit", $"{LimitMib}MiB"] });

    private static byte[] BodyOf(int upload)
    {
        ReadOnlySpan<int> sizes = [4 << 10, 70 << 10, 300 << 10, 20 << 10];
        return TemporaryFolder.RandomBytes(sizes[upload % sizes.Length], seed: upload);
    }

    /// <summary>One client in six ways of being a burden.</summary>
    private async Task MisbehaveAsync(
        ServerProcess server, int number, ConcurrentBag<RawConnection> connections, CancellationToken leaving)
    {
        try
        {
            RawConnection connection = await RawConnection.OpenAsync(server.Port, receiveBufferBytes: 8 * 1024);
            connections.Add(connection);
            byte[] put = RawConnection.Head(_signer, "PUT", $"/bucket/burden-{number}", 8 << 20);
            switch (number % 6)
            {
                case 0:
                    // Half a head.
                    await connection.SendAsync(put.AsMemory(0, put.Length / 2));
                    break;
                case 1:
                    // A head, and nothing of its body.
                    await connection.SendAsync(put);
                    break;
                case 2:
                    // Vanishes in the middle of a body.
                    await connection.SendAsync(put);
                    await connection.SendAsync(new byte[300_000]);
                    connection.Reset();
                    break;
                case 3:
                    await DribbleAsync(connection, put, leaving);
                    break;
                case 4:
                    await ReadSlowlyAsync(connection, leaving);
                    break;
                default:
                    // Asks and never reads.
                    await connection.SendAsync(RawConnection.Head(_signer, "GET", "/bucket/large"));
                    break;
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Refused and closed by the server, which is one of its answers to such clients; or the test is over.
        }
    }

    private static async Task DribbleAsync(RawConnection connection, byte[] head, CancellationToken leaving)
    {
        await connection.SendAsync(head);
        while (!leaving.IsCancellationRequested)
        {
            await connection.SendAsync(new byte[512]);
            await Task.Delay(500, CancellationToken.None);
        }
    }

    private async Task ReadSlowlyAsync(RawConnection connection, CancellationToken leaving)
    {
        await connection.SendAsync(RawConnection.Head(_signer, "GET", "/bucket/large"));
        byte[] buffer = new byte[1024];
        while (!leaving.IsCancellationRequested && await connection.ReceiveAsync(buffer) > 0)
            await Task.Delay(1000, CancellationToken.None);
    }

    /// <summary>Puts the same body until it is stored; every other answer must be 503.</summary>
    private async Task UploadAsync(ServerProcess server, int number, ConcurrentBag<string> refusals)
    {
        byte[] body = BodyOf(number);
        for (int attempt = 0; attempt < 120; attempt++)
        {
            string head = "";
            try
            {
                using RawConnection connection = await RawConnection.OpenAsync(server.Port);
                await connection.SendAsync(RawConnection.Head(_signer, "PUT", $"/bucket/upload-{number}", body.Length));
                try
                {
                    await connection.SendAsync(body);
                }
                catch (SocketException)
                {
                    // Refused before the body: the answer may still be read.
                }

                (int status, head, _) = await connection.ReceiveResponseAsync();
                if (status == 200)
                    return;
                Assert.Equal(503, status);
                refusals.Add(head);
            }
            catch (SocketException) when (head.Length == 0)
            {
                // Reset while the body was sent.
            }

            await Task.Delay(500);
        }

        Assert.Fail($"upload {number} was refused for a minute");
    }

    /// <summary>A well-behaved client among the others: its slowest small PUT or GET.</summary>
    private async Task<TimeSpan> ProbeAsync(ServerProcess server, CancellationToken cancellation)
    {
        byte[] body = TemporaryFolder.RandomBytes(4096, seed: 7);
        TimeSpan slowest = TimeSpan.Zero;
        while (!cancellation.IsCancellationRequested)
        {
            var clock = Stopwatch.StartNew();
            await PutAsync(server, "/bucket/probe", body);
            using RawConnection connection = await RawConnection.OpenAsync(server.Port);
            await connection.SendAsync(RawConnection.Head(_signer, "GET", "/bucket/probe"));
            (int status, _, byte[] got) = await connection.ReceiveResponseAsync();
            Assert.Equal(200, status);
            Assert.Equal(body, got);
            slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
            await Task.Delay(50, CancellationToken.None);
        }

        return slowest;
    }

    private Task CreateBucketAsync(ServerProcess server) => PutAsync(server, "/bucket", []);

    private async Task PutAsync(ServerProcess server, string path, byte[] body)
    {
        using RawConnection connection = await RawConnection.OpenAsync(server.Port);
        await connection.SendAsync(RawConnection.Head(_signer, "PUT", path, body.Length));
        await connection.SendAsync(body);
        Assert.Equal(200, (await connection.ReceiveResponseAsync()).Status);
    }

    /// <summary>Nothing in flight, no connection but the one that asks, and descriptors for these and the store's files only.</summary>
    private static async Task AssertBaselineAsync(ServerProcess server)
    {
        double inFlight = 0, connections = 0;
        for (int wait = 0; wait < 150; wait++)
        {
            inFlight = await MetricAsync(server, "rustfs_memory_in_flight_bytes{use=\"Body\"}")
                + await MetricAsync(server, "rustfs_memory_in_flight_bytes{use=\"ReadAhead\"}")
                + await MetricAsync(server, "rustfs_memory_in_flight_bytes{use=\"Document\"}");
            connections = await MetricAsync(server, "rustfs_connections ");
            if (inFlight == 0 && connections == 1)
                break;
            await Task.Delay(200);
        }

        Assert.Equal((0, 1), (inFlight, connections));
        int sockets = Directory.GetFiles($"/proc/{server.ProcessId}/fd").Count(file =>
            new FileInfo(file).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) ?? false);
        Assert.InRange(sockets, 1, 8);
    }

    /// <summary>The sum of the lines of /metrics that begin so.</summary>
    private static async Task<double> MetricAsync(ServerProcess server, string name)
    {
        using RawConnection connection = await RawConnection.OpenAsync(server.Port);
        await connection.SendAsync("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n"u8.ToArray());
        (_, _, byte[] page) = await connection.ReceiveResponseAsync();
        return System.Text.Encoding.UTF8.GetString(page).Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>User and system time of the process: fields 14 and 15 of /proc/PID/stat (proc(5)), in hundredths of a second.</summary>
    private static double CpuSeconds(ServerProcess server)
    {
        string stat = File.ReadAllText($"/proc/{server.ProcessId}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    }
}
