using RustFs.S3.Xml;

namespace RustFs.S3.Listing;

/// <summary>
/// The common prefixes of a page, kept aside until its keys are written: AWS puts all CommonPrefixes after all keys, and the engine gives
/// both in one order.
/// </summary>
internal sealed class CommonPrefixes(bool encodesUrl) : IDisposable
{
    private XmlBody? _written;

    public void Add(ReadOnlySpan<byte> prefix)
    {
        XmlBody body = _written ??= new XmlBody();
        body.Raw("<CommonPrefixes><Prefix>"u8);
        new ListedText(body, encodesUrl).Write(prefix);
        body.Raw("</Prefix></CommonPrefixes>"u8);
    }

    public void AppendTo(XmlBody body)
    {
        if (_written is not null)
            body.Raw(_written.Written.Span);
    }

    public void Dispose() => _written?.Dispose();
}
