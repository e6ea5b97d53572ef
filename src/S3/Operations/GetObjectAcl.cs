using RustFs.Http1;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>GET /bucket/key?acl : the owner has full control and nobody else has any.</summary>
internal static class GetObjectAcl
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "GetObjectAcl",
        Method = RequestMethod.Get,
        Target = TargetKind.Object,
        SubResource = "acl",
        Permission = "s3:GetObjectAcl",
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static ValueTask<S3Error?> RunAsync(S3Request request)
    {
        StoreStatus status = request.Store.TryGetObject(request.Bucket, request.Key.Span, out _);
        return status == StoreStatus.Ok
            ? XmlResponse.AnswerAsync(request, OwnerOnlyAcl.Write())
            : ValueTask.FromResult(StoreErrors.Of(status));
    }
}
