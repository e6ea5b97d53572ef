using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RustFs.Http1;

/// <summary>The sets of bytes that the grammar of HTTP names, and the search for them in bulk.</summary>
internal static class ByteClasses
{
    public const byte Cr = (byte)'\r';
    public const byte Lf = (byte)'\n';
    public const byte Space = (byte)' ';
    public const byte Tab = (byte)'\t';

    /// <summary>How many bytes one call of <see cref="ScanWindow"/> speaks of: as many as a mask has bits.</summary>
    public const int WindowBytes = 64;

    private const byte FirstVisibleOrSpace = 0x20;
    private const byte Delete = 0x7F;

    /// <summary>tchar of RFC 9110 §5.6.2: "!#$%&amp;'*+-.^_`|~" / DIGIT / ALPHA.</summary>
    public static readonly SearchValues<byte> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>CTL of RFC 5234 without HTAB: what may stand in no field value; CR and LF among them.</summary>
    public static readonly SearchValues<byte> Control = SearchValues.Create(ControlBytes());

    public static bool IsControl(byte value) => value is < FirstVisibleOrSpace and not Tab or Delete;

    public static bool IsToken(ReadOnlySpan<byte> text) => !text.IsEmpty && !text.ContainsAnyExcept(Token);

    /// <summary>OWS of RFC 9110 §5.6.3 = *( SP / HTAB ).</summary>
    public static bool IsWhiteSpace(byte value) => value is Space or Tab;

    /// <summary>
    /// Marks the colons and the control characters among the 64 bytes from <paramref name="position"/> on: bit i speaks of byte
    /// position + i. Bits past the end of the bytes are 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ScanWindow(ReadOnlySpan<byte> bytes, int position, out ulong colons, out ulong controls)
    {
        if (bytes.Length < WindowBytes)
        {
            ScanShort(bytes[position..], out colons, out controls);
            return;
        }

        // Near the end, the last 64 bytes are read and what lies before the position is shifted out.
        int start = Math.Min(position, bytes.Length - WindowBytes);
        Vector256<byte> low = Vector256.Create(bytes.Slice(start, WindowBytes));
        Vector256<byte> high = Vector256.Create(bytes.Slice(start + Vector256<byte>.Count, Vector256<byte>.Count));
        int before = position - start;
        colons = Mask(Colons(low), Colons(high)) >> before;
        controls = Mask(Controls(low), Controls(high)) >> before;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Colons(Vector256<byte> bytes) => Vector256.Equals(bytes, Vector256.Create((byte)':'));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Controls(Vector256<byte> bytes) =>
        Vector256.AndNot(Vector256.LessThan(bytes, Vector256.Create(FirstVisibleOrSpace)), Vector256.Equals(bytes, Vector256.Create(Tab)))
        | Vector256.Equals(bytes, Vector256.Create(Delete));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mask(Vector256<byte> low, Vector256<byte> high) =>
        Vector256.ExtractMostSignificantBits(low) | ((ulong)Vector256.ExtractMostSignificantBits(high) << Vector256<byte>.Count);

    private static void ScanShort(ReadOnlySpan<byte> bytes, out ulong colons, out ulong controls)
    {
        colons = 0;
        controls = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            colons |= bytes[i] == (byte)':' ? 1UL << i : 0;
            controls |= IsControl(bytes[i]) ? 1UL << i : 0;
        }
    }

    private static byte[] ControlBytes() =>
        [.. Enumerable.Range(byte.MinValue, byte.MaxValue + 1).Select(value => (byte)value).Where(IsControl)];
}
