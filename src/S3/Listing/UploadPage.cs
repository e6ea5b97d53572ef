using RustFs.Checksums;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Listing;

/// <summary>Writes a page of uploads in progress into the response document.</summary>
internal struct UploadPage(XmlBody body, CommonPrefixes prefixes, bool encodesUrl) : IUploadListSink
{
    private readonly ListedText _text = new(body, encodesUrl);

    public readonly void Upload(
        ReadOnlySpan<byte> key, UploadId id, long initiatedMs, ChecksumKind checksumKind, ChecksumType checksumType,
        StorageClass storageClass)
    {
        body.Open("Upload"u8);
        _text.Element("Key"u8, key);
        body.Element("UploadId"u8, id.ToString());
        Owner.Write(body, "Initiator"u8);
        Owner.Write(body, "Owner"u8);
        body.Element("StorageClass"u8, StorageClassNames.Of(storageClass));
        body.TimeElement("Initiated"u8, initiatedMs);
        ChecksumElements.WriteAlgorithmAndType(body, checksumKind, checksumType);
        body.Close("Upload"u8);
    }

    public readonly void CommonPrefix(ReadOnlySpan<byte> prefix) => prefixes.Add(prefix);
}
