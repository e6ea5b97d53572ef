using System.Text;
using RustFs.S3.Tagging;
using RustFs.S3.Xml;

namespace RustFs.S3.Lifecycle;

/// <summary>
/// The document of the lifecycle operations: <c>LifecycleConfiguration = 1*1000Rule</c> (AWS S3 API reference,
/// PutBucketLifecycleConfiguration).
/// </summary>
internal static class LifecycleDocument
{
    /// <summary>AWS.</summary>
    private const int MaxRules = 1000;

    public static S3Error? Read(ReadOnlyMemory<byte> document, out List<LifecycleRule> rules)
    {
        rules = [];
        if (document.IsEmpty)
            return S3Errors.MissingRequestBody;
        using var xml = new XmlElementReader(document);
        if (!xml.EnterRoot("LifecycleConfiguration"))
            return S3Errors.MalformedXml;
        while (xml.NextChild())
        {
            if (xml.Name != "Rule")
                return S3Errors.MalformedXml;
            if (rules.Count == MaxRules)
                return LifecycleErrors.TooManyRules;
            S3Error? error = LifecycleRuleReader.Read(xml, out LifecycleRule? rule);
            if (error is not null)
                return error;
            rules.Add(rule!.Id.Length > 0 ? rule : rule with { Id = CreateId() });
        }

        if (!xml.AtEnd())
            return S3Errors.MalformedXml;
        return rules.Count == 0 ? LifecycleErrors.NoRule : Check(rules);
    }

    /// <summary>Gives the rules back as they came: each in its order, with filters in the form that they had.</summary>
    public static XmlBody Write(IReadOnlyList<LifecycleRule> rules)
    {
        var body = new XmlBody();
        body.OpenRoot("LifecycleConfiguration"u8);
        foreach (LifecycleRule rule in rules)
        {
            body.Open("Rule"u8);
            body.Element("ID"u8, rule.Id);
            WriteFilter(body, rule.Filter);
            body.Element("Status"u8, rule.IsEnabled ? "Enabled"u8 : "Disabled"u8);
            WriteActions(body, rule);
            body.Close("Rule"u8);
        }

        body.Close("LifecycleConfiguration"u8);
        return body;
    }

    /// <summary>What the rules must be to each other.</summary>
    private static S3Error? Check(List<LifecycleRule> rules)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        FilterForm firstForm = rules[0].Filter.Form;
        foreach (LifecycleRule rule in rules)
        {
            if (!ids.Add(rule.Id))
                return LifecycleErrors.SameId;
            if (rule.Filter.Form == FilterForm.RulePrefix != (firstForm == FilterForm.RulePrefix))
                return firstForm == FilterForm.RulePrefix ? LifecycleErrors.FilterAmongPrefixes : LifecycleErrors.PrefixAmongFilters;
        }

        return firstForm != FilterForm.RulePrefix
            ? null
            : CheckOverlap(rules, "Expiration", rule => rule.HasExpiration || rule.ExpiredObjectDeleteMarker is not null)
                ?? CheckOverlap(rules, "NoncurrentVersionExpiration", rule => rule.NoncurrentDays is not null)
                ?? CheckOverlap(rules, "AbortIncompleteMultipartUpload", rule => rule.AbortDays is not null);
    }

    /// <summary>
    /// Rules of the API's first version must not have the same action for the same key; those of the second may, and the earliest wins.
    /// </summary>
    private static S3Error? CheckOverlap(List<LifecycleRule> rules, string action, Func<LifecycleRule, bool> hasAction)
    {
        List<byte[]> prefixes = [.. rules.Where(hasAction).Select(rule => rule.Filter.Prefix!)];
        // In order, what begins with a prefix follows it directly.
        prefixes.Sort((left, right) => left.AsSpan().SequenceCompareTo(right));
        for (int i = 1; i < prefixes.Count; i++)
        {
            if (prefixes[i].AsSpan().StartsWith(prefixes[i - 1]))
                return LifecycleErrors.Overlap(Encoding.UTF8.GetString(prefixes[i - 1]), Encoding.UTF8.GetString(prefixes[i]), action);
        }

        return null;
    }

    /// <summary>AWS makes ids of the same form: base64 of a random UUID's text.</summary>
    private static string CreateId() => Convert.ToBase64String(Encoding.ASCII.GetBytes(Guid.NewGuid().ToString()));

    private static void WriteFilter(XmlBody body, LifecycleFilter filter)
    {
        if (filter.Form == FilterForm.RulePrefix)
        {
            body.Element("Prefix"u8, filter.Prefix);
            return;
        }

        body.Open("Filter"u8);
        if (filter.Form == FilterForm.And)
            body.Open("And"u8);
        if (filter.Prefix is not null)
            body.Element("Prefix"u8, filter.Prefix);
        foreach (Tag tag in filter.Tags)
            TaggingDocument.WriteTag(body, tag);
        if (filter.LargerThanBytes is { } larger)
            body.Element("ObjectSizeGreaterThan"u8, larger);
        if (filter.SmallerThanBytes is { } smaller)
            body.Element("ObjectSizeLessThan"u8, smaller);
        if (filter.Form == FilterForm.And)
            body.Close("And"u8);
        body.Close("Filter"u8);
    }

    private static void WriteActions(XmlBody body, LifecycleRule rule)
    {
        if (rule.HasExpiration || rule.ExpiredObjectDeleteMarker is not null)
        {
            body.Open("Expiration"u8);
            if (rule.ExpirationDays is { } days)
                body.Element("Days"u8, days);
            else if (rule.ExpirationDateMs is { } dateMs)
                body.TimeElement("Date"u8, dateMs);
            else
                body.Element("ExpiredObjectDeleteMarker"u8, rule.ExpiredObjectDeleteMarker!.Value);
            body.Close("Expiration"u8);
        }

        if (rule.NoncurrentDays is { } noncurrentDays)
        {
            body.Open("NoncurrentVersionExpiration"u8);
            body.Element("NoncurrentDays"u8, noncurrentDays);
            if (rule.NewerNoncurrentVersions is { } versions)
                body.Element("NewerNoncurrentVersions"u8, versions);
            body.Close("NoncurrentVersionExpiration"u8);
        }

        if (rule.AbortDays is { } abortDays)
        {
            body.Open("AbortIncompleteMultipartUpload"u8);
            body.Element("DaysAfterInitiation"u8, abortDays);
            body.Close("AbortIncompleteMultipartUpload"u8);
        }
    }
}
