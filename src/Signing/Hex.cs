using System.Buffers;

namespace RustFs.Signing;

/// <summary>Bytes as hexadecimal ASCII. AWS writes lower case everywhere.</summary>
internal static class Hex
{
    /// <summary>Writes two lower-case digits for every byte.</summary>
    public static void Encode(ReadOnlySpan<byte> bytes, Span<byte> digits) => Convert.TryToHexStringLower(bytes, digits, out _);

    /// <summary>Reads digits of either case; false unless every one is a digit and they fill <paramref name="bytes"/>.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> digits, Span<byte> bytes) =>
        digits.Length == bytes.Length * 2
        && Convert.FromHexString(digits, bytes, out _, out _) == OperationStatus.Done;

    /// <summary>Reads lower-case digits only: a signature has one spelling.</summary>
    public static bool TryDecodeLower(ReadOnlySpan<byte> digits, Span<byte> bytes) =>
        !digits.ContainsAnyInRange((byte)'A', (byte)'F') && TryDecode(digits, bytes);
}
