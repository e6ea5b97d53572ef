using Amazon.S3;
using Amazon.S3.Model;
using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.Clients;

/// <summary>
/// kill -9 in the middle of a load of every kind of write, again and again on the same volume. RUSTFS_KILL_ROUNDS sets the number of
/// rounds (scripts/kill-test.sh runs 20), RUSTFS_KILL_SEED when they end and what is written.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    /// <summary>Enough to meet an open segment, a recovered one and a reclaimed one, in a few seconds each.</summary>
    private const int DefaultRounds = 3;
    private const int DefaultSeed = 20;

    /// <summary>Two of each kind.</summary>
    private const int WriterCount = 14;
    private const string Bucket = "kill-bucket";

    [Fact]
    public async Task No_acknowledged_write_is_lost_and_no_object_is_torn()
    {
        int rounds = Setting("RUSTFS_KILL_ROUNDS", DefaultRounds);
        int seed = Setting("RUSTFS_KILL_SEED", DefaultSeed);
        var random = new Random(seed);
        using var folder = new TemporaryFolder();
        using var notes = new TemporaryFolder();
        var ledger = new KillLedger(notes.File("expected"));
        KillLoad[] loads = Enum.GetValues<KillLoad>();
        KillWriter[] writers = [.. Enumerable.Range(0, WriterCount)
            .Select(number => new KillWriter(Bucket, number, loads[number % loads.Length], ledger, seed))];
        var settings = new ServerSettings { Directory = folder.Path };
        for (int round = 1; round <= rounds; round++)
        {
            await using (ServerProcess server = await ServerProcess.StartAsync(settings))
            {
                using var client = AwsSdkTests.ClientFor(server);
                await client.PutBucketAsync(Bucket).IgnoreOwned();
                using var stop = new CancellationTokenSource();
                Task[] running = [.. writers.Select(writer => Task.Run(() => writer.RunAsync(client, stop.Token)))];
                await Task.Delay(random.Next(400, 1800));
                await server.KillAsync();
                await stop.CancelAsync();
                await Task.WhenAll(running);
            }

            await using ServerProcess recovered = await ServerProcess.StartAsync(settings);
            using var reader = AwsSdkTests.ClientFor(recovered);
            int objects = await VerifyAsync(reader, writers, ledger);
            await AssertNothingLeaksAsync(reader, recovered);
            int acknowledged = writers.Sum(writer => writer.AcknowledgedCount);
            output.WriteLine($"round {round}: {acknowledged} writes acknowledged so far, {objects} objects stand");
        }

        Assert.True(writers.Sum(writer => writer.AcknowledgedCount) > rounds * WriterCount, "the load wrote too little to mean anything");
        output.WriteLine($"{rounds} kills, seed {seed}: {writers.Sum(writer => writer.AcknowledgedCount)} writes acknowledged, none lost");
    }

    /// <summary>Every key against the ledger, and the listing against the keys.</summary>
    private static async Task<int> VerifyAsync(AmazonS3Client reader, KillWriter[] writers, KillLedger ledger)
    {
        IReadOnlyDictionary<string, long> listed = await KillWriter.ListAsync(reader, Bucket);
        Dictionary<string, KillExpectation> expected = ledger.Read();
        var found = new List<(string Key, int Version)>();
        foreach (KillWriter writer in writers)
            found.AddRange(await writer.VerifyAsync(reader, listed, expected));
        int objects = found.Count(entry => entry.Version != 0);
        Assert.Equal(objects, listed.Count);
        ledger.Replace(found);
        return objects;
    }

    /// <summary>With the uploads gone that a kill cut short, what counts as alive is what the listing shows, to the byte.</summary>
    private static async Task AssertNothingLeaksAsync(AmazonS3Client reader, ServerProcess server)
    {
        ListMultipartUploadsResponse uploads = await reader.ListMultipartUploadsAsync(Bucket);
        foreach (MultipartUpload upload in uploads.MultipartUploads ?? [])
            await reader.AbortMultipartUploadAsync(Bucket, upload.Key, upload.UploadId);
        IReadOnlyDictionary<string, long> listed = await KillWriter.ListAsync(reader, Bucket);
        using var http = new HttpClient(new HttpClientHandler { UseProxy = false });
        string metrics = await http.GetStringAsync(new Uri(server.Endpoint + "/metrics"));
        string live = metrics.Split('\n').Single(line => line.StartsWith("rustfs_live_bytes ", StringComparison.Ordinal));
        Assert.Equal(listed.Values.Sum(), long.Parse(live.Split(' ')[1]));
    }

    private static int Setting(string name, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), out int asked) ? asked : usual;
}
