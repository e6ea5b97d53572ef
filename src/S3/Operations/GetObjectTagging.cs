using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>GET /bucket/key?tagging : the tags that x-amz-tagging gave the object; an empty set when it has none.</summary>
internal static class GetObjectTagging
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "GetObjectTagging",
        Method = RequestMethod.Get,
        Target = TargetKind.Object,
        SubResource = "tagging",
        Permission = "s3:GetObjectTagging",
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static ValueTask<S3Error?> RunAsync(S3Request request)
    {
        S3Error? error = ObjectVersion.Find(request, out ObjectRecord? record);
        if (error is not null)
            return ValueTask.FromResult<S3Error?>(error);

        var body = new XmlBody();
        body.OpenRoot("Tagging"u8);
        body.Open("TagSet"u8);
        if (record!.Fields.TryGet(StoredFieldId.Tagging, out ReadOnlySpan<byte> tags))
        {
            foreach ((string key, string value) in ObjectTags.Read(tags))
            {
                body.Open("Tag"u8);
                body.Element("Key"u8, key);
                body.Element("Value"u8, value);
                body.Close("Tag"u8);
            }
        }

        body.Close("TagSet"u8);
        body.Close("Tagging"u8);
        XmlResponse.Begin(request);
        ObjectVersion.WriteHeader(request, record.VersionId);
        return XmlResponse.SendAsync(request, body);
    }
}
