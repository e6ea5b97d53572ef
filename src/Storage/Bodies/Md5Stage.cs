// unsafe: pointers into pieces, which stand in native memory until they are told that they are hashed.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>
/// Hashes the filled buffers of many large bodies side by side in the lanes of a vector, on an I/O thread. A round is begun when it pays or
/// when somebody waits: when every body under way has a buffer here, when one has two (it is filling its last), or when one is complete or
/// out of buffers. What arrives during a round makes the next one, so the busier the server, the fuller the lanes. Memory is that of the
/// buffers, which the bodies hold anyway.
/// </summary>
internal sealed unsafe class Md5Stage(IoThreads io) : IoJob
{
    // As many as the widest vector has lanes. With a buffer each, a round takes half a millisecond and touches 4 MiB.
    private const int MaxRoundStreams = 16;

    // Side by side, a stream takes 0.7 times what it takes alone while there are two, a tenth while there are sixteen. So cores that
    // idle are the faster way for a few streams, but no more than a quarter of them.
    private static readonly int MaxStreamsAlone = MultiLaneMd5.Lanes == 1 ? int.MaxValue : Math.Max(1, Environment.ProcessorCount / 4);

    private readonly Lock _gate = new();
    private readonly Md5Stream[] _streams = new Md5Stream[MaxRoundStreams];
    private readonly IMd5Piece[] _pieces = new IMd5Piece[MaxRoundStreams];
    private readonly Md5State[] _states = new Md5State[MaxRoundStreams];
    private readonly Md5Run[] _runs = new Md5Run[MaxRoundStreams];
    private Md5Stream? _firstWaiting;
    private Md5Stream? _lastWaiting;
    private int _openCount;
    private int _waitingCount;
    private int _pressingCount;
    private bool _isRunning;
    private bool _isClosed;

    /// <summary>Rounds since start, and the pieces hashed in them.</summary>
    public long Rounds { get; private set; }
    public long Pieces { get; private set; }

    /// <summary>Whether whoever fills a body should hash it too.</summary>
    public bool HashesAlone => Volatile.Read(ref _openCount) <= MaxStreamsAlone;

    /// <summary>A body begins; it may bring pieces until <see cref="Leave"/>.</summary>
    public void Join() => Interlocked.Increment(ref _openCount);

    public void Leave() => Interlocked.Decrement(ref _openCount);

    /// <param name="isLast">Its commit waits for it.</param>
    public void Add(Md5Stream stream, IMd5Piece piece, bool isLast)
    {
        bool runsHere;
        lock (_gate)
        {
            stream.AddPiece(piece);
            stream.IsHurried |= isLast;
            if (stream.PieceCount == 1) Enqueue(stream);
            UpdatePressing(stream);
            runsHere = !TryBegin();
        }
        if (runsHere) Run();
    }

    /// <summary>Somebody waits for the stream's pieces.</summary>
    public void Hurry(Md5Stream stream)
    {
        bool runsHere;
        lock (_gate)
        {
            stream.IsHurried = true;
            UpdatePressing(stream);
            runsHere = !TryBegin();
        }
        if (runsHere) Run();
    }

    /// <summary>Before the I/O threads end: what comes later is hashed by whoever brings it.</summary>
    public void Close()
    {
        lock (_gate) _isClosed = true;
    }

    public override void Run()
    {
        while (TakeRound() is var count and > 0)
        {
            MultiLaneMd5.Append(_states.AsSpan(0, count), _runs.AsSpan(0, count));
            EndRound(count);
            for (int index = 0; index < count; index++) _pieces[index].Hashed();
            // Bodies are not kept for the sake of the next round.
            Array.Clear(_pieces);
            Array.Clear(_streams);
        }
    }

    /// <summary>False when the caller has to run the round, since no I/O thread will.</summary>
    private bool TryBegin()
    {
        if (_isRunning || !IsRoundDue) return true;
        _isRunning = true;
        if (_isClosed) return false;
        io.Queue(this);
        return true;
    }

    private bool IsRoundDue =>
        _pressingCount > 0 || (_waitingCount > 0 && _waitingCount >= Math.Min(MaxRoundStreams, Volatile.Read(ref _openCount)));

    private int TakeRound()
    {
        lock (_gate)
        {
            int count = 0;
            while (IsRoundDueFor(count) && _firstWaiting is { } stream)
            {
                _firstWaiting = stream.NextWaiting;
                if (_firstWaiting is null) _lastWaiting = null;
                stream.NextWaiting = null;
                _waitingCount--;
                ReadOnlySpan<byte> bytes = stream.FirstPiece.Md5Bytes;
                (_streams[count], _pieces[count], _states[count]) = (stream, stream.FirstPiece, stream.State);
                _runs[count] = new Md5Run((byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes)), bytes.Length);
                count++;
            }
            _isRunning = count > 0;
            return count;
        }
    }

    // Once a round is due, all that waits goes in.
    private bool IsRoundDueFor(int count) => count == 0 ? IsRoundDue : count < MaxRoundStreams;

    private void EndRound(int count)
    {
        lock (_gate)
        {
            for (int index = 0; index < count; index++)
            {
                Md5Stream stream = _streams[index];
                stream.State = _states[index];
                stream.RemoveFirstPiece();
                if (stream.PieceCount > 0) Enqueue(stream);
                else stream.IsHurried = false;
                UpdatePressing(stream);
            }
            Rounds++;
            Pieces += count;
        }
    }

    private void Enqueue(Md5Stream stream)
    {
        if (_lastWaiting is null) _firstWaiting = stream;
        else _lastWaiting.NextWaiting = stream;
        _lastWaiting = stream;
        _waitingCount++;
    }

    private void UpdatePressing(Md5Stream stream)
    {
        bool isPressing = stream.PieceCount > (stream.IsHurried ? 0 : 1);
        if (isPressing != stream.IsPressing) _pressingCount += isPressing ? 1 : -1;
        stream.IsPressing = isPressing;
    }
}
