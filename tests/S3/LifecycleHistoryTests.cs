using System.Text;
using RustFs.S3.Lifecycle;
using RustFs.S3.Tagging;
using RustFs.Storage;
using RustFs.Tests.Http1;
using RustFs.Tests.Storage;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>
/// Random histories of keys in a bucket with versioning, with runs between: what is left is what a plain reading of the rules leaves.
/// </summary>
public sealed class LifecycleHistoryTests : IDisposable
{
    private const long DayMs = LifecycleTime.DayMs;
    private static readonly string[] Keys = ["a", "a/b", "b", "b/c", "c"];

    private readonly SettableTime _time = new() { Now = new DateTimeOffset(2026, 5, 1, 8, 0, 0, TimeSpan.Zero) };
    private readonly EngineHarness _engine;
    private readonly Dictionary<string, List<Entry>> _model = Keys.ToDictionary(key => key, _ => new List<Entry>());

    public LifecycleHistoryTests() => _engine = new EngineHarness(change: options => options with { Time = _time });

    public void Dispose() => _engine.Dispose();

    [Theory]
    [InlineData(1, BucketVersioning.Enabled)]
    [InlineData(2, BucketVersioning.Enabled)]
    [InlineData(3, BucketVersioning.Suspended)]
    [InlineData(4, BucketVersioning.Never)]
    [InlineData(5, BucketVersioning.Enabled)]
    public async Task What_is_left_is_what_the_rules_say(int seed, BucketVersioning versioning)
    {
        var random = new Random(seed);
        Bucket bucket = await _engine.BucketAsync();
        if (versioning != BucketVersioning.Never) await _engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        var worker = new LifecycleWorker(_engine.Store, _time, new LifecycleOptions { Pause = TimeSpan.Zero });
        for (int day = 0; day < 60; day++)
        {
            // Half of the history before it is suspended: so there are versions of both kinds.
            if (day == 30 && versioning == BucketVersioning.Suspended) await _engine.Store.SetVersioningAsync(bucket, versioning);
            BucketVersioning now = day < 30 && versioning == BucketVersioning.Suspended ? BucketVersioning.Enabled : versioning;
            LifecycleRule[] rules = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => DrawRule(random))];
            Assert.Null(LifecycleConfiguration.TryEncode("", rules, out byte[] value));
            await _engine.Store.ConfigureBucketAsync(bucket, BucketConfigurationKind.Lifecycle, value);
            for (int write = random.Next(3) == 0 ? random.Next(8) : 0; write > 0; write--)
            {
                await WriteAsync(bucket, Keys[random.Next(Keys.Length)], random, now);
                _time.Now += TimeSpan.FromMinutes(random.Next(1, 200));
            }
            _time.Now += TimeSpan.FromHours(random.Next(40));
            foreach (string key in Keys) Expire(key, rules, now);
            await worker.RunOnceAsync(default);
            foreach (string key in Keys) AssertLeft(bucket, key, $"seed {seed}, day {day}");
        }
        LifecycleStatistics done = worker.Statistics;
        Assert.Equal((0, 0), (done.Faults, done.Locked));
        bool hasVersions = done.Versions > 5 && done.DeleteMarkers > 1;
        Assert.True(done.Objects > 5 && (versioning == BucketVersioning.Never || hasVersions), done.ToString());
        _engine.AssertAccounts();
    }

    private static LifecycleRule DrawRule(Random random)
    {
        bool isOfMarkers = random.Next(4) == 0;
        return new LifecycleRule
        {
            Id = Guid.NewGuid().ToString(),
            IsEnabled = random.Next(5) != 0,
            Filter = new LifecycleFilter
            {
                Form = FilterForm.And,
                Prefix = Encoding.UTF8.GetBytes(new[] { "", "a", "b/", "c" }[random.Next(4)]),
                LargerThanBytes = isOfMarkers || random.Next(2) == 0 ? null : random.Next(3) * 10,
                // An And has two conditions at least.
                SmallerThanBytes = isOfMarkers ? null : 1000,
                Tags = isOfMarkers || random.Next(3) != 0 ? [] : [new Tag("t", "1")],
            } is var filter && isOfMarkers ? filter with { Form = FilterForm.Single } : filter,
            ExpirationDays = isOfMarkers || random.Next(3) == 0 ? null : random.Next(1, 5),
            ExpiredObjectDeleteMarker = isOfMarkers ? true : null,
            NoncurrentDays = random.Next(4),
            NewerNoncurrentVersions = random.Next(2) == 0 ? random.Next(1, 3) : null,
        } is var rule && rule.NoncurrentDays == 0 ? rule with { NoncurrentDays = 3 } : rule;
    }

    private async Task WriteAsync(Bucket bucket, string key, Random random, BucketVersioning versioning)
    {
        List<Entry> entries = _model[key];
        long nowMs = _time.Now.ToUnixTimeMilliseconds();
        if (random.Next(3) == 0)
        {
            await _engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key(key), null, null);
            Put(entries, new Entry(nowMs, 0, "", IsMarker: true, IsNull: versioning == BucketVersioning.Suspended), versioning);
            return;
        }
        string tags = random.Next(2) == 0 ? "t=1" : "";
        byte[] body = new byte[1 + random.Next(50)];
        byte[] fields = new byte[50];
        var writer = new StoredFieldsWriter(fields);
        if (tags.Length > 0) writer.TryAdd(StoredFieldId.Tagging, default, Encoding.UTF8.GetBytes(tags));
        var attributes = new ObjectAttributes { ETag = null, Fields = new StoredFields(fields.AsMemory(0, writer.WrittenBytes)) };
        using BodyWriter small = _engine.Store.WriterOver(body);
        await _engine.Store.PutObjectAsync(bucket, EngineHarness.Key(key), small, attributes, null);
        Put(entries, new Entry(nowMs, body.Length, tags, IsMarker: false, IsNull: versioning != BucketVersioning.Enabled), versioning);
    }

    private static void Put(List<Entry> entries, Entry entry, BucketVersioning versioning)
    {
        if (versioning == BucketVersioning.Never) entries.Clear();
        if (entry.IsNull) entries.RemoveAll(other => other.IsNull);
        if (versioning != BucketVersioning.Never || !entry.IsMarker) entries.Insert(0, entry);
    }

    /// <summary>The rules said once more, each entry by itself and all by the state before the run.</summary>
    private void Expire(string key, LifecycleRule[] rules, BucketVersioning versioning)
    {
        List<Entry> entries = _model[key];
        long nowMs = _time.Now.ToUnixTimeMilliseconds();
        var gone = new List<Entry>();
        bool isExpired = false;
        for (int index = 0; index < entries.Count; index++)
        {
            Entry entry = entries[index];
            foreach (LifecycleRule rule in rules)
            {
                LifecycleFilter filter = rule.Filter;
                bool matches = rule.IsEnabled && key.StartsWith(Encoding.UTF8.GetString(filter.Prefix!), StringComparison.Ordinal)
                    && entry.SizeBytes > (filter.LargerThanBytes ?? -1) && entry.SizeBytes < (filter.SmallerThanBytes ?? long.MaxValue)
                    && (filter.Tags.Count == 0 || entry.Tags == "t=1");
                if (!matches) continue;
                bool isOld = rule.ExpirationDays is { } days && IsPast(entry.ModifiedMs, days, nowMs);
                if (index == 0 && !entry.IsMarker) isExpired |= isOld;
                bool isLone = index == 0 && entry.IsMarker && entries.Count == 1;
                if (isLone && (isOld || rule.ExpiredObjectDeleteMarker == true)) gone.Add(entry);
                if (index > 0 && IsPast(entries[index - 1].ModifiedMs, rule.NoncurrentDays!.Value, nowMs)
                    && index - 1 >= (rule.NewerNoncurrentVersions ?? 0))
                    gone.Add(entry);
            }
        }
        entries.RemoveAll(gone.Contains);
        if (isExpired && versioning == BucketVersioning.Never) entries.Clear();
        else if (isExpired) Put(entries, new Entry(nowMs, 0, "", true, versioning == BucketVersioning.Suspended), versioning);
    }

    /// <summary>The first midnight that is at least so many days after.</summary>
    private static bool IsPast(long fromMs, int days, long nowMs)
    {
        DateTime due = DateTime.UnixEpoch.AddMilliseconds(fromMs).AddDays(days);
        due = due == due.Date ? due : due.Date.AddDays(1);
        return due <= DateTime.UnixEpoch.AddMilliseconds(nowMs);
    }

    private void AssertLeft(Bucket bucket, string key, string where)
    {
        List<ListedVersion> found = [.. _engine.Store.ListVersions(bucket, prefix: key).Where(version => version.Key == key)];
        string expected = string.Join(' ', _model[key].Select(entry => Show(entry.IsNull, entry.IsMarker)));
        string actual = string.Join(' ', found.Select(version => Show(version.Id.IsNull, version.IsDeleteMarker)));
        Assert.True(expected == actual, $"{where}, {key}: {actual} is left; expected {expected}");
    }

    private static string Show(bool isNull, bool isMarker) => (isNull ? "null" : "id") + (isMarker ? "-marker" : "");

    private sealed record Entry(long ModifiedMs, long SizeBytes, string Tags, bool IsMarker, bool IsNull);
}
