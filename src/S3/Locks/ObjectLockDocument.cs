using System.Globalization;
using System.Text;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Locks;

/// <summary>
/// ObjectLockConfiguration = ObjectLockEnabled [ Rule ]; Rule = DefaultRetention; DefaultRetention = Mode ( Days / Years ) (AWS S3 API
/// reference, PutObjectLockConfiguration). Nothing may stand twice: it would be one rule to us and another to who reads the first.
/// </summary>
internal static class ObjectLockDocument
{
    public static S3Error? Read(ReadOnlyMemory<byte> document, out DefaultRetention retention)
    {
        retention = default;
        if (document.IsEmpty)
            return S3Errors.MissingRequestBody;
        using var xml = new XmlElementReader(document);
        if (!xml.EnterRoot("ObjectLockConfiguration"))
            return S3Errors.MalformedXml;
        string? enabled = null;
        Rule? rule = null;
        while (xml.NextChild())
        {
            switch (xml.Name)
            {
                case "ObjectLockEnabled" when enabled is not null:
                case "Rule" when rule is not null:
                    return S3Errors.MalformedXml;
                case "ObjectLockEnabled":
                    enabled = xml.Text().Trim();
                    break;
                case "Rule":
                    if ((rule = ReadRule(xml)) is null)
                        return S3Errors.MalformedXml;
                    break;
            }
        }

        if (!xml.AtEnd() || enabled != "Enabled")
            return S3Errors.MalformedXml;
        return rule is null ? null : rule.Read(out retention);
    }

    public static XmlBody Write(DefaultRetention retention)
    {
        var body = new XmlBody();
        body.OpenRoot("ObjectLockConfiguration"u8);
        body.Element("ObjectLockEnabled"u8, "Enabled"u8);
        if (retention.Mode != RetentionMode.None)
        {
            body.Open("Rule"u8);
            body.Open("DefaultRetention"u8);
            body.Element("Mode"u8, LockNames.Mode(retention.Mode));
            if (retention.Days > 0)
                body.Element("Days"u8, retention.Days);
            else
                body.Element("Years"u8, retention.Years);
            body.Close("DefaultRetention"u8);
            body.Close("Rule"u8);
        }

        body.Close("ObjectLockConfiguration"u8);
        return body;
    }

    private static Rule? ReadRule(XmlElementReader xml)
    {
        Rule? rule = null;
        xml.Enter();
        while (xml.NextChild())
        {
            if (xml.Name != "DefaultRetention")
                continue;
            if (rule is not null || (rule = ReadDefaultRetention(xml)) is null)
                return null;
        }

        return rule;
    }

    private static Rule? ReadDefaultRetention(XmlElementReader xml)
    {
        string? mode = null, days = null, years = null;
        xml.Enter();
        while (xml.NextChild())
        {
            switch (xml.Name)
            {
                case "Mode" when mode is not null:
                case "Days" when days is not null:
                case "Years" when years is not null:
                    return null;
                case "Mode":
                    mode = xml.Text().Trim();
                    break;
                case "Days":
                    days = xml.Text().Trim();
                    break;
                case "Years":
                    years = xml.Text().Trim();
                    break;
            }
        }

        return mode is null ? null : new Rule(mode, days, years);
    }

    private sealed record Rule(string Mode, string? Days, string? Years)
    {
        public S3Error? Read(out DefaultRetention retention)
        {
            retention = default;
            if (!LockNames.TryParseMode(Encoding.UTF8.GetBytes(Mode), out RetentionMode mode) || Days is null == Years is null)
                return S3Errors.MalformedXml;
            (string unit, int max) = Days is null ? ("Years", DefaultRetention.MaxYears) : ("Days", DefaultRetention.MaxDays);
            if (!int.TryParse(Days ?? Years, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int period))
                return S3Errors.MalformedXml;
            if (period <= 0)
                return LockErrors.NotPositive(unit);
            if (period > max)
                return LockErrors.TooLong(unit);
            retention = Days is null ? new DefaultRetention(mode, 0, period) : new DefaultRetention(mode, period, 0);
            return null;
        }
    }
}
