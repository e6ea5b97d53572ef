using RustFs.Checksums;
using RustFs.S3.Objects;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Listing;

/// <summary>
/// Writes a page of keys straight from the index into the response document: no strings, nothing allocated per key. For ListObjects and
/// ListObjectsV2, which show an object alike.
/// </summary>
internal struct ObjectPage(XmlBody body, CommonPrefixes prefixes, int maxKeys, bool encodesUrl, bool showsOwner) : IListSink
{
    /// <summary>A page with more keys than this is usually full: the buffer then grows at once to what the page will take.</summary>
    private const int KeysBeforeEstimate = 128;

    /// <summary>Everything behind the key of an entry: about 350 bytes with an owner and the longest checksum.</summary>
    private const int MaxBytesBehindKey = 512;

    private readonly ListedText _text = new(body, encodesUrl);
    private ListedTimes _times = new();

    /// <summary>Keys and common prefixes written.</summary>
    public int Count { get; private set; }

    public void Object(ReadOnlySpan<byte> key, in ObjectSummary summary)
    {
        Count++;
        body.Raw("<Contents><Key>"u8);
        _text.Write(key);
        var entry = new XmlFragment(body.Reserve(MaxBytesBehindKey));
        entry.Raw("</Key><LastModified>"u8);
        entry.Advance(_times.Write(summary.LastModifiedMs, entry.Rest));
        entry.Raw("</LastModified><ETag>&quot;"u8);
        entry.Tag(summary.ETag);
        entry.Raw("&quot;</ETag>"u8);
        if (summary.ChecksumKind != ChecksumKind.None)
            WriteChecksum(ref entry, summary);
        entry.Raw("<Size>"u8);
        entry.Number(summary.SizeBytes);
        entry.Raw("</Size>"u8);
        if (showsOwner)
            Owner.Write(ref entry);
        entry.Raw("<StorageClass>"u8);
        entry.Raw(StorageClassNames.Of(summary.StorageClass));
        entry.Raw("</StorageClass></Contents>"u8);
        body.Advance(entry.LengthBytes);
        if (Count == KeysBeforeEstimate)
            body.Expect((int)((long)body.Written.Length * maxKeys / KeysBeforeEstimate));
    }

    public void CommonPrefix(ReadOnlySpan<byte> prefix)
    {
        Count++;
        prefixes.Add(prefix);
    }

    private static void WriteChecksum(ref XmlFragment entry, in ObjectSummary summary)
    {
        ReadOnlySpan<byte> algorithm = ChecksumNames.Algorithm(summary.ChecksumKind);
        if (algorithm.IsEmpty)
            return;
        entry.Raw("<ChecksumAlgorithm>"u8);
        entry.Raw(algorithm);
        entry.Raw("</ChecksumAlgorithm><ChecksumType>"u8);
        entry.Raw(ChecksumNames.TypeName(summary.ChecksumType));
        entry.Raw("</ChecksumType>"u8);
    }
}
