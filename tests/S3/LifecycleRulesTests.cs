using System.Text;
using RustFs.S3.Lifecycle;
using RustFs.S3.Tagging;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>What rules say of objects, versions, delete markers and uploads.</summary>
public sealed class LifecycleRulesTests
{
    private const long DayMs = LifecycleTime.DayMs;

    /// <summary>2012-01-15, 10:30: the example of the S3 user guide.</summary>
    private static readonly long WrittenMs = Ms("2012-01-15T10:30:00Z");

    [Theory]
    [InlineData("2012-01-15T10:30:00Z", 3, "2012-01-19T00:00:00Z")]
    [InlineData("2012-01-15T00:00:00Z", 3, "2012-01-18T00:00:00Z")]
    [InlineData("2012-01-15T00:00:00.001Z", 1, "2012-01-17T00:00:00Z")]
    [InlineData("2012-01-15T23:59:59.999Z", 1, "2012-01-17T00:00:00Z")]
    [InlineData("2024-02-28T12:00:00Z", 1, "2024-03-01T00:00:00Z")]
    [InlineData("2012-01-15T10:30:00Z", int.MaxValue, "9999-12-31T00:00:00Z")]
    public void Days_go_on_to_the_next_midnight(string from, int days, string due) =>
        Assert.Equal(Ms(due), LifecycleTime.After(Ms(from), days));

    [Fact]
    public void An_object_expires_at_midnight_and_not_before()
    {
        LifecycleRules rules = Of(Rule() with { ExpirationDays = 3 });
        long dueMs = Ms("2012-01-19T00:00:00Z");
        Assert.Equal(LifecycleVerdict.Stays, rules.OfCurrent("key"u8, 5, WrittenMs, dueMs - 1));
        Assert.Equal(LifecycleVerdict.Goes, rules.OfCurrent("key"u8, 5, WrittenMs, dueMs));
        rules = Of(Rule() with { ExpirationDateMs = dueMs });
        Assert.Equal(LifecycleVerdict.Stays, rules.OfCurrent("key"u8, 5, WrittenMs, dueMs - 1));
        Assert.Equal(LifecycleVerdict.Goes, rules.OfCurrent("key"u8, 5, dueMs, dueMs));
    }

    [Theory]
    [InlineData("logs/", null, null, "logs/a", 5, true)]
    [InlineData("logs/", null, null, "log", 5, false)]
    [InlineData(null, 5L, null, "a", 5, false)]
    [InlineData(null, 5L, null, "a", 6, true)]
    [InlineData(null, null, 5L, "a", 5, false)]
    [InlineData(null, null, 5L, "a", 4, true)]
    [InlineData("a", 3L, 6L, "ab", 4, true)]
    [InlineData("a", 3L, 6L, "b", 4, false)]
    public void Prefix_and_size_must_match(string? prefix, long? larger, long? smaller, string key, long size, bool goes)
    {
        var filter = new LifecycleFilter
        {
            Prefix = prefix is null ? null : Encoding.UTF8.GetBytes(prefix),
            LargerThanBytes = larger,
            SmallerThanBytes = smaller,
        };
        LifecycleVerdict verdict = Of(Rule() with { Filter = filter, ExpirationDays = 1 })
            .OfCurrent(Encoding.UTF8.GetBytes(key), size, WrittenMs, WrittenMs + 9 * DayMs);
        Assert.Equal(goes ? LifecycleVerdict.Goes : LifecycleVerdict.Stays, verdict);
    }

    [Fact]
    public void All_tags_of_a_filter_must_be_there()
    {
        var filter = new LifecycleFilter { Tags = [new Tag("a", "1"), new Tag("b", "2")] };
        LifecycleRules rules = Of(Rule() with { Filter = filter, ExpirationDays = 1, NoncurrentDays = 1 });
        long nowMs = WrittenMs + 9 * DayMs;
        Assert.Equal(LifecycleVerdict.GoesIfTagged, rules.OfCurrent("key"u8, 5, WrittenMs, nowMs));
        Assert.Equal(LifecycleVerdict.Stays, rules.OfCurrent("key"u8, 5, WrittenMs, WrittenMs));
        Assert.Equal(LifecycleVerdict.Goes, rules.OfCurrent("key"u8, 5, WrittenMs, nowMs, Tagged("c=3&b=2&a=1")));
        Assert.Equal(LifecycleVerdict.Goes, rules.OfNoncurrent("key"u8, 5, WrittenMs, 0, nowMs, Tagged("a=1&b=2")));
        foreach (string tags in new[] { "a=1", "a=1&b=3", "A=1&b=2", "" })
            Assert.Equal(LifecycleVerdict.Stays, rules.OfCurrent("key"u8, 5, WrittenMs, nowMs, Tagged(tags)));
        Assert.False(rules.ExpiresLoneMarker("key"u8, WrittenMs, nowMs));
    }

    [Fact]
    public void Older_versions_go_by_their_own_age_and_number()
    {
        LifecycleRules rules = Of(Rule() with { NoncurrentDays = 2, NewerNoncurrentVersions = 3 });
        long dueMs = LifecycleTime.After(WrittenMs, 2);
        Assert.Equal(LifecycleVerdict.Goes, rules.OfNoncurrent("key"u8, 5, WrittenMs, 3, dueMs));
        Assert.Equal(LifecycleVerdict.Stays, rules.OfNoncurrent("key"u8, 5, WrittenMs, 2, dueMs));
        Assert.Equal(LifecycleVerdict.Stays, rules.OfNoncurrent("key"u8, 5, WrittenMs, 3, dueMs - 1));
        Assert.Equal(LifecycleVerdict.Stays, rules.OfCurrent("key"u8, 5, WrittenMs, dueMs));
    }

    [Fact]
    public void A_lone_delete_marker_goes_at_once_or_when_it_has_expired()
    {
        Assert.True(Of(Rule() with { ExpiredObjectDeleteMarker = true }).ExpiresLoneMarker("key"u8, WrittenMs, WrittenMs));
        Assert.False(Of(Rule() with { ExpiredObjectDeleteMarker = false, NoncurrentDays = 1 })
            .ExpiresLoneMarker("key"u8, WrittenMs, WrittenMs + 9 * DayMs));
        LifecycleRules aged = Of(Rule() with { ExpirationDays = 1 });
        Assert.False(aged.ExpiresLoneMarker("key"u8, WrittenMs, WrittenMs + DayMs));
        Assert.True(aged.ExpiresLoneMarker("key"u8, WrittenMs, WrittenMs + 2 * DayMs));
    }

    [Fact]
    public void The_earliest_rule_is_told_and_of_equals_the_first()
    {
        LifecycleRules rules = Of(
            Rule("late") with { ExpirationDays = 9, AbortDays = 5 }, Rule("first") with { ExpirationDays = 7, AbortDays = 4 },
            Rule("second") with { ExpirationDays = 7, AbortDays = 4 });
        Assert.Equal("first", rules.FindExpiry("key"u8, 5, WrittenMs, default, out long expiryMs)!.Id);
        Assert.Equal(LifecycleTime.After(WrittenMs, 7), expiryMs);
        Assert.Equal("first", rules.FindAbort("key"u8, WrittenMs, out long abortMs)!.Id);
        Assert.Equal(LifecycleTime.After(WrittenMs, 4), abortMs);
        Assert.False(rules.AbortsUpload("key"u8, WrittenMs, abortMs - 1));
        Assert.True(rules.AbortsUpload("key"u8, WrittenMs, abortMs));
    }

    [Fact]
    public void No_prefix_is_walked_twice()
    {
        LifecycleRules rules = Of(Prefixed("b/c"), Prefixed("a"), Prefixed("b"), Prefixed("ab"), Prefixed("c"));
        Assert.Equal(["a", "b", "c"], rules.ObjectPrefixes.Select(Encoding.UTF8.GetString));
        Assert.Empty(rules.UploadPrefixes);
        Assert.Equal([""], Of(Prefixed("b"), Prefixed("")).ObjectPrefixes.Select(Encoding.UTF8.GetString));
    }

    /// <summary>The judge and the header agree: what goes has an expiry that is past, and what has one goes.</summary>
    [Fact]
    public void Judge_and_header_agree_on_random_rules()
    {
        var random = new Random(26);
        int gone = 0;
        for (int round = 0; round < 20_000; round++)
        {
            LifecycleRules rules = Of([.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => RandomRule(random))]);
            byte[] key = Encoding.UTF8.GetBytes(RandomText(random));
            long size = random.Next(6);
            StoredFields fields = Tagged(random.Next(2) == 0 ? "t=1" : "");
            long nowMs = WrittenMs + random.NextInt64(6 * DayMs);
            bool isTold = rules.FindExpiry(key, size, WrittenMs, fields, out long expiryMs) is not null && expiryMs <= nowMs;
            LifecycleVerdict verdict = rules.OfCurrent(key, size, WrittenMs, nowMs, fields);
            LifecycleVerdict listed = rules.OfCurrent(key, size, WrittenMs, nowMs);
            Assert.Equal(isTold, verdict == LifecycleVerdict.Goes);
            Assert.True(verdict == LifecycleVerdict.Stays || listed != LifecycleVerdict.Stays);
            Assert.True(listed != LifecycleVerdict.Goes || verdict == LifecycleVerdict.Goes);
            Assert.True(!isTold || rules.ObjectPrefixes.Any(prefix => key.AsSpan().StartsWith(prefix)));
            gone += isTold ? 1 : 0;
        }

        Assert.InRange(gone, 1000, 19_000);
    }

    private static LifecycleRule RandomRule(Random random) => Rule() with
    {
        ExpirationDays = random.Next(2) == 0 ? random.Next(1, 5) : null,
        ExpirationDateMs = WrittenMs - WrittenMs % DayMs + random.Next(1, 5) * DayMs,
        NoncurrentDays = random.Next(2) == 0 ? 1 : null,
        Filter = new LifecycleFilter
        {
            Prefix = Encoding.UTF8.GetBytes(RandomText(random)),
            LargerThanBytes = random.Next(2) == 0 ? random.Next(3) : null,
            Tags = random.Next(3) == 0 ? [new Tag("t", "1")] : [],
        },
    };

    private static string RandomText(Random random) => "aba"[..random.Next(4)];

    private static LifecycleRule Prefixed(string prefix) => Rule(prefix) with
    {
        ExpirationDays = 1,
        Filter = new LifecycleFilter { Prefix = Encoding.UTF8.GetBytes(prefix) },
    };

    private static LifecycleRule Rule(string id = "rule") => new() { Id = id, IsEnabled = true, Filter = new LifecycleFilter() };

    private static LifecycleRules Of(params LifecycleRule[] rules) => new(rules);

    private static StoredFields Tagged(string tags)
    {
        byte[] fields = new byte[100];
        var writer = new StoredFieldsWriter(fields);
        if (tags.Length > 0)
            Assert.True(writer.TryAdd(StoredFieldId.Tagging, default, Encoding.UTF8.GetBytes(tags)));
        return new StoredFields(fields.AsMemory(0, writer.WrittenBytes));
    }

    private static long Ms(string time) => DateTimeOffset.Parse(time, null).ToUnixTimeMilliseconds();
}
