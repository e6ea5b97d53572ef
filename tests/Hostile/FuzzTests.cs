using System.Globalization;
using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.Hostile;

/// <summary>
/// Every target under fuzzing: some seconds in all at a fixed seed, or for RUSTFS_FUZZ_SECONDS from RUSTFS_FUZZ_SEED (scripts/fuzz.sh).
/// What it finds is written to RUSTFS_FUZZ_FINDINGS.
/// </summary>
[Collection(HostileCollection.Name)]
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const ulong ShortFormSeed = 20260117;

    /// <summary>The short form is bounded by executions, so that it is the same everywhere; this only bounds a machine that is
    /// busy.</summary>
    private static readonly TimeSpan ShortFormLimit = TimeSpan.FromSeconds(10);

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void No_input_breaks_the_target(string name)
    {
        FuzzTarget target = FuzzTargets.All.Single(candidate => candidate.Name == name);
        double seconds = Setting("RUSTFS_FUZZ_SECONDS") is { } text ? double.Parse(text, CultureInfo.InvariantCulture) : 0;
        ulong seed = Setting("RUSTFS_FUZZ_SEED") is { } number ? ulong.Parse(number, CultureInfo.InvariantCulture) : ShortFormSeed;
        var fuzzer = new Fuzzer(target, seed, Setting("RUSTFS_FUZZ_FINDINGS"));
        FuzzReport report = seconds > 0
            ? fuzzer.Run(long.MaxValue, TimeSpan.FromSeconds(seconds / Targets.Count))
            : fuzzer.Run(target.ShortFormExecutions, ShortFormLimit);
        output.WriteLine(report.ToString());
        Assert.True(report.Findings.Count == 0, $"seed {seed}\n" + string.Join("\n\n", report.Findings.Select(Describe)));
        // Were all inputs judged alike, the target would say nothing.
        Assert.True(report.Signatures > 1, report.ToString());
    }

    private static string Describe(FuzzFinding finding) => $"{finding.What}\ninput {Convert.ToBase64String(finding.Input)}";

    private static string? Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
