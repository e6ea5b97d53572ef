using System.Diagnostics;
using System.Text;
using RustFs.Storage;
using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>
/// Several clients write and delete few keys, compaction runs, and the power goes at a drawn access: so groups of many writes are cut in
/// every place. Afterwards each key is as the last acknowledged write left it, or as one that was in flight would have; never anything
/// else.
/// </summary>
[Collection(nameof(SimulationCollection))]
public sealed class ConcurrentCutTests(ITestOutputHelper output)
{
    private const int Clients = 8;
    private const int Keys = 12;
    private const int RoundsPerVolume = 8;

    [Fact]
    public async Task NoAcknowledgedWriteOfManyInFlightIsLost()
    {
        const int volumes = 40;
        int firstSeed = SimulationSettings.FirstSeed(1);
        var clock = Stopwatch.StartNew();
        long acknowledged = 0, unacknowledged = 0, cuts = 0, groups = 0;
        int seed = firstSeed;
        for (; SimulationSettings.GoesOn(clock, seed - firstSeed, volumes, SimulationSettings.ConcurrentShare); seed++)
        {
            using var round = new ConcurrentVolume(seed);
            for (int cut = 0; cut < RoundsPerVolume; cut++)
            {
                await round.RunAsync(Clients, Keys);
                cuts++;
            }
            acknowledged += round.History.Acknowledged;
            unacknowledged += round.History.Unacknowledged;
            groups += round.Groups;
        }
        string figures = $"seeds {firstSeed} to {seed - 1}: power cuts {cuts}, writes acknowledged {acknowledged} in {groups} groups, "
            + $"in flight at a cut {unacknowledged}; {clock.Elapsed.TotalSeconds:F1} s";
        output.WriteLine(figures);
        SimulationSettings.Publish($"Concurrent clients, {figures}");
        Assert.True(acknowledged > groups && unacknowledged > 0, figures);
    }

    private sealed class ConcurrentVolume(int seed) : IDisposable
    {
        private readonly SimulatedVolume _volume = new(seed, disks: seed % 4 == 0 ? 2 : 1);
        private readonly Random _random = new(seed);
        private long _tag;

        public ConcurrentHistory History { get; } = new();
        public long Groups { get; private set; }

        public async Task RunAsync(int clients, int keys)
        {
            if (!_volume.IsOpen) _volume.Open();
            Bucket bucket = await _volume.BucketAsync("bucket");
            _volume.Faults.Arm(FaultKind.PowerCut, _random.Next(1, 120));
            Task[] running = [.. Enumerable.Range(0, clients).Select(_ => new Random(_random.Next())).Select(own =>
                Task.Run(() => WriteUntilCutAsync(bucket, keys, own)))];
            Task compacting = Task.Run(CompactUntilCut);
            await Task.WhenAll([.. running, compacting]).WaitAsync(SimulatedVolume.HangTimeout);
            Groups += _volume.Store.Timings.Groups;
            await _volume.EndAsync(Ending.PowerCut);
            _volume.Open();
            await CheckAsync((await _volume.BucketAsync("bucket")), keys);
        }

        public void Dispose() => _volume.Dispose();

        private async Task WriteUntilCutAsync(Bucket bucket, int keys, Random random)
        {
            while (!_volume.Faults.IsPowerOff)
            {
                int key = random.Next(keys);
                if (random.Next(4) == 0) await DeleteAsync(bucket, key);
                else await PutAsync(bucket, key, random.Next(5) == 0 ? random.Next(300_000) : random.Next(9000), random);
            }
        }

        private async Task DeleteAsync(Bucket bucket, int key)
        {
            ConcurrentHistory.Write write = History.Begin(key, 0, isDelete: true, 0);
            StoreStatus status = await _volume.Store.DeleteObjectAsync(bucket, Name(key), null);
            Judge(write, status);
        }

        private async Task PutAsync(Bucket bucket, int key, int length, Random random)
        {
            long tag = Interlocked.Increment(ref _tag);
            byte[] body = PatternedContent.Bytes(tag, length);
            if (_volume.Store.OpenWriter(length, out BodyWriter? writer) != StoreStatus.Ok) return;
            using (writer)
            {
                if (await ObjectSteps.FillAsync(writer!, body, random, length) != StoreStatus.Ok) return;
                ConcurrentHistory.Write write = History.Begin(key, tag, isDelete: false, length);
                var attributes = new ObjectAttributes { ETag = new ETag((UInt128)tag, 0) };
                Judge(write, (await _volume.Store.PutObjectAsync(bucket, Name(key), writer!, attributes, null)).Status);
            }
        }

        private void Judge(ConcurrentHistory.Write write, StoreStatus status)
        {
            if (status == StoreStatus.Ok) History.Acknowledge(write);
            else if (!_volume.Faults.IsPowerOff) throw new SimulationException($"Seed {seed}: {write} answered {status} before the cut.");
        }

        private void CompactUntilCut()
        {
            while (!_volume.Faults.IsPowerOff)
            {
                try
                {
                    _volume.Store.Settle();
                }
                catch (IndexException) when (_volume.Faults.IsPowerOff)
                {
                }
                Thread.Sleep(1);
            }
        }

        private async Task CheckAsync(Bucket bucket, int keys)
        {
            var world = new SimulatedWorld(_volume);
            var objects = new ObjectSteps(world);
            var shown = new SortedSet<string>(StringComparer.Ordinal);
            for (int key = 0; key < keys; key++)
            {
                IReadOnlyList<ConcurrentHistory.Write> may = History.MayBe(key);
                var model = new ModelBucket();
                foreach (ConcurrentHistory.Write write in may) model.Add(Name(key), ToModel(write));
                if (may.All(write => !write.IsDelete)) model.Objects[Name(key)].Remove(null);
                ModelObject? found;
                try
                {
                    found = (await objects.ReadAsync(bucket, model, Name(key), range: null))?.State;
                }
                catch (SimulationException exception)
                {
                    throw new SimulationException($"Seed {seed}: {exception.Message} It may be {string.Join(" or ", may)}.", exception);
                }
                History.Settle(key, may.First(write => found is null ? write.IsDelete : write.Tag == found.Tag));
                if (found is not null) shown.Add(Convert.ToHexString(Name(key)));
            }
            var sink = new KeySink();
            Assert.Equal(StoreStatus.Ok, _volume.Store.ListObjects(bucket, new ListQuery { MaxKeys = 1000 }, ref sink, out _, out _));
            Assert.Equal(shown, sink.Keys);
            await _volume.AssertAccountsAsync();
        }

        // Fields are not written here: their number is 0.
        private static ModelObject? ToModel(ConcurrentHistory.Write write) =>
            write.IsDelete ? null : new ModelObject(write.Tag, 0, [new ModelBody(write.Tag, write.LengthBytes)], 0);

        private static byte[] Name(int key) => Encoding.UTF8.GetBytes($"key/{key}");
    }

    private readonly struct KeySink() : IListSink
    {
        public SortedSet<string> Keys { get; } = new(StringComparer.Ordinal);
        public void Object(ReadOnlySpan<byte> key, in ObjectSummary summary) => Keys.Add(Convert.ToHexString(key));
        public void CommonPrefix(ReadOnlySpan<byte> prefix) => Assert.Fail("No delimiter was asked for.");
    }
}
