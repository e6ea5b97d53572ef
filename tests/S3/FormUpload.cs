using System.Security.Cryptography;
using System.Text;
using RustFs.Signing;

namespace RustFs.Tests.S3;

/// <summary>A form as a browser sends it, its policy signed as a server's program signs it, with what a test wants otherwise.</summary>
internal sealed class FormUpload
{
    public const string Boundary = "----WebKitFormBoundaryx7Yz";

    private readonly List<(string Name, string Value)> _fields = [];
    private readonly List<string> _conditions = ["{\"bucket\": \"bucket\"}"];

    public byte[] File { get; set; } = "hello world"u8.ToArray();
    public string FileDisposition { get; set; } = "form-data; name=\"file\"; filename=\"hello.txt\"";
    public string Preamble { get; set; } = "";
    public string Tail { get; set; } = $"\r\n--{Boundary}--\r\n";
    public DateTimeOffset Expiration { get; set; } = DateTimeOffset.UtcNow.AddMinutes(5);
    public DateTimeOffset SignedAt { get; set; } = DateTimeOffset.UtcNow;
    public string Secret { get; set; } = S3TestServer.SecretKey;
    public string AccessKey { get; set; } = S3TestServer.AccessKey;

    /// <summary>Takes the place of the whole policy, before it is signed.</summary>
    public string? Policy { get; set; }

    /// <summary>Fields that are left out at the end.</summary>
    public List<string> Without { get; } = [];

    /// <summary>A field whose value the policy names.</summary>
    public FormUpload With(string name, string value, string? condition = null)
    {
        _fields.Add((name, value));
        _conditions.Add(condition ?? $"[\"starts-with\", \"${name}\", \"\"]");
        return this;
    }

    public FormUpload WithUncovered(string name, string value)
    {
        _fields.Add((name, value));
        return this;
    }

    public FormUpload WithCondition(string condition)
    {
        _conditions.Add(condition);
        return this;
    }

    public FormUpload WithoutBucketCondition()
    {
        _conditions.RemoveAt(0);
        return this;
    }

    public byte[] Body()
    {
        string date = RequestSigner.FormatTime(SignedAt);
        string credential = $"{AccessKey}/{date[..8]}/us-east-1/s3/aws4_request";
        string policy = Policy ?? $$"""
            {"expiration": "{{Expiration.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}}", "conditions": [{{string.Join(", ", [
                .. _conditions, "{\"x-amz-algorithm\": \"AWS4-HMAC-SHA256\"}", $"{{\"x-amz-credential\": \"{credential}\"}}",
                $"{{\"x-amz-date\": \"{date}\"}}"])}}]}
            """;
        string encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(policy));
        List<(string Name, string Value)> fields =
        [
            .. _fields, ("x-amz-algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Credential", credential), ("x-amz-date", date),
            ("Policy", encoded), ("x-amz-signature", Sign(encoded, date[..8])),
        ];
        fields.RemoveAll(field => Without.Contains(field.Name.ToLowerInvariant()));
        var text = new StringBuilder(Preamble);
        foreach ((string name, string value) in fields)
            text.Append($"--{Boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        text.Append($"--{Boundary}\r\nContent-Disposition: {FileDisposition}\r\nContent-Type: text/plain\r\n\r\n");
        return [.. Encoding.UTF8.GetBytes(text.ToString()), .. File, .. Encoding.UTF8.GetBytes(Tail)];
    }

    public byte[] Request(byte[]? body = null, string contentType = $"multipart/form-data; boundary={Boundary}", string target = "/bucket")
    {
        body ??= Body();
        string head = $"POST {target} HTTP/1.1\r\nHost: {S3TestServer.Host}\r\nContent-Type: {contentType}\r\n"
            + $"Content-Length: {body.Length}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    public async Task<TestResponse> SendAsync(S3TestServer server) => (await server.ExchangeAsync(new MemoryWire(Request())))[0];

    private string Sign(string policy, string day)
    {
        byte[] key = Encoding.UTF8.GetBytes("AWS4" + Secret);
        foreach (string part in (string[])[day, "us-east-1", "s3", "aws4_request", policy])
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return Convert.ToHexStringLower(key);
    }
}
