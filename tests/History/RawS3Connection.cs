using System.Net;
using System.Net.Sockets;
using System.Text;
using RustFs.Signing;

namespace RustFs.Tests.History;

/// <summary>
/// One connection to a server, one signed request at a time: nothing retries, nothing is pooled, so that a call begins and ends when its
/// bytes do. Throws <see cref="IOException"/> or <see cref="SocketException"/> when the server goes away.
/// </summary>
internal sealed class RawS3Connection : IDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly RequestSigner _signer;
    private readonly string _host;
    private readonly byte[] _received = new byte[1 << 20];
    private int _receivedBytes;

    private RawS3Connection(RequestSigner signer, int port) => (_signer, _host) = (signer, $"127.0.0.1:{port}");

    public static async Task<RawS3Connection> OpenAsync(RequestSigner signer, int port)
    {
        var connection = new RawS3Connection(signer, port);
        await connection._client.ConnectAsync(IPAddress.Loopback, port);
        return connection;
    }

    /// <param name="path">Percent-encoded, without a query.</param>
    public async Task<(int StatusCode, byte[] Body)> SendAsync(string method, string path, byte[]? body, params string[] headers)
    {
        NetworkStream stream = _client.GetStream();
        byte[] head = Head(method, path, body, headers);
        await stream.WriteAsync(body is null ? head : [.. head, .. body]);
        return await ReceiveAsync(stream);
    }

    public void Dispose() => _client.Dispose();

    private byte[] Head(string method, string path, byte[]? body, string[] headers)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var fields = new Fields();
        fields.Add("Host", _host);
        fields.Add("x-amz-date", RequestSigner.FormatTime(now));
        fields.Add("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
        if (body is not null) fields.Add("Content-Length", body.Length.ToString());
        foreach (string header in headers) fields.Add(header[..header.IndexOf(':')], header[(header.IndexOf(':') + 2)..]);
        var line = new SignedRequestLine(Encoding.ASCII.GetBytes(method), Encoding.ASCII.GetBytes(path), default);
        string authorization = _signer.SignHeader(line, fields, now);
        return Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\n{fields.Text}Authorization: {authorization}\r\n\r\n");
    }

    private async Task<(int StatusCode, byte[] Body)> ReceiveAsync(NetworkStream stream)
    {
        int headBytes;
        _receivedBytes = 0;
        while ((headBytes = _received.AsSpan(0, _receivedBytes).IndexOf("\r\n\r\n"u8)) < 0) await FillAsync(stream);
        headBytes += 4;
        string[] lines = Encoding.ASCII.GetString(_received, 0, headBytes - 4).Split("\r\n");
        string? length = lines.FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        int bodyBytes = length is null ? 0 : int.Parse(length[15..]);
        while (_receivedBytes < headBytes + bodyBytes) await FillAsync(stream);
        return (int.Parse(lines[0].Split(' ')[1]), _received[headBytes..(headBytes + bodyBytes)]);
    }

    private async Task FillAsync(NetworkStream stream)
    {
        int count = await stream.ReadAsync(_received.AsMemory(_receivedBytes));
        if (count == 0) throw new IOException("The server closed the connection.");
        _receivedBytes += count;
    }

    private sealed class Fields : IHeaderSource
    {
        private readonly List<(byte[] Name, byte[] Value)> _fields = [];
        private readonly StringBuilder _text = new();

        public string Text => _text.ToString();
        public int Count => _fields.Count;
        public ReadOnlySpan<byte> Name(int index) => _fields[index].Name;
        public ReadOnlySpan<byte> Value(int index) => _fields[index].Value;

        public void Add(string name, string value)
        {
            _fields.Add((Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value)));
            _text.Append($"{name}: {value}\r\n");
        }
    }
}
