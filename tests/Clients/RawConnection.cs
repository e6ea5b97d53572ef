using System.Net;
using System.Net.Sockets;
using System.Text;
using RustFs.Http1;
using RustFs.Signing;

namespace RustFs.Tests.Clients;

/// <summary>A socket to a server on loopback that behaves as badly as a test wants. Requests are signed, their payload is not.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket;

    private RawConnection(Socket socket) => _socket = socket;

    public Socket Socket => _socket;

    /// <param name="receiveBufferBytes">The kernel's receive buffer; 0 for its default.</param>
    public static async Task<RawConnection> OpenAsync(int port, int receiveBufferBytes = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferBytes > 0)
            socket.ReceiveBufferSize = receiveBufferBytes;
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return new RawConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A signed request head. The path needs no encoding.</summary>
    public static byte[] Head(RequestSigner signer, string method, string path, long? lengthBytes = null, string extra = "")
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var fields = new Fields(("host", "127.0.0.1"), ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
            ("x-amz-date", RequestSigner.FormatTime(now)));
        var line = new SignedRequestLine(Encoding.ASCII.GetBytes(method), Encoding.ASCII.GetBytes(path), default);
        string authorization = signer.SignHeader(line, fields, now);
        string length = lengthBytes is null ? "" : $"content-length: {lengthBytes}\r\n";
        return Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\n{fields}authorization: {authorization}\r\n{length}{extra}\r\n");
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await _socket.SendAsync(bytes)..];
    }

    public async Task<int> ReceiveAsync(Memory<byte> buffer) => await _socket.ReceiveAsync(buffer);

    /// <summary>One response with its body; status 0 when the connection ends before a whole head.</summary>
    public async Task<(int Status, string Head, byte[] Body)> ReceiveResponseAsync()
    {
        byte[] bytes = new byte[8 * 1024];
        int length = 0;
        while (true)
        {
            int end = bytes.AsSpan(0, length).IndexOf("\r\n\r\n"u8) + 4;
            if (end >= 4)
            {
                string head = Encoding.Latin1.GetString(bytes, 0, end);
                byte[] body = new byte[ContentLength(head)];
                int have = Math.Min(length - end, body.Length);
                bytes.AsSpan(end, have).CopyTo(body);
                while (have < body.Length && await ReceiveAsync(body.AsMemory(have)) is > 0 and int more)
                    have += more;
                return (int.Parse(head.AsSpan(9, 3)), head, body[..have]);
            }

            int received = await ReceiveAsync(bytes.AsMemory(length));
            if (received == 0)
                return (0, "", []);
            length += received;
        }
    }

    /// <summary>Vanishes: the kernel sends a reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private static int ContentLength(string head)
    {
        string? line = head.Split("\r\n").FirstOrDefault(field => field.StartsWith("Content-Length: ", StringComparison.Ordinal));
        return line is null ? 0 : int.Parse(line["Content-Length: ".Length..]);
    }

    private sealed class Fields(params (string Name, string Value)[] fields) : IHeaderSource
    {
        private readonly (byte[] Name, byte[] Value)[] _fields =
            [.. fields.Select(field => (Encoding.ASCII.GetBytes(field.Name), Encoding.ASCII.GetBytes(field.Value)))];

        public int Count => _fields.Length;
        public ReadOnlySpan<byte> Name(int index) => _fields[index].Name;
        public ReadOnlySpan<byte> Value(int index) => _fields[index].Value;
        public override string ToString() => string.Concat(fields.Select(field => $"{field.Name}: {field.Value}\r\n"));
    }
}
