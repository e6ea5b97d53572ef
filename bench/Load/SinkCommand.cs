using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RustFs.Bench.Load;

/// <summary>
/// The reference for uploads by a real client: an HTTP/1.1 server that reads bodies, drops them and answers what the client needs to go
/// on. It checks nothing. <c>sink --port P</c>; ends by a signal.
/// </summary>
internal static class SinkCommand
{
    public static int Run(string[] arguments)
    {
        if (arguments is not ["--port", string port])
            throw new ArgumentException("expected --port P");
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture)));
        listener.Listen();
        while (true)
        {
            Socket socket = listener.Accept();
            new Thread(() => new SinkConnection(socket).Run()) { IsBackground = true }.Start();
        }
    }

    /// <summary>One connection with blocking calls, until the client closes it.</summary>
    private sealed class SinkConnection(Socket socket)
    {
        // Heads are a few hundred bytes; bodies are taken in pieces that stay in the second-level cache.
        private readonly byte[] _received = new byte[256 * 1024];
        private int _filled;

        public void Run()
        {
            socket.NoDelay = true;
            using (socket)
            {
                try
                {
                    while (AnswerOne())
                    {
                    }
                }
                catch (SocketException)
                {
                    // The client is gone: so is the reason to answer it.
                }
            }
        }

        private bool AnswerOne()
        {
            int headEnd;
            while ((headEnd = _received.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8)) < 0)
            {
                int bytes = _filled == _received.Length ? 0 : socket.Receive(_received.AsSpan(_filled));
                if (bytes == 0)
                    return false;
                _filled += bytes;
            }

            string head = Encoding.Latin1.GetString(_received, 0, headEnd);
            _received.AsSpan(headEnd + 4, _filled - headEnd - 4).CopyTo(_received);
            _filled -= headEnd + 4;
            if (Field(head, "expect").Length > 0)
                socket.Send("HTTP/1.1 100 Continue\r\n\r\n"u8);
            if (!DropBody(long.TryParse(Field(head, "content-length"), CultureInfo.InvariantCulture, out long length) ? length : 0))
                return false;
            socket.Send(Encoding.Latin1.GetBytes(Answer(head)));
            return true;
        }

        private bool DropBody(long lengthBytes)
        {
            int buffered = (int)Math.Min(_filled, lengthBytes);
            _received.AsSpan(buffered, _filled - buffered).CopyTo(_received);
            _filled -= buffered;
            for (long left = lengthBytes - buffered; left > 0;)
            {
                int bytes = socket.Receive(_received.AsSpan(0, (int)Math.Min(left, _received.Length)));
                if (bytes == 0)
                    return false;
                left -= bytes;
            }

            return true;
        }

        /// <summary>Multipart uploads begin and end with a document; everything else has an ETag and no body.</summary>
        private static string Answer(string head)
        {
            string body = "";
            if (head.StartsWith("POST ", StringComparison.Ordinal))
            {
                body = head.AsSpan(0, head.IndexOf('\r')).Contains("uploads", StringComparison.Ordinal)
                    ? "<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId>1</UploadId></InitiateMultipartUploadResult>"
                    : "<CompleteMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><ETag>\"0\"</ETag></CompleteMultipartUploadResult>";
            }

            return $"HTTP/1.1 200 OK\r\nETag: \"00000000000000000000000000000000\"\r\nContent-Type: application/xml\r\n"
                + string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n{body}");
        }

        private static string Field(string head, string name)
        {
            foreach (string line in head.Split("\r\n"))
            {
                if (line.Length > name.Length && line[name.Length] == ':' && line.StartsWith(name, StringComparison.OrdinalIgnoreCase))
                    return line[(name.Length + 1)..].Trim();
            }

            return "";
        }
    }
}
