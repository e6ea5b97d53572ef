using System.Diagnostics;
using System.Globalization;
using RustFs.Storage;
using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>
/// Random scripts on the engine and on the model. RUSTFS_SOAK_SECONDS runs for longer; RUSTFS_SEED begins with a seed of one's own.
/// Operations, faults and what survives a cut follow from the seed; the interleaving of the engine's threads does not.
/// </summary>
[Collection(nameof(SimulationCollection))]
public class ScriptTests(ITestOutputHelper output)
{
    private const int StepsPerScript = 500;
    private static readonly TimeSpan ShrinkLimit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task EngineAndModelAgreeOnRandomScripts()
    {
        const int scripts = 60;
        int firstSeed = SimulationSettings.FirstSeed(1);
        var counts = new SimulationCounts();
        var clock = Stopwatch.StartNew();
        int seed = firstSeed;
        for (; SimulationSettings.GoesOn(clock, seed - firstSeed, scripts); seed++)
            await RunAsync(seed, counts);
        string figures = $"seeds {firstSeed} to {seed - 1}: {counts}; {clock.Elapsed.TotalSeconds:F1} s";
        output.WriteLine(figures);
        SimulationSettings.Publish($"Scripts, {figures}");
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

    private static async Task RunAsync(int seed, SimulationCounts total)
    {
        List<Step> script = new ScriptGenerator(seed).Draw(StepsPerScript);
        using var runner = new ScriptRunner(seed);
        SimulationException? failure = await FailsAsync(runner, script);
        total.Add(runner.Counts);
        if (failure is null) return;
        List<Step> shrunk = await ScriptShrinker.ShrinkAsync(script, steps => FailsInTriesAsync(seed, steps), ShrinkLimit);
        using var again = new ScriptRunner(seed);
        SimulationException? shown = await FailsAsync(again, shrunk);
        Assert.Fail($"Seed {seed}: {failure.Message}\nShrunk to {shrunk.Count} of {script.Count} steps ({shown?.Message ?? "not every time"}):\n"
            + string.Join('\n', shrunk) + $"\n{failure.InnerException}");
    }

    private static async Task<bool> FailsInTriesAsync(int seed, IReadOnlyList<Step> script)
    {
        for (int attempt = 0; attempt < 2; attempt++)
        {
            using var runner = new ScriptRunner(seed);
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

/// <summary>How long the simulations run, where they begin, and where their figures go.</summary>
internal static class SimulationSettings
{
    private static readonly int? SoakSeconds = Read("RUSTFS_SOAK_SECONDS");

    /// <summary>The seed to begin with.</summary>
    public static int FirstSeed(int usual) => Read("RUSTFS_SEED") ?? usual;

    /// <summary>Whether another round is due: by count in the short form, by time in the long one.</summary>
    public static bool GoesOn(Stopwatch clock, int done, int usualCount) =>
        SoakSeconds is { } seconds ? clock.Elapsed.TotalSeconds < seconds : done < usualCount;

    /// <summary>Appends a line to the file that RUSTFS_SOAK_FIGURES names.</summary>
    public static void Publish(string figures)
    {
        if (Environment.GetEnvironmentVariable("RUSTFS_SOAK_FIGURES") is { Length: > 0 } path) File.AppendAllText(path, figures + "\n");
    }

    private static int? Read(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;
}

/// <summary>Simulations use all cores by themselves: one at a time.</summary>
[CollectionDefinition(nameof(SimulationCollection), DisableParallelization = true)]
public sealed class SimulationCollection;
