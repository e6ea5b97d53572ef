using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;

namespace RustFs.Storage;

/// <summary>
/// An entity tag: an MD5 (or a digest of part MD5s) and, for multipart objects, the number of parts (0 for simple objects).
/// The digest's first byte is the number's most significant one.
/// </summary>
public readonly record struct ETag(UInt128 Digest, int PartCount)
{
    /// <summary>32 hex digits, a dash and five digits.</summary>
    public const int MaxTextBytes = 38;

    private const int DigestTextBytes = 32;

    /// <summary>Writes the tag without quotes; returns its length in bytes.</summary>
    public int Format(Span<byte> destination)
    {
        Span<byte> digest = stackalloc byte[16];
        WriteDigest(digest);
        Convert.TryToHexStringLower(digest, destination, out int written);
        if (PartCount == 0)
        {
            return written;
        }
        destination[written++] = (byte)'-';
        Utf8Formatter.TryFormat(PartCount, destination[written..], out int digits);
        return written + digits;
    }

    /// <summary>Reads the unquoted form that <see cref="Format"/> writes; upper-case hex is accepted.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ETag tag)
    {
        tag = default;
        if (text.Length < DigestTextBytes || text.Length > MaxTextBytes)
        {
            return false;
        }
        Span<byte> digest = stackalloc byte[16];
        if (Convert.FromHexString(text[..DigestTextBytes], digest, out _, out _) != OperationStatus.Done)
        {
            return false;
        }
        int partCount = 0;
        ReadOnlySpan<byte> suffix = text[DigestTextBytes..];
        if (!suffix.IsEmpty && !TryParsePartCount(suffix, out partCount))
        {
            return false;
        }
        tag = FromDigest(digest, partCount);
        return true;
    }

    /// <summary>From 16 digest bytes as MD5 gives them.</summary>
    public static ETag FromDigest(ReadOnlySpan<byte> digest, int partCount = 0) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(digest), partCount);

    public void WriteDigest(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Digest);

    // "-" 1*5DIGIT, without leading zeros: Format never writes them, so such a tag matches nothing.
    private static bool TryParsePartCount(ReadOnlySpan<byte> suffix, out int partCount)
    {
        partCount = 0;
        if (suffix.Length < 2 || suffix[0] != '-' || suffix[1] == '0')
        {
            return false;
        }
        foreach (byte digit in suffix[1..])
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }
            partCount = partCount * 10 + (digit - '0');
        }
        return true;
    }
}
