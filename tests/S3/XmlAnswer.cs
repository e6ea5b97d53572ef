using System.Xml.Linq;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>A response document as a strict XML parser sees it.</summary>
internal sealed class XmlAnswer
{
    private static readonly XNamespace S3 = "http://s3.amazonaws.com/doc/2006-03-01/";

    private readonly XElement _root;

    private XmlAnswer(XElement root) => _root = root;

    public string RootName => _root.Name.LocalName;

    public static XmlAnswer Of(TestResponse response)
    {
        Assert.True(response.Status == 200, response.ToString());
        Assert.Equal("application/xml", response["Content-Type"]);
        XElement root = XDocument.Parse(response.Text, LoadOptions.PreserveWhitespace).Root!;
        Assert.Equal(S3, root.Name.Namespace);
        return new XmlAnswer(root);
    }

    /// <summary>The text at a path of element names below the root; null when absent.</summary>
    public string? this[params string[] path] => All(path).FirstOrDefault();

    /// <summary>The texts of all elements at a path.</summary>
    public List<string> All(params string[] path)
    {
        IEnumerable<XElement> elements = [_root];
        foreach (string name in path)
            elements = elements.Elements(S3 + name);
        return [.. elements.Select(element => element.Value)];
    }

    /// <summary>The root's children of those names, in the order of the document: their own children's texts by name.</summary>
    public IEnumerable<Dictionary<string, string>> Children(params string[] names) =>
        _root.Elements().Where(child => names.Contains(child.Name.LocalName)).Select(child =>
            child.Elements().ToDictionary(element => element.Name.LocalName, element => element.Value));

    /// <summary>The names of the root's children, each once, in order.</summary>
    public List<string> Names => [.. _root.Elements().Select(element => element.Name.LocalName).Distinct()];

    /// <summary>The names of the children of the first element of that name.</summary>
    public List<string> NamesIn(string name) => [.. _root.Element(S3 + name)!.Elements().Select(element => element.Name.LocalName)];
}
