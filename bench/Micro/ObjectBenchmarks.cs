using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using RustFs.Http1;
using RustFs.S3;
using RustFs.S3.Body;
using RustFs.S3.Routing;
using RustFs.Signing;
using RustFs.Storage;

namespace RustFs.Bench.Micro;

/// <summary>
/// One signed request from its bytes to its answer on the real engine, without a socket: time and allocations of the S3 layer.
/// </summary>
[MemoryDiagnoser]
public class ObjectBenchmarks : ICredentialSource
{
    private readonly Credential _credential = new("AKBENCH", "secret");
    private readonly RequestHead _head = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("rustfs-bench-").FullName;
    private IObjectStore _store = null!;
    private S3Service _service = null!;
    private RepeatingWire _wire = null!;
    private ReceiveBuffer _received = null!;
    private S3Request _request = null!;
    private byte[] _put = [];
    private byte[] _get = [];

    [Params(4096)]
    public int SizeBytes { get; set; }

    [GlobalSetup]
    public void Setup() => SetupAsync().GetAwaiter().GetResult();

    private async Task SetupAsync()
    {
        // Without syncs: this measures the way to the disk, not the disk.
        _store = Volume.Open(new VolumeOptions { Directories = [_directory], Durability = Durability.None, ReserveBytes = 0 });
        await _store.CreateBucketAsync("bucket", "");
        var verifier = new SignatureVerifier(this, TimeProvider.System);
        _service = new S3Service(_store, verifier, ServerDomains.None, new DateHeaderClock(TimeProvider.System));
        _wire = new RepeatingWire();
        _received = new ReceiveBuffer();
        _request = new S3Request(_service, _head, _received, _wire);
        _put = Signed("PUT", new byte[SizeBytes]);
        _get = Signed("GET", []);
        await PutAsync();
        await GetAsync();
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark]
    public ValueTask<int> GetAsync() => AnswerAsync(_get);

    [Benchmark]
    public ValueTask<int> PutAsync() => AnswerAsync(_put);

    public Credential? Find(ReadOnlySpan<byte> accessKey) => accessKey.SequenceEqual("AKBENCH"u8) ? _credential : null;

    private async ValueTask<int> AnswerAsync(byte[] bytes)
    {
        _wire.Begin(bytes);
        while (_received.Unused.Length < bytes.Length)
            await _received.ReceiveAsync(_wire, bytes.Length).ConfigureAwait(false);
        RequestHeadParser.Parse(_received.Unused, _head, out int consumedBytes, out _);
        _received.Use(consumedBytes);
        await _service.HandleAsync(_request).ConfigureAwait(false);
        int status = _request.Response.StatusCode;
        _request.Response.Release();
        _received.Rewind();
        return status == 200 ? status : throw new InvalidOperationException($"The server answered {status} {_request.Error?.Message}");
    }

    private byte[] Signed(string method, byte[] body)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        string date = RequestSigner.FormatTime(now);
        string hash = Convert.ToHexStringLower(SHA256.HashData(body));
        (string Name, string Value)[] fields =
            [("Host", "localhost:9000"), ("x-amz-date", date), ("x-amz-content-sha256", hash), ("Content-Length", body.Length.ToString())];
        var line = new SignedRequestLine(Encoding.ASCII.GetBytes(method), "/bucket/key"u8, default);
        string authorization = new RequestSigner(_credential, "us-east-1").SignHeader(line, new SignedFields(fields), now);
        string head = $"{method} /bucket/key HTTP/1.1\r\n" + string.Concat(fields.Select(field => $"{field.Name}: {field.Value}\r\n"))
            + $"Authorization: {authorization}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    private sealed class SignedFields((string Name, string Value)[] fields) : IHeaderSource
    {
        public int Count => fields.Length;
        public ReadOnlySpan<byte> Name(int index) => Encoding.ASCII.GetBytes(fields[index].Name);
        public ReadOnlySpan<byte> Value(int index) => Encoding.ASCII.GetBytes(fields[index].Value);
    }

    /// <summary>Gives the same request out each time and drops the answers.</summary>
    private sealed class RepeatingWire : IWire
    {
        private byte[] _next = [];
        private int _position;

        public void Begin(byte[] request)
        {
            _next = request;
            _position = 0;
        }

        public ValueTask<int> ReceiveAsync(Memory<byte> buffer)
        {
            int length = Math.Min(buffer.Length, _next.Length - _position);
            _next.AsSpan(_position, length).CopyTo(buffer.Span);
            _position += length;
            return ValueTask.FromResult(length);
        }

        public ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes) => ValueTask.FromResult(true);
        public ValueTask<bool> SendAsync(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) => ValueTask.FromResult(true);

        public void Abort()
        {
        }

        public void ShutdownSend()
        {
        }
    }
}
