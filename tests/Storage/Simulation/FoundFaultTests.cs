using Xunit;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>Scripts that once failed, as short as they were shrunk to.</summary>
[Collection(nameof(SimulationCollection))]
public class FoundFaultTests
{
    /// <summary>A write whose group failed before it was looked at answered what its pooled instance had answered to another.</summary>
    [Fact]
    public async Task AFailedGroupDoesNotAnswerWithAnEarlierRefusal()
    {
        using var runner = new ScriptRunner(seed: 26);
        await runner.RunAsync(
        [
            new(StepKind.Put, 1) { Key = 5, LengthBytes = 1375, Condition = StepCondition.IfStale },
            new(StepKind.ArmPowerCut, 2) { At = 1 },
            new(StepKind.Put, 3) { Key = 27, LengthBytes = 140_936 },
        ]);
    }
}
