using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;

namespace RustFs.Server;

/// <summary>All open connections, and the watchdog that checks their timeouts once a second.</summary>
internal sealed class ConnectionTable(TimeProvider time, ConnectionTimeouts timeouts) : BackgroundService
{
    private readonly ConcurrentDictionary<HttpConnection, byte> _connections = [];
    private long _accepted;

    public int Count => _connections.Count;

    public long Accepted => Volatile.Read(ref _accepted);

    public void Add(HttpConnection connection)
    {
        Interlocked.Increment(ref _accepted);
        _connections.TryAdd(connection, 0);
    }

    public void Remove(HttpConnection connection) => _connections.TryRemove(connection, out _);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(timeouts.Tick, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                foreach ((HttpConnection connection, _) in _connections)
                    connection.Watch();
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops: Kestrel's own stop timeout bounds what is left.
        }
    }
}
