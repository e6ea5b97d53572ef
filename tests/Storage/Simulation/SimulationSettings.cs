using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>How long the simulations run, where they begin, and where their figures go.</summary>
internal static class SimulationSettings
{
    /// <summary>Volumes that run side by side: while one waits for the engine's timers, another works.</summary>
    public const int AtOnce = 4;

    private static readonly int? SoakSeconds = Read("RUSTFS_SOAK_SECONDS");

    // How the time of a long run is divided: half to scripts, with the engine's threads and without; a fifth to concurrent clients,
    // likewise; the rest to ten sweeps and four kinds of flips.
    public const double ScriptShare = 0.5 / 2;
    public const double ConcurrentShare = 0.2 / 2;
    public const double SteppedShare = 0.2 / 2;
    public const double SweepShare = 0.2 / 10;
    public const double FlipShare = 0.1 / 4;

    /// <summary>The seed to begin with.</summary>
    public static int FirstSeed(int usual) => Read("RUSTFS_SEED") ?? usual;

    /// <summary>Whether another round is due: by count in the short form, by its share of the time in the long one.</summary>
    public static bool GoesOn(Stopwatch clock, int done, int usualCount, double share) =>
        SoakSeconds is { } seconds ? done == 0 || clock.Elapsed.TotalSeconds < seconds * share : done < usualCount;

    /// <summary>Appends a line to the file that RUSTFS_SOAK_FIGURES names.</summary>
    public static void Publish(string figures)
    {
        if (Environment.GetEnvironmentVariable("RUSTFS_SOAK_FIGURES") is { Length: > 0 } path) File.AppendAllText(path, figures + "\n");
    }

    private static int? Read(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? value : null;
}

/// <summary>Simulations use all cores by themselves: one at a time, beside tests that wait for a disk.</summary>
[CollectionDefinition(nameof(SimulationCollection))]
public sealed class SimulationCollection;
