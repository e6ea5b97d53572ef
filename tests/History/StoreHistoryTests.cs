using System.Security.Cryptography;
using RustFs.Storage;
using RustFs.Tests.Storage;
using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.History;

/// <summary>
/// Many threads on few keys of a store in this process, with segments so small that compaction moves the same objects all the while.
/// RUSTFS_HISTORY_OPERATIONS and RUSTFS_HISTORY_SEED make it longer and different.
/// </summary>
public sealed class StoreHistoryTests(ITestOutputHelper output)
{
    // A second or two; the long form runs millions.
    private const int DefaultOperations = 30_000;
    private const int ClientCount = 8;
    private const int KeyCount = 4;
    private const int OperationsPerBatch = 20_000;

    // One: every record is read past the cache while others of the same shard push it out. Many: reads come from the cache.
    [Theory]
    [InlineData(Durability.None, 1)]
    [InlineData(Durability.None, 32 * 1024)]
    [InlineData(Durability.Synced, 32 * 1024)]
    public async Task Every_read_and_conditional_write_is_explained(Durability durability, int cacheEntries)
    {
        // Synced groups cost thousands of times more each.
        int operations = HistorySettings.Operations(DefaultOperations) / (durability == Durability.Synced ? 10 : 1);
        int seed = HistorySettings.Seed;
        using var engine = new EngineHarness(
            change: options => options with { Durability = durability, RecordCacheBytes = cacheEntries * 512L, BodyCacheBytes = 1 << 20 });
        Bucket bucket = await engine.BucketAsync();
        var history = new RegisterHistory(ClientCount, KeyCount);
        for (int done = 0, batch = 0; done < operations; done += OperationsPerBatch, batch++)
        {
            int count = Math.Min(OperationsPerBatch, operations - done) / ClientCount;
            await Task.WhenAll(Enumerable.Range(0, ClientCount).Select(client => Task.Run(
                () => new StoreClient(engine, bucket, history, client, HashCode.Combine(seed, batch, client)).RunAsync(count))));
            string? fault = history.Check();
            Assert.True(fault is null, $"seed {seed}: {fault}");
        }
        Assert.All(Enum.GetValues<RegisterCall>(), call => Assert.True(history.Counts.GetValueOrDefault((call, RegisterOutcome.Ok)) > 50));
        Assert.True(history.Counts.GetValueOrDefault((RegisterCall.PutIfMatch, RegisterOutcome.Refused)) > 50);
        engine.AssertAccounts();
        output.WriteLine($"seed {seed}, {durability}: {history.Summary()}; {engine.Store.Statistics.CompactedBytes} bytes compacted");
    }

    private sealed class StoreClient(EngineHarness engine, Bucket bucket, RegisterHistory history, int client, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly int[] _lastSeen = new int[history.KeyCount];

        public async Task RunAsync(int count)
        {
            for (int done = 0; done < count; done++)
            {
                int key = _random.Next(history.KeyCount);
                RegisterCall call = HistorySettings.NextCall(_random, _lastSeen[key]);
                var operation = new RegisterOperation
                {
                    Call = call,
                    Client = client,
                    Value = call is RegisterCall.Get or RegisterCall.Delete ? 0 : history.NextValue(),
                    Expected = _lastSeen[key],
                    CalledAt = RegisterHistory.Now,
                    EndedAt = 0,
                };
                operation = await CallAsync(Name(key), operation);
                history.Record(key, operation with { EndedAt = RegisterHistory.Now });
                if (operation.Outcome == RegisterOutcome.Ok) _lastSeen[key] = operation.Value;
            }
        }

        private static string Name(int key) => $"register/{key}";

        private async Task<RegisterOperation> CallAsync(string key, RegisterOperation operation)
        {
            switch (operation.Call)
            {
                case RegisterCall.Get:
                    byte[]? body = await engine.GetAsync(bucket, key);
                    int found = RegisterOperation.Absent;
                    Assert.True(body is null || RegisterValues.TryRead(body, out found), $"{key} is torn");
                    return operation with { Value = found };
                case RegisterCall.Delete:
                    Assert.Equal(StoreStatus.Ok, await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key(key), null));
                    return operation;
                default:
                    IWritePrecondition? condition = operation.Call == RegisterCall.Put ? null : new Condition(operation);
                    byte[] written = RegisterValues.BodyOf(operation.Value);
                    StoreStatus status = (await engine.TryPutAsync(bucket, key, written, condition)).Status;
                    Assert.True(status is StoreStatus.Ok or StoreStatus.PreconditionFailed, $"{operation}: {status}");
                    return operation with { Outcome = status == StoreStatus.Ok ? RegisterOutcome.Ok : RegisterOutcome.Refused };
            }
        }

        private sealed class Condition(in RegisterOperation operation) : IWritePrecondition
        {
            private readonly bool _wantsAbsent = operation.Call == RegisterCall.PutIfAbsent;
            private readonly ETag _expected = ETag.FromDigest(MD5.HashData(RegisterValues.BodyOf(operation.Expected)));

            public StoreStatus Check(ObjectRecord? current)
            {
                bool holds = _wantsAbsent ? current is null : current?.ETag.Equals(_expected) == true;
                return holds ? StoreStatus.Ok : StoreStatus.PreconditionFailed;
            }
        }
    }
}

/// <summary>How long histories are, from which seed, and of what.</summary>
internal static class HistorySettings
{
    public static int Operations(int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable("RUSTFS_HISTORY_OPERATIONS"), out int asked) ? asked : usual;

    public static int Seed => int.TryParse(Environment.GetEnvironmentVariable("RUSTFS_HISTORY_SEED"), out int asked) ? asked : 7;

    /// <param name="lastSeen">The value an If-Match would name; without one there is nothing to name.</param>
    public static RegisterCall NextCall(Random random, int lastSeen) => random.Next(20) switch
    {
        < 7 => RegisterCall.Get,
        < 11 => RegisterCall.Put,
        < 15 => lastSeen == RegisterOperation.Absent ? RegisterCall.Get : RegisterCall.PutIfMatch,
        < 18 => RegisterCall.PutIfAbsent,
        _ => RegisterCall.Delete,
    };
}
