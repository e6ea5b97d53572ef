using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace RustFs.Transport;

/// <summary>
/// One reusable socket operation that gives its outcome as a value: bytes moved, or −1 when the connection is gone. Allocates nothing per
/// operation; its continuation runs where the socket completes.
/// </summary>
internal sealed class SocketOperation() : SocketAsyncEventArgs(true), IValueTaskSource<int>
{
    private ManualResetValueTaskSourceCore<int> _source;
    private volatile bool _isPending;

    public bool IsPending => _isPending;

    public ValueTask<int> ReceiveAsync(Socket socket, Memory<byte> buffer)
    {
        SetBuffer(buffer);
        Arm();
        return Result(socket.ReceiveAsync(this));
    }

    public ValueTask<int> SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        if (BufferList is not null)
            BufferList = null;
        SetBuffer(System.Runtime.InteropServices.MemoryMarshal.AsMemory(bytes));
        Arm();
        return Result(socket.SendAsync(this));
    }

    public ValueTask<int> SendAsync(Socket socket, IList<ArraySegment<byte>> pieces)
    {
        SetBuffer(null, 0, 0);
        BufferList = pieces;
        Arm();
        return Result(socket.SendAsync(this));
    }

    public int GetResult(short token) => _source.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        _isPending = false;
        _source.SetResult(Outcome);
    }

    private int Outcome => SocketError == SocketError.Success ? BytesTransferred : -1;

    private void Arm()
    {
        _source.Reset();
        _isPending = true;
    }

    private ValueTask<int> Result(bool isPending)
    {
        if (isPending)
            return new ValueTask<int>(this, _source.Version);
        _isPending = false;
        return ValueTask.FromResult(Outcome);
    }
}
