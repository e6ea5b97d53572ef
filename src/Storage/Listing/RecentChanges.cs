using System.Buffers.Binary;

namespace RustFs.Storage;

/// <summary>
/// The keys of objects that the last commits put or deleted, for listings that began before them. Bounded: the oldest are forgotten, and
/// who would have to know of them is told.
/// </summary>
internal sealed class RecentChanges
{
    // Of two halves the older one is forgotten when the newer is full. Some 400 keys of usual length each: a page of 1,000 seeks takes
    // eight milliseconds, in which 160 small writes are committed at 20,000 a second.
    private const int HalfBytes = 16 * 1024;

    // Length of the index key, doubled, and one if it was deleted.
    private const int HeadBytes = 2;

    private byte[] _newer = new byte[HalfBytes];
    private byte[] _older = new byte[HalfBytes];
    private int _newerBytes;

    // Positions count bytes from the first change on.
    private long _oldest;
    private long _newest;

    /// <summary>The position behind the last change.</summary>
    public long End => _newest + _newerBytes;

    /// <summary>Whether all changes since then are there.</summary>
    public bool Has(long position) => position >= _oldest;

    public void Add(ReadOnlySpan<byte> indexKey, bool isDeleted)
    {
        int bytes = HeadBytes + indexKey.Length;
        if (_newerBytes + bytes > HalfBytes)
        {
            (_newer, _older) = (_older, _newer);
            (_oldest, _newest, _newerBytes) = (_newest, End, 0);
        }
        Span<byte> entry = _newer.AsSpan(_newerBytes, bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(entry, (ushort)(indexKey.Length * 2 + (isDeleted ? 1 : 0)));
        indexKey.CopyTo(entry[HeadBytes..]);
        _newerBytes += bytes;
    }

    /// <summary>The change at a position, and the position of the next.</summary>
    public bool TryRead(ref long position, out ReadOnlySpan<byte> indexKey, out bool isDeleted)
    {
        indexKey = default;
        isDeleted = false;
        if (position >= End) return false;
        bool isNewer = position >= _newest;
        ReadOnlySpan<byte> entry = (isNewer ? _newer : _older).AsSpan((int)(position - (isNewer ? _newest : _oldest)));
        int head = BinaryPrimitives.ReadUInt16LittleEndian(entry);
        indexKey = entry.Slice(HeadBytes, head / 2);
        isDeleted = head % 2 != 0;
        position += HeadBytes + indexKey.Length;
        return true;
    }

    /// <summary>Nobody who has begun so far is told anything any more.</summary>
    public void Forget()
    {
        _newest = _oldest = End + 1;
        _newerBytes = 0;
    }
}
