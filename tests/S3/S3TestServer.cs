using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using RustFs.Http1;
using RustFs.S3;
using RustFs.S3.Body;
using RustFs.S3.Encryption;
using RustFs.S3.Routing;
using RustFs.Signing;
using RustFs.Storage;

namespace RustFs.Tests.S3;

/// <summary>The S3 service over a store in memory: raw request bytes in, raw response bytes out, signed as a client signs.</summary>
internal sealed class S3TestServer : ICredentialSource
{
    public const string Host = "s3.test";
    public const string AccessKey = "AKTESTACCESSKEY";
    public const string SecretKey = "test-secret-key";
    private const int DrainBytes = 64 * 1024;
    private static readonly Credential TestCredential = new(AccessKey, SecretKey);

    private readonly RequestSigner _signer = new(TestCredential, "us-east-1");

    public S3TestServer(IObjectStore? store = null, MemoryBudget? memory = null, KeyRing? keys = null)
    {
        Store = store ?? new MemoryObjectStore();
        var verifier = new SignatureVerifier(this, TimeProvider.System);
        Service = new S3Service(Store, verifier, ServerDomains.None, new DateHeaderClock(TimeProvider.System))
        {
            Memory = memory ?? new MemoryBudget(long.MaxValue / 8),
            Keys = keys ?? KeyRing.Empty,
        };
        if (Store.FindBucket("bucket"u8) is null)
            Store.CreateBucketAsync("bucket", "").AsTask().GetAwaiter().GetResult();
    }

    public IObjectStore Store { get; }
    public MemoryObjectStore Memory => (MemoryObjectStore)Store;
    public S3Service Service { get; }

    public Credential? Find(ReadOnlySpan<byte> accessKey) =>
        accessKey.SequenceEqual(Encoding.ASCII.GetBytes(TestCredential.AccessKey)) ? TestCredential : null;

    /// <summary>Sends one signed request on a connection of its own.</summary>
    /// <param name="target">Path and query, percent-encoded, such as "/bucket/key?partNumber=1".</param>
    /// <param name="headers">"name: value"; those given here win over the defaults.</param>
    [OverloadResolutionPriority(1)]
    public async Task<TestResponse> SendAsync(string method, string target, byte[]? body = null, params string[] headers)
    {
        byte[] request = Request(method, target, body, headers);
        List<TestResponse> responses = await ExchangeAsync(new MemoryWire(request), method == "HEAD");
        return responses[^1];
    }

    public Task<TestResponse> SendAsync(string method, string target, string body, params string[] headers) =>
        SendAsync(method, target, Encoding.UTF8.GetBytes(body), headers);

    /// <summary>The bytes of a signed request. The payload is signed with its SHA-256 unless a header says otherwise.</summary>
    public byte[] Request(string method, string target, byte[]? body, params string[] headers)
    {
        byte[] head = Head(method, target, body, headers, out _);
        return [.. head, .. body ?? []];
    }

    public byte[] Head(string method, string target, byte[]? body, string[] headers, out string signature)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        var fields = new List<(string Name, string Value)>();
        foreach (string header in headers)
            fields.Add((header[..header.IndexOf(':')].Trim(), header[(header.IndexOf(':') + 1)..].Trim()));
        void Default(string name, string value)
        {
            if (!fields.Any(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
                fields.Add((name, value));
        }

        Default("Host", Host);
        Default("x-amz-date", RequestSigner.FormatTime(now));
        Default("x-amz-content-sha256", Convert.ToHexStringLower(SHA256.HashData(body ?? [])));
        if ((body is not null || method is "PUT" or "POST")
            && !fields.Any(field => field.Name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)))
            Default("Content-Length", (body?.Length ?? 0).ToString());
        fields.RemoveAll(field => field.Value == "(absent)");

        int question = target.IndexOf('?');
        string path = question < 0 ? target : target[..question];
        string query = question < 0 ? "" : target[(question + 1)..];
        var line = new SignedRequestLine(Encoding.ASCII.GetBytes(method), Encoding.ASCII.GetBytes(path), Encoding.ASCII.GetBytes(query));
        string authorization = _signer.SignHeader(line, new SignedFields(fields), now);
        signature = authorization[^64..];
        var text = new StringBuilder($"{method} {target} HTTP/1.1\r\n");
        foreach ((string name, string value) in fields)
            text.Append($"{name}: {value}\r\n");
        text.Append($"Authorization: {authorization}\r\n\r\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>A presigned target for a request whose only signed header is host.</summary>
    public string Presign(string method, string target)
    {
        int question = target.IndexOf('?');
        string path = question < 0 ? target : target[..question];
        string query = question < 0 ? "" : target[(question + 1)..];
        var line = new SignedRequestLine(Encoding.ASCII.GetBytes(method), Encoding.ASCII.GetBytes(path), Encoding.ASCII.GetBytes(query));
        return path + "?" + _signer.Presign(line, new SignedFields([("Host", Host)]), DateTimeOffset.UtcNow, 600);
    }

    /// <summary>Sends a request that its URL and its body alone make.</summary>
    public async Task<TestResponse> SendPresignedAsync(string method, string target, byte[]? body = null)
    {
        string length = body is null ? "" : $"Content-Length: {body.Length}\r\n";
        string head = $"{method} {Presign(method, target)} HTTP/1.1\r\nHost: {Host}\r\n{length}\r\n";
        return (await ExchangeAsync(new MemoryWire([.. Encoding.ASCII.GetBytes(head), .. body ?? []]), method == "HEAD"))[0];
    }

    /// <summary>Serves every request on the wire as a connection does, until it ends.</summary>
    public async Task<List<TestResponse>> ExchangeAsync(MemoryWire wire, bool isHead = false)
    {
        using var received = new ReceiveBuffer();
        var head = new RequestHead();
        var request = new S3Request(Service, head, received, wire);
        bool isBroken = false;
        while (!isBroken)
        {
            ParseStatus status = RequestHeadParser.Parse(received.Unused, head, out int consumedBytes, out RequestRejection rejection);
            if (status == ParseStatus.Rejected)
                throw new InvalidOperationException($"The test's request is not HTTP: {rejection}");
            if (status == ParseStatus.NeedMore)
            {
                if (await received.ReceiveAsync(wire, Http1Limits.HeadBytes) == 0)
                    break;
                continue;
            }

            received.Use(consumedBytes);
            await Service.HandleAsync(request);
            isBroken = request.Response.IsBroken || request.Response.ClosesConnection || !await request.Body.DrainAsync();
            request.Response.Release();
            received.Rewind();
        }

        request.Body.Dispose();
        return TestResponse.ParseAll(wire.Sent, isHead, isBroken);
    }

    private sealed class SignedFields(List<(string Name, string Value)> fields) : IHeaderSource
    {
        // Hop-by-hop fields may change on the way and are never signed.
        private readonly List<(byte[] Name, byte[] Value)> _fields = [.. fields
            .Where(field => !field.Name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
            .Select(field => (Encoding.ASCII.GetBytes(field.Name.ToLowerInvariant()), Encoding.UTF8.GetBytes(field.Value)))];

        public int Count => _fields.Count;
        public ReadOnlySpan<byte> Name(int index) => _fields[index].Name;
        public ReadOnlySpan<byte> Value(int index) => _fields[index].Value;
    }
}

/// <summary>One response as it stood on the wire.</summary>
internal sealed class TestResponse
{
    public int Status { get; private init; }
    public List<(string Name, string Value)> Headers { get; private init; } = [];
    public byte[] Body { get; private init; } = [];

    /// <summary>True when the server gave the connection up with or after this response.</summary>
    public bool IsBroken { get; private init; }

    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The value of a field, without quotes for ETags; null when absent.</summary>
    public string? this[string name] =>
        Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)
            .FirstOrDefault();

    /// <summary>The text of the first XML element of that name; null when absent.</summary>
    public string? Element(string name)
    {
        int start = Text.IndexOf($"<{name}>", StringComparison.Ordinal);
        int end = Text.IndexOf($"</{name}>", StringComparison.Ordinal);
        return start < 0 || end < 0 ? null : Text[(start + name.Length + 2)..end];
    }

    /// <summary>The code of an XML error body.</summary>
    public string? ErrorCode => Element("Code");

    public override string ToString() =>
        $"{Status} {string.Join("; ", Headers.Select(header => header.Name + ": " + header.Value))}\n{Text}";

    public static List<TestResponse> ParseAll(byte[] bytes, bool isHead, bool isBroken)
    {
        var responses = new List<TestResponse>();
        int position = 0;
        while (position < bytes.Length)
        {
            int headLength = bytes.AsSpan(position).IndexOf("\r\n\r\n"u8) + 4;
            string[] lines = Encoding.UTF8.GetString(bytes, position, headLength - 4).Split("\r\n");
            position += headLength;
            List<(string Name, string Value)> headers =
                [.. lines.Skip(1).Select(line => (line[..line.IndexOf(':')], line[(line.IndexOf(':') + 1)..].Trim()))];
            string? length = headers.FirstOrDefault(header => header.Name == "Content-Length").Value;
            int bodyLength = isHead || length is null ? 0 : Math.Min(int.Parse(length), bytes.Length - position);
            responses.Add(new TestResponse
            {
                Status = int.Parse(lines[0].Split(' ')[1]),
                Headers = headers,
                Body = bytes[position..(position + bodyLength)],
                IsBroken = isBroken,
            });
            position += bodyLength;
        }

        return responses;
    }
}
