using RustFs.Http1;

namespace RustFs.Tests.S3;

/// <summary>
/// One connection in memory: what the client sends is given out in pieces of a chosen size, what the server sends is kept.
/// </summary>
internal sealed class MemoryWire(byte[] fromClient, int pieceBytes = int.MaxValue) : IWire
{
    private readonly MemoryStream _sent = new();
    private int _position;

    /// <summary>What the client sends only after it has seen 100 (Continue).</summary>
    public byte[] AfterContinue { get; init; } = [];

    public byte[] Sent => _sent.ToArray();
    public int Sends { get; private set; }
    public int Receives { get; private set; }

    /// <summary>The largest piece that was asked for.</summary>
    public int LargestReceive { get; private set; }

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        Receives++;
        LargestReceive = Math.Max(LargestReceive, buffer.Length);
        int first = Math.Min(fromClient.Length, _position);
        ReadOnlySpan<byte> rest = fromClient.AsSpan(first);
        if (rest.IsEmpty && _sent.ToArray().AsSpan().IndexOf("100 Continue"u8) >= 0)
            rest = AfterContinue.AsSpan(Math.Min(AfterContinue.Length, _position - fromClient.Length));
        int length = Math.Min(Math.Min(rest.Length, buffer.Length), pieceBytes);
        rest[..length].CopyTo(buffer.Span);
        _position += length;
        return ValueTask.FromResult(length);
    }

    public ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        Sends++;
        _sent.Write(bytes.Span);
        return ValueTask.FromResult(true);
    }

    public ValueTask<bool> SendAsync(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        Sends++;
        _sent.Write(first.Span);
        _sent.Write(second.Span);
        return ValueTask.FromResult(true);
    }

    public void Abort() => _position = fromClient.Length + AfterContinue.Length;

    public void ShutdownSend()
    {
    }
}
