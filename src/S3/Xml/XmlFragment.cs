using System.Globalization;
using System.Runtime.CompilerServices;
using RustFs.Storage;

namespace RustFs.S3.Xml;

/// <summary>
/// Writes markup of a bounded length into room that was reserved for all of it at once: constants are copied by a few vector moves, without
/// a call for each. Too little room is a defect and throws.
/// </summary>
internal ref struct XmlFragment(Span<byte> room)
{
    /// <summary>The digits of the longest 64-bit number, with its sign.</summary>
    public const int MaxNumberBytes = 20;

    private readonly Span<byte> _room = room;

    public int LengthBytes { readonly get; private set; }

    /// <summary>What is left, to be written in place and then taken with <see cref="Advance"/>.</summary>
    public readonly Span<byte> Rest => _room[LengthBytes..];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Raw(ReadOnlySpan<byte> markup)
    {
        markup.CopyTo(_room[LengthBytes..]);
        LengthBytes += markup.Length;
    }

    public void Advance(int lengthBytes) => LengthBytes += lengthBytes;

    public void Number(long value)
    {
        value.TryFormat(Rest, out int written, default, CultureInfo.InvariantCulture);
        LengthBytes += written;
    }

    public void Tag(ETag tag) => LengthBytes += tag.Format(Rest);
}
