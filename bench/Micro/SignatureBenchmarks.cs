using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using RustFs.Signing;

namespace RustFs.Bench.Micro;

/// <summary>
/// What signatures cost: one boto3 GET in the header and presigned, and a megabyte of aws-chunked body in 64 KiB chunks with and without
/// chunk signatures.
/// </summary>
[MemoryDiagnoser]
public class SignatureBenchmarks
{
    private const int BodyBytes = 1024 * 1024;
    private const int ChunkBytes = 64 * 1024;
    private static readonly Credential Key = new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    private static readonly DateTimeOffset Time = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private readonly SignatureVerifier _verifier = new(new OneCredential(), new StoppedClock());
    private readonly SignatureContext _context = new();
    private readonly SignatureContext _signedBodyContext = new();
    private readonly SignatureContext _unsignedBodyContext = new();
    private readonly AwsChunkedDecoder _decoder = new();
    private readonly byte[] _path = "/benchmark-bucket/data/part-00042.parquet"u8.ToArray();
    private Fields _getFields;
    private Fields _presignedFields;
    private byte[] _presignedQuery = null!;
    private byte[] _signedBody = null!;
    private byte[] _unsignedBody = null!;

    [GlobalSetup]
    public void Setup()
    {
        var signer = new RequestSigner(Key, "us-east-1");
        _getFields = Sign(signer, "GET", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        _presignedFields = new Fields(("Host", "localhost:9000"), ("User-Agent", "curl/8.5.0"), ("Accept", "*/*"));
        _presignedQuery = Encoding.ASCII.GetBytes(signer.Presign(
            new SignedRequestLine("GET"u8, _path, default), new Fields(("Host", "localhost:9000")), Time, 3600));
        _unsignedBody = Frame(_ => "");
        Expect(VerifyHeader() == SignatureVerdict.Valid && VerifyPresigned() == SignatureVerdict.Valid);

        Fields put = Sign(signer, "PUT", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
        Expect(_verifier.Verify(new SignedRequestLine("PUT"u8, _path, default), put, _unsignedBodyContext) == SignatureVerdict.Valid);
        put = Sign(signer, "PUT", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
        Expect(_verifier.Verify(new SignedRequestLine("PUT"u8, _path, default), put, _signedBodyContext) == SignatureVerdict.Valid);
        _signedBody = SignChunks(put.Last[^64..]);
        Expect(DecodeUnsigned() == BodyBytes && DecodeSigned() == BodyBytes);
    }

    [Benchmark]
    public SignatureVerdict VerifyHeader() =>
        _verifier.Verify(new SignedRequestLine("GET"u8, _path, default), _getFields, _context);

    [Benchmark]
    public SignatureVerdict VerifyPresigned() =>
        _verifier.Verify(new SignedRequestLine("GET"u8, _path, _presignedQuery), _presignedFields, _context);

    [Benchmark]
    public long DecodeUnsigned() => Decode(_unsignedBodyContext, _unsignedBody);

    [Benchmark]
    public long DecodeSigned() => Decode(_signedBodyContext, _signedBody);

    private long Decode(SignatureContext context, ReadOnlySpan<byte> body)
    {
        _decoder.Reset(context, BodyBytes);
        long total = 0;
        while (true)
        {
            AwsChunkedStatus status = _decoder.Decode(body, out int consumed, out Range payload);
            if (status != AwsChunkedStatus.Payload)
                return status == AwsChunkedStatus.End ? total : -1;
            total += payload.End.Value - payload.Start.Value;
            body = body[consumed..];
        }
    }

    /// <summary>The fields that boto3 sends with a ranged get_object.</summary>
    private Fields Sign(RequestSigner signer, string method, string contentSha256)
    {
        (string, string)[] signed =
        [
            ("Host", "localhost:9000"),
            ("Range", "bytes=0-4095"),
            ("x-amz-checksum-mode", "ENABLED"),
            ("X-Amz-Date", RequestSigner.FormatTime(Time)),
            ("X-Amz-Content-SHA256", contentSha256),
        ];
        var line = new SignedRequestLine(Encoding.ASCII.GetBytes(method), _path, default);
        string authorization = signer.SignHeader(line, new Fields(signed), Time);
        return new Fields(
        [
            .. signed,
            ("Accept-Encoding", "identity"),
            ("User-Agent", "Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.11.7"),
            ("amz-sdk-invocation-id", "0e8e9d0c-6a3e-4f6b-9d0b-7a4f4c5d2b1a"),
            ("amz-sdk-request", "attempt=1"),
            ("Authorization", authorization),
        ]);
    }

    private static byte[] SignChunks(string seed)
    {
        byte[] signingKey = Encoding.ASCII.GetBytes("AWS4" + Key.SecretKey);
        foreach (string part in (string[])["20260304", "us-east-1", "s3", "aws4_request"])
            signingKey = HMACSHA256.HashData(signingKey, Encoding.ASCII.GetBytes(part));
        string previous = seed;
        return Frame(chunk =>
        {
            string text = $"AWS4-HMAC-SHA256-PAYLOAD\n{RequestSigner.FormatTime(Time)}\n20260304/us-east-1/s3/aws4_request\n{previous}\n"
                + $"{Convert.ToHexStringLower(SHA256.HashData([]))}\n{Convert.ToHexStringLower(SHA256.HashData(chunk))}";
            previous = Convert.ToHexStringLower(HMACSHA256.HashData(signingKey, Encoding.ASCII.GetBytes(text)));
            return ";chunk-signature=" + previous;
        });
    }

    private static byte[] Frame(Func<byte[], string> extension)
    {
        var body = new MemoryStream();
        for (int sent = 0; sent < BodyBytes; sent += ChunkBytes)
        {
            byte[] chunk = new byte[ChunkBytes];
            body.Write(Encoding.ASCII.GetBytes($"{ChunkBytes:x}{extension(chunk)}\r\n"));
            body.Write(chunk);
            body.Write("\r\n"u8);
        }

        body.Write(Encoding.ASCII.GetBytes($"0{extension([])}\r\n\r\n"));
        return body.ToArray();
    }

    private static void Expect(bool condition)
    {
        if (!condition)
            throw new InvalidOperationException("The benchmark does not do what it measures.");
    }

    /// <summary>A struct, as the server's is, so that the calls through it are direct.</summary>
    private readonly struct Fields(params (string Name, string Value)[] fields) : IHeaderSource
    {
        private readonly byte[][] _names = [.. fields.Select(f => Encoding.ASCII.GetBytes(f.Name))];
        private readonly byte[][] _values = [.. fields.Select(f => Encoding.ASCII.GetBytes(f.Value))];

        public string Last => fields[^1].Value;
        public int Count => _names.Length;
        public ReadOnlySpan<byte> Name(int index) => _names[index];
        public ReadOnlySpan<byte> Value(int index) => _values[index];
    }

    private sealed class OneCredential : ICredentialSource
    {
        private readonly byte[] _accessKey = Encoding.ASCII.GetBytes(Key.AccessKey);

        public Credential? Find(ReadOnlySpan<byte> accessKey) => accessKey.SequenceEqual(_accessKey) ? Key : null;
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Time;
    }
}
