namespace RustFs.Uring;

/// <summary>What a ring was doing when the system refused.</summary>
public enum RingStep { Setup, Mapping, BufferRing, Event, Probe }

/// <summary>Why io_uring cannot be used, and what an operator can do about it.</summary>
public sealed record RingFault(RingStep Step, int ErrorNumber)
{
    /// <summary>One sentence each for the reason and the remedy.</summary>
    public string Explanation => ErrorNumber switch
    {
        Uring.ErrorNumber.ENOSYS => $"{Call} is not in this kernel, or a sandbox hides it (ENOSYS). Use Linux 6.1 or newer outside the "
            + "sandbox, or --io sockets.",
        Uring.ErrorNumber.EPERM or Uring.ErrorNumber.EACCES => $"{Call} is forbidden to this process (errno {ErrorNumber}): by "
            + "kernel.io_uring_disabled (set it to 0) or by a seccomp profile, as container runtimes have by default (allow io_uring_setup, "
            + "io_uring_enter and io_uring_register). Or use --io sockets.",
        Uring.ErrorNumber.EINVAL => $"{Call} does not know what is asked of it (EINVAL): the kernel is older than 6.1. Use a newer kernel or "
            + "--io sockets.",
        Uring.ErrorNumber.ENOMEM => $"{Call} found too little memory (ENOMEM): raise the limit on locked memory (ulimit -l, systemd's "
            + "LimitMEMLOCK) or use --io sockets.",
        Uring.ErrorNumber.EMFILE or Uring.ErrorNumber.ENFILE => $"{Call} found no free file descriptor (errno {ErrorNumber}): raise the limit "
            + "(ulimit -n, systemd's LimitNOFILE).",
        _ => $"{Call} failed with errno {ErrorNumber}. Use --io sockets.",
    };

    private string Call => Step switch
    {
        RingStep.Setup => "io_uring_setup",
        RingStep.Mapping => "mmap of an io_uring",
        RingStep.BufferRing => "io_uring_register of a buffer ring",
        RingStep.Event => "eventfd",
        _ => "io_uring_enter",
    };
}
