using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>One version as a listing shows it.</summary>
internal sealed record ListedVersion(string Key, VersionId Id, ETag ETag, bool IsLatest, bool IsDeleteMarker);

/// <summary>The calls on versions that engine tests repeat.</summary>
internal static class VersionedBucket
{
    public static async Task SetVersioningAsync(this IObjectStore store, Bucket bucket, BucketVersioning versioning) =>
        Assert.Equal(StoreStatus.Ok,
            await store.ConfigureBucketAsync(bucket, BucketConfigurationKind.Versioning, new byte[] { (byte)versioning }));

    /// <summary>Puts a body; gives its version.</summary>
    public static async Task<VersionId> PutVersionAsync(this EngineHarness engine, Bucket bucket, string key, byte[] body)
    {
        WriteResult result = await engine.TryPutAsync(bucket, key, body);
        Assert.Equal(StoreStatus.Ok, result.Status);
        Assert.False(result.IsDeleteMarker);
        return result.Version;
    }

    public static async Task<WriteResult> DeleteVersionAsync(
        this EngineHarness engine, Bucket bucket, string key, VersionId? version = null)
    {
        WriteResult result = await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key(key), version, null);
        Assert.Equal(StoreStatus.Ok, result.Status);
        return result;
    }

    public static async Task<byte[]?> GetVersionAsync(this EngineHarness engine, Bucket bucket, string key, VersionId id)
    {
        while (true)
        {
            StoreStatus status = engine.Store.TryGetVersion(bucket, EngineHarness.Key(key).Span, id, out ObjectRecord? record);
            if (status == StoreStatus.NoSuchVersion) return null;
            Assert.Equal(StoreStatus.Ok, status);
            Assert.False(record!.IsDeleteMarker);
            (status, byte[] bytes) = await engine.ReadAsync(record, 0, record.SizeBytes);
            if (status == StoreStatus.Changed) continue;
            Assert.Equal(StoreStatus.Ok, status);
            return bytes;
        }
    }

    /// <summary>All versions, page after page. Common prefixes come as versions without an id.</summary>
    public static List<ListedVersion> ListVersions(
        this IObjectStore store, Bucket bucket, int pageKeys = 1000, string prefix = "", string delimiter = "", Action? betweenPages = null)
    {
        var sink = new VersionSink();
        byte[] prefixBytes = EngineHarness.Key(prefix).ToArray(), delimiterBytes = EngineHarness.Key(delimiter).ToArray();
        byte[] after = [];
        VersionId? afterVersion = null;
        while (true)
        {
            var query = new ListQuery { Prefix = prefixBytes, Delimiter = delimiterBytes, After = after, MaxKeys = pageKeys };
            int before = sink.Versions.Count;
            StoreStatus status =
                store.ListVersions(bucket, query, afterVersion, ref sink, out bool isTruncated, out after, out afterVersion);
            Assert.Equal(StoreStatus.Ok, status);
            Assert.InRange(sink.Versions.Count - before, isTruncated ? pageKeys : 0, pageKeys);
            if (!isTruncated) return sink.Versions;
            betweenPages?.Invoke();
        }
    }

    private readonly struct VersionSink() : IVersionListSink
    {
        public List<ListedVersion> Versions { get; } = [];

        public void Version(ReadOnlySpan<byte> key, in VersionSummary version) => Versions.Add(new ListedVersion(
            System.Text.Encoding.UTF8.GetString(key), version.Id, version.Object.ETag, version.IsLatest, version.IsDeleteMarker));

        public void CommonPrefix(ReadOnlySpan<byte> prefix) =>
            Versions.Add(new ListedVersion(System.Text.Encoding.UTF8.GetString(prefix), default, default, false, false));
    }
}
