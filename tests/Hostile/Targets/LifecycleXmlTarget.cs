using System.Xml.Linq;
using RustFs.S3;
using RustFs.S3.Lifecycle;
using RustFs.S3.Xml;

namespace RustFs.Tests.Hostile.Targets;

/// <summary>The body of PutBucketLifecycleConfiguration: what is accepted is given back, and means the same again.</summary>
internal sealed class LifecycleXmlTarget : XmlTarget
{
    public override string Name => "xml-lifecycle";

    public override IEnumerable<byte[]> Seeds => All(
        "<LifecycleConfiguration><Rule><ID>a</ID><Filter/><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>"
        + "</LifecycleConfiguration>",
        "<LifecycleConfiguration xmlns=\"u\">\n<Rule><Status> Disabled </Status><Filter><And><Prefix>a/</Prefix><Tag><Key>k</Key>"
        + "<Value>v</Value></Tag><ObjectSizeGreaterThan>1</ObjectSizeGreaterThan><ObjectSizeLessThan>9</ObjectSizeLessThan></And></Filter>"
        + "<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays><NewerNoncurrentVersions>2</NewerNoncurrentVersions>"
        + "</NoncurrentVersionExpiration></Rule><Rule><Filter><Prefix>b</Prefix></Filter><Status>Enabled</Status>"
        + "<Expiration><Date>2030-01-02T00:00:00Z</Date></Expiration></Rule></LifecycleConfiguration>",
        "<LifecycleConfiguration><Rule><Prefix>a</Prefix><Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>7"
        + "</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule><Rule><Prefix>b</Prefix><Status>Enabled</Status><Expiration>"
        + "<ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration></Rule></LifecycleConfiguration>");

    public override ulong Run(byte[] input)
    {
        S3Error? error = LifecycleDocument.Read(input, out List<LifecycleRule> rules);
        XElement? root = Load(input, out string failure);
        Oracle.Holds(error is not null || root is not null, "What is accepted is well formed.");
        if (error is null)
        {
            using XmlBody told = LifecycleDocument.Write(rules);
            S3Error? refused = LifecycleDocument.Read(told.Written, out List<LifecycleRule> again);
            Oracle.Holds(refused is null, "What was read is told and read again.");
            using XmlBody toldAgain = LifecycleDocument.Write(again);
            Oracle.Holds(told.Written.Span.SequenceEqual(toldAgain.Written.Span), "It stays the same.");
        }

        var signature = new OutcomeSignature();
        signature.Add((long)Sign(error is null, root, failure, rules.Count & 15));
        signature.Add(error?.Code ?? "");
        signature.Add(error?.Message ?? "");
        return signature.Value;
    }
}
