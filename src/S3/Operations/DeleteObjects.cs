using System.Text;
using RustFs.Http1;
using RustFs.S3.Locks;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>
/// POST /bucket?delete : removes up to a thousand keys or versions; each has its own outcome, and one that does not exist is a success.
/// </summary>
internal static class DeleteObjects
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "DeleteObjects",
        Method = RequestMethod.Post,
        Target = TargetKind.Bucket,
        SubResource = "delete",
        Permission = "s3:DeleteObject",
        Body = BodyRule.Xml,
        BodyLimitBytes = S3Limits.DeleteObjectsXmlBytes,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        using XmlRequest received = await XmlRequest.ReceivePromisedAsync(request).ConfigureAwait(false);
        if (received.Error is not null)
            return received.Error;
        if (received.Document.IsEmpty)
            return S3Errors.MissingRequestBody;
        List<Entry>? entries = Read(received.Document, out bool isQuiet);
        if (entries is null)
            return S3Errors.MalformedXml;

        bool bypassesGovernance = LockHeaders.BypassesGovernance(request);
        // All are begun before any is awaited, so that they share commit groups and their syncs.
        var deletions = new Task<WriteResult>?[entries.Count];
        for (int i = 0; i < deletions.Length; i++)
        {
            if (entries[i].Refusal is null)
            {
                (byte[] key, VersionId? id, IWritePrecondition? condition) = (entries[i].Key, entries[i].Id, entries[i].Condition);
                deletions[i] = request.Store.DeleteObjectAsync(request.Bucket, key, id, condition, bypassesGovernance).AsTask();
            }
        }

        var results = new WriteResult[entries.Count];
        var outcomes = new S3Error?[entries.Count];
        for (int i = 0; i < deletions.Length; i++)
        {
            if (deletions[i] is { } deletion)
                results[i] = await deletion.ConfigureAwait(false);
            outcomes[i] = entries[i].Refusal ?? StoreErrors.Of(results[i].Status);
        }

        return await XmlResponse.AnswerAsync(request, Write(entries, results, outcomes, isQuiet)).ConfigureAwait(false);
    }

    /// <summary>
    /// Delete = 1*1000( Object ) [ Quiet ], in any order; Object = Key [ VersionId ] [ ETag ] [ LastModifiedTime ] [ Size ] (AWS S3 API
    /// reference, DeleteObjects). An element that stands twice is refused: another reader of the document, a proxy or an audit, may have
    /// taken the other one.
    /// </summary>
    internal static List<Entry>? Read(ReadOnlyMemory<byte> document, out bool isQuiet)
    {
        isQuiet = false;
        bool hasQuiet = false;
        var entries = new List<Entry>();
        using var xml = new XmlElementReader(document);
        if (!xml.EnterRoot("Delete"))
            return null;
        while (xml.NextChild())
        {
            if (xml.Name == "Quiet")
            {
                if (hasQuiet)
                    return null;
                hasQuiet = true;
                isQuiet = xml.Text().Trim() is "true" or "1";
            }
            else if (xml.Name == "Object")
            {
                if (entries.Count == S3Limits.PageKeys || ReadEntry(xml) is not { } entry)
                    return null;
                entries.Add(entry);
            }
        }

        return xml.AtEnd() && entries.Count > 0 ? entries : null;
    }

    private static Entry? ReadEntry(XmlElementReader xml)
    {
        byte[]? key = null;
        string? version = null;
        string? tag = null, time = null, size = null;
        xml.Enter();
        while (xml.NextChild())
        {
            switch (xml.Name)
            {
                case "Key" when key is not null:
                case "VersionId" when version is not null:
                case "ETag" when tag is not null:
                case "LastModifiedTime" when time is not null:
                case "Size" when size is not null:
                    return null;
                case "Key":
                    key = xml.Utf8Text();
                    break;
                case "VersionId":
                    version = xml.Text();
                    break;
                case "ETag":
                    tag = xml.Text();
                    break;
                case "LastModifiedTime":
                    time = xml.Text().Trim();
                    break;
                case "Size":
                    size = xml.Text().Trim();
                    break;
            }
        }

        if (xml.Failed || key is null || key.Length == 0)
            return null;
        S3Error? refusal = DeleteCondition.Read(tag, time, size, out IWritePrecondition? condition);
        VersionId? id = null;
        // An empty element is what some clients send for none.
        if (!string.IsNullOrEmpty(version) && VersionParameter.Read(Encoding.UTF8.GetBytes(version), out id) is not null)
            refusal = S3Errors.NoSuchVersion;
        if (key.Length > S3Limits.KeyBytes)
            refusal = S3Errors.KeyTooLong;
        return new Entry(key, version ?? "", id, condition, refusal);
    }

    private static XmlBody Write(List<Entry> entries, WriteResult[] results, S3Error?[] outcomes, bool isQuiet)
    {
        var body = new XmlBody();
        body.OpenRoot("DeleteResult"u8);
        for (int i = 0; i < outcomes.Length; i++)
        {
            if (outcomes[i] is not { } error)
            {
                if (!isQuiet)
                    WriteOutcome(body, "Deleted"u8, entries[i], results[i], null);
                continue;
            }

            WriteOutcome(body, "Error"u8, entries[i], results[i], error);
        }

        body.Close("DeleteResult"u8);
        return body;
    }

    private static void WriteOutcome(
        XmlBody body, ReadOnlySpan<byte> elementName, Entry entry, in WriteResult result, S3Error? error)
    {
        body.Open(elementName);
        body.Element("Key"u8, entry.Key);
        if (entry.Version.Length > 0)
            body.Element("VersionId"u8, entry.Version);
        if (error is not null)
        {
            body.Element("Code"u8, error.Code);
            body.Element("Message"u8, error.Message);
        }
        else if (result.IsDeleteMarker)
        {
            // The one that was put on top of a key, or the one that was deleted by its id.
            body.Element("DeleteMarker"u8, true);
            body.Element("DeleteMarkerVersionId"u8, result.Version.ToString());
        }

        body.Close(elementName);
    }

    /// <param name="Version">As the request has it; empty when it names none.</param>
    /// <param name="Id">What that says; null for the key itself.</param>
    /// <param name="Refusal">Why the key is not even tried; null when it is.</param>
    internal sealed record Entry(byte[] Key, string Version, VersionId? Id, IWritePrecondition? Condition, S3Error? Refusal);
}
