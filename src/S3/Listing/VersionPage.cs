using RustFs.S3.Objects;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Listing;

/// <summary>Writes a page of versions and delete markers into the response document, in their order.</summary>
internal struct VersionPage(XmlBody body, CommonPrefixes prefixes, bool encodesUrl) : IVersionListSink
{
    private readonly ListedText _text = new(body, encodesUrl);

    public readonly void Version(ReadOnlySpan<byte> key, in VersionSummary version)
    {
        ReadOnlySpan<byte> element = version.IsDeleteMarker ? "DeleteMarker"u8 : "Version"u8;
        body.Open(element);
        _text.Element("Key"u8, key);
        body.Element("VersionId"u8, version.Id.ToString());
        body.Element("IsLatest"u8, version.IsLatest);
        body.TimeElement("LastModified"u8, version.Object.LastModifiedMs);
        if (!version.IsDeleteMarker)
        {
            body.ETagElement(version.Object.ETag);
            ChecksumElements.WriteAlgorithmAndType(body, version.Object.ChecksumKind, version.Object.ChecksumType);
            body.Element("Size"u8, version.Object.SizeBytes);
            body.Element("StorageClass"u8, StorageClassNames.Of(version.Object.StorageClass));
        }

        Owner.Write(body, "Owner"u8);
        body.Close(element);
    }

    public readonly void CommonPrefix(ReadOnlySpan<byte> prefix) => prefixes.Add(prefix);
}
