using System.Diagnostics;
using RustFs.Storage;
using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>
/// Random scripts on the engine and on the model. RUSTFS_SOAK_SECONDS runs for longer; RUSTFS_SEED begins with a seed of one's own.
/// Operations, faults and what survives a cut follow from the seed; the interleaving of the engine's threads does not, unless it is
/// stepped: then a failure is the same each time, and shrinking it is sure.
/// </summary>
[Collection(nameof(SimulationCollection))]
public sealed class ScriptTests(ITestOutputHelper output)
{
    private const int StepsPerScript = 500;
    private static readonly TimeSpan ShrinkLimit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EngineAndModelAgreeOnRandomScripts(bool isStepped)
    {
        const int scripts = 48;
        int firstSeed = SimulationSettings.FirstSeed(1);
        var counts = new SimulationCounts();
        var clock = Stopwatch.StartNew();
        int seed = firstSeed;
        while (SimulationSettings.GoesOn(clock, seed - firstSeed, scripts, SimulationSettings.ScriptShare))
        {
            SimulationCounts[] done = await Task.WhenAll(
                Enumerable.Range(seed, SimulationSettings.AtOnce).Select(each => Task.Run(() => RunAsync(each, isStepped))));
            foreach (SimulationCounts each in done) counts.Add(each);
            seed += SimulationSettings.AtOnce;
        }
        string figures = $"seeds {firstSeed} to {seed - 1}: {counts}; {clock.Elapsed.TotalSeconds:F1} s";
        output.WriteLine(figures);
        Assert.True(counts is { SharedParts: > 0, PunchedBytes: > 0 }, figures);
        SimulationSettings.Publish($"Scripts{(isStepped ? ", stepped" : "")}, {figures}");
    }

    [Fact]
    public async Task AScriptDoesTheSameAgain()
    {
        for (int seed = 1; seed <= 6; seed++)
        {
            List<Step> script = new ScriptGenerator(seed).Draw(200);
            using var first = new ScriptRunner(seed, isStepped: true);
            using var second = new ScriptRunner(seed, isStepped: true);
            await first.RunAsync(script);
            await second.RunAsync(script);
            Assert.Equal(first.Trace, second.Trace);
        }
    }

    /// <summary>The simulation must be able to fail: an engine that does not sync loses what it acknowledged.</summary>
    [Fact]
    public async Task AnEngineThatDoesNotSyncIsFoundOut()
    {
        int found = 0;
        for (int seed = 1; seed <= 5; seed++)
        {
            using var runner = new ScriptRunner(seed, Durability.None);
            List<Step> script = new ScriptGenerator(seed).Draw(400);
            found += await FailsAsync(runner, script) is null ? 0 : 1;
        }
        Assert.Equal(5, found);
    }

    private static async Task<SimulationCounts> RunAsync(int seed, bool isStepped)
    {
        List<Step> script = new ScriptGenerator(seed).Draw(StepsPerScript);
        using var runner = new ScriptRunner(seed, isStepped: isStepped);
        SimulationException? failure = await FailsAsync(runner, script);
        if (failure is null) return runner.Counts;
        List<Step> shrunk = await ScriptShrinker.ShrinkAsync(script, steps => FailsInTriesAsync(seed, steps, isStepped), ShrinkLimit);
        using var again = new ScriptRunner(seed, isStepped: isStepped);
        SimulationException? shown = await FailsAsync(again, shrunk);
        throw new SimulationException($"Seed {seed}: {failure.Message}\n"
            + $"Shrunk to {shrunk.Count} of {script.Count} steps ({shown?.Message ?? "not every time"}):\n"
            + string.Join('\n', shrunk) + $"\n{failure.InnerException}");
    }

    private static async Task<bool> FailsInTriesAsync(int seed, IReadOnlyList<Step> script, bool isStepped)
    {
        for (int attempt = 0; attempt < (isStepped ? 1 : 2); attempt++)
        {
            using var runner = new ScriptRunner(seed, isStepped: isStepped);
            if (await FailsAsync(runner, script) is not null) return true;
        }
        return false;
    }

    private static async Task<SimulationException?> FailsAsync(ScriptRunner runner, IReadOnlyList<Step> script)
    {
        try
        {
            await runner.RunAsync(script);
            return null;
        }
        catch (SimulationException exception)
        {
            return exception;
        }
    }
}
