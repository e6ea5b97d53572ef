using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using RustFs.Http1;
using RustFs.S3;
using RustFs.Transport;

namespace RustFs.Server;

/// <summary>Kestrel's terminal connection middleware: gives each connection its own <see cref="HttpConnection"/> until it ends.</summary>
internal sealed partial class HttpConnectionHandler(
    S3Service service,
    OperatorEndpoints endpoints,
    RequestObserver observer,
    RequestStatePool states,
    ConnectionTimeouts timeouts,
    ConnectionTable connections,
    ILogger<HttpConnectionHandler> logger)
    : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        bool isSecure = connection.Features.Get<ITlsConnectionFeature>() is not null;
        var http = new HttpConnection(WireOf(connection, isSecure), isSecure, service, endpoints, observer, states, timeouts);
        connections.Add(http);
        CancellationToken closeRequested =
            connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? CancellationToken.None;
        using CancellationTokenRegistration registration =
            closeRequested.UnsafeRegister(state => ((HttpConnection)state!).RequestClose(), http);
        try
        {
            await http.RunAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // A broken invariant ends its own connection, never the server.
            LogDefect(logger, exception, connection.ConnectionId);
            connection.Abort();
        }
        finally
        {
            connections.Remove(http);
        }
    }

    /// <summary>The raw socket, unless TLS stands in between: sending there would put plaintext on the connection.</summary>
    private static ConnectionWire WireOf(ConnectionContext connection, bool isSecure) =>
        !isSecure && connection.Features.Get<IWire>() is ConnectionWire wire
            ? wire
            : new PipeWire(connection.Transport, connection.Abort) { Under = connection.Features.Get<IWire>() as ConnectionWire };

    [LoggerMessage(1, LogLevel.Error, "connection {ConnectionId} ended by a defect of the server")]
    private static partial void LogDefect(ILogger logger, Exception exception, string connectionId);
}
