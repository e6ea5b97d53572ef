using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace RustFs.S3.Objects;

/// <summary>
/// User metadata beyond ASCII as AWS gives it back (S3 user guide, "Working with object metadata"): each byte that came is a character of
/// ISO 8859-1, and the value is one encoded word of them, <c>"=?UTF-8?B?" base64 "?="</c> (RFC 2047 §2). By the guide's own example UTF-8
/// that was sent is so encoded twice.
/// </summary>
internal static class EncodedWord
{
    private static ReadOnlySpan<byte> Start => "=?UTF-8?B?"u8;
    private static ReadOnlySpan<byte> End => "?="u8;

    public static bool IsNeeded(ReadOnlySpan<byte> value) => !Ascii.IsValid(value);

    /// <summary>The length of the encoded word; of the value itself when it needs none.</summary>
    public static int LengthOf(ReadOnlySpan<byte> value)
    {
        if (!IsNeeded(value))
            return value.Length;
        int utf8Bytes = value.Length;
        foreach (byte character in value)
            utf8Bytes += character >> 7;
        return Start.Length + Base64.GetMaxEncodedToUtf8Length(utf8Bytes) + End.Length;
    }

    /// <param name="destination">At least <see cref="LengthOf"/>.</param>
    public static int Write(ReadOnlySpan<byte> value, Span<byte> destination)
    {
        Start.CopyTo(destination);
        Span<byte> word = destination[Start.Length..];
        int utf8Bytes = 0;
        foreach (byte character in value)
        {
            if (character >= 0x80)
                word[utf8Bytes++] = (byte)(0xC0 | (character >> 6));
            word[utf8Bytes++] = character < 0x80 ? character : (byte)(0x80 | (character & 0x3F));
        }

        OperationStatus status = Base64.EncodeToUtf8InPlace(word, utf8Bytes, out int length);
        if (status != OperationStatus.Done)
            throw new ArgumentException("There is no room for the encoded word.", nameof(destination));
        End.CopyTo(word[length..]);
        return Start.Length + length + End.Length;
    }
}
