using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using RustFs.Server;
using RustFs.Signing;
using RustFs.Storage;
using RustFs.Tests.Clients;
using Xunit;

namespace RustFs.Tests.Server;

/// <summary>The timeouts over the platform's sockets.</summary>
public sealed class SocketTimeoutTests() : TimeoutTests("sockets");

/// <summary>The timeouts over io_uring, where the machine has it.</summary>
public sealed class UringTimeoutTests() : TimeoutTests(TestIo.UringFault is null ? "uring" : "auto");

/// <summary>The whole server with shortened timeouts, over real sockets.</summary>
public abstract class TimeoutTests(string io) : IAsyncLifetime
{
    private const int MinBytesPerSecond = 20_000;

    /// <summary>More than the kernel's buffers of both sides take, so that a send waits for its reader.</summary>
    private const int LargeBytes = 24 << 20;

    private static readonly ConnectionTimeouts Short = new()
    {
        Idle = TimeSpan.FromSeconds(1.5),
        Head = TimeSpan.FromSeconds(1.5),
        ReceiveWindow = TimeSpan.FromSeconds(1),
        SendWindow = TimeSpan.FromSeconds(2),
        MinBytesPerSecond = MinBytesPerSecond,
        Linger = TimeSpan.FromSeconds(1.5),
        Tick = TimeSpan.FromMilliseconds(100),
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("rustfs-timeouts-").FullName;
    private readonly RequestSigner _signer = new(new Credential(ServerOptions.DefaultKey, ServerOptions.DefaultKey), "us-east-1");
    private WebApplication _server = null!;
    private int _port;

    public async Task InitializeAsync()
    {
        var options = new ServerOptions
        {
            Directories = [_directory],
            Address = new(IPAddress.Loopback, 0),
            ReserveBytes = 16 << 20,
            Io = Enum.Parse<IoMode>(io, ignoreCase: true),
        };
        _server = ServerHost.Build(options, Short);
        await _server.StartAsync();
        string address = _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        _port = new Uri(address).Port;
        using RawConnection connection = await RawConnection.OpenAsync(_port);
        await connection.SendAsync(RawConnection.Head(_signer, "PUT", "/bucket"));
        Assert.Equal(200, (await connection.ReceiveResponseAsync()).Status);
    }

    public async Task DisposeAsync()
    {
        await _server.StopAsync();
        await _server.Services.GetRequiredService<IObjectStore>().DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task AnIdleConnectionIsClosedAfterItsTime()
    {
        using RawConnection connection = await RawConnection.OpenAsync(_port);
        await connection.SendAsync("GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n"u8.ToArray());
        Assert.Equal(200, (await connection.ReceiveResponseAsync()).Status);

        Assert.InRange(await SecondsToEndAsync(connection), 1, 15);
        await AssertNothingHeldAsync();
    }

    [Fact]
    public async Task AHeadThatDribblesOrStallsIsGivenUp()
    {
        using RawConnection stalled = await RawConnection.OpenAsync(_port);
        await stalled.SendAsync("GET / HT"u8.ToArray());
        using RawConnection dribbling = await RawConnection.OpenAsync(_port);
        Task<bool> dribble = DribbleAsync(dribbling, "GET / HTTP/1.1\r\nHost: h\r\nx: "u8.ToArray(), bytes: 1, TimeSpan.FromSeconds(15));

        Assert.InRange(await SecondsToEndAsync(stalled), 1, 15);
        Assert.False(await dribble);
        await AssertNothingHeldAsync();
    }

    [Fact]
    public async Task ABodyBelowTheMinimumRateIsGivenUpAndOneAboveItIsStored()
    {
        using RawConnection slow = await RawConnection.OpenAsync(_port);
        Task<bool> dribble = DribbleAsync(
            slow, RawConnection.Head(_signer, "PUT", "/bucket/slow", 1 << 20), MinBytesPerSecond / 40, TimeSpan.FromSeconds(20));
        using RawConnection steady = await RawConnection.OpenAsync(_port);
        await steady.SendAsync(RawConnection.Head(_signer, "PUT", "/bucket/steady", 32 * MinBytesPerSecond));
        for (int i = 0; i < 32; i++)
        {
            await steady.SendAsync(new byte[MinBytesPerSecond]);
            await Task.Delay(100);
        }

        Assert.Equal(200, (await steady.ReceiveResponseAsync()).Status);
        Assert.False(await dribble);
        await AssertNothingHeldAsync();
    }

    /// <summary>
    /// A response leaves in sends of 256 KiB; at 120 KB a second each takes longer than the window, and moves all the same.
    /// </summary>
    [Fact]
    public async Task AReaderAboveTheMinimumRateIsServedToTheEnd()
    {
        await StoreLargeAsync();
        using RawConnection reader = await RawConnection.OpenAsync(_port, receiveBufferBytes: 8 * 1024);
        await reader.SendAsync(RawConnection.Head(_signer, "GET", "/bucket/large"));
        byte[] buffer = new byte[1 << 20];
        long received = 0;
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(7))
        {
            received += await reader.ReceiveAsync(buffer.AsMemory(0, 6 * 1024));
            await Task.Delay(50);
        }

        while (await reader.ReceiveAsync(buffer) is > 0 and int more)
        {
            received += more;
            if (received >= LargeBytes)
                break;
        }

        Assert.True(received >= LargeBytes, $"the connection ended after {received} bytes");
    }

    [Fact]
    public async Task AReaderThatStopsIsGivenUp()
    {
        await StoreLargeAsync();
        using RawConnection reader = await RawConnection.OpenAsync(_port, receiveBufferBytes: 8 * 1024);
        await reader.SendAsync(RawConnection.Head(_signer, "GET", "/bucket/large"));
        await Task.Delay(300);
        Assert.True(_server.Services.GetRequiredService<MemoryBudget>().UsedBytes > 0);

        await AssertNothingHeldAsync();
    }

    [Fact]
    public async Task AClientThatVanishesMidBodyLeavesNothing()
    {
        for (int i = 0; i < 20; i++)
        {
            RawConnection connection = await RawConnection.OpenAsync(_port);
            await connection.SendAsync(RawConnection.Head(_signer, "PUT", $"/bucket/gone-{i}", 10 << 20));
            await connection.SendAsync(new byte[i * 50_000]);
            if (i % 2 == 0)
                connection.Reset();
            else
                connection.Dispose();
        }

        await AssertNothingHeldAsync();
    }

    /// <summary>Sends a few bytes every 50 ms; false when the server ended the connection before the time was over.</summary>
    private static async Task<bool> DribbleAsync(RawConnection connection, byte[] first, int bytes, TimeSpan time)
    {
        try
        {
            await connection.SendAsync(first);
            for (var clock = Stopwatch.StartNew(); clock.Elapsed < time;)
            {
                await connection.SendAsync(Encoding.ASCII.GetBytes(new string('a', bytes)));
                await Task.Delay(50);
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<double> SecondsToEndAsync(RawConnection connection)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            Assert.Equal(0, await connection.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(20)));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Ended with bytes unread: a reset says the same.
        }

        return clock.Elapsed.TotalSeconds;
    }

    private async Task StoreLargeAsync()
    {
        using RawConnection connection = await RawConnection.OpenAsync(_port);
        await connection.SendAsync(RawConnection.Head(_signer, "PUT", "/bucket/large", LargeBytes));
        await connection.SendAsync(new byte[LargeBytes]);
        Assert.Equal(200, (await connection.ReceiveResponseAsync()).Status);
    }

    private async Task AssertNothingHeldAsync()
    {
        MemoryBudget memory = _server.Services.GetRequiredService<MemoryBudget>();
        ConnectionTable connections = _server.Services.GetRequiredService<ConnectionTable>();
        for (int wait = 0; wait < 400 && (memory.UsedBytes > 0 || connections.Count > 0); wait++)
            await Task.Delay(50);
        Assert.Equal((0, 0), (memory.UsedBytes, connections.Count));
    }
}
