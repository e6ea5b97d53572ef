using RustFs.Http1;
using RustFs.S3.Routing;

namespace RustFs.S3.Operations;

/// <summary>
/// Reads of bucket configurations that no bucket of this server has, because none can be set. AWS answers them, for a bucket that never
/// had the feature, with a 404 of its own code, which clients (s3cmd info, Terraform, the SDKs) take for "not configured"; a 501 stops
/// them.
/// </summary>
internal static class AbsentBucketConfigurations
{
    public static readonly OperationSpec GetBucketPolicy =
        Absent("GetBucketPolicy", "policy", "s3:GetBucketPolicy", "NoSuchBucketPolicy",
            "The bucket policy does not exist.");

    public static readonly OperationSpec GetBucketCors =
        Absent("GetBucketCors", "cors", "s3:GetBucketCORS", "NoSuchCORSConfiguration",
            "The CORS configuration does not exist.");

    public static readonly OperationSpec GetPublicAccessBlock =
        Absent("GetPublicAccessBlock", "publicAccessBlock", "s3:GetBucketPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found.");

    public static readonly OperationSpec GetBucketOwnershipControls =
        Absent("GetBucketOwnershipControls", "ownershipControls", "s3:GetBucketOwnershipControls", "OwnershipControlsNotFoundError",
            "The bucket ownership controls were not found.");

    public static readonly OperationSpec GetBucketWebsite =
        Absent("GetBucketWebsite", "website", "s3:GetBucketWebsite", "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration.");

    public static readonly OperationSpec GetBucketReplication =
        Absent("GetBucketReplication", "replication", "s3:GetReplicationConfiguration", "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found.");

    private static OperationSpec Absent(string name, string subResource, string permission, string errorCode, string message)
    {
        var error = new S3Error(errorCode, 404, message);
        return new OperationSpec
        {
            Name = name,
            Method = RequestMethod.Get,
            Target = TargetKind.Bucket,
            SubResource = subResource,
            Permission = permission,
            SuccessStatus = 200,
            Handler = _ => ValueTask.FromResult<S3Error?>(error),
        };
    }
}
