using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RustFs.Bench.Load;

/// <summary>One keep-alive connection with blocking calls: a request, its whole answer, the next. Not thread-safe.</summary>
internal sealed class LoadStream : IDisposable
{
    /// <summary>Large enough that system calls cost little beside the copying, small enough for the second-level cache.</summary>
    private const int TransferBytes = 256 * 1024;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _received = new byte[TransferBytes];
    private readonly byte[] _body;
    private byte[] _whole = [];

    public LoadStream(Uri url, byte[] bodyPattern)
    {
        _body = bodyPattern;
        _socket.Connect(IPAddress.Parse(url.Host), url.Port);
    }

    /// <summary>Random bytes, repeated as often as a body is long.</summary>
    public static byte[] BodyPattern()
    {
        var bytes = new byte[TransferBytes];
        new Random(1).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Sends a request and reads its answer. Throws when the status is not 200 or the connection breaks.</summary>
    /// <returns>The start of the answer's body, at most what came with its head, and the body's length.</returns>
    public (string Start, long LengthBytes) Exchange(byte[] head, long bodyBytes)
    {
        _socket.Send(head);
        for (long left = bodyBytes; left > 0;)
            left -= _socket.Send(_body.AsSpan(0, (int)Math.Min(left, _body.Length)));
        return ReadResponse();
    }

    /// <summary>Sends a request without a body and reads its whole answer. Throws as <see cref="Exchange"/> does.</summary>
    /// <returns>The answer's body, valid until the next exchange.</returns>
    public ReadOnlySpan<byte> ExchangeWhole(byte[] head)
    {
        _socket.Send(head);
        (int bodyStart, int filled, long length) = ReadHead();
        if (_whole.Length < length)
            _whole = new byte[length];
        _received.AsSpan(bodyStart, filled - bodyStart).CopyTo(_whole);
        for (int at = filled - bodyStart; at < length;)
            at += Receive(_whole.AsSpan(at, (int)length - at));
        return _whole.AsSpan(0, (int)length);
    }

    public void Dispose() => _socket.Dispose();

    private (string Start, long LengthBytes) ReadResponse()
    {
        (int bodyStart, int filled, long length) = ReadHead();
        string start = Encoding.UTF8.GetString(_received, bodyStart, Math.Min(filled - bodyStart, 4096));
        for (long left = length - (filled - bodyStart); left > 0;)
            left -= Receive(_received.AsSpan(0, (int)Math.Min(left, _received.Length)));
        return (start, length);
    }

    private (int BodyStart, int Filled, long BodyLength) ReadHead()
    {
        int filled = 0;
        int headEnd;
        while ((headEnd = _received.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (filled == _received.Length)
                throw new IOException("The response head is too long.");
            filled += Receive(_received.AsSpan(filled));
        }

        string head = Encoding.ASCII.GetString(_received, 0, headEnd);
        if (!head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal) && !head.StartsWith("HTTP/1.1 204", StringComparison.Ordinal))
            throw new IOException($"The server answered: {Encoding.UTF8.GetString(_received, 0, filled)}");
        return (headEnd + 4, filled, ContentLength(head));
    }

    private int Receive(Span<byte> destination)
    {
        int bytes = _socket.Receive(destination);
        return bytes > 0 ? bytes : throw new IOException("The server closed the connection.");
    }

    private static long ContentLength(string head)
    {
        foreach (string line in head.Split("\r\n"))
        {
            if (line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase))
                return long.Parse(line.AsSpan("content-length:".Length).Trim(), CultureInfo.InvariantCulture);
        }

        return 0;
    }
}
