using System.Text;
using System.Xml;
using System.Xml.Linq;
using RustFs.S3;
using RustFs.S3.Multipart;
using RustFs.S3.Operations;
using CreateBucket = RustFs.S3.Operations.CreateBucket;

namespace RustFs.Tests.Hostile.Targets;

/// <summary>What the three bodies have in common: the same document read as a tree by System.Xml.Linq.</summary>
internal abstract class XmlTarget : FuzzTarget
{
    // Deeper documents are refused, well-formed or not.
    private const int SafeDepth = 12;

    public override long AllocationBytes => 512 * 1024;
    public override int ShortFormExecutions => 5_000;

    public override IEnumerable<byte[]> Tokens => All(
        "<", ">", "/>", "</", "<a>", "</a>", "<a/>", "<!-- c -->", "<?pi x?>", "<![CDATA[", "]]>", "&amp;", "&lt;", "&#65;", "&#x0;",
        "&#xD800;",
        "&e;", "<!DOCTYPE a [<!ENTITY e \"x\">]>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<?xml version=\"1.0\" encoding=\"utf-7\"?>",
        "<?xml version=\"1.0\" encoding=\"utf-16\"?>", "<?xml version=\"1.1\"?>", " xmlns=\"u\"", " xmlns:p=\"u\"", "p:", " a=\"b\"",
        "\u00FF\u00FE",
        "\u00EF\u00BB\u00BF", " ", "\r\n", "\t", "\0", "\u00ED\u00A0\u0080", "\u00F4\u0090\u0080\u0080");

    /// <summary>The document element; null when the document is not well formed.</summary>
    /// <param name="failure">What the framework says is wrong, without the particulars.</param>
    protected static XElement? Load(byte[] document, out string failure)
    {
        failure = "";
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, CheckCharacters = false };
        try
        {
            using XmlReader reader = XmlReader.Create(new MemoryStream(document), settings);
            return XDocument.Load(reader, LoadOptions.PreserveWhitespace).Root;
        }
        catch (XmlException exception)
        {
            failure = exception.Message[..Math.Min(exception.Message.Length, 24)];
            return null;
        }
    }

    /// <summary>False when character references and the like leave it open what is white space between elements.</summary>
    protected static bool IsPlain(byte[] document, XElement root) =>
        document.AsSpan().IndexOf("&#"u8) < 0 && document.AsSpan().IndexOf("CDATA"u8) < 0
        && root.DescendantsAndSelf().All(element => element.Ancestors().Count() < SafeDepth);

    /// <summary>Whether an element holds elements and white space only.</summary>
    protected static bool HasNoText(XElement element) =>
        element.Nodes().OfType<XText>().All(text => text.Value.All(c => c is ' ' or '\t' or '\r' or '\n'));

    /// <summary>The children of that name; null when one of them holds elements instead of text.</summary>
    protected static List<string>? Texts(XElement parent, string name)
    {
        List<XElement> children = [.. parent.Elements().Where(child => child.Name.LocalName == name)];
        return children.Exists(child => child.HasElements) ? null : [.. children.Select(child => child.Value)];
    }

    protected static ulong Sign(bool isAccepted, XElement? root, string failure, int entries)
    {
        var signature = new OutcomeSignature();
        signature.Add(isAccepted);
        signature.Add(failure);
        signature.AddMagnitude(entries);
        if (root is not null)
        {
            signature.Add(root.Name.LocalName.Length);
            signature.AddMagnitude(root.Descendants().Count());
            signature.AddMagnitude(root.DescendantNodes().OfType<XText>().Count());
            signature.AddMagnitude(root.DescendantNodes().OfType<XComment>().Count());
            signature.AddMagnitude(root.DescendantNodes().OfType<XCData>().Count());
        }

        return signature.Value;
    }
}

/// <summary>The body of DeleteObjects.</summary>
internal sealed class DeleteObjectsXmlTarget : XmlTarget
{
    public override string Name => "xml-delete-objects";

    public override IEnumerable<byte[]> Seeds => All(
        "<Delete><Object><Key>a</Key></Object></Delete>",
        "<?xml version=\"1.0\"?><Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>\n<Object><Key>a&amp;b</Key>"
        + "<VersionId>null</VersionId></Object><Object><ETag>\"x\"</ETag><Key> </Key></Object></Delete>");

    public override ulong Run(byte[] input)
    {
        List<DeleteObjects.Entry>? entries = DeleteObjects.Read(input, out bool isQuiet);
        XElement? root = Load(input, out string failure);
        Oracle.Holds(entries is null || root is not null, "What is accepted is well formed.");
        if (root is not null && IsPlain(input, root))
        {
            List<string>? keys = Reference(root, out bool expectsQuiet);
            Oracle.Holds(keys is null == entries is null, "The walk and the tree accept the same documents.");
            Oracle.Holds(
                keys is null || (isQuiet == expectsQuiet && keys.SequenceEqual(entries!.Select(entry =>
                    Encoding.UTF8.GetString(entry.Key)))),
                "The walk and the tree read the same keys.");
        }

        return Sign(entries is not null, root, failure, entries?.Count ?? 0);
    }

    private static List<string>? Reference(XElement root, out bool isQuiet)
    {
        isQuiet = false;
        if (root.Name.LocalName != "Delete" || !HasNoText(root) || Texts(root, "Quiet") is not { } quiets)
            return null;
        isQuiet = quiets.Count > 0 && quiets[^1].Trim() is "true" or "1";
        var keys = new List<string>();
        foreach (XElement entry in root.Elements().Where(child => child.Name.LocalName == "Object"))
        {
            if (!HasNoText(entry) || Texts(entry, "Key") is not [{ Length: > 0 } key]
                || Texts(entry, "VersionId") is not { Count: <= 1 } || Texts(entry, "ETag") is not { Count: <= 1 })
                return null;
            keys.Add(key);
        }

        return keys.Count is > 0 and <= 1000 && quiets.Count <= 1 ? keys : null;
    }
}

/// <summary>The body of CompleteMultipartUpload.</summary>
internal sealed class PartListXmlTarget : XmlTarget
{
    public override string Name => "xml-part-list";

    public override IEnumerable<byte[]> Seeds => All(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"d41d8cd98f00b204e9800998ecf8427e\"</ETag></Part>"
        + "</CompleteMultipartUpload>",
        "<CompleteMultipartUpload xmlns=\"u\">\n<Part><ETag>d41d8cd98f00b204e9800998ecf8427e</ETag><ChecksumCRC32>AAAAAA==</ChecksumCRC32>"
        + "<PartNumber> 2 </PartNumber></Part><Part><PartNumber>10000</PartNumber><ETag>&quot;&quot;</ETag></Part></CompleteMultipartUpload>");

    public override ulong Run(byte[] input)
    {
        S3Error? error = PartList.Read(input, out List<ListedPart> parts);
        XElement? root = Load(input, out string failure);
        Oracle.Holds(error?.Code == "MalformedXML" || root is not null, "What is accepted is well formed.");
        if (error is null)
        {
            Oracle.Holds(parts.Count is > 0 and <= 10_000 && parts[0].Number >= 1 && parts[^1].Number <= 10_000,
                "Part numbers are in range.");
            Oracle.Holds(parts.Zip(parts.Skip(1)).All(pair => pair.First.Number < pair.Second.Number), "Part numbers ascend.");
        }

        if (root is not null && IsPlain(input, root))
        {
            List<int>? numbers = Reference(root);
            // Of several things that are wrong the first is told, but for a document that is none.
            Oracle.Holds(
                numbers is null ? error is not null : error?.Code != "MalformedXML", "The walk and the tree accept the same documents.");
            Oracle.Holds(numbers is null || numbers.SequenceEqual(parts.Select(part => part.Number)), "Both read the same numbers.");
        }

        var signature = new OutcomeSignature();
        signature.Add((long)Sign(error is null, root, failure, parts.Count));
        signature.Add(error?.Code ?? "");
        return signature.Value;
    }

    private static List<int>? Reference(XElement root)
    {
        if (root.Name.LocalName != "CompleteMultipartUpload" || !HasNoText(root))
            return null;
        var numbers = new List<int>();
        foreach (XElement part in root.Elements().Where(child => child.Name.LocalName == "Part"))
        {
            string[] kinds = ["ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256"];
            List<string>?[] checksums = [.. kinds.Select(kind => Texts(part, kind))];
            if (!HasNoText(part) || Texts(part, "PartNumber") is not [{ } number] || Texts(part, "ETag") is not [_]
                || checksums.Contains(null) || checksums.Sum(texts => texts!.Count(text => text.Trim().Length > 0)) > 1
                || !int.TryParse(number.Trim(), System.Globalization.NumberStyles.AllowLeadingSign, null, out int value))
                return null;
            numbers.Add(value);
        }

        return numbers.Count is > 0 and <= 10_000 ? numbers : null;
    }
}

/// <summary>The body of CreateBucket.</summary>
internal sealed class CreateBucketXmlTarget : XmlTarget
{
    public override string Name => "xml-create-bucket";

    public override IEnumerable<byte[]> Seeds => All(
        "<CreateBucketConfiguration><LocationConstraint>eu-west-3</LocationConstraint></CreateBucketConfiguration>",
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>",
        "<CreateBucketConfiguration><Tags><Tag/></Tags></CreateBucketConfiguration>");

    public override ulong Run(byte[] input)
    {
        S3Error? error = CreateBucket.ReadRegion(input, out string region);
        XElement? root = Load(input, out string failure);
        Oracle.Holds(error?.Code == "MalformedXML" || root is not null || input.Length == 0, "What is accepted is well formed.");
        Oracle.Holds(error is not null || BucketRegion.IsValid(region), "What is accepted is a region.");
        if (root is not null && IsPlain(input, root))
        {
            bool isWellFormed = root.Name.LocalName == "CreateBucketConfiguration" && HasNoText(root)
                && Texts(root, "LocationConstraint") is { Count: <= 1 };
            Oracle.Holds(isWellFormed == (error?.Code != "MalformedXML"), "The walk and the tree accept the same documents.");
            Oracle.Holds(error is not null || region == (Texts(root, "LocationConstraint")!.FirstOrDefault() ?? "").Trim(),
                "Both read one region.");
        }

        var signature = new OutcomeSignature();
        signature.Add((long)Sign(error is null, root, failure, region.Length));
        signature.Add(error?.Code ?? "");
        return signature.Value;
    }
}
