using RustFs.Http1;
using RustFs.S3.Encryption;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>GET /bucket?encryption : the default encryption; AWS gives every bucket one, this server those that were given one.</summary>
internal static class GetBucketEncryption
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "GetBucketEncryption",
        Method = RequestMethod.Get,
        Target = TargetKind.Bucket,
        SubResource = "encryption",
        Permission = "s3:GetEncryptionConfiguration",
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static readonly S3Error NotConfigured = new("ServerSideEncryptionConfigurationNotFoundError", 404,
        "The server side encryption configuration was not found.");

    private static ValueTask<S3Error?> RunAsync(S3Request request)
    {
        ReadOnlyMemory<byte> stored = request.Bucket.Configurations[BucketConfigurationKind.Encryption];
        return stored.IsEmpty
            ? ValueTask.FromResult<S3Error?>(NotConfigured)
            : XmlResponse.AnswerAsync(request, EncryptionDocument.Write(DefaultEncryption.Decode(stored.Span)));
    }
}
