using RustFs.Signing;
using RustFs.Tests.Signing;

namespace RustFs.Tests.Hostile.Targets;

/// <summary>
/// SignatureVerifier on requests written as text: method, path, query and then "name:value", a line each. Whatever is still valid after a
/// mutation says the same as the request that was signed.
/// </summary>
internal sealed class SignatureVerifyTarget : FuzzTarget
{
    private static readonly TextSigner Signer = new(SignedRequest.Example, "us-east-1", SignedRequest.ExampleTime);

    private static readonly SignedRequest[] Requests =
    [
        Signer.Header("PUT", "/bucket/a b+c", [("prefix", "a/b c"), ("uploads", "")], [("x-amz-acl", "private")], "UNSIGNED-PAYLOAD"),
        Signer.Header("GET", "/", [], [("Range", "bytes=0-9")], new string('0', 64)),
        Signer.Presigned("GET", "/bucket/key", [("response-content-type", "text/plain")], []),
        Signer.Presigned("PUT", "/bucket/key", [("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")], [("x-amz-meta-a", "b")],
            payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
    ];

    private readonly SignatureVerifier _verifier =
        new(new OneCredential(SignedRequest.Example), new StoppedClock(SignedRequest.ExampleTime));

    private readonly SignatureContext _context = new();
    private readonly HashSet<string> _signed = [.. Requests.Select(Meaning)];

    public override string Name => "signature-verify";
    public override int ShortFormExecutions => 8_000;

    public override IEnumerable<byte[]> Seeds => Requests.Select(request => Bytes(
        $"{request.Method}\n{request.Path}\n{request.Query}\n" + string.Join('\n', request.Headers.Select(h => $"{h.Name}:{h.Value}"))));

    public override IEnumerable<byte[]> Tokens => All(
        "\nAuthorization:", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256", "Credential=", "SignedHeaders=", "Signature=", ",", ";", "/", "host;",
        "&X-Amz-Algorithm=AWS4-HMAC-SHA256", "&X-Amz-Credential=", "&X-Amz-Date=20130524T000000Z", "&X-Amz-Expires=604800",
        "X-Amz-Signature",
        "&X-Amz-SignedHeaders=host", "\nx-amz-date:20130524T000000Z", "\nDate:Fri, 24 May 2013 00:00:00 GMT", "aws4_request", "us-east-1",
        "\nx-amz-content-sha256:UNSIGNED-PAYLOAD", "%2F", "%41", "%", "+", "=", "&", "&&", "\nhost:h", "AWSAccessKeyId=a", "-0000",
        "20130524");

    public override ulong Run(byte[] input)
    {
        SignedRequest request = Parse(Text(input));
        SignatureVerdict verdict = request.Verify(_verifier, _context);
        Oracle.Holds(Enum.IsDefined(verdict), "There is a verdict.");
        Oracle.Holds(
            verdict == SignatureVerdict.Valid == (_context.Credential is not null),
                "A credential is there exactly when the request is valid.");
        if (verdict == SignatureVerdict.Valid)
            Oracle.Holds(_signed.Contains(Meaning(request)), "What is valid says what was signed.");
        else if (verdict == SignatureVerdict.SignatureDoesNotMatch)
            Oracle.Holds(_context.DescribeCanonicalRequest().Length > 0 && _context.DescribeStringToSign().Length > 0,
                "A mismatch is told.");

        var signature = new OutcomeSignature();
        signature.Add((int)verdict);
        signature.Add((int)_context.PayloadMode);
        signature.Add(_context.IsPresigned);
        signature.AddMagnitude(_context.Region.Length);
        signature.AddMagnitude(request.Headers.Count);
        signature.AddMagnitude(request.Query.Count(c => c == '&'));
        return signature.Value;
    }

    private static SignedRequest Parse(string text)
    {
        string[] lines = text.Split('\n');
        string Line(int index) => index < lines.Length ? lines[index] : "";
        return new SignedRequest(Line(0), Line(1), Line(2), new HeaderList(lines.Skip(3).Select(line =>
        {
            int colon = line.IndexOf(':');
            return colon < 0 ? (line, "") : (line[..colon], line[(colon + 1)..]);
        })));
    }

    /// <summary>Method, path and query with every spelling of theirs taken away; the signature itself does not count.</summary>
    private static string Meaning(SignedRequest request)
    {
        IEnumerable<string> parameters = request.Query.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => Decode((pair.Contains('=') ? pair : pair + "=").Replace('+', ' ')))
            .Where(pair => !pair.StartsWith("X-Amz-Signature=", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        return $"{request.Method} {Decode(request.Path)}?{string.Join('&', parameters)}";
    }

    private static string Decode(string text)
    {
        byte[] decoded = new byte[text.Length];
        int length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            bool isEscape = text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]);
            decoded[length++] = isEscape ? Convert.FromHexString(text.AsSpan(i + 1, 2))[0] : (byte)text[i];
            i += isEscape ? 2 : 0;
        }

        return Text(decoded.AsSpan(0, length));
    }
}

/// <summary>
/// Two implementations of SigV4 on the same request: what the signer of the tests signs from decoded texts, the verifier accepts from the
/// wire, and no longer once a digit of the signature is another.
/// </summary>
internal sealed class SignatureAgreementTarget : FuzzTarget
{
    private static readonly TextSigner Signer = new(SignedRequest.Example, "us-east-1", SignedRequest.ExampleTime);

    private readonly SignatureVerifier _verifier =
        new(new OneCredential(SignedRequest.Example), new StoppedClock(SignedRequest.ExampleTime));

    private readonly SignatureContext _context = new();

    public override string Name => "signature-agreement";
    public override int ShortFormExecutions => 6_000;

    public override IEnumerable<byte[]> Seeds => All(
        "/bucket/key\nprefix=a/b c\nuploads\n", "/\n\n", "/b/../c//d/./e\na=1\na=2\nb=+\nc=%41\n", "/b/~!@#$%^&*()_+{}|:\"<>?\n=\nx==\n");

    public override IEnumerable<byte[]> Tokens => All("/", "//", "\n", "=", "&", "+", "%", "%2F", "%20", " ", "~", "*", "\u00E9",
        "\u00FF", ";", "'");

    public override ulong Run(byte[] input)
    {
        string[] lines = Text(input).Split('\n');
        (string Name, string Value)[] query = [.. lines.Skip(1).Where(IsParameter).Take(40).Select(Split)];
        bool isPresigned = FuzzRandom.Of(input).OneIn(2);
        SignedRequest request = isPresigned
            ? Signer.Presigned("GET", "/" + lines[0], query, [])
            : Signer.Header("GET", "/" + lines[0], query, [], "UNSIGNED-PAYLOAD");
        Oracle.Holds(request.Verify(_verifier, _context) == SignatureVerdict.Valid, "Both implementations sign the same.");

        SignedRequest forged = isPresigned
            ? request with { Query = Forge(request.Query) }
            : request with { Headers = request.Headers.With("Authorization", Forge(request.Headers[^1].Value)) };
        Oracle.Holds(forged.Verify(_verifier, _context) == SignatureVerdict.SignatureDoesNotMatch, "Another signature is not accepted.");

        var signature = new OutcomeSignature();
        signature.Add(isPresigned);
        signature.AddMagnitude(query.Length);
        signature.AddMagnitude(request.Path.Length);
        signature.AddMagnitude(request.Path.Count(c => c == '%'));
        signature.AddMagnitude(request.Query.Count(c => c == '%'));
        return signature.Value;
    }

    /// <summary>Empty names cannot be told from no parameter, and those of a signature would be one.</summary>
    private static bool IsParameter(string line) =>
        !line.StartsWith("X-Amz-", StringComparison.Ordinal) && !line.StartsWith('=') && line.Length > 0
        && Split(line).Name is not ("AWSAccessKeyId" or "Signature");

    private static (string Name, string Value) Split(string line) =>
        line.IndexOf('=') is var equals and >= 0 ? (line[..equals], line[(equals + 1)..]) : (line, "");

    private static string Forge(string text) => text[..^1] + (text[^1] == '0' ? '1' : '0');
}
