// unsafe: the address of an aligned buffer, which whoever begins the transfer keeps until Ended.
using Microsoft.Win32.SafeHandles;
using RustFs.Uring;

namespace RustFs.Storage;

/// <summary>
/// One read or write of a segment that a ring carries out, so that no thread waits for the device. Begun on a ring's thread it goes with
/// that ring's next submission; from other threads it is handed to one. Ends on the ring's thread. Reused; one transfer at a time.
/// </summary>
internal abstract unsafe class RingTransfer : RingOperation
{
    // What follows a long transfer is a checksum over it and the answer of a piece: other connections go first.
    private const int LongBytes = 32 * 1024;

    private BeginWork? _begin;
    private RingFiles? _rings;
    private RingLoop? _loop;
    private SafeFileHandle? _file;
    private RingOpcode _opcode;
    private byte* _address;
    private long _offset;
    private int _lengthBytes;

    /// <summary>False when it cannot be begun: no rings, a device that is no file, or rings that have ended.</summary>
    protected bool TryBegin(RingFiles rings, SafeFileHandle? file, RingOpcode opcode, long offset, Span<byte> bytes)
    {
        if (file is null || rings.TryBegin() is not { } loop)
            return false;
        (_rings, _loop) = (rings, loop);
        bool isHeld = false;
        file.DangerousAddRef(ref isHeld);
        fixed (byte* address = bytes)
            _address = address;
        (_file, _opcode, _offset, _lengthBytes) = (file, opcode, offset, bytes.Length);
        if (_loop.IsCurrent)
        {
            if (!_loop.IsStopping)
            {
                Submit();
                return true;
            }
        }
        else if (_loop.TryPost(_begin ??= new BeginWork(this)))
            return true;

        ReleaseFile();
        rings.End();
        return false;
    }

    /// <summary>On the ring's thread: all bytes were transferred, or why not. Must neither throw nor block.</summary>
    protected abstract void Ended(IoError error);

    protected override bool IsLong(int result) => result > LongBytes;

    protected override void Complete(int result, CompletionFlags flags)
    {
        if (result > 0)
        {
            _address += result;
            _offset += result;
            _lengthBytes -= result;
        }

        bool goesOn = result > 0 ? _lengthBytes > 0 : result is -ErrorNumber.EINTR or -ErrorNumber.EAGAIN;
        if (goesOn && !_loop!.IsStopping)
        {
            Submit();
            return;
        }

        // Nothing read or written is the end of the file.
        End(_lengthBytes == 0 ? IoError.None : result >= 0 ? IoError.Failed : Libc.ToIoError(-result));
    }

    private void Submit()
    {
        ref Submission submission = ref _loop!.Prepare(this, _opcode, (int)_file!.DangerousGetHandle());
        submission.Address = (ulong)_address;
        submission.LengthBytes = (uint)_lengthBytes;
        submission.Offset = (ulong)_offset;
    }

    private void End(IoError error)
    {
        RingFiles rings = _rings!;
        ReleaseFile();
        // It may be begun again in there, and counts then once more.
        Ended(error);
        rings.End();
    }

    private void ReleaseFile()
    {
        _file!.DangerousRelease();
        _file = null;
    }

    private sealed class BeginWork(RingTransfer transfer) : RingWork
    {
        protected override void Run()
        {
            if (transfer._loop!.IsStopping)
                transfer.End(IoError.Failed);
            else
                transfer.Submit();
        }
    }
}
