using RustFs.S3.Xml;

namespace RustFs.S3.Listing;

/// <summary>Writes a listing's names, percent-encoded or not: decided once per page.</summary>
internal readonly struct ListedText(XmlBody body, bool encodesUrl)
{
    public void Element(ReadOnlySpan<byte> elementName, ReadOnlySpan<byte> name)
    {
        body.Open(elementName);
        Write(name);
        body.Close(elementName);
    }

    public void Write(ReadOnlySpan<byte> name)
    {
        if (encodesUrl)
            UrlEncodedText.Write(body, name);
        else
            body.Text(name);
    }

    /// <summary>As AWS leaves out a delimiter, a start-after or an encoding type that was not asked for.</summary>
    public void OptionalElement(ReadOnlySpan<byte> elementName, ReadOnlySpan<byte> name)
    {
        if (!name.IsEmpty)
            Element(elementName, name);
    }

    public void EncodingTypeElement()
    {
        if (encodesUrl)
            body.Element("EncodingType"u8, "url"u8);
    }
}
