using System.Text;
using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>
/// POST /bucket?delete : removes up to a thousand keys; each has its own outcome, and one that does not exist is a success.
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

    private static readonly S3Error NoDigest = S3Errors.InvalidRequest with
    {
        Message = "Missing required header for this request: Content-MD5 (or an x-amz-checksum-* header of the body).",
    };

    private static readonly S3Error NoSuchVersion = new("NoSuchVersion", 404,
        "The version does not exist: the bucket was never versioned, so its objects only have the version null.");

    private static readonly S3Error UnsupportedCondition = S3Errors.NotImplemented with
    {
        Message = "The conditions LastModifiedTime and Size are not implemented; use ETag. The object was not deleted.",
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        if (!XmlDigests.ArePromised(request.Head))
            return NoDigest;
        using XmlRequest received = await XmlRequest.ReceiveAsync(request).ConfigureAwait(false);
        if (received.Error is not null)
            return received.Error;
        if (received.Document.IsEmpty)
            return S3Errors.MissingRequestBody;
        List<Entry>? entries = Read(received.Document, out bool isQuiet);
        if (entries is null)
            return S3Errors.MalformedXml;

        // All are begun before any is awaited, so that they share commit groups and their syncs.
        var deletions = new Task<WriteResult>?[entries.Count];
        for (int i = 0; i < deletions.Length; i++)
        {
            if (entries[i].Refusal is null)
                deletions[i] = request.Store.DeleteObjectAsync(request.Bucket, entries[i].Key, null, entries[i].Condition).AsTask();
        }

        var outcomes = new S3Error?[entries.Count];
        for (int i = 0; i < deletions.Length; i++)
        {
            outcomes[i] = deletions[i] is { } deletion
                ? StoreErrors.Of((await deletion.ConfigureAwait(false)).Status)
                : entries[i].Refusal;
        }

        return await XmlResponse.AnswerAsync(request, Write(entries, outcomes, isQuiet)).ConfigureAwait(false);
    }

    /// <summary>
    /// Delete = 1*1000( Object ) [ Quiet ], in any order; Object = Key [ VersionId ] [ ETag ] (AWS S3 API reference, DeleteObjects). An
    /// element that stands twice is refused: another reader of the document, a proxy or an audit, may have taken the other one.
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
        S3Error? refusal = null;
        IWritePrecondition? condition = null;
        xml.Enter();
        while (xml.NextChild())
        {
            switch (xml.Name)
            {
                case "Key" when key is not null:
                case "VersionId" when version is not null:
                case "ETag" when condition is not null:
                    return null;
                case "Key":
                    key = xml.Utf8Text();
                    break;
                case "VersionId":
                    version = xml.Text();
                    break;
                case "ETag":
                    condition = new IfETagMatches(xml.Text());
                    break;
                case "LastModifiedTime" or "Size":
                    refusal = UnsupportedCondition;
                    break;
            }
        }

        if (xml.Failed || key is null || key.Length == 0)
            return null;
        if (version is not (null or "" or "null"))
            refusal = NoSuchVersion;
        if (key.Length > S3Limits.KeyBytes)
            refusal = S3Errors.KeyTooLong;
        return new Entry(key, version ?? "", condition, refusal);
    }

    private static XmlBody Write(List<Entry> entries, S3Error?[] outcomes, bool isQuiet)
    {
        var body = new XmlBody();
        body.OpenRoot("DeleteResult"u8);
        for (int i = 0; i < outcomes.Length; i++)
        {
            if (outcomes[i] is not { } error)
            {
                if (!isQuiet)
                    WriteOutcome(body, "Deleted"u8, entries[i], null);
                continue;
            }

            WriteOutcome(body, "Error"u8, entries[i], error);
        }

        body.Close("DeleteResult"u8);
        return body;
    }

    private static void WriteOutcome(XmlBody body, ReadOnlySpan<byte> elementName, Entry entry, S3Error? error)
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

        body.Close(elementName);
    }

    /// <param name="Refusal">Why the key is not even tried; null when it is.</param>
    internal sealed record Entry(byte[] Key, string Version, IWritePrecondition? Condition, S3Error? Refusal);

    /// <summary>The ETag of an entry: the object must have it, and must exist ("*" asks for no more).</summary>
    private sealed class IfETagMatches(string tag) : IWritePrecondition
    {
        private readonly byte[] _tag = Encoding.UTF8.GetBytes(tag);

        public StoreStatus Check(ObjectRecord? current)
        {
            if (current is null)
                return StoreStatus.NoSuchKey;
            return EntityTags.ListMatches(_tag, current.ETag, isWeak: false) ? StoreStatus.Ok : StoreStatus.PreconditionFailed;
        }
    }
}
