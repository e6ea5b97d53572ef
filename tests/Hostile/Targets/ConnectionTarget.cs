using System.Text;
using RustFs.Http1;
using RustFs.S3;
using RustFs.S3.Routing;
using RustFs.Signing;
using RustFs.Storage;
using RustFs.Tests.Http1;
using RustFs.Tests.S3;
using RustFs.Tests.Signing;

namespace RustFs.Tests.Hostile.Targets;

/// <summary>
/// Bytes on a connection, some of them signed requests: all answers are well formed, arrival in pieces changes none, and the store holds
/// nothing but what a signature allowed.
/// </summary>
internal sealed class ConnectionTarget : FuzzTarget
{
    private static readonly TextSigner Signer = new(SignedRequest.Example, "us-east-1", SignedRequest.ExampleTime);
    private static readonly StoppedClock Clock = new(SignedRequest.ExampleTime);
    private static readonly DateHeaderClock DateClock = new(Clock);

    private static readonly byte[] SignedPut = Wire(Signer.Header(
        "PUT", "/bucket/signed", [], [("Content-Length", "5")], "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
        "hello");

    public override string Name => "connection";
    public override int ShortFormExecutions => 1_500;
    public override int MaxInputBytes => 4096;

    /// <summary>Several requests, an answer and an XML tree each.</summary>
    public override long AllocationBytes => 1 << 20;
    public override long AllocationBytesPerInputByte => 4096;

    public override IEnumerable<byte[]> Seeds =>
    [
        SignedPut,
        [.. SignedPut, .. Wire(Signer.Header("GET", "/bucket/signed", [], [("Range", "bytes=0-1")], "UNSIGNED-PAYLOAD"), "")],
        Wire(Signer.Header("POST", "/bucket/signed", [("uploads", "")], [], "UNSIGNED-PAYLOAD"), ""),
        Wire(Signer.Header("GET", "/bucket", [("list-type", "2"), ("max-keys", "5"), ("prefix", "s")], [], "UNSIGNED-PAYLOAD"), ""),
        Wire(Signer.Header("PUT", "/bucket/signed", [], [("x-amz-decoded-content-length", "5"), ("Content-Length", "42")],
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER"), "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"),
        [
            .. Wire(Signer.Presigned("PUT", "/bucket/signed", [], []), "")[..^2],
            .. "x-amz-decoded-content-length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"u8,
        ],
        .. HttpMessages.ValidHeads.Select(Bytes),
        .. All("GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n", "PUT /bucket/x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"),
    ];

    public override IEnumerable<byte[]> Tokens => All(
        "\r\n", "\r\n\r\n", "\n", "Content-Length: 5\r\n", "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n",
        "5\r\nhello\r\n",
        "Expect: 100-continue\r\n", "Connection: close\r\n", "GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\n",
        " HTTP/1.0\r\n",
        "\u00FF", "%00", "%FF", "?acl", "?uploads", "&", "?versionId=x", "x-amz-meta-a: b\r\n", "http://h", "*").Append(SignedPut);

    public override ulong Run(byte[] input)
    {
        Conversation whole = Exchange(input, null);
        Conversation pieces = Exchange(input, FuzzRandom.Of(input).NextPieceBytes);
        // A client that waits for 100 (Continue) is told by whether its body is there already.
        bool mayDiffer = Text(input).Contains("100-continue", StringComparison.OrdinalIgnoreCase);
        Oracle.Holds(
            mayDiffer || whole.Statuses.SequenceEqual(pieces.Statuses), "The answers do not depend on how the bytes arrive.");
        var signature = new OutcomeSignature();
        foreach (StrictResponse response in whole.Responses.Take(6))
        {
            signature.Add(response.Status);
            signature.Add(response.ErrorCode ?? "");
        }

        signature.AddMagnitude(whole.Responses.Count);
        signature.Add(whole.IsClosed);
        return signature.Value;
    }

    private static Conversation Exchange(byte[] input, Func<int>? nextPieceBytes)
    {
        var store = new MemoryObjectStore();
        store.CreateBucketAsync("bucket", "").AsTask().GetAwaiter().GetResult();
        var verifier = new SignatureVerifier(new OneCredential(SignedRequest.Example), Clock);
        var connection = new HostileConnection(new S3Service(store, verifier, ServerDomains.None, DateClock));
        Conversation conversation = connection.ExchangeAsync(input, nextPieceBytes).GetAwaiter().GetResult();
        Oracle.Holds(StoreLeftovers.Of(store).TrueForAll(name => name.EndsWith("signed")), "Nothing is stored that was not signed.");
        return conversation;
    }

    private static byte[] Wire(SignedRequest request, string body)
    {
        string query = request.Query.Length == 0 ? "" : "?" + request.Query;
        string fields = string.Concat(request.Headers.Select(field => $"{field.Name}: {field.Value}\r\n"));
        return Encoding.Latin1.GetBytes($"{request.Method} {request.Path}{query} HTTP/1.1\r\n{fields}\r\n{body}");
    }
}
