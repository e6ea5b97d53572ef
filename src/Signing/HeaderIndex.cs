using System.Text;

namespace RustFs.Signing;

/// <summary>What is remembered of one header field while a request is checked.</summary>
internal struct HeaderMark
{
    /// <summary>Length, first and last letter of the name: fields that differ in it have different names.</summary>
    public int Fingerprint;

    /// <summary>The name starts with x-amz-, so the field must be signed.</summary>
    public bool IsAmz;
    public bool IsSigned;
}

/// <summary>One pass over the header fields: where those are that the verifier reads, and what finds the others quickly.</summary>
internal ref struct HeaderIndex
{
    /// <summary>The position of a field that was not sent.</summary>
    public const int Absent = -1;

    /// <summary>The position of a field that may be sent once and was sent again.</summary>
    public const int Repeated = -2;

    public Span<HeaderMark> Marks;
    public int Authorization;
    public int AmzDate;
    public int Date;
    public int ContentSha256;

    /// <summary>Names and values together, in bytes.</summary>
    public int TotalBytes;

    public static HeaderIndex Build<THeaders>(THeaders headers, Span<HeaderMark> marks)
        where THeaders : IHeaderSource, allows ref struct
    {
        var index = new HeaderIndex
        {
            Marks = marks,
            Authorization = Absent,
            AmzDate = Absent,
            Date = Absent,
            ContentSha256 = Absent,
        };
        for (int i = 0; i < marks.Length; i++)
        {
            ReadOnlySpan<byte> name = headers.Name(i);
            index.TotalBytes += name.Length + headers.Value(i).Length;
            bool isAmz = name.Length > 6 && Ascii.EqualsIgnoreCase(name[..6], "x-amz-"u8);
            marks[i] = new HeaderMark { Fingerprint = FingerprintOf(name), IsAmz = isAmz };
            if (name.Length == 4 && Ascii.EqualsIgnoreCase(name, "date"u8))
                Note(ref index.Date, i);
            else if (name.Length == 13 && Ascii.EqualsIgnoreCase(name, "authorization"u8))
                Note(ref index.Authorization, i);
            else if (isAmz && name.Length == 10 && Ascii.EqualsIgnoreCase(name, "x-amz-date"u8))
                Note(ref index.AmzDate, i);
            else if (isAmz && name.Length == 20 && Ascii.EqualsIgnoreCase(name, "x-amz-content-sha256"u8))
                Note(ref index.ContentSha256, i);
        }

        return index;
    }

    /// <summary>Setting bit 5 makes letters lower case; what else it makes equal is told apart by the full comparison.</summary>
    public static int FingerprintOf(ReadOnlySpan<byte> name) =>
        name.IsEmpty ? 0 : (name.Length << 16) | ((name[0] | 0x20) << 8) | (name[^1] | 0x20);

    /// <summary>Marks the fields named in the list as signed; false when host is not in it or an x-amz-* field is left unsigned.</summary>
    public readonly bool MarkSigned<THeaders>(THeaders headers, ReadOnlySpan<byte> signedHeaders)
        where THeaders : IHeaderSource, allows ref struct
    {
        bool hostIsSigned = false;
        while (SignedHeaderNames.TryNext(ref signedHeaders, out ReadOnlySpan<byte> signedName))
        {
            hostIsSigned |= signedName.SequenceEqual("host"u8);
            for (int i = NextNamed(headers, signedName, 0); i >= 0; i = NextNamed(headers, signedName, i + 1))
                Marks[i].IsSigned = true;
        }

        if (!hostIsSigned)
            return false;
        foreach (ref readonly HeaderMark mark in Marks)
        {
            if (mark.IsAmz && !mark.IsSigned)
                return false;
        }

        return true;
    }

    /// <summary>The first field of that lower-case name at or after a position, or -1.</summary>
    public readonly int NextNamed<THeaders>(THeaders headers, ReadOnlySpan<byte> lowerCaseName, int from)
        where THeaders : IHeaderSource, allows ref struct
    {
        int fingerprint = FingerprintOf(lowerCaseName);
        for (int i = from; i < Marks.Length; i++)
        {
            if (Marks[i].Fingerprint == fingerprint && Ascii.EqualsIgnoreCase(headers.Name(i), lowerCaseName))
                return i;
        }

        return -1;
    }

    private static void Note(ref int position, int i) => position = position == Absent ? i : Repeated;
}
