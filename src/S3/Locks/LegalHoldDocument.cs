using System.Text;
using RustFs.S3.Xml;

namespace RustFs.S3.Locks;

/// <summary>LegalHold = Status (AWS S3 API reference, PutObjectLegalHold).</summary>
internal static class LegalHoldDocument
{
    public static S3Error? Read(ReadOnlyMemory<byte> document, out bool isHeld)
    {
        isHeld = false;
        if (document.IsEmpty)
            return S3Errors.MissingRequestBody;
        using var xml = new XmlElementReader(document);
        if (!xml.EnterRoot("LegalHold"))
            return S3Errors.MalformedXml;
        string? status = null;
        while (xml.NextChild())
        {
            if (xml.Name != "Status")
                continue;
            if (status is not null)
                return S3Errors.MalformedXml;
            status = xml.Text().Trim();
        }

        bool isHold = xml.AtEnd() && status is not null && LockNames.TryParseHold(Encoding.UTF8.GetBytes(status), out isHeld);
        return isHold ? null : S3Errors.MalformedXml;
    }

    public static XmlBody Write(bool isHeld)
    {
        var body = new XmlBody();
        body.OpenRoot("LegalHold"u8);
        body.Element("Status"u8, LockNames.Hold(isHeld));
        body.Close("LegalHold"u8);
        return body;
    }
}
