using System.Globalization;
using System.Security.Cryptography;

namespace RustFs.Storage;

/// <summary>Names a multipart upload: time first, so that ids sort by age.</summary>
public readonly record struct UploadId(UInt128 Value)
{
    public const int TextBytes = 32;
    internal const int EncodedBytes = 16;

    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>Reads 32 hex digits.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out UploadId id)
    {
        // The framework's parser overlooks NULs behind a number.
        UInt128 value = default;
        bool isId = text.Length == TextBytes && !text.Contains((byte)0)
            && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        id = isId ? new UploadId(value) : default;
        return isId;
    }

    /// <summary>48 bits of milliseconds since 1970, then 80 random bits: an id cannot be guessed from another.</summary>
    internal static UploadId Create(long timeMs)
    {
        Span<byte> random = stackalloc byte[10];
        RandomNumberGenerator.Fill(random);
        UInt128 value = (ulong)timeMs & 0xFFFF_FFFF_FFFF;
        foreach (byte b in random)
        {
            value = value << 8 | b;
        }
        return new UploadId(value);
    }
}
