using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>Clients from npm: the JavaScript SDK and minio. The programs in Node/ hold the cases.</summary>
[Collection(ClientsCollection.Name)]
public sealed class NodeTests(SharedServer server)
{
    [TheoryWithNodeClients]
    [InlineData("aws_sdk.cjs")]
    [InlineData("minio.cjs")]
    public async Task Program_passes(string program)
    {
        Dictionary<string, string?> environment = ClientProgram.EnvironmentFor(server.Process);
        environment["NODE_PATH"] = TheoryWithNodeClientsAttribute.Modules;
        (await ClientProgram.RunAsync("node", [RepositoryFolder.File("tests", "Clients", "Node", program)], environment)).Succeeded();
    }
}

/// <summary>Skipped, with the reason, where scripts/test.sh has not installed the packages.</summary>
internal sealed class TheoryWithNodeClientsAttribute : TheoryAttribute
{
    public TheoryWithNodeClientsAttribute()
    {
        if (!Directory.Exists(Modules))
            Skip = "The clients from npm are not installed: run scripts/test.sh once.";
    }

    public static string Modules => RepositoryFolder.File("artifacts", "node-clients", "node_modules");
}
