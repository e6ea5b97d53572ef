using System.Text;

namespace RustFs.Http1;

/// <summary>
/// What the head of a part says: which field it is, and of a file its name.
/// <code>
/// Content-Disposition       = "form-data" parameters           ; name, and filename of a file
/// Content-Transfer-Encoding = "7bit" / "8bit" / "binary"       ; any other would have to be undone
/// </code>
/// RFC 7578 §4.2, §4.7 and §4.8. Other fields of the head are checked for their form and mean nothing here.
/// </summary>
public readonly ref struct FormPartHead
{
    /// <summary>The field's name as it was sent; never empty.</summary>
    public ReadOnlySpan<byte> Name { get; private init; }

    /// <summary>As it was sent, with \" for quotes; empty also when there is none.</summary>
    public ReadOnlySpan<byte> FileName { get; private init; }

    /// <summary>False unless every line is a field line, and one of them names the field, once.</summary>
    /// <param name="lines">Field lines, each with its CRLF.</param>
    public static bool TryParse(ReadOnlySpan<byte> lines, out FormPartHead head)
    {
        head = default;
        bool isNamed = false;
        while (!lines.IsEmpty)
        {
            int end = lines.IndexOf("\r\n"u8);
            if (end < 0)
                return false;
            ReadOnlySpan<byte> line = lines[..end];
            lines = lines[(end + 2)..];
            int colon = line.IndexOf((byte)':');
            // A line that begins with white space would go on the one before it (obs-fold): its name is no token.
            if (colon < 0 || !ByteClasses.IsToken(line[..colon]) || line.ContainsAny(ByteClasses.Control))
                return false;
            ReadOnlySpan<byte> value = line[(colon + 1)..].Trim(" \t"u8);
            if (Ascii.EqualsIgnoreCase(line[..colon], "Content-Disposition"u8))
            {
                if (isNamed || !TryParseDisposition(value, out head))
                    return false;
                isNamed = true;
            }
            else if (Ascii.EqualsIgnoreCase(line[..colon], "Content-Transfer-Encoding"u8) && !IsIdentity(value))
                return false;
        }

        return isNamed;
    }

    private static bool TryParseDisposition(ReadOnlySpan<byte> value, out FormPartHead head)
    {
        head = default;
        int semicolon = value.IndexOf((byte)';');
        if (semicolon < 0 || !Ascii.EqualsIgnoreCase(value[..semicolon].TrimEnd(" \t"u8), "form-data"u8))
            return false;
        var parameters = new FormParameters(value[semicolon..]);
        ReadOnlySpan<byte> name = default;
        ReadOnlySpan<byte> fileName = default;
        bool hasFileName = false;
        while (parameters.Next())
        {
            if (Ascii.EqualsIgnoreCase(parameters.Name, "name"u8))
            {
                if (!name.IsEmpty)
                    return false;
                name = parameters.Value;
            }
            else if (Ascii.EqualsIgnoreCase(parameters.Name, "filename"u8))
            {
                if (hasFileName)
                    return false;
                hasFileName = true;
                fileName = parameters.Value;
            }
        }

        head = new FormPartHead { Name = name, FileName = fileName };
        return !parameters.IsBroken && !name.IsEmpty;
    }

    private static bool IsIdentity(ReadOnlySpan<byte> encoding) =>
        Ascii.EqualsIgnoreCase(encoding, "7bit"u8) || Ascii.EqualsIgnoreCase(encoding, "8bit"u8)
        || Ascii.EqualsIgnoreCase(encoding, "binary"u8);
}
