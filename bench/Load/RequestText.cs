using System.Globalization;
using System.Text;
using RustFs.Signing;

namespace RustFs.Bench.Load;

/// <summary>
/// Writes request heads, signed with SigV4 when there is a credential. The payload is unsigned: the load is the server's, not the client's.
/// </summary>
internal sealed class RequestText(Uri url, Credential? credential)
{
    private readonly RequestSigner? _signer = credential is null ? null : new RequestSigner(credential, "us-east-1");

    /// <summary>The head up to and with its empty line. The query must be in canonical form.</summary>
    public byte[] Head(string method, string path, string query, long? contentLength)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var fields = new FieldList();
        fields.Add("host", url.Authority);
        if (contentLength is { } length)
            fields.Add("content-length", length.ToString(CultureInfo.InvariantCulture));
        if (_signer is not null)
        {
            fields.Add("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
            fields.Add("x-amz-date", RequestSigner.FormatTime(now));
            var line = new SignedRequestLine(
                Encoding.ASCII.GetBytes(method), Encoding.ASCII.GetBytes(path), Encoding.ASCII.GetBytes(query));
            fields.Add("authorization", _signer.SignHeader(line, fields, now));
        }

        string target = query.Length == 0 ? path : $"{path}?{query}";
        return Encoding.ASCII.GetBytes($"{method} {target} HTTP/1.1\r\n{fields}\r\n");
    }

    private sealed class FieldList : IHeaderSource
    {
        private readonly List<(byte[] Name, byte[] Value)> _fields = [];

        public int Count => _fields.Count;
        public ReadOnlySpan<byte> Name(int index) => _fields[index].Name;
        public ReadOnlySpan<byte> Value(int index) => _fields[index].Value;
        public void Add(string name, string value) => _fields.Add((Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value)));

        public override string ToString() => string.Concat(
            _fields.Select(field => $"{Encoding.ASCII.GetString(field.Name)}: {Encoding.ASCII.GetString(field.Value)}\r\n"));
    }
}
