using RustFs.Transport;

namespace RustFs.Server;

/// <summary>
/// The timeouts of one connection: idle, head, minimum rate both ways, linger. The connection enters phases; the watchdog checks.
/// </summary>
internal sealed class ConnectionWatch(ConnectionWire wire, TimeProvider time)
{
    private long _phaseStarted = time.GetTimestamp();
    private int _phase;

    // Touched by the watchdog's thread only.
    private long _windowStarted;
    private long _windowBytes;
    private bool _isInWindow;

    public ConnectionPhase Phase => (ConnectionPhase)Volatile.Read(ref _phase);

    public void Enter(ConnectionPhase phase)
    {
        if (Phase == phase)
            return;
        Volatile.Write(ref _phaseStarted, time.GetTimestamp());
        Volatile.Write(ref _phase, (int)phase);
    }

    public void Check()
    {
        ConnectionPhase phase = Phase;
        TimeSpan elapsed = time.GetElapsedTime(Volatile.Read(ref _phaseStarted));
        bool expired = phase switch
        {
            ConnectionPhase.Idle => elapsed > ServerLimits.IdleTimeout,
            ConnectionPhase.Head => elapsed > ServerLimits.HeadTimeout,
            ConnectionPhase.Linger => elapsed > ServerLimits.LingerTimeout,
            _ => IsTooSlow(),
        };
        if (phase != ConnectionPhase.Request)
            _isInWindow = false;
        if (expired)
            wire.Abort();
    }

    /// <summary>Only while the peer is waited for: time that the server itself takes does not count.</summary>
    private bool IsTooSlow()
    {
        if (!wire.IsReceiving && !wire.IsSending)
        {
            _isInWindow = false;
            return false;
        }

        long bytes = wire.ReceivedBytes + wire.SentBytes;
        long now = time.GetTimestamp();
        if (!_isInWindow)
        {
            (_isInWindow, _windowStarted, _windowBytes) = (true, now, bytes);
            return false;
        }

        TimeSpan window = time.GetElapsedTime(_windowStarted, now);
        if (window < ServerLimits.RateWindow)
            return false;
        bool isTooSlow = bytes - _windowBytes < ServerLimits.MinBytesPerSecond * window.TotalSeconds;
        (_windowStarted, _windowBytes) = (now, bytes);
        return isTooSlow;
    }
}
