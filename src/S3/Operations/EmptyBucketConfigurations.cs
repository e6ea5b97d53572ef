using System.Text;
using RustFs.Http1;
using RustFs.S3.Routing;
using RustFs.S3.Xml;

namespace RustFs.S3.Operations;

/// <summary>
/// Reads of bucket configurations that AWS answers with an empty document until they are set, which they cannot be here: not
/// logged, nobody notified, not accelerated.
/// </summary>
internal static class EmptyBucketConfigurations
{
    public static readonly OperationSpec GetBucketAccelerateConfiguration =
        Empty("GetBucketAccelerateConfiguration", "accelerate", "s3:GetAccelerateConfiguration", "AccelerateConfiguration");

    public static readonly OperationSpec GetBucketLogging =
        Empty("GetBucketLogging", "logging", "s3:GetBucketLogging", "BucketLoggingStatus");

    public static readonly OperationSpec GetBucketNotificationConfiguration =
        Empty("GetBucketNotificationConfiguration", "notification", "s3:GetBucketNotification", "NotificationConfiguration");

    private static OperationSpec Empty(string name, string subResource, string permission, string rootName)
    {
        byte[] root = Encoding.ASCII.GetBytes(rootName);
        return new OperationSpec
        {
            Name = name,
            Method = RequestMethod.Get,
            Target = TargetKind.Bucket,
            SubResource = subResource,
            Permission = permission,
            SuccessStatus = 200,
            Handler = request => AnswerAsync(request, root),
        };
    }

    private static ValueTask<S3Error?> AnswerAsync(S3Request request, byte[] root)
    {
        var body = new XmlBody();
        body.OpenRoot(root);
        body.Close(root);
        return XmlResponse.AnswerAsync(request, body);
    }
}
