using RustFs.Http1;
using RustFs.S3.Routing;

namespace RustFs.S3.Operations;

internal static class ListBuckets
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "ListBuckets",
        Method = RequestMethod.Get,
        Target = TargetKind.Service,
        Permission = "s3:ListAllMyBuckets",
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static ValueTask<S3Error?> RunAsync(S3Request request) => throw new NotImplementedException();
}
