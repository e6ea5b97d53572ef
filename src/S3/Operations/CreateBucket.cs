using System.Text;
using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>PUT /bucket : creates a bucket, in any region the client names.</summary>
internal static class CreateBucket
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "CreateBucket",
        Method = RequestMethod.Put,
        Target = TargetKind.Bucket,
        Permission = "s3:CreateBucket",
        Body = BodyRule.Xml,
        BodyLimitBytes = S3Limits.SmallXmlBytes,
        SuccessStatus = 200,
        CreatesBucket = true,
        Handler = RunAsync,
    };

    private static readonly S3Error InvalidLocationConstraint = new("InvalidLocationConstraint", 400,
        "The specified location-constraint is not valid: a region has at most 64 letters, digits, dots, hyphens and underscores.");

    private static readonly S3Error InvalidObjectLock = S3Errors.InvalidArgument with
    {
        Message = "x-amz-bucket-object-lock-enabled must be true or false.",
        Details = [("ArgumentName", "x-amz-bucket-object-lock-enabled")],
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        if (!BucketName.IsValid(request.Target.Bucket))
            return S3Errors.InvalidBucketName;
        bool hasObjectLock = false;
        S3Error? error = RefusedHeaders.Check(request) ?? ReadObjectLock(request.Head, out hasObjectLock);
        if (error is not null)
            return error;

        using XmlRequest received = await XmlRequest.ReceiveAsync(request).ConfigureAwait(false);
        if (received.Error is not null)
            return received.Error;
        error = ReadRegion(received.Document, out string region);
        if (error is not null)
            return error;

        string name = Encoding.ASCII.GetString(request.Target.Bucket);
        StoreStatus status = await request.Store.CreateBucketAsync(name, region, hasObjectLock).ConfigureAwait(false);
        if (status != StoreStatus.Ok)
            return StoreErrors.Of(status);
        request.Response.Begin(200);
        request.Response.Header("Location"u8, Encoding.ASCII.GetBytes("/" + name));
        await request.Response.SendHeadAsync(0).ConfigureAwait(false);
        return null;
    }

    private static S3Error? ReadObjectLock(RequestHead head, out bool isEnabled)
    {
        isEnabled = false;
        if (!head.TryGet("x-amz-bucket-object-lock-enabled"u8, out ReadOnlySpan<byte> text))
            return null;
        isEnabled = Ascii.EqualsIgnoreCase(text, "true"u8);
        return isEnabled || Ascii.EqualsIgnoreCase(text, "false"u8) ? null : InvalidObjectLock;
    }

    /// <summary>
    /// CreateBucketConfiguration = [ LocationConstraint ]; no body at all is us-east-1 (AWS S3 API reference, CreateBucket).
    /// </summary>
    internal static S3Error? ReadRegion(ReadOnlyMemory<byte> document, out string region)
    {
        region = "";
        if (document.IsEmpty)
            return null;
        using var xml = new XmlElementReader(document);
        if (!xml.EnterRoot("CreateBucketConfiguration"))
            return S3Errors.MalformedXml;
        string? unsupported = null;
        string? constraint = null;
        while (xml.NextChild())
        {
            if (xml.Name == "LocationConstraint")
            {
                // Twice, it would be one region to us and another to who reads the first.
                if (constraint is not null)
                    return S3Errors.MalformedXml;
                constraint = xml.Text().Trim();
            }
            else if (xml.Name is "Location" or "Bucket" or "Tags")
            {
                unsupported = xml.Name;
            }
        }

        if (!xml.AtEnd())
            return S3Errors.MalformedXml;
        if (unsupported is not null)
        {
            return S3Errors.NotImplemented with
            {
                Message = $"The server does not implement the element {unsupported} of CreateBucketConfiguration.",
            };
        }

        region = constraint ?? "";
        return BucketRegion.IsValid(region) ? null : InvalidLocationConstraint;
    }
}
