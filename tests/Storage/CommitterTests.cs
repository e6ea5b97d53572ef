using RustFs.Storage;
using RustFs.Tests.Storage.Simulation;
using Xunit;

namespace RustFs.Tests.Storage;

public sealed class CommitterTests
{
    [Fact]
    public async Task ExactlyOneOfManyCreatesWins()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        for (int round = 0; round < 20; round++)
        {
            string key = $"key{round}";
            WriteResult[] results = await Task.WhenAll(Enumerable.Range(0, 16).Select(writer =>
                Task.Run(() => engine.TryPutAsync(bucket, key, EngineHarness.Bytes(100 + writer, writer), new MustBeAbsent()))));
            Assert.Equal(1, results.Count(result => result.Status == StoreStatus.Ok));
            Assert.Equal(15, results.Count(result => result.Status == StoreStatus.PreconditionFailed));
            int winner = Array.FindIndex(results, result => result.Status == StoreStatus.Ok);
            Assert.Equal(EngineHarness.Bytes(100 + winner, winner), await engine.GetAsync(bucket, key));
        }
        engine.AssertAccounts();
    }

    [Fact]
    public async Task LaterMutationsOfAGroupSeeEarlierOnes()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        // Sent together, so that most of them share groups.
        var pending = new List<Task<StoreStatus>>();
        for (int round = 0; round < 200; round++)
        {
            byte[] body = EngineHarness.Bytes(500, round);
            BodyWriter writer = engine.Store.WriterOver(body);
            ValueTask<WriteResult> put = engine.Store.PutObjectAsync(
                bucket, EngineHarness.Key("key"), writer, EngineHarness.Attributes(body), new MustBeAbsent());
            ValueTask<StoreStatus> delete = engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key("key"), new MustExist());
            pending.Add(FinishAsync(put, writer));
            pending.Add(delete.AsTask());
        }
        Assert.All(await Task.WhenAll(pending), status => Assert.Equal(StoreStatus.Ok, status));
        Assert.True(engine.Store.Statistics.CommitGroups < 400);
        Assert.Null(await engine.GetAsync(bucket, "key"));
        Assert.Equal(0, engine.Store.Statistics.LiveBytes);
        engine.AssertAccounts();

        static async Task<StoreStatus> FinishAsync(ValueTask<WriteResult> put, BodyWriter writer)
        {
            using (writer) return (await put).Status;
        }
    }

    [Fact]
    public async Task AnUnmetPreconditionWritesNothing()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await engine.PutAsync(bucket, "key", EngineHarness.Bytes(10));
        foreach (int length in new[] { 20, 200_000 })
        {
            WriteResult result = await engine.TryPutAsync(bucket, "key", EngineHarness.Bytes(length), new MustBeAbsent());
            Assert.Equal(StoreStatus.PreconditionFailed, result.Status);
        }
        StoreStatus deleted = await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key("other"), new MustExist());
        Assert.Equal(StoreStatus.PreconditionFailed, deleted);
        Assert.Equal(EngineHarness.Bytes(10), await engine.GetAsync(bucket, "key"));
        Assert.Equal(10, engine.Store.Statistics.LiveBytes);
        engine.AssertAccounts();
    }

    /// <summary>Stepped, so that all are in one group.</summary>
    [Fact]
    public void AMutationThatThrowsFailsAlone()
    {
        using var volume = new SimulatedVolume(seed: 1, isStepped: true);
        volume.Stepped!.Run(async () =>
        {
            volume.Open();
            Bucket bucket = await volume.BucketAsync("bucket");
            long groups = volume.Store.Timings.Groups;
            IWritePrecondition?[] preconditions = [null, new Throws(), new MustBeAbsent(), new Throws(), null];
            var writers = preconditions.Select(_ => volume.Store.WriterOver(EngineHarness.Bytes(3000))).ToList();
            List<ValueTask<WriteResult>> puts = [.. preconditions.Select((precondition, number) => volume.Store.PutObjectAsync(
                bucket, EngineHarness.Key($"key{number}"), writers[number], default, precondition))];
            var statuses = new List<StoreStatus>();
            foreach (ValueTask<WriteResult> put in puts) statuses.Add((await put).Status);
            writers.ForEach(writer => writer.Dispose());
            Assert.Equal([StoreStatus.Ok, StoreStatus.IoFailed, StoreStatus.Ok, StoreStatus.IoFailed, StoreStatus.Ok], statuses);
            Assert.Equal(groups + 1, volume.Store.Timings.Groups);
            Assert.Equal(2, volume.Events.Warnings.Count(warning => warning.Contains("It throws.", StringComparison.Ordinal)));
            Assert.Equal(StoreStatus.NoSuchKey, volume.Store.TryGetObject(bucket, "key1"u8, out _));
            Assert.Equal(StoreStatus.Ok, volume.Store.TryGetObject(bucket, "key4"u8, out _));
            await volume.AssertAccountsAsync();
        });
    }

    [Fact]
    public async Task MixedLoadFromManyCallersKeepsTheLastOfEachKey()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        var last = new byte[]?[16];
        await Task.WhenAll(Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            for (int round = 0; round < 40; round++)
            {
                if (random.Next(5) == 0)
                {
                    Assert.Equal(StoreStatus.Ok, await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key($"key{caller}"), null));
                    last[caller] = null;
                    continue;
                }
                byte[] body = EngineHarness.Bytes(random.Next(4) == 0 ? random.Next(400_000) : random.Next(8000), round);
                await engine.PutAsync(bucket, $"key{caller}", body);
                last[caller] = body;
            }
        })));
        await engine.ReopenAsync(crash: true);
        bucket = await engine.BucketAsync();
        for (int caller = 0; caller < 16; caller++) Assert.Equal(last[caller], await engine.GetAsync(bucket, $"key{caller}"));
        engine.AssertAccounts();
    }

    [Fact]
    public async Task AClosedStoreAnswersClosed()
    {
        using var engine = new EngineHarness();
        Bucket bucket = await engine.BucketAsync();
        await engine.Store.DisposeAsync();
        Assert.Equal(StoreStatus.Closed, engine.Store.OpenWriter(10, out _));
        Assert.Equal(StoreStatus.Closed, await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key("key"), null));
        Assert.Equal(StoreStatus.Closed, engine.Store.TryGetObject(bucket, "key"u8, out _));
    }
}

internal sealed class MustBeAbsent : IWritePrecondition
{
    public StoreStatus Check(ObjectRecord? current) => current is null ? StoreStatus.Ok : StoreStatus.PreconditionFailed;
}

internal sealed class MustExist : IWritePrecondition
{
    public StoreStatus Check(ObjectRecord? current) => current is null ? StoreStatus.PreconditionFailed : StoreStatus.Ok;
}

internal sealed class Throws : IWritePrecondition
{
    public StoreStatus Check(ObjectRecord? current) => throw new InvalidOperationException("It throws.");
}
