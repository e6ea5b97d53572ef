using RustFs.Uring;
using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>
/// Which input and output the servers under test use: RUSTFS_TEST_IO, or what a server chooses by itself. Tests that stand for their kind
/// run on all that this machine has.
/// </summary>
internal static class TestIo
{
    public const string Variable = "RUSTFS_TEST_IO";

    public static string Mode { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } mode ? mode : "auto";

    /// <summary>Why this machine has no io_uring; null when it has.</summary>
    public static string? UringFault { get; } = Probe();

    private static string? Probe()
    {
        RingFault? fault = RingSet.TryStart(1, new RingLoopOptions(), out RingSet? rings);
        rings?.Dispose();
        return fault?.Explanation;
    }
}

/// <summary>The modes that this machine has: a sandbox may forbid io_uring, and then "auto" is "sockets".</summary>
public sealed class IoModes : TheoryData<string>
{
    public IoModes()
    {
        Add("sockets");
        if (TestIo.UringFault is null)
            Add("uring");
    }
}

/// <summary>A test of io_uring itself: skipped, with the kernel's reason, where there is none.</summary>
public sealed class FactWithUringAttribute : FactAttribute
{
    public FactWithUringAttribute() => Skip = TestIo.UringFault!;
}
