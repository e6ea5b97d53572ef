using System.Diagnostics;
using System.Text;
using RustFs.Storage;
using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>
/// A flipped bit of what the index holds for versions: of a record or of the entry that names a key's null version. A version reads right
/// or is Corrupt, and the operator hears of it; no other version and no delete marker is touched, and each can be deleted by its id.
/// </summary>
[Collection(nameof(SimulationCollection))]
public sealed class VersionFlipTests(ITestOutputHelper output)
{
    private static readonly byte[][] Keys = [.. new[] { "one", "two", "three" }.Select(Encoding.UTF8.GetBytes)];

    /// <summary>In Versions: older versions, delete markers, null versions and their entries.</summary>
    [Fact]
    public Task AFlippedBitOfAnOlderVersionIsNeverServed() => FlipAsync(Keyspace.Versions, volumes: 150);

    /// <summary>In Objects: the newest version of its key.</summary>
    [Fact]
    public Task AFlippedBitOfTheNewestVersionIsNeverServed() => FlipAsync(Keyspace.Objects, volumes: 60);

    private async Task FlipAsync(Keyspace keyspace, int volumes)
    {
        int firstSeed = SimulationSettings.FirstSeed(1);
        var clock = Stopwatch.StartNew();
        int right = 0, corrupt = 0, unnamed = 0, seed = firstSeed;
        for (; SimulationSettings.GoesOn(clock, seed - firstSeed, volumes, SimulationSettings.FlipShare); seed++)
        {
            using var rig = new Rig(seed);
            await rig.RunAsync(async () =>
            {
                await rig.WriteAsync();
                (int rightHere, int corruptHere) = await rig.FlipAsync(keyspace);
                unnamed += await rig.DeleteAsync();
                (right, corrupt) = (right + rightHere, corrupt + corruptHere);
            });
        }
        string figures = $"Bit flips in {keyspace} of versions, seeds {firstSeed} to {seed - 1}: flips {seed - firstSeed}, reads right {right}, "
            + $"Corrupt {corrupt}, not to be deleted by their ids {unnamed}; {clock.Elapsed.TotalSeconds:F1} s";
        output.WriteLine(figures);
        SimulationSettings.Publish(figures);
        Assert.True(corrupt > (seed - firstSeed) / 2, figures);
        Assert.True(unnamed <= (seed - firstSeed) / 10, figures);
    }

    private sealed record Written(byte[] Key, VersionId Id, byte[]? Body, long Tag)
    {
        public VersionId Named => Id.IsNull ? default : Id;
    }

    private sealed class Rig(int seed) : IDisposable
    {
        private readonly SimulatedVolume _volume = new(seed, isStepped: true);
        private readonly Random _random = new(seed);

        // Of each key the newest first.
        private readonly List<Written> _written = [];
        private Bucket _bucket = null!;
        private string _where = "";

        public Task RunAsync(Func<Task> simulation) => _volume.RunAsync(simulation);

        public async Task WriteAsync()
        {
            _volume.Open();
            _bucket = await _volume.BucketAsync("bucket");
            // One null version is older than versioning, another is written between others, and one is a delete marker.
            await PutAsync(Keys[0]);
            await VersionAsync(BucketVersioning.Enabled);
            foreach (byte[] key in Keys) await PutAsync(key);
            await MarkAsync(Keys[0]);
            await VersionAsync(BucketVersioning.Suspended);
            await PutAsync(Keys[1]);
            await MarkAsync(Keys[2]);
            await VersionAsync(BucketVersioning.Enabled);
            foreach (byte[] key in Keys) await PutAsync(key);
            await PutAsync(Keys[1]);
        }

        /// <summary>Flips one bit of one value, opens the volume again, writes over what room there is, and reads every version.</summary>
        public async Task<(int Right, int Corrupt)> FlipAsync(Keyspace keyspace)
        {
            await _volume.EndAsync(_random.Next(2) == 0 ? Ending.Closed : Ending.Killed);
            IReadOnlyList<byte[]> keys = _volume.Index.Keys(keyspace);
            byte[] flipped = keys[_random.Next(keys.Count)];
            _where = $"{keyspace} {Convert.ToHexString(flipped)}, seed {seed}";
            _volume.Index.FlipBit(keyspace, flipped, _random.NextInt64(1L << 40));
            _volume.Open();
            _bucket = await _volume.BucketAsync("bucket");
            for (int number = 0; number < 6; number++)
            {
                using BodyWriter writer = _volume.Store.WriterOver(new byte[60_000]);
                byte[] key = Encoding.UTF8.GetBytes($"zz{number}");
                Assert.Equal(StoreStatus.Ok, (await _volume.Store.PutObjectAsync(_bucket, key, writer, default, null)).Status);
            }
            int right = 0, corrupt = 0;
            (int reported, long counted) = (_volume.Events.Corruptions, _volume.Store.Statistics.CorruptBlocks);
            foreach (Written version in _written)
            {
                StoreStatus status = await ReadAsync(version);
                if (status == StoreStatus.Ok) right++;
                else if (status == StoreStatus.Corrupt) corrupt++;
                else throw Wrong($"version {version.Id} of {ObjectSteps.Show(version.Key)} answers {status}");
            }
            Assert.True(_volume.Events.Corruptions - reported >= corrupt && _volume.Store.Statistics.CorruptBlocks - counted >= corrupt);
            CheckListing(isWhole: false);
            return corrupt <= 1 ? (right, corrupt) : throw Wrong($"{corrupt} versions cannot be read");
        }

        /// <summary>
        /// Deletes what cannot be read, by its id: the others stay as they are, and the books balance again. Answers how many are not told
        /// by their ids any more.
        /// </summary>
        public async Task<int> DeleteAsync()
        {
            List<Written> damaged = [];
            foreach (Written version in _written)
            {
                if (await ReadAsync(version) == StoreStatus.Corrupt) damaged.Add(version);
            }
            int unnamed = 0;
            foreach (Written version in damaged)
            {
                StoreStatus status = (await _volume.Store.DeleteObjectAsync(_bucket, version.Key, version.Named, null)).Status;
                if (status == StoreStatus.Corrupt) unnamed++;
                else if (status != StoreStatus.Ok) throw Wrong($"deleting {version.Id} answers {status}");
                else _written.Remove(version);
            }
            if (unnamed > 0) return unnamed;
            foreach (Written version in _written)
            {
                StoreStatus status = await ReadAsync(version);
                if (status != StoreStatus.Ok) throw Wrong($"after {damaged.Count} deletes {version.Id} answers {status}");
            }
            CheckListing(isWhole: true);
            await _volume.EndAsync(Ending.Closed);
            _volume.Open();
            _bucket = await _volume.BucketAsync("bucket");
            await _volume.AssertAccountsAsync();
            return 0;
        }

        public void Dispose() => _volume.Dispose();

        private async Task VersionAsync(BucketVersioning versioning)
        {
            await _volume.Store.SetVersioningAsync(_bucket, versioning);
            _bucket = _volume.Store.FindBucket("bucket"u8)!;
        }

        private async Task PutAsync(byte[] key)
        {
            int number = _written.Count + 1;
            byte[] body = PatternedContent.Bytes(number, number % 3 == 0 ? 90_000 : 500 + number);
            Assert.Equal(StoreStatus.Ok, _volume.Store.OpenWriter(body.Length, out BodyWriter? opened));
            using BodyWriter writer = opened!;
            Assert.Equal(StoreStatus.Ok, await ObjectSteps.FillAsync(writer, body, _random, body.Length));
            var attributes = new ObjectAttributes { ETag = new ETag((UInt128)number, 0) };
            WriteResult result = await _volume.Store.PutObjectAsync(_bucket, key, writer, attributes, null);
            Assert.Equal(StoreStatus.Ok, result.Status);
            Add(new Written(key, result.Version, body, number));
        }

        private async Task MarkAsync(byte[] key)
        {
            WriteResult result = await _volume.Store.DeleteObjectAsync(_bucket, key, null, null);
            Assert.Equal((StoreStatus.Ok, true), (result.Status, result.IsDeleteMarker));
            Add(new Written(key, result.Version, null, 0));
        }

        private void Add(Written version)
        {
            if (version.Id.IsNull) _written.RemoveAll(older => older.Id.IsNull && older.Key == version.Key);
            _written.Insert(0, version);
        }

        private async Task<StoreStatus> ReadAsync(Written version)
        {
            StoreStatus status = _volume.Store.TryGetVersion(_bucket, version.Key, version.Named, out ObjectRecord? record);
            if (status != StoreStatus.Ok) return status;
            if (record!.IsDeleteMarker != version.Body is null || (long)record.ETag.Digest != version.Tag || record.VersionId != version.Id)
                throw Wrong($"{version.Id} is version {record.VersionId} with tag {record.ETag.Digest}");
            if (version.Body is null) return status;
            byte[] bytes = new byte[version.Body.Length];
            status = _volume.Store.OpenReader(record, 0, record.SizeBytes, out ObjectReader? reader);
            if (status != StoreStatus.Ok) return status;
            using (reader)
            {
                for (int at = 0; at < bytes.Length;)
                {
                    ReadResult result = await reader!.ReadAsync();
                    if (result.Status != StoreStatus.Ok) return result.Status;
                    result.Bytes.CopyTo(bytes.AsMemory(at));
                    at += result.Bytes.Length;
                }
            }
            return bytes.AsSpan().SequenceEqual(version.Body) ? StoreStatus.Ok : throw Wrong($"{version.Id} gives wrong bytes");
        }

        // A listing shows all versions as they are, or is Corrupt.
        private void CheckListing(bool isWhole)
        {
            var sink = new Sink([]);
            var query = new ListQuery { MaxKeys = 1000 };
            StoreStatus status = _volume.Store.ListVersions(_bucket, query, null, ref sink, out _, out _, out _);
            if (status == StoreStatus.Corrupt && !isWhole) return;
            if (status != StoreStatus.Ok) throw Wrong($"a listing answers {status}");
            var expected = Keys.OrderBy(key => key, ByteOrder.Instance).SelectMany(key => _written.Where(version => version.Key == key))
                .Select(version => (version.Id, version.Tag, version.Body is null)).ToList();
            if (!sink.Versions.SequenceEqual(expected)) throw Wrong($"a listing shows {string.Join(' ', sink.Versions)}");
        }

        private SimulationException Wrong(string what) => new($"After a flip in {_where}: {what}.");

        private readonly struct Sink(List<(VersionId, long, bool)> versions) : IVersionListSink
        {
            public List<(VersionId Id, long Tag, bool IsDeleteMarker)> Versions => versions;

            public void Version(ReadOnlySpan<byte> key, in VersionSummary version)
            {
                if (!key.StartsWith("zz"u8)) versions.Add((version.Id, (long)version.Object.ETag.Digest, version.IsDeleteMarker));
            }

            public void CommonPrefix(ReadOnlySpan<byte> prefix) => Assert.Fail("No delimiter was asked for.");
        }
    }
}
