using System.Text;
using RustFs.Http1;
using RustFs.Storage;

namespace RustFs.S3.Lifecycle;

/// <summary>
/// What answers say of the rules that will delete an object or abort an upload:
/// <code>
/// x-amz-expiration: expiry-date="Fri, 21 Dec 2012 00:00:00 GMT", rule-id="tmp files"
/// x-amz-abort-date: Fri, 21 Dec 2012 00:00:00 GMT
/// x-amz-abort-rule-id: tmp files
/// </code>
/// (AWS S3 API reference, PutObject and CreateMultipartUpload). A bucket without rules costs one look.
/// </summary>
internal static class LifecycleHeaders
{
    private static ReadOnlySpan<byte> UpperHex => "0123456789ABCDEF"u8;

    /// <summary>Of a GET or HEAD, unless it names a version: a version is not what expires.</summary>
    public static void WriteExpiration(S3Request request, ObjectRecord record)
    {
        if (LifecycleConfiguration.RulesOf(request.Bucket) is { } rules && !(request.Query.Count > 0 && request.Query.Has("versionId"u8)))
            WriteExpiration(request, rules, record.SizeBytes, record.LastModifiedMs, record.Fields);
    }

    /// <summary>Of a write that made the current object.</summary>
    public static void WriteExpiration(S3Request request, in WriteResult result, long sizeBytes, StoredFields fields)
    {
        if (LifecycleConfiguration.RulesOf(request.Bucket) is { } rules)
            WriteExpiration(request, rules, sizeBytes, result.LastModifiedMs, fields);
    }

    public static void WriteAbort(S3Request request, long initiatedMs)
    {
        if (LifecycleConfiguration.RulesOf(request.Bucket) is not { } rules
            || rules.FindAbort(request.Key.Span, initiatedMs, out long abortMs) is not { } rule)
            return;
        request.Response.DateHeader("x-amz-abort-date"u8, abortMs);
        request.Response.Header("x-amz-abort-rule-id"u8, Encode(rule.Id));
    }

    private static void WriteExpiration(S3Request request, LifecycleRules rules, long sizeBytes, long modifiedMs, StoredFields fields)
    {
        if (rules.FindExpiry(request.Key.Span, sizeBytes, modifiedMs, fields, out long expiryMs) is not { } rule)
            return;
        Span<byte> date = stackalloc byte[HttpDate.LengthBytes];
        HttpDate.Write(DateTimeOffset.FromUnixTimeMilliseconds(expiryMs), date);
        byte[] value = [.. "expiry-date=\""u8, .. date, .. "\", rule-id=\""u8, .. Encode(rule.Id), (byte)'"'];
        // A head that is full of the object's own fields goes without: those came first.
        request.Response.HeaderIfRoom("x-amz-expiration"u8, value);
    }

    /// <summary>The id as it is, as AWS gives it, but for what would end a quoted string or is no text of a header.</summary>
    private static byte[] Encode(string id)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(id);
        if (!utf8.AsSpan().ContainsAnyExceptInRange((byte)' ', (byte)'~') && !utf8.AsSpan().ContainsAny("\"\\%"u8))
            return utf8;
        var encoded = new List<byte>(utf8.Length * 3);
        foreach (byte value in utf8)
        {
            if (value is >= (byte)' ' and <= (byte)'~' and not ((byte)'"' or (byte)'\\' or (byte)'%'))
                encoded.Add(value);
            else
                encoded.AddRange((byte)'%', UpperHex[value >> 4], UpperHex[value & 15]);
        }

        return [.. encoded];
    }
}
