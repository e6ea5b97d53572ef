using System.Globalization;
using System.Runtime.CompilerServices;
using RustFs.Http1;
using RustFs.S3.Encryption;
using RustFs.S3.Locks;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>
/// PutObject with x-amz-write-offset-bytes: appends the body to the object. AWS has it in directory buckets. The offset is decided at
/// commit; what can be refused before is refused before the body is read.
/// </summary>
internal static class AppendObject
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "AppendObject",
        Method = RequestMethod.Put,
        Target = TargetKind.Object,
        RequiredHeader = KnownHeader.AmzWriteOffsetBytes,
        Permission = "s3:PutObject",
        Body = BodyRule.Object,
        Reads = IndexReads.Key,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static readonly S3Error BadOffset = S3Errors.InvalidArgument with
    {
        Message = "x-amz-write-offset-bytes must be the size of the object in bytes, or 0 for a new one.",
        Details = [("ArgumentName", "x-amz-write-offset-bytes")],
    };

    private static readonly S3Error EmptyBody = S3Errors.InvalidRequest with
    {
        Message = "Request body cannot be empty when 'write offset' is specified.",
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        using BodyReceiver receiver = BodyReceiver.Rent();
        WriteCondition? condition = WriteCondition.Of(request.Head);
        S3Error? error = Prepare(request, receiver, condition, out ObjectAppend? append, out StoredFields fields);
        if (error is not null)
            return error;
        error = await receiver.ReceiveAsync(request).ConfigureAwait(false);
        if (error is not null)
            return error;
        ObjectAttributes attributes = receiver.AttributesWith(fields);
        WriteResult result = await request.Store
            .AppendObjectAsync(request.Bucket, request.Key, receiver.Writer, append!, attributes, condition).ConfigureAwait(false);
        return result.Status == StoreStatus.Ok
            ? await AnswerAsync(request, result, append!, attributes.SizeBytes ?? receiver.Writer.LengthBytes).ConfigureAwait(false)
            : StoreErrors.Of(result.Status);
    }

    private static S3Error? Prepare(
        S3Request request, BodyReceiver receiver, WriteCondition? condition, out ObjectAppend? append, out StoredFields fields)
    {
        (append, fields) = (null, default);
        long offsetBytes = 0;
        S3Error? error = RefusedHeaders.Check(request, takesWriteOffset: true);
        error ??= ReadOffset(request, out offsetBytes);
        if (error is not null)
            return error;
        StoreStatus status = request.Store.TryGetObject(request.Bucket, request.Key.Span, out ObjectRecord? current);
        if (status is not (StoreStatus.Ok or StoreStatus.NoSuchKey))
            return StoreErrors.Of(status);
        // What the object has a checksum of, it must have of what is appended, named or not.
        error = receiver.Prepare(request, current?.Checksum.Kind ?? default) ?? condition?.CheckEarly(request);
        if (error is not null)
            return error;
        if (request.Body.LengthBytes == 0)
            return EmptyBody;
        if (offsetBytes > S3Limits.ObjectBytes - request.Body.LengthBytes)
            return S3Errors.EntityTooLarge with { Message = "The object would be larger than 50 TiB, the most for an object." };
        error = ObjectHeaders.Encode(request, receiver.FieldsRoom, out int fieldsLength);
        error ??= current is null ? receiver.PrepareEncryption(request, ref fieldsLength) : OpenEncryption(request, receiver, current);
        fields = new StoredFields(receiver.FieldsRoom.AsMemory(0, fieldsLength));
        error ??= LockHeaders.CheckDigest(request, fields, "Put Object");
        if (error is not null)
            return error;
        (current?.Fields ?? fields).TryGet(StoredFieldId.Encryption, out ReadOnlySpan<byte> encryption);
        append = new ObjectAppend
        {
            OffsetBytes = offsetBytes,
            BringsMetadata = BringsMetadata(fields),
            Encryption = encryption.ToArray(),
        };
        return StoreErrors.Of(append.Check(current, receiver.RequestedKind));
    }

    private static S3Error? ReadOffset(S3Request request, out long offsetBytes)
    {
        ReadOnlySpan<byte> text = request.Header(KnownHeader.AmzWriteOffsetBytes);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out offsetBytes) ? null : BadOffset;
    }

    /// <summary>
    /// What is appended is a further stretch of the object, under its data key: how it is encrypted was decided when it was created.
    /// </summary>
    private static S3Error? OpenEncryption(S3Request request, BodyReceiver receiver, ObjectRecord current)
    {
        S3Error? error = RequestedEncryption.Read(request, out RequestedEncryption? requested);
        if (error is not null)
            return error;
        using (requested)
        {
            bool isEncrypted = ObjectEncryption.TryRead(current.Fields, out ObjectEncryption encryption);
            if (requested is { IsNamed: true } && (!isEncrypted || requested.Scheme != encryption.Scheme))
                return EncryptionErrors.AppendKeepsEncryption;
            int number = current.SizeBytes == 0 ? Stretch.OnlyNumber
                : current.PartCount == 0 ? Stretch.OnlyNumber + 1
                : current.Part(current.PartCount - 1).PartNumber + 1;
            error = BodyEncryption.Open(request, current.Fields, requested?.CustomerKey, number, out BodyEncryption? opened);
            receiver.Encryption = opened;
            return error;
        }
    }

    /// <summary>
    /// Content headers are not meant: SDKs send a type with every body. Neither are locks, which are of the version that is made, nor
    /// encryption.
    /// </summary>
    private static bool BringsMetadata(StoredFields fields)
    {
        foreach (StoredField field in fields)
        {
            if (field.Id > StoredFieldId.Expires && field.Id != StoredFieldId.Encryption && !ObjectLock.IsPartOf(field.Id))
                return true;
        }

        return false;
    }

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private static async ValueTask<S3Error?> AnswerAsync(S3Request request, WriteResult result, ObjectAppend append, long lengthBytes)
    {
        S3Response response = request.Response;
        response.Begin(200);
        response.ETagHeader(result.ETag);
        ObjectVersion.WriteHeader(response, result);
        ObjectFields.WriteChecksum(response, append.Checksum, result.ETag.PartCount);
        EncryptionHeaders.Write(request, append.Encryption);
        response.Header("x-amz-object-size"u8, append.OffsetBytes + lengthBytes);
        await response.SendHeadAsync(0).ConfigureAwait(false);
        return null;
    }
}
