using System.Text;
using RustFs.Storage;
using RustFs.Tests.Storage.Simulation;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>
/// A damaged record is named to the operator wherever it is met, hides nothing, and does not last: its owner can replace or delete it, and
/// the space it kept comes back.
/// </summary>
public sealed class DamagedRecordTests : IDisposable
{
    // Of the size: a record that seems whole but for its checksum.
    private const int SizeBit = 8 * 9;

    private readonly SimulatedVolume _volume = new(seed: 1);
    private Bucket _bucket = null!;

    [Fact]
    public async Task AListingFailsAtADamagedRecordAndNamesIt()
    {
        await OpenAsync("a", "b", "c");
        FlipRecord(Keyspace.Objects, "b");
        Assert.Equal(StoreStatus.Ok, List(1, out bool isTruncated).Status);
        Assert.True(isTruncated);
        await AssertNamedAsync("0 0 bucket/b", () => Task.FromResult(List(10, out _).Status));
        await AssertNamedAsync("0 0 bucket/b", () => Task.FromResult(_volume.Store.TryGetObject(_bucket, "b"u8, out _)));
        await AssertNamedAsync("0 0 bucket/b", () => Task.FromResult(Scrub()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ADamagedObjectCanBeReplacedOrDeletedAndItsSpaceComesBack(bool isDeleted)
    {
        await OpenAsync("a", "b", "c");
        FlipRecord(Keyspace.Objects, "b");
        Assert.Equal(StoreStatus.Corrupt, await PutAsync("b", new MustExist()));
        Assert.Equal(
            StoreStatus.Ok, isDeleted ? await _volume.Store.DeleteObjectAsync(_bucket, "b"u8.ToArray(), null) : await PutAsync("b"));
        Assert.Equal((StoreStatus.Ok, isDeleted ? "a c" : "a b c"), List(10, out _));
        await _volume.AssertAccountsAsync();
        await ReopenAsync();
        await _volume.AssertAccountsAsync();
        Assert.Equal((isDeleted ? 2 : 3) * 5000, _volume.Store.Statistics.LiveBytes);
        Assert.False(RecountFact.IsSet(_volume.Store.Index));
    }

    /// <summary>As by a client that empties a bucket with versioning. The older version becomes the current one.</summary>
    [Theory]
    // Of the flags, the checksum's kind, the size, the first and the last byte of the id.
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(56)]
    [InlineData(71)]
    public async Task ADamagedCurrentVersionIsDeletedByItsIdAndHidesNoOther(int flippedByte)
    {
        await OpenAsync();
        await VersionAsync(BucketVersioning.Enabled);
        VersionId older = (await PutVersionAsync("b")).Version, newest = (await PutVersionAsync("b")).Version;
        await ReopenAsync();
        FlipRecord(Keyspace.Objects, "b", 8 * flippedByte + 2);
        Assert.Equal(StoreStatus.Ok, _volume.Store.TryGetVersion(_bucket, "b"u8, older, out _));
        Assert.Equal(StoreStatus.Corrupt, _volume.Store.TryGetVersion(_bucket, "b"u8, newest, out _));
        // Of another version that is not there nobody knows that it was not this one, and it stays.
        var other = new VersionId(newest.Value ^ (((UInt128)1 << 64) | 1));
        Assert.Equal(StoreStatus.Corrupt, await DeleteVersionAsync("b", other));
        Assert.Equal(StoreStatus.Corrupt, _volume.Store.TryGetVersion(_bucket, "b"u8, newest, out _));
        Assert.Equal(StoreStatus.Ok, await DeleteVersionAsync("b", newest));
        Assert.Equal(StoreStatus.NoSuchVersion, _volume.Store.TryGetVersion(_bucket, "b"u8, newest, out _));
        Assert.Equal(StoreStatus.Ok, _volume.Store.TryGetObject(_bucket, "b"u8, out ObjectRecord? current));
        Assert.Equal(older, current!.VersionId);
        await ReopenAsync();
        await _volume.AssertAccountsAsync();
        Assert.Equal(5000, _volume.Store.Statistics.LiveBytes);
    }

    [Theory]
    [InlineData(BucketVersioning.Never)]
    [InlineData(BucketVersioning.Enabled)]
    [InlineData(BucketVersioning.Suspended)]
    public async Task ADamagedNullVersionIsDeletedAsNull(BucketVersioning versioning)
    {
        await OpenAsync();
        if (versioning == BucketVersioning.Suspended) await VersionAsync(versioning);
        await PutVersionAsync("b");
        if (versioning == BucketVersioning.Enabled) await VersionAsync(versioning);
        await ReopenAsync();
        FlipRecord(Keyspace.Objects, "b");
        Assert.Equal(StoreStatus.Ok, await DeleteVersionAsync("b", default));
        Assert.Equal(StoreStatus.NoSuchKey, _volume.Store.TryGetObject(_bucket, "b"u8, out _));
        await ReopenAsync();
        await _volume.AssertAccountsAsync();
        Assert.Equal(0, _volume.Store.Statistics.LiveBytes);
    }

    /// <summary>The entry that names the null version has no checksum of its own.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnEntryThatNamesNoNullVersionIsDamageAndIsReplaced(bool isOverwritten)
    {
        await OpenAsync();
        await PutVersionAsync("b");
        await VersionAsync(BucketVersioning.Enabled);
        VersionId newest = (await PutVersionAsync("b")).Version;
        await ReopenAsync();
        byte[] entry = _volume.Index.Keys(Keyspace.Versions).Single(key => key[0] == (byte)'n');
        _volume.Index.FlipBit(Keyspace.Versions, entry, bit: 3);
        await AssertNamedAsync("0 0 bucket/b", () => Task.FromResult(_volume.Store.TryGetVersion(_bucket, "b"u8, default, out _)));
        await AssertNamedAsync("0 0 which version of bucket/b is null", () => Task.FromResult(Scrub()));
        if (isOverwritten)
        {
            await VersionAsync(BucketVersioning.Suspended);
            Assert.Equal(StoreStatus.Ok, (await PutVersionAsync("b")).Status);
            Assert.Equal(StoreStatus.Ok, _volume.Store.TryGetVersion(_bucket, "b"u8, default, out _));
        }
        Assert.Equal(StoreStatus.Ok, await DeleteVersionAsync("b", default));
        Assert.Equal(StoreStatus.NoSuchVersion, _volume.Store.TryGetVersion(_bucket, "b"u8, default, out _));
        Assert.Equal([newest], _volume.Store.ListVersions(_bucket).Select(version => version.Id));
        Assert.Equal(StoreStatus.Ok, Scrub());
        await _volume.AssertAccountsAsync();
        Assert.Equal(5000, _volume.Store.Statistics.LiveBytes);
    }

    [Fact]
    public async Task SpaceIsNotCountedAnewWhileAnotherRecordCannotBeRead()
    {
        await OpenAsync("a", "b", "c");
        FlipRecord(Keyspace.Objects, "a");
        FlipRecord(Keyspace.Objects, "b");
        Assert.Equal(StoreStatus.Ok, await PutAsync("b"));
        await ReopenAsync();
        Assert.Equal(4 * 5000, _volume.Store.Statistics.LiveBytes);
        FlipRecord(Keyspace.Objects, "a");
        await ReopenAsync();
        Assert.Equal(3 * 5000, _volume.Store.Statistics.LiveBytes);
    }

    [Fact]
    public async Task ADamagedUploadIsNamedAndCanBeAborted()
    {
        await OpenAsync();
        UploadId id = await UploadAsync(parts: 2);
        string name = $"0 0 the upload {id} of bucket/key";
        FlipRecord(Keyspace.Uploads, _volume.Index.Keys(Keyspace.Uploads).First(key => !IndexKeys.TryReadPart(key, out _, out _)));
        await AssertNamedAsync(name, () => Task.FromResult(_volume.Store.TryGetUpload(_bucket, "key"u8, id, out _)));
        await AssertNamedAsync(name, () =>
        {
            var sink = new ListingSteps.UploadSink();
            return Task.FromResult(_volume.Store.ListUploads(
                _bucket, new ListQuery { MaxKeys = 10 }, null, ref sink, out _, out _, out _));
        });
        Assert.Equal(StoreStatus.Ok, await _volume.Store.AbortUploadAsync(_bucket, "key"u8.ToArray(), id));
        Assert.Equal(StoreStatus.NoSuchUpload, await _volume.Store.AbortUploadAsync(_bucket, "key"u8.ToArray(), id));
        Assert.Equal(0, _volume.Store.Statistics.LiveBytes);
        await _volume.AssertAccountsAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ADamagedPartIsNamedAndDoesNotKeepItsSpace(bool isReplaced)
    {
        await OpenAsync();
        UploadId id = await UploadAsync(parts: 2);
        _volume.Store.TryGetUpload(_bucket, "key"u8, id, out UploadRecord? upload);
        FlipRecord(Keyspace.Uploads, _volume.Index.Keys(Keyspace.Uploads)
            .First(key => IndexKeys.TryReadPart(key, out _, out int number) && number == 2));
        await AssertNamedAsync($"0 0 part 2 of the upload {id} of bucket/key",
            () => Task.FromResult(_volume.Store.ListParts(upload!, 0, 10, [], out _)));
        if (isReplaced) await PutPartAsync(upload!, 2);
        else Assert.Equal(StoreStatus.Ok, await _volume.Store.AbortUploadAsync(_bucket, "key"u8.ToArray(), id));
        await ReopenAsync();
        await _volume.AssertAccountsAsync();
        Assert.Equal(isReplaced ? 2 * 5000 : 0, _volume.Store.Statistics.LiveBytes);
    }

    public void Dispose() => _volume.Dispose();

    private async Task OpenAsync(params string[] keys)
    {
        _volume.Open();
        _bucket = await _volume.BucketAsync("bucket");
        foreach (string key in keys) Assert.Equal(StoreStatus.Ok, await PutAsync(key));
        // What was written last is remembered until then.
        if (keys.Length > 0) await ReopenAsync();
    }

    private async Task ReopenAsync()
    {
        await _volume.EndAsync(Ending.Closed);
        _volume.Open();
        _bucket = await _volume.BucketAsync("bucket");
    }

    private async Task VersionAsync(BucketVersioning versioning)
    {
        await _volume.Store.SetVersioningAsync(_bucket, versioning);
        _bucket = await _volume.BucketAsync("bucket");
    }

    private async Task<StoreStatus> PutAsync(string key, IWritePrecondition? precondition = null) =>
        (await PutVersionAsync(key, precondition)).Status;

    private async Task<WriteResult> PutVersionAsync(string key, IWritePrecondition? precondition = null)
    {
        using BodyWriter body = _volume.Store.WriterOver(new byte[5000]);
        return await _volume.Store.PutObjectAsync(_bucket, Encoding.UTF8.GetBytes(key), body, default, precondition);
    }

    private async Task<StoreStatus> DeleteVersionAsync(string key, VersionId id) =>
        (await _volume.Store.DeleteObjectAsync(_bucket, Encoding.UTF8.GetBytes(key), id, null)).Status;

    private async Task<UploadId> UploadAsync(int parts)
    {
        (StoreStatus status, UploadId id) = await _volume.Store.CreateUploadAsync(_bucket, "key"u8.ToArray(), default, default, default);
        Assert.Equal(StoreStatus.Ok, status);
        _volume.Store.TryGetUpload(_bucket, "key"u8, id, out UploadRecord? upload);
        for (int part = 1; part <= parts; part++) await PutPartAsync(upload!, part);
        return id;
    }

    private async Task PutPartAsync(UploadRecord upload, int number)
    {
        using BodyWriter body = _volume.Store.WriterOver(new byte[5000]);
        Assert.Equal(StoreStatus.Ok, (await _volume.Store.PutPartAsync(upload, number, body, default)).Status);
    }

    private (StoreStatus Status, string Keys) List(int maxKeys, out bool isTruncated)
    {
        var sink = new KeySink();
        StoreStatus status = _volume.Store.ListObjects(_bucket, new ListQuery { MaxKeys = maxKeys }, ref sink, out isTruncated, out _);
        return (status, string.Join(' ', sink.Keys));
    }

    private void FlipRecord(Keyspace keyspace, string key, int bit = SizeBit) =>
        FlipRecord(keyspace, _volume.Index.Keys(keyspace).First(found => found.AsSpan().EndsWith(Encoding.UTF8.GetBytes(key))), bit);

    private void FlipRecord(Keyspace keyspace, byte[] key, int bit = SizeBit) => _volume.Index.FlipBit(keyspace, key, bit);

    private StoreStatus Scrub()
    {
        _volume.Store.Scrubber.RunPass();
        long faults = _volume.Store.Scrubber.Statistics.PassFaults;
        Assert.InRange(faults, 0, 1);
        return faults == 1 ? StoreStatus.Corrupt : StoreStatus.Ok;
    }

    private async Task AssertNamedAsync(string name, Func<Task<StoreStatus>> call)
    {
        (int reported, long counted) = (_volume.Events.Corruptions, _volume.Store.Statistics.CorruptBlocks);
        Assert.Equal(StoreStatus.Corrupt, await call());
        Assert.Equal(name, Assert.Single(_volume.Events.Damage.Skip(reported)));
        Assert.Equal(counted + 1, _volume.Store.Statistics.CorruptBlocks);
    }

    private readonly struct KeySink() : IListSink
    {
        public List<string> Keys { get; } = [];
        public void Object(ReadOnlySpan<byte> key, in ObjectSummary summary) => Keys.Add(Encoding.UTF8.GetString(key));
        public void CommonPrefix(ReadOnlySpan<byte> prefix) => Assert.Fail("No delimiter was asked for.");
    }
}
