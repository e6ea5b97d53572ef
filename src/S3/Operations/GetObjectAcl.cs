using RustFs.Http1;
using RustFs.S3.Objects;
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
        Reads = IndexReads.Key,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static ValueTask<S3Error?> RunAsync(S3Request request)
    {
        S3Error? error = ObjectVersion.Find(request, out ObjectRecord? record);
        if (error is not null)
            return ValueTask.FromResult<S3Error?>(error);
        XmlResponse.Begin(request);
        ObjectVersion.WriteHeader(request, record!.VersionId);
        return XmlResponse.SendAsync(request, OwnerOnlyAcl.Write());
    }
}
