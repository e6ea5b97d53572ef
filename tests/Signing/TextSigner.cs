using System.Security.Cryptography;
using System.Text;
using RustFs.Signing;

namespace RustFs.Tests.Signing;

/// <summary>
/// SigV4 as AWS's pages describe it, written with strings and nothing of the product's, from the decoded parts of a request. What it
/// sends is encoded AWS's way unless the caller spells the path or query otherwise.
/// </summary>
internal sealed class TextSigner(Credential credential, string region, DateTimeOffset time)
{
    private string Timestamp => time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", null);
    private string Scope => $"{Timestamp[..8]}/{region}/s3/aws4_request";

    public static string Encode(string text, bool keepSlash = false)
    {
        var encoded = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            char c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || "-._~".Contains(c) || (keepSlash && c == '/'))
                encoded.Append(c);
            else
                encoded.Append($"%{b:X2}");
        }

        return encoded.ToString();
    }

    /// <summary>A request with an Authorization header that signs all headers given and those every request has.</summary>
    public SignedRequest Header(
        string method, string path, (string Name, string Value)[] query, (string Name, string Value)[] headers, string payloadHash,
        string separator = ", ")
    {
        var all = new HeaderList(headers) { ("x-amz-date", Timestamp), ("x-amz-content-sha256", payloadHash) };
        if (!all.Any(h => h.Name.Equals("host", StringComparison.OrdinalIgnoreCase)))
            all.Insert(0, ("Host", "localhost:9000"));
        string names = NamesOf(all);
        string signature = Sign(method, Encode(path, keepSlash: true), CanonicalQuery(query), all, names, payloadHash);
        all.Add(("Authorization", string.Join(
            separator,
            $"AWS4-HMAC-SHA256 Credential={credential.AccessKey}/{Scope}",
            $"SignedHeaders={names}",
            $"Signature={signature}")));
        return new SignedRequest(method, Encode(path, keepSlash: true), WireQuery(query), all);
    }

    public SignedRequest Presigned(
        string method, string path, (string Name, string Value)[] query, (string Name, string Value)[] headers, string expires = "3600",
        string payloadHash = "UNSIGNED-PAYLOAD")
    {
        var all = new HeaderList(headers);
        if (!all.Any(h => h.Name.Equals("host", StringComparison.OrdinalIgnoreCase)))
            all.Insert(0, ("Host", "localhost:9000"));
        string names = NamesOf(all);
        (string, string)[] full =
        [
            .. query,
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            ("X-Amz-Credential", $"{credential.AccessKey}/{Scope}"),
            ("X-Amz-Date", Timestamp),
            ("X-Amz-Expires", expires),
            ("X-Amz-SignedHeaders", names),
        ];
        string signature = Sign(method, Encode(path, keepSlash: true), CanonicalQuery(full), all, names, payloadHash);
        return new SignedRequest(method, Encode(path, keepSlash: true), WireQuery([.. full, ("X-Amz-Signature", signature)]), all);
    }

    /// <summary>Signs texts that are canonical already.</summary>
    public string Sign(
        string method, string canonicalPath, string canonicalQuery, HeaderList headers, string signedNames, string payloadHash)
    {
        string[] names = signedNames.Split(';');
        string lines = string.Concat(names.Select(name =>
            name + ":" + string.Join(',', headers.Where(h => h.Name.ToLowerInvariant() == name).Select(h => Fold(h.Value))) + "\n"));
        string request = $"{method}\n{canonicalPath}\n{canonicalQuery}\n{lines}\n{signedNames}\n{payloadHash}";
        return SignCanonicalRequest(request);
    }

    public string SignCanonicalRequest(string request) =>
        SignText($"AWS4-HMAC-SHA256\n{Timestamp}\n{Scope}\n{Sha256(Encoding.Latin1.GetBytes(request))}");

    /// <summary>An aws-chunked body, its chunks and trailers signed from the seed on.</summary>
    public byte[] ChunkedBody(string seedSignature, byte[] payload, int chunkSize, (string Name, string Value)[]? trailers)
    {
        var body = new MemoryStream();
        string previous = seedSignature;
        for (int offset = 0; ; offset += chunkSize)
        {
            byte[] chunk = payload[Math.Min(offset, payload.Length)..Math.Min(offset + chunkSize, payload.Length)];
            previous = SignText($"AWS4-HMAC-SHA256-PAYLOAD\n{Timestamp}\n{Scope}\n{previous}\n{Sha256([])}\n{Sha256(chunk)}");
            body.Write(Encoding.ASCII.GetBytes($"{chunk.Length:x};chunk-signature={previous}\r\n"));
            if (chunk.Length == 0)
                break;
            body.Write(chunk);
            body.Write("\r\n"u8);
        }

        if (trailers is not null)
        {
            string sorted = string.Concat(trailers.OrderBy(t => t.Name, StringComparer.Ordinal).Select(t => $"{t.Name}:{t.Value}\n"));
            string hash = Sha256(Encoding.ASCII.GetBytes(sorted));
            string signature = SignText($"AWS4-HMAC-SHA256-TRAILER\n{Timestamp}\n{Scope}\n{previous}\n{hash}");
            foreach ((string name, string value) in trailers)
                body.Write(Encoding.ASCII.GetBytes($"{name}:{value}\r\n"));
            body.Write(Encoding.ASCII.GetBytes($"x-amz-trailer-signature:{signature}\r\n"));
        }

        body.Write("\r\n"u8);
        return body.ToArray();
    }

    private static string WireQuery((string Name, string Value)[] query) =>
        string.Join('&', query.Select(p => p.Value is "" ? Encode(p.Name) : $"{Encode(p.Name)}={Encode(p.Value)}"));

    private static string CanonicalQuery((string Name, string Value)[] query) =>
        string.Join('&', query.Select(p => (Name: Encode(p.Name), Value: Encode(p.Value)))
            .OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Value, StringComparer.Ordinal)
            .Select(p => $"{p.Name}={p.Value}"));

    private static string NamesOf(HeaderList headers) =>
        string.Join(';', headers.Select(h => h.Name.ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal));

    private static string Fold(string value) => string.Join(' ', value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries));

    private static string Sha256(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant();

    private string SignText(string text)
    {
        byte[] key = Encoding.UTF8.GetBytes("AWS4" + credential.SecretKey);
        foreach (string part in (string[])[Timestamp[..8], region, "s3", "aws4_request"])
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return Convert.ToHexString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text))).ToLowerInvariant();
    }
}
