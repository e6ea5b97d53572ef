using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>One server for all tests that only need a running one.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    internal ServerProcess Process { get; private set; } = null!;

    public async Task InitializeAsync() => Process = await ServerProcess.StartAsync();

    public async Task DisposeAsync() => await Process.DisposeAsync();
}

/// <summary>Real clients on the shared server, one after another, beside tests that need none.</summary>
[CollectionDefinition(Name)]
public sealed class ClientsCollection : ICollectionFixture<SharedServer>
{
    public const string Name = "Clients";
}

/// <summary>Tests that hold memory, processor time, a start or space against a bound: alone, after the parallel ones.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuringCollection
{
    public const string Name = "Measuring";
}
