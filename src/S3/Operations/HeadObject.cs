using System.Runtime.CompilerServices;
using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.S3.Routing;

namespace RustFs.S3.Operations;

/// <summary>HeadObject: the head that GetObject would give, without reading the object.</summary>
internal static class HeadObject
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "HeadObject",
        Method = RequestMethod.Head,
        Target = TargetKind.Object,
        Permission = "s3:GetObject",
        Reads = IndexReads.Key,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        S3Error? error = ObjectRead.Find(request, out ObjectRead read) ?? read.BeginResponse(request);
        read.Key?.Dispose();
        if (error is not null)
            return error;
        await request.Response.SendHeadAsync(read.LengthBytes).ConfigureAwait(false);
        return null;
    }
}
