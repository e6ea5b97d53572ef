using System.Text;

namespace RustFs.Http1;

/// <summary>A single byte range against a known size: RFC 9110 §14.1.2.</summary>
public static class RangeHeader
{
    public enum Result : byte { Whole, Partial, Unsatisfiable }

    /// <summary>
    /// Several ranges, other units and malformed values give Whole (the field is ignored), as S3 does. Whole gives offset 0 and the size;
    /// Unsatisfiable gives 0 and 0. Numbers that exceed 63 bits count as the largest that fits.
    /// <code>
    /// ranges-specifier = "bytes" "=" ( int-range / suffix-range ); the unit in any case
    /// int-range = first-pos "-" [ last-pos ]; suffix-range = "-" suffix-length
    /// </code>
    /// </summary>
    public static Result Resolve(ReadOnlySpan<byte> value, long sizeBytes, out long offset, out long lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeBytes);
        offset = 0;
        lengthBytes = sizeBytes;
        ReadOnlySpan<byte> unit = "bytes="u8;
        if (value.Length <= unit.Length || !Ascii.EqualsIgnoreCase(value[..unit.Length], unit))
        {
            return Result.Whole;
        }

        ReadOnlySpan<byte> range = value[unit.Length..];
        int dash = range.IndexOf((byte)'-');
        if (dash < 0 || !TryReadNumber(range[..dash], out long first) || !TryReadNumber(range[(dash + 1)..], out long last)
            || range.Length == 1)
        {
            return Result.Whole;
        }

        if (dash == 0)
        {
            // The last so many bytes; all of them when there are fewer.
            lengthBytes = Math.Min(last, sizeBytes);
            offset = sizeBytes - lengthBytes;
        }
        else
        {
            bool isOpen = dash == range.Length - 1;
            if (!isOpen && first > last)
            {
                return Result.Whole;
            }

            offset = Math.Min(first, sizeBytes);
            lengthBytes = isOpen || last >= sizeBytes ? sizeBytes - offset : last - offset + 1;
        }

        if (lengthBytes > 0)
        {
            return Result.Partial;
        }

        offset = 0;
        return Result.Unsatisfiable;
    }

    /// <summary>*DIGIT, saturating; nothing at all reads as 0.</summary>
    private static bool TryReadNumber(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        foreach (byte digit in text)
        {
            int number = digit - '0';
            if ((uint)number > 9)
            {
                return false;
            }

            value = value > (long.MaxValue - number) / 10 ? long.MaxValue : value * 10 + number;
        }

        return true;
    }
}
