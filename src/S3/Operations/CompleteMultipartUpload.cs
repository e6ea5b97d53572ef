using RustFs.Http1;
using RustFs.S3.Encryption;
using RustFs.S3.Lifecycle;
using RustFs.S3.Multipart;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>
/// POST /bucket/key?uploadId= : makes the object from its parts. No byte moves, so that the answer comes at once and needs none of the
/// white space with which AWS keeps long completions alive.
/// </summary>
internal static class CompleteMultipartUpload
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "CompleteMultipartUpload",
        Method = RequestMethod.Post,
        Target = TargetKind.Object,
        SubResource = "uploadId",
        Permission = "s3:PutObject",
        Body = BodyRule.Xml,
        BodyLimitBytes = S3Limits.CompleteUploadXmlBytes,
        Reads = IndexReads.KeyWhenConditional,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    // Each attempt fails only when a part arrived since the parts were read; a client that completes while it uploads so many is told so.
    private const int Attempts = 16;

    private static readonly S3Error OperationAborted = new("OperationAborted", 409,
        "Parts of the upload keep changing while it is completed. Finish uploading them, then try again.");

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        using XmlRequest received = await XmlRequest.ReceiveAsync(request, checksumsAreOfObject: true).ConfigureAwait(false);
        if (received.Error is not null)
            return received.Error;
        if (received.Document.IsEmpty)
            return S3Errors.MissingRequestBody;
        S3Error? error = ObjectExpectation.Read(request, out ObjectExpectation expected);
        if (error is not null)
            return error;
        error = PartList.Read(received.Document, out List<ListedPart> listed);
        if (error is not null)
            return error;
        return await CompleteAsync(request, listed, expected).ConfigureAwait(false);
    }

    private static async ValueTask<S3Error?> CompleteAsync(S3Request request, List<ListedPart> listed, ObjectExpectation expected)
    {
        WriteCondition? condition = WriteCondition.Of(request.Head);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            S3Error? error = UploadRequest.Find(request, out UploadRecord? upload);
            if (upload is null)
                return await AnswerRepeatedAsync(request, listed, error).ConfigureAwait(false);

            error = Resolve(request, upload, listed, expected, out List<PartRecord> chosen, out ObjectChecksum checksum);
            if (error == S3Errors.NoSuchUpload)
                continue;
            if (error is not null)
                return error;

            var attributes = new ObjectAttributes { ETag = CompletedObject.ETagOf(listed), Checksum = checksum, Fields = upload.Fields };
            WriteResult result = await request.Store.CompleteUploadAsync(upload, chosen, attributes, condition).ConfigureAwait(false);
            if (result.Status is StoreStatus.Changed or StoreStatus.NoSuchUpload)
                continue;
            if (result.Status != StoreStatus.Ok)
                return StoreErrors.Of(result.Status);
            XmlResponse.Begin(request);
            LifecycleHeaders.WriteExpiration(request, result, chosen.Sum(part => part.SizeBytes), upload.Fields);
            return await AnswerAsync(request, result.ETag, checksum, result.Version, upload.Fields).ConfigureAwait(false);
        }

        return OperationAborted;
    }

    /// <summary>Finds the parts that the client lists, and the checksum that they make.</summary>
    private static S3Error? Resolve(S3Request request, UploadRecord upload, List<ListedPart> listed, ObjectExpectation expected,
        out List<PartRecord> chosen, out ObjectChecksum checksum)
    {
        chosen = [];
        checksum = default;
        var uploaded = new List<PartRecord>();
        S3Error? error = StoreErrors.Of(request.Store.ListParts(upload, 0, S3Limits.MaxPartNumber, uploaded, out _));
        if (error is not null)
            return error;
        error = UploadChecksum.CheckListed(upload, listed);
        if (error is not null)
            return error;
        error = PartSelection.Choose(listed, uploaded, out chosen, out long sizeBytes);
        return error ?? expected.Check(upload, chosen, sizeBytes, out checksum);
    }

    /// <summary>
    /// A client that lost the answer sends the request again: while the object is the one it made, the answer is the same.
    /// </summary>
    private static ValueTask<S3Error?> AnswerRepeatedAsync(S3Request request, List<ListedPart> listed, S3Error? error)
    {
        bool isDone = request.Store.TryGetObject(request.Bucket, request.Key.Span, out ObjectRecord? record) == StoreStatus.Ok
            && UploadRequest.TryReadId(request, out UploadId id) && record!.UploadId == id && record.ETag == CompletedObject.ETagOf(listed);
        if (!isDone)
            return ValueTask.FromResult(error);
        XmlResponse.Begin(request);
        LifecycleHeaders.WriteExpiration(request, record!);
        return AnswerAsync(request, record!.ETag, record.Checksum, record.VersionId, record.Fields);
    }

    /// <summary>Ends the response that was begun.</summary>
    private static ValueTask<S3Error?> AnswerAsync(
        S3Request request, ETag tag, ObjectChecksum checksum, VersionId version, StoredFields fields)
    {
        var body = new XmlBody();
        body.OpenRoot("CompleteMultipartUploadResult"u8);
        body.Open("Location"u8);
        body.Raw(request.IsSecure ? "https://"u8 : "http://"u8);
        body.Text(request.Header(KnownHeader.Host));
        body.Text(request.Head.Path);
        body.Close("Location"u8);
        body.Element("Bucket"u8, request.Bucket.Name);
        body.Element("Key"u8, request.Key.Span);
        body.ETagElement(tag);
        ChecksumElements.WriteDigest(body, checksum, tag.PartCount);
        if (checksum.Kind != Checksums.ChecksumKind.None)
            body.Element("ChecksumType"u8, ChecksumNames.TypeName(checksum.Type));
        body.Close("CompleteMultipartUploadResult"u8);
        EncryptionHeaders.Write(request, fields);
        if (version != default)
            request.Response.VersionHeader("x-amz-version-id"u8, version);
        return XmlResponse.SendAsync(request, body);
    }
}
