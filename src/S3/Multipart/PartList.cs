using System.Text;
using RustFs.Checksums;
using RustFs.S3.Objects;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Multipart;

/// <summary>A part as the client lists it in CompleteMultipartUpload.</summary>
/// <param name="ETag">Null when the text is not an ETag of ours: no part can have it.</param>
/// <param name="ChecksumKind">None when the client sent no checksum for the part.</param>
/// <param name="Checksum">The checksum's digest in base64.</param>
internal readonly record struct ListedPart(int Number, ETag? ETag, ChecksumKind ChecksumKind, string Checksum);

/// <summary>
/// Reads the body of CompleteMultipartUpload:
/// <c>CompleteMultipartUpload = 1*10000( Part ); Part = PartNumber ETag [ Checksum… ]</c>, the elements of a part in any order (AWS S3 API
/// reference). Of each element a part has at most one, and of the checksums one in all: what stands twice may be read in two ways.
/// </summary>
internal static class PartList
{
    private static readonly S3Error BadPartNumber = S3Errors.InvalidArgument with
    {
        Message = "Part number must be an integer between 1 and 10000, inclusive",
        Details = [("ArgumentName", "partNumber")],
    };

    /// <summary>The parts in the order given, which is ascending, or the first thing that is wrong with them.</summary>
    public static S3Error? Read(ReadOnlyMemory<byte> document, out List<ListedPart> parts)
    {
        parts = [];
        S3Error? error = null;
        using var xml = new XmlElementReader(document);
        if (!xml.EnterRoot("CompleteMultipartUpload"))
            return S3Errors.MalformedXml;
        while (xml.NextChild())
        {
            if (xml.Name != "Part")
                continue;
            if (parts.Count == S3Limits.MaxPartNumber)
                return S3Errors.MalformedXml;
            S3Error? partError = ReadPart(xml, out ListedPart part);
            if (partError is null && parts.Count > 0 && part.Number <= parts[^1].Number)
                partError = S3Errors.InvalidPartOrder;
            error ??= partError;
            parts.Add(part);
        }

        // What is not a document at all is said first; then the first part that is wrong.
        return !xml.AtEnd() || parts.Count == 0 ? S3Errors.MalformedXml : error;
    }

    private static S3Error? ReadPart(XmlElementReader xml, out ListedPart part)
    {
        string? number = null;
        string? tag = null;
        ChecksumKind kind = ChecksumKind.None;
        string checksum = "";
        bool isRepeated = false;
        xml.Enter();
        while (xml.NextChild())
        {
            if (xml.Name == "PartNumber")
            {
                isRepeated |= number is not null;
                number = xml.Text().Trim();
            }
            else if (xml.Name == "ETag")
            {
                isRepeated |= tag is not null;
                tag = xml.Text();
            }
            else if (ChecksumElements.KindOf(xml.Name) is var known and not ChecksumKind.None)
            {
                string text = xml.Text().Trim();
                isRepeated |= text.Length > 0 && kind != ChecksumKind.None;
                if (text.Length > 0)
                    (kind, checksum) = (known, text);
            }
        }

        part = default;
        if (xml.Failed || isRepeated || number is null || tag is null)
            return S3Errors.MalformedXml;
        // The framework's parser overlooks NULs behind a number, which a character reference can be.
        if (number.Contains('\0') || !int.TryParse(number, System.Globalization.NumberStyles.AllowLeadingSign, null, out int value))
            return S3Errors.MalformedXml;
        part = new ListedPart(value, ParseTag(tag), kind, checksum);
        return value is < 1 or > S3Limits.MaxPartNumber ? BadPartNumber : null;
    }

    private static ETag? ParseTag(string text)
        => ETag.TryParse(EntityTags.Unquote(Encoding.UTF8.GetBytes(text.Trim())), out ETag tag) ? tag : null;
}
