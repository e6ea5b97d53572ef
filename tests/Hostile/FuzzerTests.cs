using Xunit;

namespace RustFs.Tests.Hostile;

/// <summary>The fuzzer finds what was planted, the same each time, and corpus files are all there.</summary>
[Collection(HostileCollection.Name)]
public sealed class FuzzerTests
{
    [Fact]
    public void A_fault_behind_four_bytes_is_found_by_following_new_signatures()
    {
        FuzzReport report = new Fuzzer(new PlantedFault("RFS!"), seed: 1).Run(300_000, TimeSpan.FromSeconds(30));
        // More than one when the runtime compiles the target anew meanwhile and the fault's place has another name.
        Assert.NotEmpty(report.Findings);
        Assert.All(report.Findings, finding => Assert.Equal("RFS!"u8.ToArray(), finding.Input[..4]));
        Assert.All(report.Findings, finding => Assert.Contains("planted", finding.What));
    }

    [Fact]
    public void The_same_seed_executes_the_same()
    {
        FuzzReport first = new Fuzzer(new PlantedFault("never found"), seed: 7).Run(20_000, TimeSpan.FromSeconds(30));
        FuzzReport second = new Fuzzer(new PlantedFault("never found"), seed: 7).Run(20_000, TimeSpan.FromSeconds(30));
        Assert.Equal((first.Executions, first.Signatures), (second.Executions, second.Signatures));
    }

    [Fact]
    public void An_execution_that_allocates_too_much_is_a_finding()
    {
        FuzzReport report = new Fuzzer(new Glutton(), seed: 1).Run(100, TimeSpan.FromSeconds(30));
        Assert.Contains("allocates", Assert.Single(report.Findings).What);
    }

    [Fact]
    public void Every_target_has_a_corpus_and_every_corpus_a_target()
    {
        string[] folders = [.. Directory.GetDirectories(Clients.RepositoryFolder.File("tests", "Hostile",
            "Corpus")).Select(Path.GetFileName)!];
        Assert.Equal(FuzzTargets.All.Select(target => target.Name).Order(), folders.Order());
    }

    private sealed class PlantedFault(string trigger) : FuzzTarget
    {
        public override string Name => "planted";
        public override IEnumerable<byte[]> Seeds => [[0, 0, 0, 0]];

        public override ulong Run(byte[] input)
        {
            int matched = 0;
            while (matched < trigger.Length && matched < input.Length && input[matched] == trigger[matched])
                matched++;
            Oracle.Holds(matched < trigger.Length, "planted");
            return (ulong)matched;
        }
    }

    private sealed class Glutton : FuzzTarget
    {
        public override string Name => "glutton";
        public override IEnumerable<byte[]> Seeds => [[1]];

        public override ulong Run(byte[] input) => (ulong)new byte[2 << 20].Length;
    }
}
