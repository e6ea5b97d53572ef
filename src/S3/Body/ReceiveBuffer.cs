using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using RustFs.Http1;

namespace RustFs.S3.Body;

/// <summary>
/// What a connection has received and not yet used. The request head stands at its front until the request is done; body bytes that came
/// with the head, and pipelined requests, follow it. Held while a connection has something to say, reused. Not thread-safe.
/// </summary>
public sealed class ReceiveBuffer : IDisposable
{
    /// <summary>Holds a typical head with a 4 KiB body in one receive.</summary>
    public const int InitialBytes = 8 * 1024;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(InitialBytes);
    private int _start;
    private int _end;

    // The buffer that the current request's head still stands in, when bytes given back did not fit behind it.
    private byte[]? _outgrown;

    /// <summary>Received and not used.</summary>
    public ReadOnlyMemory<byte> Unused => _bytes.AsMemory(_start, _end - _start);

    /// <summary>Marks bytes at the front of <see cref="Unused"/> as used; they stay where they are until <see cref="Rewind"/>.</summary>
    public void Use(int lengthBytes) => _start += lengthBytes;

    /// <summary>
    /// Takes back bytes that a body reader received beyond the end of its body: the next request. Only when nothing is unused. Memory
    /// handed out before stays valid until <see cref="Rewind"/>.
    /// </summary>
    public void GiveBack(ReadOnlySpan<byte> bytes)
    {
        Debug.Assert(_start == _end);
        if (bytes.Length > _bytes.Length - _end)
        {
            ReturnOutgrown();
            _outgrown = _bytes;
            _bytes = ArrayPool<byte>.Shared.Rent(bytes.Length);
            _start = _end = 0;
        }

        bytes.CopyTo(_bytes.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Moves what is unused to the front; all memory handed out before is void.</summary>
    public void Rewind()
    {
        ReturnOutgrown();
        if (_start == 0)
            return;
        Unused.Span.CopyTo(_bytes);
        _end -= _start;
        _start = 0;
    }

    /// <summary>Receives more behind what is unused. Only between requests: it may move the bytes.</summary>
    /// <returns>0 when the peer has finished or is gone, or when <paramref name="limitBytes"/> are already unused.</returns>
    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReceiveAsync(IWire wire, int limitBytes)
    {
        Rewind();
        if (_end >= limitBytes)
            return 0;
        if (_end == _bytes.Length)
            Grow(limitBytes);
        int received = await wire.ReceiveAsync(_bytes.AsMemory(_end)).ConfigureAwait(false);
        _end += received;
        return received;
    }

    /// <summary>Forgets what is unused, and gives back what a large head took.</summary>
    public void Reset()
    {
        ReturnOutgrown();
        _start = _end = 0;
        if (_bytes.Length == InitialBytes)
            return;
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = ArrayPool<byte>.Shared.Rent(InitialBytes);
    }

    public void Dispose()
    {
        ReturnOutgrown();
        byte[] bytes = _bytes;
        _bytes = [];
        _start = _end = 0;
        if (bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(bytes);
    }

    private void ReturnOutgrown()
    {
        if (_outgrown is null)
            return;
        ArrayPool<byte>.Shared.Return(_outgrown);
        _outgrown = null;
    }

    private void Grow(int limitBytes)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(limitBytes, _bytes.Length + 1));
        _bytes.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
