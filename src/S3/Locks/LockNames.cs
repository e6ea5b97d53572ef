using System.Globalization;
using System.Text;
using RustFs.Storage;

namespace RustFs.S3.Locks;

/// <summary>Modes, holds and times of locks as headers and documents have them.</summary>
internal static class LockNames
{
    private static readonly string[] TimeForms =
        ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyyMMdd'T'HHmmssK", "yyyy-MM-dd"];

    // Far more than a time takes, and little enough for the stack.
    private const int MaxTimeBytes = 64;

    public static bool TryParseMode(ReadOnlySpan<byte> text, out RetentionMode mode)
    {
        mode = text.SequenceEqual("GOVERNANCE"u8) ? RetentionMode.Governance
            : text.SequenceEqual("COMPLIANCE"u8) ? RetentionMode.Compliance
            : RetentionMode.None;
        return mode != RetentionMode.None;
    }

    public static ReadOnlySpan<byte> Mode(RetentionMode mode) => mode == RetentionMode.Governance ? "GOVERNANCE"u8 : "COMPLIANCE"u8;

    public static bool TryParseHold(ReadOnlySpan<byte> text, out bool isHeld)
    {
        isHeld = text.SequenceEqual("ON"u8);
        return isHeld || text.SequenceEqual("OFF"u8);
    }

    public static ReadOnlySpan<byte> Hold(bool isHeld) => isHeld ? "ON"u8 : "OFF"u8;

    /// <summary>Reads ISO 8601; a time without an offset is one of UTC.</summary>
    public static bool TryParseTime(ReadOnlySpan<byte> text, out long unixMs)
    {
        unixMs = 0;
        Span<char> characters = stackalloc char[MaxTimeBytes];
        if (text.Length > MaxTimeBytes || !Encoding.ASCII.TryGetChars(text, characters, out int length))
            return false;
        bool isTime = DateTimeOffset.TryParseExact(characters[..length], TimeForms, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time);
        unixMs = time.ToUnixTimeMilliseconds();
        return isTime;
    }
}
