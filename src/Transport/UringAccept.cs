using System.Runtime.InteropServices;
using RustFs.Uring;

namespace RustFs.Transport;

/// <summary>One submission that accepts connection after connection, and is submitted again when it ends.</summary>
internal sealed partial class UringAccept(RingLoop loop, SafeHandle listener, Action<int> accepted) : RingOperation
{
    private const uint CloseOnExec = 0x80000;
    private const int ReceiveSide = 0;

    // Out of file descriptors: connections that end give some back.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isStopping;
    private bool _isPaused;

    public void Start() => loop.TryPost(new BeginWork(this));

    /// <summary>Completes after the last connection. Idempotent.</summary>
    public Task StopAsync()
    {
        // Makes the accept that waits fail with EINVAL.
        bool isFirst = Interlocked.Exchange(ref _isStopping, 1) == 0;
        if (isFirst && (ShutdownCall(listener, ReceiveSide) != 0 || !loop.TryPost(new BeginWork(this))))
            _stopped.TrySetResult();
        return _stopped.Task;
    }

    protected override void Complete(int result, CompletionFlags flags)
    {
        if (result >= 0)
            accepted(result);
        if ((flags & CompletionFlags.More) != 0)
            return;
        if (result is -ErrorNumber.EMFILE or -ErrorNumber.ENFILE or -ErrorNumber.ENOMEM or -ErrorNumber.ENOBUFS)
            _ = BeginAfterPauseAsync();
        else
            Begin();
    }

    private void Begin()
    {
        if (_isPaused || IsInFlight)
            return;
        if (Volatile.Read(ref _isStopping) != 0 || loop.IsStopping)
        {
            _stopped.TrySetResult();
            return;
        }

        ref Submission submission = ref loop.Prepare(this, RingOpcode.Accept, (int)listener.DangerousGetHandle());
        submission.SocketFlags = SocketFlags.AcceptMultishot;
        submission.OperationFlags = CloseOnExec;
    }

    private async Task BeginAfterPauseAsync()
    {
        _isPaused = true;
        await Task.Delay(Pause).ConfigureAwait(false);
        loop.TryPost(new BeginWork(this, endsPause: true));
    }

    [LibraryImport("libc", EntryPoint = "shutdown")]
    private static partial int ShutdownCall(SafeHandle socket, int side);

    private sealed class BeginWork(UringAccept accept, bool endsPause = false) : RingWork
    {
        protected override void Run()
        {
            if (endsPause)
                accept._isPaused = false;
            accept.Begin();
        }
    }
}
