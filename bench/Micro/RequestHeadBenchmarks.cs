using System.Text;
using BenchmarkDotNet.Attributes;
using RustFs.Http1;

namespace RustFs.Bench.Micro;

/// <summary>One request head as SDKs send it, from bytes to ranges, and the look-ups that a request makes.</summary>
[MemoryDiagnoser]
public class RequestHeadBenchmarks
{
    private const string Boto3Get =
        "GET /bench-bucket/objects/000000000123 HTTP/1.1\r\n"
        + "Host: 127.0.0.1:9000\r\n"
        + "Accept-Encoding: identity\r\n"
        + "x-amz-checksum-mode: ENABLED\r\n"
        + "User-Agent: Boto3/1.35.0 md/Botocore#1.35.0 ua/2.0 os/linux#6.1 md/arch#x86_64 lang/python#3.11.2\r\n"
        + "X-Amz-Date: 20260101T000000Z\r\n"
        + "X-Amz-Content-SHA256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\n"
        + "Authorization: AWS4-HMAC-SHA256 Credential=rustfsadmin/20260101/us-east-1/s3/aws4_request, "
        + "SignedHeaders=host;x-amz-checksum-mode;x-amz-content-sha256;x-amz-date, "
        + "Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024\r\n"
        + "amz-sdk-invocation-id: 6f5c1ed0-0c2c-4b0e-a0a5-2f5f1e2f6f3d\r\n"
        + "amz-sdk-request: attempt=1\r\n"
        + "\r\n";

    private const string Boto3Put =
        "PUT /bench-bucket/objects/000000000123 HTTP/1.1\r\n"
        + "Host: 127.0.0.1:9000\r\n"
        + "Accept-Encoding: identity\r\n"
        + "Content-Type: application/octet-stream\r\n"
        + "x-amz-meta-season: summer\r\n"
        + "X-Amz-Trailer: x-amz-checksum-crc32\r\n"
        + "x-amz-sdk-checksum-algorithm: CRC32\r\n"
        + "X-Amz-Decoded-Content-Length: 4096\r\n"
        + "Content-Encoding: aws-chunked\r\n"
        + "Content-Length: 4159\r\n"
        + "User-Agent: Boto3/1.35.0 md/Botocore#1.35.0 ua/2.0 os/linux#6.1 md/arch#x86_64 lang/python#3.11.2\r\n"
        + "Expect: 100-continue\r\n"
        + "X-Amz-Date: 20260101T000000Z\r\n"
        + "X-Amz-Content-SHA256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\n"
        + "Authorization: AWS4-HMAC-SHA256 Credential=rustfsadmin/20260101/us-east-1/s3/aws4_request, "
        + "SignedHeaders=content-encoding;content-length;content-type;host;x-amz-content-sha256;x-amz-date;x-amz-meta-season, "
        + "Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024\r\n"
        + "\r\n";

    private static readonly KnownHeader[] LookedUp =
    [
        KnownHeader.Authorization, KnownHeader.AmzDate, KnownHeader.AmzContentSha256, KnownHeader.Range, KnownHeader.IfMatch,
        KnownHeader.IfNoneMatch, KnownHeader.IfModifiedSince, KnownHeader.IfUnmodifiedSince, KnownHeader.AmzChecksumMode, KnownHeader.Host,
    ];

    private readonly RequestHead _head = new();
    private byte[] _get = [];
    private byte[] _put = [];
    private byte[] _pipelined = [];

    [GlobalSetup]
    public void Prepare()
    {
        _get = Encoding.Latin1.GetBytes(Boto3Get);
        _put = Encoding.Latin1.GetBytes(Boto3Put);
        _pipelined = [.. _get, .. _put];
        if (ParsePut() != _put.Length || ParseGet() != _get.Length || ParseGetWithMoreBehind() != _get.Length)
        {
            throw new InvalidOperationException("A head that is measured is not accepted.");
        }
    }

    [Benchmark]
    public int ParseGet() => Parse(_get);

    [Benchmark]
    public int ParseGetWithMoreBehind() => Parse(_pipelined);

    [Benchmark]
    public int ParsePut() => Parse(_put);

    [Benchmark]
    public int LookUpTenFields()
    {
        int lengthBytes = 0;
        foreach (KnownHeader header in LookedUp)
        {
            lengthBytes += _head.TryGet(header, out ReadOnlySpan<byte> value) ? value.Length : 0;
        }

        return lengthBytes;
    }

    [Benchmark]
    public int LookUpByName() => _head.TryGet("amz-sdk-request"u8, out ReadOnlySpan<byte> value) ? value.Length : 0;

    private int Parse(byte[] bytes)
    {
        RequestHeadParser.Parse(bytes, _head, out int consumedBytes, out _);
        return consumedBytes;
    }
}
