namespace RustFs.Http1;

/// <summary>Both directions of one connection as bytes. One receive and one send may be under way at a time.</summary>
public interface IWire
{
    /// <summary>Receives some bytes; 0 when the peer has finished sending or the connection is gone.</summary>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer);

    /// <summary>Sends all bytes; false when the connection is gone.</summary>
    ValueTask<bool> SendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Sends both, in order, in one system call where the transport can.</summary>
    ValueTask<bool> SendAsync(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second);

    /// <summary>Ends both directions at once; what waits returns 0 or false. Idempotent, thread-safe, never blocks.</summary>
    void Abort();

    /// <summary>Sends FIN after what was sent; receiving goes on.</summary>
    void ShutdownSend();
}
