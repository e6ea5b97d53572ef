using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Listing;

/// <summary>
/// Writes a page of keys straight from the index into the response document: no strings, nothing allocated per key. For ListObjects and
/// ListObjectsV2, which show an object alike.
/// </summary>
internal struct ObjectPage(XmlBody body, CommonPrefixes prefixes, bool encodesUrl, bool showsOwner) : IListSink
{
    private readonly ListedText _text = new(body, encodesUrl);

    /// <summary>Keys and common prefixes written.</summary>
    public int Count { get; private set; }

    public void Object(ReadOnlySpan<byte> key, in ObjectSummary summary)
    {
        Count++;
        body.Open("Contents"u8);
        _text.Element("Key"u8, key);
        body.TimeElement("LastModified"u8, summary.LastModifiedMs);
        body.ETagElement(summary.ETag);
        ChecksumElements.WriteAlgorithmAndType(body, summary.ChecksumKind, summary.ChecksumType);
        body.Element("Size"u8, summary.SizeBytes);
        if (showsOwner)
            Owner.Write(body, "Owner"u8);
        body.Element("StorageClass"u8, StorageClassNames.Of(summary.StorageClass));
        body.Close("Contents"u8);
    }

    public void CommonPrefix(ReadOnlySpan<byte> prefix)
    {
        Count++;
        prefixes.Add(prefix);
    }
}
