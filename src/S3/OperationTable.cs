using RustFs.S3.Operations;
using RustFs.S3.Routing;

namespace RustFs.S3;

/// <summary>
/// Every operation this server has: one line each. Router, permissions, body limits, metrics and the API table derive from it.
/// </summary>
public static class OperationTable
{
    public static IReadOnlyList<OperationSpec> All { get; } = Numbered(
    [
        // The service and its buckets.
        ListBuckets.Spec,
        CreateBucket.Spec,
        HeadBucket.Spec,
        DeleteBucket.Spec,
        GetBucketLocation.Spec,
        GetBucketAcl.Spec,
        GetBucketRequestPayment.Spec,
        GetBucketVersioning.Spec,
        PutBucketVersioning.Spec,
        GetBucketTagging.Spec,
        PutBucketTagging.Spec,
        DeleteBucketTagging.Spec,
        GetBucketLifecycleConfiguration.Spec,
        PutBucketLifecycleConfiguration.Spec,
        DeleteBucketLifecycle.Spec,
        GetBucketEncryption.Spec,
        PutBucketEncryption.Spec,
        DeleteBucketEncryption.Spec,
        GetObjectLockConfiguration.Spec,
        PutObjectLockConfiguration.Spec,
        EmptyBucketConfigurations.GetBucketAccelerateConfiguration,
        EmptyBucketConfigurations.GetBucketLogging,
        EmptyBucketConfigurations.GetBucketNotificationConfiguration,
        AbsentBucketConfigurations.GetBucketCors,
        AbsentBucketConfigurations.GetBucketOwnershipControls,
        AbsentBucketConfigurations.GetBucketPolicy,
        AbsentBucketConfigurations.GetBucketReplication,
        AbsentBucketConfigurations.GetBucketWebsite,
        AbsentBucketConfigurations.GetPublicAccessBlock,

        // Listings.
        ListObjects.Spec,
        ListObjectsV2.Spec,
        ListObjectVersions.Spec,
        ListMultipartUploads.Spec,
        ListParts.Spec,

        // Objects.
        GetObject.Spec,
        HeadObject.Spec,
        PutObject.Spec,
        PostObject.Spec,
        CopyObject.Spec,
        AppendObject.Spec,
        RenameObject.Spec,
        DeleteObject.Spec,
        DeleteObjects.Spec,
        GetObjectAcl.Spec,
        GetObjectAttributes.Spec,
        GetObjectTagging.Spec,
        PutObjectTagging.Spec,
        DeleteObjectTagging.Spec,
        GetObjectRetention.Spec,
        PutObjectRetention.Spec,
        GetObjectLegalHold.Spec,
        PutObjectLegalHold.Spec,

        // Multipart uploads.
        CreateMultipartUpload.Spec,
        UploadPart.Spec,
        UploadPartCopy.Spec,
        CompleteMultipartUpload.Spec,
        AbortMultipartUpload.Spec,
    ]);

    private static OperationSpec[] Numbered(OperationSpec[] operations)
    {
        for (int i = 0; i < operations.Length; i++)
            operations[i].Index = i;
        return operations;
    }
}
