using BenchmarkDotNet.Attributes;
using RustFs.Http1;

namespace RustFs.Bench.Micro;

/// <summary>The head of a successful GET and of a PUT, with the cached date.</summary>
[MemoryDiagnoser]
public class ResponseHeadBenchmarks
{
    private static readonly DateTimeOffset LastModified = new(2026, 1, 1, 12, 34, 56, TimeSpan.Zero);

    private readonly byte[] _buffer = new byte[1024];
    private readonly DateHeaderClock _clock = new(TimeProvider.System);

    [Benchmark]
    public int WriteGetHead()
    {
        var writer = new ResponseHeadWriter(_buffer);
        writer.Status(200);
        writer.Raw("Server: RustFs\r\nAccept-Ranges: bytes\r\n"u8);
        writer.Raw(_clock.Line);
        writer.Header("x-amz-request-id"u8, "4442587FB7D0A2F9"u8);
        writer.Header("Content-Length"u8, 4096);
        writer.Header("Content-Type"u8, "application/octet-stream"u8);
        writer.Header("ETag"u8, "\"d41d8cd98f00b204e9800998ecf8427e\""u8);
        writer.DateHeader("Last-Modified"u8, LastModified);
        writer.End();
        return writer.Overflowed ? -1 : writer.WrittenBytes;
    }

    [Benchmark]
    public int WritePutHead()
    {
        var writer = new ResponseHeadWriter(_buffer);
        writer.Status(200);
        writer.Raw("Server: RustFs\r\n"u8);
        writer.Raw(_clock.Line);
        writer.Header("x-amz-request-id"u8, "4442587FB7D0A2F9"u8);
        writer.Header("ETag"u8, "\"d41d8cd98f00b204e9800998ecf8427e\""u8);
        writer.Header("Content-Length"u8, 0);
        writer.End();
        return writer.Overflowed ? -1 : writer.WrittenBytes;
    }

    [Benchmark]
    public int CachedDate() => _clock.Line.Length;

    [Benchmark]
    public void WriteDate() => HttpDate.Write(LastModified, _buffer);
}
