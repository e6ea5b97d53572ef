using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.Clients;

/// <summary>
/// kill -9 in the middle of a mixed write load, again and again on the same volume. RUSTFS_KILL_ROUNDS sets the number of rounds
/// (scripts/kill-test.sh runs 20).
/// </summary>
[Collection(ClientsCollection.Name)]
public sealed class KillTests(ITestOutputHelper output)
{
    /// <summary>Enough to meet an open segment, a recovered one and a reclaimed one, in a few seconds each.</summary>
    private const int DefaultRounds = 3;
    private const int WriterCount = 8;
    private const string Bucket = "kill-bucket";

    [Fact]
    public async Task No_acknowledged_write_is_lost_and_no_object_is_torn()
    {
        int rounds = int.TryParse(Environment.GetEnvironmentVariable("RUSTFS_KILL_ROUNDS"), out int asked) ? asked : DefaultRounds;
        var random = new Random(20);
        using var folder = new TemporaryFolder();
        KillWriter[] writers = [.. Enumerable.Range(0, WriterCount).Select(number => new KillWriter(Bucket, number))];
        var settings = new ServerSettings { Directory = folder.Path };
        for (int round = 1; round <= rounds; round++)
        {
            await using (ServerProcess server = await ServerProcess.StartAsync(settings))
            {
                using var client = AwsSdkTests.ClientFor(server);
                await client.PutBucketAsync(Bucket).IgnoreOwned();
                using var stop = new CancellationTokenSource();
                Task[] loads = [.. writers.Select(writer => Task.Run(() => writer.RunAsync(client, stop.Token)))];
                await Task.Delay(random.Next(400, 1800));
                await server.KillAsync();
                await stop.CancelAsync();
                await Task.WhenAll(loads);
            }

            await using ServerProcess recovered = await ServerProcess.StartAsync(settings);
            using var reader = AwsSdkTests.ClientFor(recovered);
            IReadOnlyDictionary<string, long> listed = await KillWriter.ListAsync(reader, Bucket);
            int objects = 0;
            foreach (KillWriter writer in writers)
                objects += await writer.VerifyAsync(reader, listed);
            Assert.Equal(objects, listed.Count);
            output.WriteLine($"round {round}: {writers.Sum(writer => writer.AcknowledgedCount)} writes acknowledged so far, {objects} objects stand");
        }

        Assert.True(writers.Sum(writer => writer.AcknowledgedCount) > rounds * WriterCount, "the load wrote too little to mean anything");
    }
}
