using RustFs.S3.Xml;

namespace RustFs.S3.Tagging;

/// <summary>The document of the tagging operations, of objects and of buckets:
/// <c>Tagging = TagSet; TagSet = *Tag; Tag = Key Value</c> (S3 API reference, PutObjectTagging).</summary>
internal static class TaggingDocument
{
    private static readonly S3Error DuplicateKey = new("InvalidTag", 400, "Cannot provide multiple Tags with the same key");

    public static S3Error? Read(ReadOnlyMemory<byte> document, int maxTags, out List<Tag> tags)
    {
        tags = [];
        using var xml = new XmlElementReader(document);
        if (!xml.EnterRoot("Tagging"))
            return S3Errors.MalformedXml;
        bool hasSet = false;
        while (xml.NextChild())
        {
            if (xml.Name != "TagSet" || hasSet)
                return S3Errors.MalformedXml;
            hasSet = true;
            xml.Enter();
            while (xml.NextChild())
            {
                if (xml.Name != "Tag" || !TryReadTag(xml, out Tag tag))
                    return S3Errors.MalformedXml;
                tags.Add(tag);
            }
        }

        if (!xml.AtEnd() || !hasSet)
            return S3Errors.MalformedXml;
        return TagRules.Check(tags, maxTags) ?? (TagRules.AreKeysDistinct(tags) ? null : DuplicateKey);
    }

    public static XmlBody Write(IReadOnlyList<Tag> tags)
    {
        var body = new XmlBody();
        body.OpenRoot("Tagging"u8);
        body.Open("TagSet"u8);
        foreach (Tag tag in tags)
            WriteTag(body, tag);
        body.Close("TagSet"u8);
        body.Close("Tagging"u8);
        return body;
    }

    public static void WriteTag(XmlBody body, Tag tag)
    {
        body.Open("Tag"u8);
        body.Element("Key"u8, tag.Key);
        body.Element("Value"u8, tag.Value);
        body.Close("Tag"u8);
    }

    /// <summary>Key and value each once, in any order.</summary>
    public static bool TryReadTag(XmlElementReader xml, out Tag tag)
    {
        string? key = null;
        string? value = null;
        bool isTag = true;
        xml.Enter();
        while (xml.NextChild())
        {
            if (xml.Name == "Key" && key is null)
                key = xml.Text();
            else if (xml.Name == "Value" && value is null)
                value = xml.Text();
            else
                isTag = false;
        }

        tag = new Tag(key ?? "", value ?? "");
        return isTag && !xml.Failed && key is not null && value is not null;
    }
}
