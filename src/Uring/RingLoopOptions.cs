namespace RustFs.Uring;

/// <summary>The sizes of one ring; all but the byte lengths are powers of two. The memory is touched as it is needed.</summary>
public sealed record RingLoopOptions
{
    /// <summary>What one turn of a busy ring prepares: more is submitted in between.</summary>
    public int SubmissionEntries { get; init; } = 512;

    /// <summary>More than a busy turn completes; the kernel keeps what is beyond.</summary>
    public int CompletionEntries { get; init; } = 4096;

    /// <summary>Heads that may arrive in one turn; more wait for the next.</summary>
    public int ReceiveBufferCount { get; init; } = 256;

    /// <summary>Holds a typical head with a 4 KiB body.</summary>
    public int ReceiveBufferBytes { get; init; } = 8 * 1024;

    /// <summary>Small responses of one turn, and those that slow readers keep waiting; past it a send is awaited.</summary>
    public int SendBufferCount { get; init; } = 256;

    /// <summary>
    /// A response up to this is copied and counts as sent; a larger one is sent from where it is. To copy so little costs less than to
    /// wait.
    /// </summary>
    public int SendBufferBytes { get; init; } = 16 * 1024;
}
