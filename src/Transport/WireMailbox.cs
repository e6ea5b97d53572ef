using RustFs.Uring;

namespace RustFs.Transport;

/// <summary>What other threads ask of a wire; several may be asked at once, and are answered in this order.</summary>
[Flags]
internal enum WireRequests
{
    None = 0,
    ReturnBuffer = 1 << 0,
    Receive = 1 << 1,
    Send = 1 << 2,
    ShutdownSend = 1 << 3,
    StopReceiving = 1 << 4,
    Abort = 1 << 5,
    Close = 1 << 6,
}

/// <summary>Carries requests to the wire's ring thread; in the ring's queue while there are any.</summary>
internal sealed class WireMailbox(UringWire wire) : RingWork
{
    private int _requests;

    /// <summary>False when the ring has ended: they will not be answered.</summary>
    public bool TryPost(WireRequests requests)
    {
        if (Interlocked.Or(ref _requests, (int)requests) != 0 || wire.Loop.TryPost(this))
            return true;
        Interlocked.Exchange(ref _requests, 0);
        return false;
    }

    protected override void Run() => wire.Answer((WireRequests)Interlocked.Exchange(ref _requests, 0));
}
