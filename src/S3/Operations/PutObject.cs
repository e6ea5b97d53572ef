using System.Runtime.CompilerServices;
using RustFs.Http1;
using RustFs.S3.Encryption;
using RustFs.S3.Lifecycle;
using RustFs.S3.Locks;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>PutObject: everything that can be refused is refused before the body is read; conditions are decided again at commit.</summary>
internal static class PutObject
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "PutObject",
        Method = RequestMethod.Put,
        Target = TargetKind.Object,
        Permission = "s3:PutObject",
        Body = BodyRule.Object,
        Reads = IndexReads.KeyWhenConditional,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        using BodyReceiver receiver = BodyReceiver.Rent();
        WriteCondition? condition = WriteCondition.Of(request.Head);
        S3Error? error = RefusedHeaders.Check(request) ?? receiver.Prepare(request);
        if (error is not null)
            return error;
        error = ObjectHeaders.Encode(request, receiver.FieldsRoom, out int fieldsLength)
            ?? receiver.PrepareEncryption(request, ref fieldsLength);
        var fields = new StoredFields(receiver.FieldsRoom.AsMemory(0, fieldsLength));
        error ??= LockHeaders.CheckDigest(request, fields, "Put Object") ?? condition?.CheckEarly(request);
        if (error is not null)
            return error;
        error = await receiver.ReceiveAsync(request).ConfigureAwait(false);
        if (error is not null)
            return error;

        ObjectAttributes attributes = receiver.AttributesWith(fields);
        WriteResult result = await request.Store
            .PutObjectAsync(request.Bucket, request.Key, receiver.Writer, attributes, condition).ConfigureAwait(false);
        if (result.Status != StoreStatus.Ok)
            return StoreErrors.Of(result.Status);

        S3Response response = request.Response;
        response.Begin(200);
        response.ETagHeader(result.ETag);
        ObjectVersion.WriteHeader(response, result);
        if (receiver.Encryption is not null)
            EncryptionHeaders.Write(request, fields, showsContext: true);
        ObjectFields.WriteChecksum(response, attributes.Checksum, partCount: 0);
        LifecycleHeaders.WriteExpiration(request, result, request.Body.LengthBytes!.Value, fields);
        await response.SendHeadAsync(0).ConfigureAwait(false);
        return null;
    }
}
