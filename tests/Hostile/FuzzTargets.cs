using RustFs.Tests.Hostile.Targets;

namespace RustFs.Tests.Hostile;

/// <summary>Everything that reads bytes from outside, or from a disk.</summary>
internal static class FuzzTargets
{
    public static IEnumerable<FuzzTarget> All =>
    [
        new RequestHeadTarget(),
        new ChunkedTarget(),
        new AwsChunkedTarget("signed", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        new AwsChunkedTarget("signed-trailer", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
        new AwsChunkedTarget("unsigned-trailer", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        new FormTarget(),
        new FormPartHeadTarget(),
        new FormPolicyTarget(),
        new SignatureVerifyTarget(),
        new SignatureAgreementTarget(),
        new DeleteObjectsXmlTarget(),
        new PartListXmlTarget(),
        new CreateBucketXmlTarget(),
        new ObjectLockXmlTarget(),
        new RetentionXmlTarget(),
        new LegalHoldXmlTarget(),
        new LifecycleXmlTarget(),
        new EncryptionXmlTarget(),
        new KeyFileTarget(),
        .. RecordTargets.All,
        new SegmentHeaderTarget(),
        new VolumeFormatTarget(),
        new RequestTargetTarget(),
        new RangeTarget(),
        new DateTarget(),
        new TokenTarget(),
        new StoredHeadersTarget(),
        new ConditionsTarget(),
        new CopySourceTarget(),
        new ConnectionTarget(),
    ];
}
