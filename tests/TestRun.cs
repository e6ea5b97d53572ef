using Xunit;
using Xunit.Abstractions;

// Most tests of the engine wait for a disk to sync and few compute, so that twice as many as a small machine has cores run side by side.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
[assembly: TestCollectionOrderer("RustFs.Tests.LongestFirst", "RustFs.Tests")]

namespace RustFs.Tests;

/// <summary>
/// Collections that take a minute or more begin first, so that none of them is left alone at the end. The others come as they come.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long =
    [
        Clients.ClientsCollection.Name, nameof(Storage.Simulation.SimulationCollection), Of<Clients.FullDiskTests>(),
        Of<Storage.EngineVersionTests>(),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderByDescending(collection => Long.Any(name => collection.DisplayName.EndsWith(name, StringComparison.Ordinal)));

    private static string Of<T>() => typeof(T).FullName!;
}
