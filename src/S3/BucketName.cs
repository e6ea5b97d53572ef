using System.Buffers;
using System.Buffers.Text;

namespace RustFs.S3;

/// <summary>
/// AWS's rules for the names of general purpose buckets ("Bucket naming rules"), but for the prefixes and suffixes that AWS reserves for
/// its own services.
/// </summary>
internal static class BucketName
{
    private const int MinBytes = 3;
    private const int MaxBytes = 63;

    private static readonly SearchValues<byte> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-"u8);

    public static bool IsValid(ReadOnlySpan<byte> name)
    {
        if (name.Length is < MinBytes or > MaxBytes || name.ContainsAnyExcept(Allowed))
            return false;
        return IsLetterOrDigit(name[0]) && IsLetterOrDigit(name[^1]) && name.IndexOf(".."u8) < 0 && !IsIpV4Address(name);
    }

    private static bool IsLetterOrDigit(byte value) => value is not ((byte)'.' or (byte)'-');

    /// <summary>Four groups of one to three digits, whatever their value: 192.168.5.4.</summary>
    private static bool IsIpV4Address(ReadOnlySpan<byte> name)
    {
        int groups = 0;
        foreach (Range range in name.Split((byte)'.'))
        {
            ReadOnlySpan<byte> group = name[range];
            if (group.Length > 3 || !Utf8Parser.TryParse(group, out uint _, out int consumed) || consumed != group.Length)
                return false;
            groups++;
        }

        return groups == 4;
    }
}
