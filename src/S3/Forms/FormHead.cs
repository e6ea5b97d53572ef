using System.Text;
using RustFs.Http1;
using RustFs.S3.Tagging;

namespace RustFs.S3.Forms;

/// <summary>
/// Writes the fields of a form that are headers of the object as the head of a request, so that everything that is read from the head of
/// a PutObject is read from a form in the same way.
/// </summary>
internal static class FormHead
{
    private static readonly HashSet<string> ContentHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Content-Type", "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-MD5", "Expires",
    };

    /// <summary>x-amz- fields that are about the form's signature.</summary>
    private static readonly HashSet<string> SignatureFields = new(StringComparer.OrdinalIgnoreCase)
    {
        "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature", "x-amz-security-token",
    };

    public static S3Error? Parse(FormFields fields, out RequestHead head)
    {
        head = new RequestHead();
        var text = new List<byte>("POST / HTTP/1.1\r\nHost: form\r\n"u8.ToArray());
        foreach ((string name, byte[] value) in fields.All)
        {
            S3Error? error = Write(text, name, value);
            if (error is not null)
                return error;
        }

        text.AddRange("\r\n"u8);
        ParseStatus status = RequestHeadParser.Parse(text.ToArray(), head, out int consumed, out RequestRejection rejection);
        if (rejection is RequestRejection.HeadTooLarge)
            return S3Errors.MetadataTooLarge;
        return status == ParseStatus.Done && consumed == text.Count ? null : FormErrors.BadValue;
    }

    private static S3Error? Write(List<byte> head, string name, byte[] value)
    {
        if (name.Equals("acl", StringComparison.OrdinalIgnoreCase))
            return WriteField(head, "x-amz-acl", value);
        if (name.Equals("tagging", StringComparison.OrdinalIgnoreCase))
            return WriteTagging(head, value);
        if (name.Equals("x-amz-copy-source", StringComparison.OrdinalIgnoreCase)
            || name.Equals("x-amz-write-offset-bytes", StringComparison.OrdinalIgnoreCase))
            return FormErrors.NotInForms;
        bool isAmz = name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase) && !SignatureFields.Contains(name);
        return isAmz || ContentHeaders.Contains(name) ? WriteField(head, name, value) : null;
    }

    /// <summary>field-line = field-name ":" OWS field-value (RFC 9112 §5): nothing in it may end the line or the name.</summary>
    private static S3Error? WriteField(List<byte> head, string name, ReadOnlySpan<byte> value)
    {
        if (name.Contains(':') || name.Contains('\r') || name.Contains('\n') || value.ContainsAny((byte)'\r', (byte)'\n'))
            return FormErrors.BadValue;
        head.AddRange(Encoding.UTF8.GetBytes(name));
        head.AddRange(": "u8);
        head.AddRange(value);
        head.AddRange("\r\n"u8);
        return null;
    }

    /// <summary>The document of PutObjectTagging.</summary>
    private static S3Error? WriteTagging(List<byte> head, byte[] document)
    {
        S3Error? error = TaggingDocument.Read(document, TagRules.MaxOfObject, out List<Tag> tags);
        return error ?? (tags.Count == 0 ? null : WriteField(head, "x-amz-tagging", TagText.Encode(tags)));
    }
}
