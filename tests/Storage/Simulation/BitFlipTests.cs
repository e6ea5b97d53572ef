using System.Diagnostics;
using RustFs.Storage;
using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>
/// A flipped bit of a live byte, in a segment or in a value of the index: a read gives the right bytes or Corrupt, and says so to the
/// operator; never wrong bytes, never an exception, and nothing else is lost by it.
/// </summary>
[Collection(nameof(SimulationCollection))]
public sealed class BitFlipTests(ITestOutputHelper output)
{
    private static readonly int[] PartLengths = [100, 9_999];
    private static readonly int[] Lengths = [1, 300, 4096, 65_536, 65_537, 200_000, 1_300_000];

    [Fact]
    public async Task AFlippedBitInASegmentIsNeverServed()
    {
        const int flips = 400;
        int seed = SimulationSettings.FirstSeed(1);
        var clock = Stopwatch.StartNew();
        using var rig = new FlipRig(seed);
        await rig.WriteAsync();
        int done = 0;
        for (; SimulationSettings.GoesOn(clock, done, flips, SimulationSettings.FlipShare); done++) await rig.FlipInSegmentAsync();
        Publish($"Bit flips in segments, seed {seed}: flips {done}, all answered Corrupt; {clock.Elapsed.TotalSeconds:F1} s");
    }

    [Fact]
    public async Task AFlippedBitInThePageCacheIsReadAround()
    {
        using var rig = new FlipRig(SimulationSettings.FirstSeed(1));
        await rig.WriteAsync();
        for (int flip = 0; flip < 100; flip++) await rig.FlipInPageCacheAsync();
    }

    [Fact]
    public async Task AFlippedBitInTheIndexIsNeverServed()
    {
        const int volumes = 150;
        int firstSeed = SimulationSettings.FirstSeed(1);
        var clock = Stopwatch.StartNew();
        int corrupt = 0, right = 0, refused = 0, seed = firstSeed;
        for (; SimulationSettings.GoesOn(clock, seed - firstSeed, volumes, SimulationSettings.FlipShare); seed++)
        {
            using var rig = new FlipRig(seed, isStepped: true);
            FlipRig.IndexFlip outcome = default;
            await rig.RunAsync(async () =>
            {
                await rig.WriteAsync();
                outcome = await rig.FlipInIndexAsync();
            });
            (corrupt, right, refused) = (corrupt + outcome.Corrupt, right + outcome.Right, refused + (outcome.IsRefused ? 1 : 0));
        }
        Publish($"Bit flips in the index, seeds {firstSeed} to {seed - 1}: flips {seed - firstSeed}, reads right {right}, "
            + $"Corrupt {corrupt}, volumes refused {refused}; {clock.Elapsed.TotalSeconds:F1} s");
        Assert.True(corrupt > 0);
    }

    private void Publish(string figures)
    {
        output.WriteLine(figures);
        SimulationSettings.Publish(figures);
    }

    private sealed class FlipRig : IDisposable
    {
        private static readonly Keyspace[] FlippedKeyspaces =
            [Keyspace.Objects, Keyspace.Objects, Keyspace.Uploads, Keyspace.Segments, Keyspace.Segments, Keyspace.Meta];

        private readonly SimulatedVolume _volume;
        private readonly Random _random;
        private readonly SimulatedWorld _world;
        private readonly ObjectSteps _objects;
        private readonly List<(byte[] Key, ModelObject State)> _written = [];
        private Bucket _bucket = null!;
        private UploadId _upload;

        public readonly record struct IndexFlip(int Right, int Corrupt, bool IsRefused);

        public FlipRig(int seed, bool isStepped = false)
        {
            _volume = new SimulatedVolume(seed, isStepped: isStepped);
            _random = new Random(seed);
            _world = new SimulatedWorld(_volume);
            _objects = new ObjectSteps(_world);
        }

        /// <summary>Runs what is to be stepped.</summary>
        public Task RunAsync(Func<Task> simulation) => _volume.RunAsync(simulation);

        public async Task WriteAsync()
        {
            _volume.Open();
            _bucket = await _volume.BucketAsync(ScriptNames.Buckets[0]);
            ModelBucket model = _world.Model(0)!;
            for (int index = 0; index < Lengths.Length; index++)
            {
                var step = new Step(StepKind.Put, index + 1) { Key = index, LengthBytes = Lengths[index], Seed = index };
                await _objects.PutAsync(step);
                _written.Add((ScriptNames.Keys[index], model.StatesOf(ScriptNames.Keys[index])[0]!.Stored));
            }
            await UploadAsync();
        }

        public async Task FlipInSegmentAsync()
        {
            (byte[] key, ModelObject state, Extent extent, long byteInObject, int bit) = Draw();
            long at = extent.Offset + _random.NextInt64(extent.LengthBytes);
            Assert.True(_volume.Disks[0].FlipBit(extent.Segment, at, bit, onlyInPageCache: false));
            long inObject = byteInObject + at - extent.Offset;
            int reported = _volume.Events.Corruptions;
            long counted = _volume.Store.Statistics.CorruptBlocks;
            Assert.Equal(StoreStatus.Corrupt, (await ReadAsync(key, state, inObject, 1)).Status);
            Assert.Equal(StoreStatus.Corrupt, (await ReadAsync(key, state, 0, state.SizeBytes)).Status);
            Assert.True(_volume.Events.Corruptions >= reported + 2 && _volume.Store.Statistics.CorruptBlocks >= counted + 2);
            // Blocks that are whole are still served.
            long otherBlock = (inObject / Extent.BlockBytes + 2) * Extent.BlockBytes;
            if (otherBlock < state.SizeBytes) Assert.Equal(StoreStatus.Ok, (await ReadAsync(key, state, otherBlock, 1)).Status);
            Assert.True(_volume.Disks[0].FlipBit(extent.Segment, at, bit, onlyInPageCache: false));
            Assert.Equal(StoreStatus.Ok, (await ReadAsync(key, state, 0, state.SizeBytes)).Status);
        }

        public async Task FlipInPageCacheAsync()
        {
            (byte[] key, ModelObject state, Extent extent, _, int bit) = Draw();
            long at = extent.Offset + _random.NextInt64(extent.LengthBytes);
            _volume.Disks[0].FlipBit(extent.Segment, at, bit, onlyInPageCache: true);
            Assert.Equal(StoreStatus.Ok, (await ReadAsync(key, state, 0, state.SizeBytes)).Status);
        }

        /// <summary>Flips one bit of one value, opens the volume again, writes over some of it, and reads everything.</summary>
        public async Task<IndexFlip> FlipInIndexAsync()
        {
            await _volume.EndAsync(_random.Next(2) == 0 ? Ending.Closed : Ending.Killed);
            Keyspace keyspace = FlippedKeyspaces[_random.Next(FlippedKeyspaces.Length)];
            IReadOnlyList<byte[]> keys = _volume.Index.Keys(keyspace);
            byte[] flipped = keys[_random.Next(keys.Count)];
            string where = $"{keyspace} {Convert.ToHexString(flipped)}";
            _volume.Index.FlipBit(keyspace, flipped, _random.NextInt64(1L << 40));
            try
            {
                _volume.Open();
            }
            catch (VolumeException)
            {
                return new IndexFlip(0, 0, IsRefused: true);
            }
            if (_world.Find(0) is not { } bucket) throw new SimulationException($"The bucket is gone after a flip in {where}.");
            _bucket = bucket;
            await OverwriteAsync();
            int right = 0, corrupt = 0;
            (int reported, long counted) = (_volume.Events.Corruptions, _volume.Store.Statistics.CorruptBlocks);
            foreach ((byte[] key, ModelObject state) in _written)
            {
                StoreStatus status = (await ReadAsync(key, state, 0, state.SizeBytes)).Status;
                if (status == StoreStatus.Ok) right++;
                else if (status == StoreStatus.Corrupt) corrupt++;
                else throw new SimulationException($"{ObjectSteps.Show(key)} answers {status} after a flip in {where}.");
            }
            CheckUpload(where);
            Assert.True(_volume.Events.Corruptions - reported >= corrupt && _volume.Store.Statistics.CorruptBlocks - counted >= corrupt);
            return corrupt <= 1 ? new IndexFlip(right, corrupt, false)
                : throw new SimulationException($"A flip in {where} lost {corrupt} objects.");
        }

        public void Dispose() => _volume.Dispose();

        private async Task UploadAsync()
        {
            byte[] key = ScriptNames.Keys[^1];
            StoreStatus status;
            (status, _upload) = await _volume.Store.CreateUploadAsync(_bucket, key, default, default, default);
            Assert.Equal(StoreStatus.Ok, status);
            foreach (int length in PartLengths)
            {
                Assert.Equal(StoreStatus.Ok, _volume.Store.TryGetUpload(_bucket, key, _upload, out UploadRecord? upload));
                Assert.Equal(StoreStatus.Ok, _volume.Store.OpenWriter(length, out BodyWriter? writer));
                using (writer)
                {
                    await ObjectSteps.FillAsync(writer!, PatternedContent.Bytes(length, length), _random, length);
                    var attributes = new ObjectAttributes { ETag = new ETag((UInt128)length, 0) };
                    Assert.Equal(StoreStatus.Ok, (await _volume.Store.PutPartAsync(upload!, length, writer!, attributes)).Status);
                }
            }
        }

        // Parts are numbered by their lengths.
        private void CheckUpload(string where)
        {
            StoreStatus status = _volume.Store.TryGetUpload(_bucket, ScriptNames.Keys[^1], _upload, out UploadRecord? upload);
            if (status == StoreStatus.Corrupt) return;
            Assert.True(status == StoreStatus.Ok, $"The upload answers {status} after a flip in {where}.");
            var parts = new List<PartRecord>();
            status = _volume.Store.ListParts(upload!, 0, 10_000, parts, out _);
            Assert.True(status is StoreStatus.Ok or StoreStatus.Corrupt, $"Its parts answer {status} after a flip in {where}.");
            Assert.All(parts, part => Assert.True(part.SizeBytes == part.PartNumber && part.ETag.Digest == (UInt128)part.PartNumber));
            if (status == StoreStatus.Ok) Assert.Equal(PartLengths, parts.Select(part => part.PartNumber));
        }

        // Space that is taken for free by mistake is used again: what lies there would be overwritten now.
        private async Task OverwriteAsync()
        {
            for (int write = 0; write < 12; write++)
            {
                long id = 1000 + write;
                int length = write % 2 == 0 ? 900_000 : 60_000;
                await _objects.PutAsync(new Step(StepKind.Put, id) { Key = 20 + write, LengthBytes = length, Seed = write });
            }
        }

        private (byte[] Key, ModelObject State, Extent Extent, long ByteInObject, int Bit) Draw()
        {
            (byte[] key, ModelObject state) = _written[_random.Next(_written.Count)];
            Assert.Equal(StoreStatus.Ok, _volume.Store.TryGetObject(_bucket, key, out ObjectRecord? record));
            var stored = (StoredObjectRecord)record!;
            int index = _random.Next(stored.ExtentCount);
            long before = 0;
            for (int extent = 0; extent < index; extent++) before += stored.Extent(extent).LengthBytes;
            return (key, state, stored.Extent(index), before, _random.Next(8));
        }

        /// <summary>The status; bytes that come with Ok, or before another status, must be right.</summary>
        private async Task<(StoreStatus Status, byte[] Bytes)> ReadAsync(byte[] key, ModelObject state, long offset, long lengthBytes)
        {
            for (int attempt = 0; attempt < 50; attempt++)
            {
                StoreStatus status = _volume.Store.TryGetObject(_bucket, key, out ObjectRecord? record);
                if (status != StoreStatus.Ok) return (status, []);
                (status, byte[] bytes) = await _objects.ReadBytesAsync(record!, offset, lengthBytes, tryAll: _random.Next(2) == 0);
                if (status == StoreStatus.Changed) continue;
                if (record!.ETag.Digest != (UInt128)state.Tag)
                    throw new SimulationException($"{ObjectSteps.Show(key)} has tag {record.ETag.Digest}.");
                if (!state.Bytes(offset, bytes.Length).AsSpan().SequenceEqual(bytes))
                    throw new SimulationException($"{ObjectSteps.Show(key)} gave wrong bytes ({status}).");
                return (status, bytes);
            }
            throw new SimulationException($"{ObjectSteps.Show(key)} changes for ever.");
        }
    }
}
