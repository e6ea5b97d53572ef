using RustFs.Transport;

namespace RustFs.Server;

/// <summary>
/// The timeouts of one connection: idle, head, minimum rate both ways, linger. The connection enters phases; the watchdog checks.
/// </summary>
internal sealed class ConnectionWatch(ConnectionWire wire, TimeProvider time, ConnectionTimeouts timeouts)
{
    private long _phaseStarted = time.GetTimestamp();
    private int _phase;

    // Touched by the watchdog's thread only.
    private long _windowStarted;
    private long _windowBytes;
    private Window _window;

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
            ConnectionPhase.Idle => elapsed > timeouts.Idle,
            ConnectionPhase.Head => elapsed > timeouts.Head,
            ConnectionPhase.Linger => elapsed > timeouts.Linger,
            _ => IsTooSlow(),
        };
        if (phase != ConnectionPhase.Request)
            _window = Window.None;
        if (expired)
            wire.Abort();
    }

    /// <summary>Only while the peer is waited for: time that the server itself takes does not count.</summary>
    private bool IsTooSlow()
    {
        Window waiting = wire.IsSending ? Window.Send : wire.IsReceiving ? Window.Receive : Window.None;
        if (waiting == Window.None)
        {
            _window = waiting;
            return false;
        }

        // A whole piece of a response is one send: only the kernel knows how far it has come.
        long bytes = waiting == Window.Send ? wire.AcknowledgedBytes : wire.ReceivedBytes;
        long now = time.GetTimestamp();
        if (_window != waiting)
        {
            (_window, _windowStarted, _windowBytes) = (waiting, now, bytes);
            return false;
        }

        TimeSpan window = time.GetElapsedTime(_windowStarted, now);
        if (window < (waiting == Window.Send ? timeouts.SendWindow : timeouts.ReceiveWindow))
            return false;
        bool isTooSlow = bytes - _windowBytes < timeouts.MinBytesPerSecond * window.TotalSeconds;
        (_windowStarted, _windowBytes) = (now, bytes);
        return isTooSlow;
    }

    /// <summary>The way whose rate is being taken.</summary>
    private enum Window
    {
        None,
        Receive,
        Send,
    }
}
