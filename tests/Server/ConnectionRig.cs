using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using RustFs.Http1;
using RustFs.S3;
using RustFs.S3.Routing;
using RustFs.Server;
using RustFs.Signing;
using RustFs.Storage;
using RustFs.Transport;

namespace RustFs.Tests.Server;

/// <summary>A whole connection over an in-memory pipe, on a real volume: raw bytes in, raw bytes out.</summary>
internal sealed class ConnectionRig : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("rustfs-connection-").FullName;
    private readonly Pipe _toServer = new();
    private readonly Pipe _toClient = new();
    private readonly IObjectStore _store;
    private readonly RequestMetrics _metrics = new();
    private readonly HttpConnection _connection;
    private readonly Task _running;

    public ConnectionRig()
    {
        var options = new ServerOptions { Directories = [_directory] };
        _store = Volume.Open(new VolumeOptions { Directories = [_directory], SegmentBytes = 4 << 20, ReserveBytes = 0, Memory = Memory });
        var verifier = new SignatureVerifier(new RootCredentials(options), TimeProvider.System);
        var service = new S3Service(_store, verifier, ServerDomains.None, new DateHeaderClock(TimeProvider.System))
        {
            Memory = Memory,
        };
        var connections = new ConnectionTable(TimeProvider.System, ConnectionTimeouts.Default);
        var wire = new PipeWire(new DuplexPipe(_toServer.Reader, _toClient.Writer), Abort);
        _connection = new HttpConnection(
            wire,
            isSecure: false,
            service,
            new OperatorEndpoints(new PrometheusPage(_metrics, connections, _store, Memory), _store),
            new RequestObserver(_metrics, NullLogger<RequestObserver>.Instance, TimeProvider.System),
            new RequestStatePool(service),
            ConnectionTimeouts.Default);
        connections.Add(_connection);
        _running = RunAsync();
    }

    public MemoryBudget Memory { get; } = new(16 << 20);

    /// <summary>Completes when the connection has ended.</summary>
    public Task Ended => _running;

    public void RequestClose() => _connection.RequestClose();

    public async Task SendAsync(string bytes) => await _toServer.Writer.WriteAsync(Encoding.Latin1.GetBytes(bytes));

    /// <summary>Says that no more will be sent.</summary>
    public void Finish() => _toServer.Writer.Complete();

    /// <summary>One response: its head and as many body bytes as its Content-Length says.</summary>
    public async Task<(string Head, string Body)> ReceiveAsync(bool isHead = false)
    {
        string text = "";
        while (true)
        {
            int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                string head = text[..end];
                int length = isHead ? 0 : ContentLength(head);
                if (text.Length >= end + 4 + length)
                {
                    Unread = text[(end + 4 + length)..];
                    return (head, text.Substring(end + 4, length));
                }
            }

            text = text.Length == 0 && Unread.Length > 0 ? TakeUnread() : text + await ReceiveSomeAsync();
        }
    }

    /// <summary>Everything until the server ends its side.</summary>
    public async Task<string> ReceiveToEndAsync()
    {
        var text = new StringBuilder(TakeUnread());
        while (true)
        {
            System.IO.Pipelines.ReadResult read = await _toClient.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
            foreach (ReadOnlyMemory<byte> piece in read.Buffer)
                text.Append(Encoding.Latin1.GetString(piece.Span));
            _toClient.Reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return text.ToString();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Abort();
        await _running;
        await _store.DisposeAsync();
        _metrics.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private string Unread { get; set; } = "";

    private static int ContentLength(string head)
    {
        string? line = head.Split("\r\n").FirstOrDefault(field => field.StartsWith("Content-Length: ", StringComparison.Ordinal));
        return line is null ? 0 : int.Parse(line["Content-Length: ".Length..]);
    }

    private string TakeUnread()
    {
        string unread = Unread;
        Unread = "";
        return unread;
    }

    private async Task<string> ReceiveSomeAsync()
    {
        System.IO.Pipelines.ReadResult read = await _toClient.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        if (read.Buffer.IsEmpty && read.IsCompleted)
            throw new InvalidOperationException("The connection ended before a whole response came.");
        string text = "";
        foreach (ReadOnlyMemory<byte> piece in read.Buffer)
            text += Encoding.Latin1.GetString(piece.Span);
        _toClient.Reader.AdvanceTo(read.Buffer.End);
        return text;
    }

    private async Task RunAsync()
    {
        await _connection.RunAsync();
        await _toClient.Writer.CompleteAsync();
        await _toServer.Reader.CompleteAsync();
    }

    private void Abort() => _toServer.Writer.Complete();

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
