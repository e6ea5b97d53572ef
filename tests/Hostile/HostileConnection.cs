using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Extensions.Logging.Abstractions;
using RustFs.S3;
using RustFs.Server;
using RustFs.Transport;

namespace RustFs.Tests.Hostile;

/// <summary>One answer, read the way a strict client reads it.</summary>
internal sealed record StrictResponse(int Status, Dictionary<string, string> Fields, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The code of an error document; null when the answer is none.</summary>
    public string? ErrorCode { get; init; }
}

/// <param name="IsClosed">The server ended the connection, before the client said that it was done.</param>
internal sealed record Conversation(IReadOnlyList<StrictResponse> Responses, bool IsClosed)
{
    public int[] Statuses => [.. Responses.Select(response => response.Status)];

    public override string ToString() =>
        string.Join(' ', Responses.Select(response => $"{response.Status} {response.ErrorCode}".Trim())) + (IsClosed ? " closed" : "");
}

/// <summary>
/// A whole connection as the server runs it, over a client that sends bytes in pieces and then is done. Every byte that comes back is
/// checked to be an answer, framed as it says, and every error a document that an XML parser reads.
/// </summary>
internal sealed partial class HostileConnection
{
    private static readonly RequestMetrics Metrics = new();

    private readonly S3Service _service;
    private readonly OperatorEndpoints _endpoints;
    private readonly RequestObserver _observer;
    private readonly RequestStatePool _states;

    public HostileConnection(S3Service service)
    {
        _service = service;
        var connections = new ConnectionTable(TimeProvider.System, ConnectionTimeouts.Default);
        var page = new PrometheusPage(Metrics, connections, service.Store, service.Memory);
        _states = new RequestStatePool(service);
        _endpoints = new OperatorEndpoints(page, service.Store);
        _observer = new RequestObserver(Metrics, NullLogger<RequestObserver>.Instance, TimeProvider.System);
    }

    /// <param name="nextPieceBytes">How many bytes each receive gives at most; null for all that fit.</param>
    /// <param name="afterContinue">What the client sends once it has seen 100 (Continue).</param>
    public async Task<Conversation> ExchangeAsync(byte[] bytes, Func<int>? nextPieceBytes = null, byte[]? afterContinue = null)
    {
        var wire = new ScriptedWire(bytes, nextPieceBytes ?? (() => int.MaxValue), afterContinue ?? []);
        var connection = new HttpConnection(wire, isSecure: false, _service, _endpoints, _observer, _states, ConnectionTimeouts.Default);
        await connection.RunAsync();
        return new Conversation(Read(wire.Sent), wire.IsEndedByServer);
    }

    private static List<StrictResponse> Read(byte[] sent)
    {
        var responses = new List<StrictResponse>();
        for (int position = 0; position < sent.Length;)
        {
            int length = sent.AsSpan(position).IndexOf("\r\n\r\n"u8);
            Oracle.Holds(length >= 0, "Every answer has a whole head.");
            string head = Encoding.Latin1.GetString(sent, position, length + 2);
            Oracle.Holds(Head().IsMatch(head), "Every answer's head is well formed.");
            position += length + 4;
            var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (string line in head.Split("\r\n").Skip(1).SkipLast(1))
                fields[line[..line.IndexOf(':')]] = line[(line.IndexOf(':') + 2)..];
            int status = int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture);
            int bodyLength = fields.TryGetValue("Content-Length", out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
            Oracle.Holds(bodyLength <= sent.Length - position, "Every body is as long as its head says.");
            var response = new StrictResponse(status, fields, sent[position..(position + bodyLength)]);
            position += bodyLength;
            bool isError = status >= 400 && bodyLength > 0;
            responses.Add(isError ? response with { ErrorCode = CodeOf(response.Body) } : response);
        }

        return responses;
    }

    private static string CodeOf(byte[] body)
    {
        Oracle.Holds(System.Text.Unicode.Utf8.IsValid(body), "Every error document is UTF-8.");
        return XDocument.Parse(Encoding.UTF8.GetString(body)).Root!.Element("Code")!.Value;
    }

    [GeneratedRegex(@"\AHTTP/1\.1 [1-5][0-9]{2} [^\x00-\x1F\x7F]*\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\x00-\x08\x0A-\x1F\x7F]*\r\n)*\z")]
    private static partial Regex Head();

    /// <summary>The client's side: gives out what was scripted, keeps what comes back.</summary>
    private sealed class ScriptedWire(byte[] bytes, Func<int> nextPieceBytes, byte[] afterContinue) : ConnectionWire
    {
        private readonly MemoryStream _sent = new();
        private ReadOnlyMemory<byte> _rest = bytes;
        private byte[] _afterContinue = afterContinue;
        private bool _wasDone;
        private bool _wasShutDown;

        public byte[] Sent => _sent.ToArray();

        /// <summary>Not when the server only noticed that the client was done.</summary>
        public bool IsEndedByServer => _wasShutDown || !_wasDone;

        public override bool IsReceiving => false;
        public override bool IsSending => false;

        public override ValueTask<int> WaitAsync() => ValueTask.FromResult(0);

        public override ValueTask<int> ReceiveAsync(Memory<byte> buffer)
        {
            if (_rest.IsEmpty && _afterContinue.Length > 0 && Sent.AsSpan().IndexOf("100 Continue"u8) >= 0)
                (_rest, _afterContinue) = (_afterContinue, []);
            int length = Math.Min(Math.Min(_rest.Length, buffer.Length), nextPieceBytes());
            _rest[..length].CopyTo(buffer);
            _rest = _rest[length..];
            _wasDone |= length == 0;
            return ValueTask.FromResult(length);
        }

        public override ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes) => SendAsync(bytes, default);

        public override ValueTask<bool> SendAsync(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
        {
            Oracle.Holds(!_wasShutDown, "Nothing is sent after the end.");
            _sent.Write(first.Span);
            _sent.Write(second.Span);
            return ValueTask.FromResult(true);
        }

        public override void Abort() => ShutdownSend();

        public override void ShutdownSend() => _wasShutDown = true;
    }
}
