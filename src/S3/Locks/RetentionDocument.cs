using System.Text;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Locks;

/// <summary>
/// Retention = [ Mode RetainUntilDate ], in any order (AWS S3 API reference, PutObjectRetention); empty, it removes the retention.
/// </summary>
internal static class RetentionDocument
{
    /// <param name="nowMs">What is to be retained until a time before is not.</param>
    public static S3Error? Read(ReadOnlyMemory<byte> document, long nowMs, out Retention retention)
    {
        retention = default;
        if (document.IsEmpty)
            return S3Errors.MissingRequestBody;
        using var xml = new XmlElementReader(document);
        if (!xml.EnterRoot("Retention"))
            return S3Errors.MalformedXml;
        string? modeText = null, timeText = null;
        while (xml.NextChild())
        {
            switch (xml.Name)
            {
                // Twice, it would be one retention to us and another to who reads the first.
                case "Mode" when modeText is not null:
                case "RetainUntilDate" when timeText is not null:
                    return S3Errors.MalformedXml;
                case "Mode":
                    modeText = xml.Text().Trim();
                    break;
                case "RetainUntilDate":
                    timeText = xml.Text().Trim();
                    break;
            }
        }

        if (!xml.AtEnd() || modeText is null != timeText is null)
            return S3Errors.MalformedXml;
        if (modeText is null)
            return null;
        if (!LockNames.TryParseMode(Encoding.UTF8.GetBytes(modeText), out RetentionMode mode)
            || !LockNames.TryParseTime(Encoding.UTF8.GetBytes(timeText!), out long untilMs))
            return S3Errors.MalformedXml;
        retention = new Retention(mode, untilMs);
        return untilMs > nowMs ? null : LockErrors.PastTime;
    }

    public static XmlBody Write(Retention retention)
    {
        var body = new XmlBody();
        body.OpenRoot("Retention"u8);
        body.Element("Mode"u8, LockNames.Mode(retention.Mode));
        body.TimeElement("RetainUntilDate"u8, retention.UntilMs);
        body.Close("Retention"u8);
        return body;
    }
}
