using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using RustFs.Signing;
using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.Clients;

/// <summary>
/// Resident memory against several ceilings, with full caches, idle connections and large uploads at once, and with TLS. The short form is
/// small; scripts/overload-test.sh sets RUSTFS_OVERLOAD_IDLE, _UPLOADS, _UPLOAD_MIB, _OBJECTS_PER_MIB and _TLS to what is promised.
/// </summary>
[Collection(MeasuringCollection.Name)]
public sealed class OverloadCeilingTests(ITestOutputHelper output)
{
    private const int Loaders = 32;

    // Uploads past this size are made of writes to the same key, so that sixty-four of a gibibyte fit a disk; eight are one write each.
    private const int MaxWriteMib = 128;
    private const int WholeUploads = 8;

    private readonly RequestSigner _signer = new(new Credential("rustfsadmin", "rustfssecret"), "us-east-1");

    private static int IdleConnections => Setting("RUSTFS_OVERLOAD_IDLE", 2_000);
    private static int Uploads => Setting("RUSTFS_OVERLOAD_UPLOADS", 16);
    private static int UploadMib => Setting("RUSTFS_OVERLOAD_UPLOAD_MIB", 16);
    private static int TlsConnections => Setting("RUSTFS_OVERLOAD_TLS", 300);

    /// <summary>Objects with keys of 900 bytes: 150 for each MiB of the limit fill the caches of records and of the index.</summary>
    private static int ObjectsPerMib => Setting("RUSTFS_OVERLOAD_OBJECTS_PER_MIB", 4);

    [Theory]
    [InlineData(256)]
    [InlineData(512)]
    [InlineData(1024)]
    public async Task Full_caches_idle_connections_and_large_uploads_fit_the_ceiling(int limitMib)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings
        {
            Arguments = ["--memory-limit", $"{limitMib}MiB"],
        });
        await PutAsync(server, "/bucket", 0);
        await FillCachesAsync(server, ObjectsPerMib * limitMib);
        long fullKib = server.MemoryKib("VmRSS");
        List<RawConnection> idle = await OpenIdleAsync(server);
        long idleKib = server.MemoryKib("VmRSS");
        using var probing = new CancellationTokenSource();
        Task<List<double>> probe = ProbeAsync(server, probing.Token);
        var clock = Stopwatch.StartNew();
        int[] refusals = await Task.WhenAll(Enumerable.Range(0, Uploads).Select(upload => Task.Run(() => UploadAsync(server, upload))));
        double seconds = clock.Elapsed.TotalSeconds;
        await probing.CancelAsync();
        List<double> probes = await probe;
        probes.Sort();
        idle.ForEach(connection => connection.Dispose());
        long peakKib = server.MemoryKib("VmHWM");
        output.WriteLine($"limit {limitMib} MiB: {fullKib >> 10} MiB with {ObjectsPerMib * limitMib} objects read, {idleKib >> 10} with "
            + $"{IdleConnections} idle connections, peak {peakKib >> 10} with {Uploads} uploads of {UploadMib} MiB in {seconds:0} s "
            + $"({refusals.Sum()} refusals); small GET median {probes[probes.Count / 2]:0.0} ms, slowest {probes[^1]:0} ms of {probes.Count}");
        Assert.InRange(peakKib, 1, limitMib * 1024L);
    }

    [Fact]
    public async Task Idle_tls_connections_fit_the_ceiling()
    {
        const int limitMib = 256;
        using var folder = new TemporaryFolder();
        await TlsTests.CreateCertificateAsync(folder);
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings
        {
            UsesTls = true,
            Environment = new Dictionary<string, string> { ["RUSTFS_TLS_PATH"] = folder.Path },
            Arguments = ["--memory-limit", $"{limitMib}MiB"],
        });
        byte[] head = "GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n"u8.ToArray();
        long beforeKib = server.MemoryKib("VmRSS");
        var open = new List<SslStream>();
        int refused = 0;
        for (int i = 0; i < TlsConnections; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync("127.0.0.1", server.Port);
            var stream = new SslStream(new NetworkStream(socket, ownsSocket: true), false, (_, _, _, _) => true);
            try
            {
                await stream.AuthenticateAsClientAsync("localhost");
                await stream.WriteAsync(head);
                byte[] answer = new byte[4096];
                int length = await stream.ReadAsync(answer);
                Assert.StartsWith("HTTP/1.1 200", System.Text.Encoding.ASCII.GetString(answer, 0, length));
                open.Add(stream);
            }
            catch (Exception exception) when (exception is IOException)
            {
                refused++;
                await stream.DisposeAsync();
            }
        }

        long afterKib = server.MemoryKib("VmRSS");
        output.WriteLine($"{open.Count} idle TLS connections, {refused} refused: {beforeKib} KiB before, {afterKib} KiB after, "
            + $"{(afterKib - beforeKib) / (double)open.Count:0.0} KiB each; peak {server.MemoryKib("VmHWM")} KiB");
        open.ForEach(stream => stream.Dispose());
        Assert.InRange(server.MemoryKib("VmHWM"), 1, limitMib * 1024L);
    }

    private static int Setting(string name, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int asked) ? asked : usual;

    private static string FillPath(int number) => $"/bucket/fill-{number}-{new string('k', 900)}";

    private async Task FillCachesAsync(ServerProcess server, int objects)
    {
        var numbers = new ConcurrentQueue<int>(Enumerable.Range(0, objects));
        await Task.WhenAll(Enumerable.Range(0, Loaders).Select(async _ =>
        {
            using RawConnection connection = await RawConnection.OpenAsync(server.Port);
            while (numbers.TryDequeue(out int number))
            {
                await connection.SendAsync(RawConnection.Head(_signer, "PUT", FillPath(number), 0));
                Assert.Equal(200, (await connection.ReceiveResponseAsync()).Status);
                await connection.SendAsync(RawConnection.Head(_signer, "GET", FillPath(number)));
                Assert.Equal(200, (await connection.ReceiveResponseAsync()).Status);
            }
        }));
    }

    private async Task<List<RawConnection>> OpenIdleAsync(ServerProcess server)
    {
        byte[] head = RawConnection.Head(_signer, "HEAD", "/bucket");
        var idle = new List<RawConnection>();
        for (int i = 0; i < IdleConnections; i++)
        {
            RawConnection connection = await RawConnection.OpenAsync(server.Port);
            idle.Add(connection);
            await connection.SendAsync(head);
            Assert.Equal(200, (await connection.ReceiveResponseAsync()).Status);
        }

        return idle;
    }

    private async Task<List<double>> ProbeAsync(ServerProcess server, CancellationToken cancellation)
    {
        var times = new List<double>();
        using RawConnection connection = await RawConnection.OpenAsync(server.Port);
        do
        {
            long start = Stopwatch.GetTimestamp();
            await connection.SendAsync(RawConnection.Head(_signer, "GET", FillPath(0)));
            Assert.Equal(200, (await connection.ReceiveResponseAsync()).Status);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await Task.Delay(20, CancellationToken.None);
        }
        while (!cancellation.IsCancellationRequested);
        return times;
    }

    /// <summary>How often it was told to come again.</summary>
    private async Task<int> UploadAsync(ServerProcess server, int upload)
    {
        int writeMib = upload < WholeUploads ? UploadMib : Math.Min(UploadMib, MaxWriteMib);
        int refusals = 0;
        for (int sentMib = 0; sentMib < UploadMib;)
        {
            if (await PutAsync(server, $"/bucket/upload-{upload}", (long)writeMib << 20))
            {
                sentMib += writeMib;
                continue;
            }

            Assert.InRange(++refusals, 1, 600);
            await Task.Delay(1000);
        }

        return refusals;
    }

    /// <summary>Writes zeros; false when the server is too busy.</summary>
    private async Task<bool> PutAsync(ServerProcess server, string path, long lengthBytes)
    {
        byte[] chunk = new byte[256 * 1024];
        using RawConnection connection = await RawConnection.OpenAsync(server.Port);
        try
        {
            await connection.SendAsync(RawConnection.Head(_signer, "PUT", path, lengthBytes));
            for (long sent = 0; sent < lengthBytes; sent += chunk.Length) await connection.SendAsync(chunk);
        }
        catch (SocketException)
        {
            // Refused before the body: the answer may still be read.
        }

        (int status, string head, _) = await connection.ReceiveResponseAsync();
        if (status == 503) Assert.Contains("Retry-After", head);
        else Assert.Equal(200, status);
        return status == 200;
    }
}
