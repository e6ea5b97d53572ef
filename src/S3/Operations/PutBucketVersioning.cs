using RustFs.Http1;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>PUT /bucket?versioning : enables or suspends versioning; a bucket that had it never is without it again.</summary>
internal static class PutBucketVersioning
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "PutBucketVersioning",
        Method = RequestMethod.Put,
        Target = TargetKind.Bucket,
        SubResource = "versioning",
        Permission = "s3:PutBucketVersioning",
        Body = BodyRule.Xml,
        BodyLimitBytes = S3Limits.SmallXmlBytes,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static readonly S3Error NoStatus = new("IllegalVersioningConfigurationException", 400,
        "The Versioning element must be specified: a Status of Enabled or Suspended.");

    private static readonly S3Error NoMfa = S3Errors.NotImplemented with
    {
        Message = "MFA delete is not implemented: this server knows no devices for it. Leave MfaDelete out, or Disabled.",
    };

    private static readonly S3Error HasObjectLock = S3Errors.InvalidBucketState with
    {
        Message = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        using XmlRequest received = await XmlRequest.ReceiveAsync(request).ConfigureAwait(false);
        if (received.Error is not null)
            return received.Error;
        if (received.Document.IsEmpty)
            return S3Errors.MissingRequestBody;
        S3Error? error = Read(received.Document, out BucketVersioning versioning);
        if (error is not null)
            return error;
        byte[] configuration = [(byte)versioning];
        return await BucketConfigurationChange
            .SendAsync(request, BucketConfigurationKind.Versioning, configuration, HasObjectLock).ConfigureAwait(false);
    }

    /// <summary>VersioningConfiguration = [ Status ] [ MfaDelete ] (AWS S3 API reference, PutBucketVersioning).</summary>
    internal static S3Error? Read(ReadOnlyMemory<byte> document, out BucketVersioning versioning)
    {
        versioning = BucketVersioning.Never;
        using var xml = new XmlElementReader(document);
        if (!xml.EnterRoot("VersioningConfiguration"))
            return S3Errors.MalformedXml;
        string? status = null, mfaDelete = null;
        while (xml.NextChild())
        {
            switch (xml.Name)
            {
                // Twice, it would be one state to us and another to who reads the first.
                case "Status" when status is not null:
                case "MfaDelete" when mfaDelete is not null:
                    return S3Errors.MalformedXml;
                case "Status":
                    status = xml.Text().Trim();
                    break;
                case "MfaDelete":
                    mfaDelete = xml.Text().Trim();
                    break;
            }
        }

        if (!xml.AtEnd() || mfaDelete is not (null or "Enabled" or "Disabled") || status is not (null or "Enabled" or "Suspended"))
            return S3Errors.MalformedXml;
        if (mfaDelete == "Enabled")
            return NoMfa;
        versioning = status == "Enabled" ? BucketVersioning.Enabled : BucketVersioning.Suspended;
        return status is null ? NoStatus : null;
    }
}
