using Xunit;
using Xunit.Abstractions;

// Most tests of the engine wait for a disk to sync and few compute, so that twice as many as a small machine has cores run side by side.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
[assembly: TestCollectionOrderer("RustFs.Tests.LongestFirst", "RustFs.Tests")]

namespace RustFs.Tests;

/// <summary>Collections that take long begin first, so that none of them is left alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    // The longest first; what is not named comes after them.
    private static readonly string[] Long =
    [
        Clients.ClientsCollection.Name, nameof(Storage.Simulation.SimulationCollection), Of<Storage.EngineVersionTests>(),
        Of<Clients.FullDiskTests>(), Of<Clients.EncryptionTests>(), Of<Clients.TlsTests>(), Of<Storage.SpaceTests>(),
        Of<S3.EncryptionHistoryTests>(), Of<History.StoreHistoryTests>(), Of<Storage.SpaceFullTests>(), Of<Storage.EngineLockTests>(),
        Of<Clients.KillTests>(), Of<Storage.ScrubBitFlipTests>(),
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(Place);

    private static int Place(ITestCollection collection)
    {
        int place = Array.FindIndex(Long, name => collection.DisplayName.EndsWith(name, StringComparison.Ordinal));
        return place < 0 ? Long.Length : place;
    }

    private static string Of<T>() => typeof(T).FullName!;
}
