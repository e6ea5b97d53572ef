using System.Globalization;
using System.Text;
using RustFs.Http1;
using RustFs.S3.Encryption;
using RustFs.S3.Lifecycle;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Objects;

/// <summary>What a GET or HEAD will give: the record and the range of its bytes, after all conditions.</summary>
internal readonly struct ObjectRead
{
    private const int MaxContentRangeBytes = 80;

    public ObjectRecord Record { get; private init; }
    public long Offset { get; private init; }
    public long LengthBytes { get; private init; }

    /// <summary>The key of an encrypted object, for <see cref="OpenReader"/>; whoever opens no reader disposes it.</summary>
    public DataKey? Key { get; private init; }

    /// <summary>Answered 206 with a Content-Range.</summary>
    private bool IsPartial { get; init; }

    /// <summary>The index of the part that was asked for by its number; −1 for none.</summary>
    private int PartIndex { get; init; }

    /// <summary>
    /// Finds the object and decides what to give of it. A 304's head is begun here, since it carries the object's fields.
    /// </summary>
    public static S3Error? Find(S3Request request, out ObjectRead read)
    {
        read = default;
        S3Error? error = ObjectVersion.Find(request, out ObjectRecord? record);
        if (error is not null)
            return error;
        return EncryptedObject.IsConcerned(request, record!) ? FindEncrypted(request, record!, out read) : Find(request, record!, out read);
    }

    /// <summary>Opens the bytes to give.</summary>
    public StoreStatus OpenReader(S3Request request, out ObjectReader? reader) =>
        EncryptedObject.OpenReader(request.Store, request.Service.Memory, Record, Key, Offset, LengthBytes, out reader);

    /// <summary>Whoever has not the key is told nothing else of the object.</summary>
    private static S3Error? FindEncrypted(S3Request request, ObjectRecord record, out ObjectRead read)
    {
        read = default;
        S3Error? error = EncryptedObject.Open(request, record, out DataKey? key) ?? Find(request, record, out read);
        if (error is null)
            read = read with { Key = key };
        else
            key?.Dispose();
        return error;
    }

    private static S3Error? Find(S3Request request, ObjectRecord record, out ObjectRead read)
    {
        read = default;
        switch (ReadConditions.OfTarget.Evaluate(request.Head, record))
        {
            case ReadConditions.Outcome.Failed:
                return S3Errors.PreconditionFailed;
            case ReadConditions.Outcome.NotModified:
                BeginNotModified(request, record);
                return S3Errors.NotModified;
        }

        if (request.Query.Count > 0 && request.Query.Has("partNumber"u8))
            return FindPart(request, record, out read);
        return FindRange(request.Head, record, out read);
    }

    /// <summary>Begins the response and writes all fields but those that end the head.</summary>
    /// <param name="isHot">The object's body is kept in memory: then its fields are rendered once.</param>
    public S3Error? BeginResponse(S3Request request, bool isHot = false)
    {
        S3Response response = request.Response;
        response.Begin(IsPartial ? 206 : 200);
        if (IsPartial)
            WriteContentRange(response);
        if (request.Query.Count == 0 && Record.Rendering is { } rendering)
        {
            response.Fields(rendering);
        }
        else
        {
            int mark = response.FieldMark;
            S3Error? error = WriteFields(request);
            if (error is not null)
                return error;
            ReadOnlySpan<byte> fieldLines = response.FieldsSince(mark);
            if (isHot && request.Query.Count == 0 && fieldLines.Length <= ObjectRecord.MaxRenderingBytes)
                Record.Rendering = fieldLines.ToArray();
        }

        if (Record.IsEncrypted)
            EncryptionHeaders.Write(request, Record.Fields);
        // Not among the lines that are kept: a bucket may get versioning, and other rules.
        ObjectVersion.WriteHeader(request, Record.VersionId);
        LifecycleHeaders.WriteExpiration(request, Record);
        if (PartIndex >= 0 && Record.PartCount > 0)
            response.Header("x-amz-mp-parts-count"u8, Record.PartCount);
        if (HoistedHeaders.TryGet(request, KnownHeader.AmzChecksumMode, "x-amz-checksum-mode"u8, out ReadOnlySpan<byte> mode))
            WriteChecksum(response, mode);
        return null;
    }

    /// <summary>What every answer without parameters says of the object.</summary>
    private S3Error? WriteFields(S3Request request)
    {
        S3Response response = request.Response;
        response.DateHeader("Last-Modified"u8, Record.LastModifiedMs);
        response.ETagHeader(Record.ETag);
        response.Header("Accept-Ranges"u8, "bytes"u8);
        return ObjectFields.Write(response, Record.Fields, request.Query);
    }

    private static S3Error? FindRange(RequestHead head, ObjectRecord record, out ObjectRead read)
    {
        long offset = 0;
        long lengthBytes = record.SizeBytes;
        bool isPartial = false;
        read = default;
        if (head.TryGet(KnownHeader.Range, out ReadOnlySpan<byte> range) && ReadConditions.RangeApplies(head, record))
        {
            switch (RangeHeader.Resolve(range, record.SizeBytes, out offset, out lengthBytes))
            {
                case RangeHeader.Result.Unsatisfiable:
                    return Unsatisfiable(S3Errors.InvalidRange, record, ("RangeRequested", Encoding.ASCII.GetString(range)));
                case RangeHeader.Result.Partial:
                    isPartial = true;
                    break;
            }
        }

        read = new ObjectRead { Record = record, Offset = offset, LengthBytes = lengthBytes, IsPartial = isPartial, PartIndex = -1 };
        return null;
    }

    private static S3Error? FindPart(S3Request request, ObjectRecord record, out ObjectRead read)
    {
        read = default;
        if (request.Head.TryGet(KnownHeader.Range, out _))
            return S3Errors.InvalidRequest with { Message = "Cannot specify both Range header and partNumber query parameter" };
        S3Error? error = PartNumbers.Read(request.Query, out int partNumber);
        if (error is not null)
            return error;
        long offset = 0;
        int index = 0;
        for (; index < record.PartCount && record.Part(index).PartNumber != partNumber; index++)
            offset += record.Part(index).SizeBytes;

        // A simple object is its own first and only part.
        bool isWhole = record.PartCount == 0 && partNumber == 1;
        if (!isWhole && index == record.PartCount)
        {
            return Unsatisfiable(PartNumbers.NotSatisfiable, record,
                ("PartNumberRequested", partNumber.ToString(CultureInfo.InvariantCulture)),
                ("ActualPartCount", Math.Max(1, record.PartCount).ToString(CultureInfo.InvariantCulture)));
        }

        long lengthBytes = isWhole ? record.SizeBytes : record.Part(index).SizeBytes;
        // Nothing has no first and last byte: an empty part is answered like a whole object.
        read = new ObjectRead
        {
            Record = record,
            Offset = offset,
            LengthBytes = lengthBytes,
            IsPartial = lengthBytes > 0,
            PartIndex = index,
        };
        return null;
    }

    /// <summary>A 416 tells the size that the range must fit: RFC 9110 §14.4.</summary>
    private static S3Error Unsatisfiable(S3Error error, ObjectRecord record, params (string Name, string Value)[] details)
    {
        string size = record.SizeBytes.ToString(CultureInfo.InvariantCulture);
        return error with { Details = [.. details, ("ActualObjectSize", size)], Fields = [("Content-Range", "bytes */" + size)] };
    }

    /// <summary>The fields that a 200 would have and that a cache needs: RFC 9110 §15.4.5.</summary>
    private static void BeginNotModified(S3Request request, ObjectRecord record)
    {
        S3Response response = request.Response;
        response.Begin(304);
        response.DateHeader("Last-Modified"u8, record.LastModifiedMs);
        response.ETagHeader(record.ETag);
        ObjectVersion.WriteHeader(request, record.VersionId);
        if (record.Fields.TryGet(StoredFieldId.CacheControl, out ReadOnlySpan<byte> cacheControl))
            response.Header("Cache-Control"u8, cacheControl);
        if (record.Fields.TryGet(StoredFieldId.Expires, out ReadOnlySpan<byte> expires))
            response.Header("Expires"u8, expires);
    }

    /// <summary>Content-Range = "bytes" SP first-pos "-" last-pos "/" complete-length (RFC 9110 §14.4).</summary>
    private void WriteContentRange(S3Response response)
    {
        Span<byte> text = stackalloc byte[MaxContentRangeBytes];
        System.Text.Unicode.Utf8.TryWrite(text, CultureInfo.InvariantCulture,
            $"bytes {Offset}-{Offset + LengthBytes - 1}/{Record.SizeBytes}", out int length);
        response.Header("Content-Range"u8, text[..length]);
    }

    /// <summary>The checksum of what is given: of the whole object or of one part. A range has none.</summary>
    private void WriteChecksum(S3Response response, ReadOnlySpan<byte> mode)
    {
        if (!Ascii.EqualsIgnoreCase(mode, "ENABLED"u8) || (IsPartial && PartIndex < 0))
            return;
        bool isPart = PartIndex >= 0 && Record.PartCount > 0;
        ObjectFields.WriteChecksum(response, isPart ? Record.Part(PartIndex).Checksum : Record.Checksum, Record.ETag.PartCount);
    }
}
