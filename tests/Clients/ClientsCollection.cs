using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>One server for all tests that only need a running one.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    internal ServerProcess Process { get; private set; } = null!;

    public async Task InitializeAsync() => Process = await ServerProcess.StartAsync();

    public async Task DisposeAsync() => await Process.DisposeAsync();
}

/// <summary>Real clients take whole cores: these tests run one after another, after the parallel ones.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ClientsCollection : ICollectionFixture<SharedServer>
{
    public const string Name = "Clients";
}
