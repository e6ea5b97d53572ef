using RustFs.Http1;
using RustFs.S3.Encryption;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>PUT /bucket?encryption : how new objects are encrypted when their request does not say.</summary>
internal static class PutBucketEncryption
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "PutBucketEncryption",
        Method = RequestMethod.Put,
        Target = TargetKind.Bucket,
        SubResource = "encryption",
        Permission = "s3:PutEncryptionConfiguration",
        Body = BodyRule.Xml,
        BodyLimitBytes = S3Limits.SmallXmlBytes,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        using XmlRequest received = await XmlRequest.ReceiveAsync(request).ConfigureAwait(false);
        if (received.Error is not null)
            return received.Error;
        // A default that no object could be encrypted by is refused here, not at each upload.
        S3Error? error = EncryptionDocument.Read(received.Document, out DefaultEncryption encryption)
            ?? encryption.Resolve(request.Service.Keys, out _);
        if (error is not null)
            return error;
        return await BucketConfigurationChange
            .SendAsync(request, BucketConfigurationKind.Encryption, encryption.Encode()).ConfigureAwait(false);
    }
}
