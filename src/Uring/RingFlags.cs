namespace RustFs.Uring;

/// <summary>enum io_uring_op: the operations used here.</summary>
public enum RingOpcode : byte
{
    Nop = 0,
    Fsync = 3,
    SendMessage = 9,
    Accept = 13,
    AsyncCancel = 14,
    Read = 22,
    Write = 23,
    Send = 26,
    Receive = 27,
}

/// <summary>IOSQE_*.</summary>
[Flags]
public enum SubmissionFlags : byte
{
    None = 0,
    Link = 1 << 2,

    /// <summary>The kernel chooses a buffer of the group when the bytes are there.</summary>
    BufferSelect = 1 << 5,
}

/// <summary>IORING_RECVSEND_* and IORING_ACCEPT_*, which both stand in ioprio.</summary>
[Flags]
public enum SocketFlags : ushort
{
    None = 0,

    /// <summary>IORING_RECVSEND_POLL_FIRST: wait for readiness before the first try.</summary>
    PollFirst = 1 << 0,

    /// <summary>IORING_ACCEPT_MULTISHOT: one submission, a completion for each connection.</summary>
    AcceptMultishot = 1 << 0,
}

/// <summary>IORING_CQE_F_*.</summary>
[Flags]
public enum CompletionFlags : uint
{
    None = 0,

    /// <summary>The upper 16 bits name the buffer that was chosen.</summary>
    Buffer = 1 << 0,

    /// <summary>More completions of the same submission follow.</summary>
    More = 1 << 1,
}

/// <summary>IORING_SETUP_*.</summary>
[Flags]
internal enum SetupFlags : uint
{
    None = 0,
    CompletionSize = 1 << 3,
    SubmitAll = 1 << 7,
    CooperativeTaskRun = 1 << 8,
    SingleIssuer = 1 << 12,
    DeferTaskRun = 1 << 13,
    NoSubmissionArray = 1 << 16,
}

/// <summary>IORING_FEAT_*.</summary>
[Flags]
internal enum RingFeatures : uint
{
    None = 0,
    SingleMapping = 1 << 0,
    NoDrop = 1 << 1,
    ExtendedArguments = 1 << 8,
}

/// <summary>IORING_ENTER_*.</summary>
[Flags]
internal enum EnterFlags : uint
{
    None = 0,
    GetEvents = 1 << 0,
    ExtendedArguments = 1 << 3,
}

/// <summary>IORING_REGISTER_* and IORING_UNREGISTER_*.</summary>
internal enum RegisterOpcode : uint
{
    BufferRing = 22,
    UnregisterBufferRing = 23,
}

/// <summary>IORING_ASYNC_CANCEL_*.</summary>
[Flags]
internal enum CancelFlags : uint
{
    None = 0,
    All = 1 << 0,
    Any = 1 << 2,
}

/// <summary>The error numbers that are told apart (asm-generic/errno.h).</summary>
public static class ErrorNumber
{
    public const int EPERM = 1;
    public const int EINTR = 4;
    public const int EIO = 5;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EBUSY = 16;
    public const int EINVAL = 22;
    public const int ENFILE = 23;
    public const int EMFILE = 24;
    public const int ENOSPC = 28;
    public const int ENOSYS = 38;
    public const int ETIME = 62;
    public const int ENOBUFS = 105;
    public const int ECANCELED = 125;
}
