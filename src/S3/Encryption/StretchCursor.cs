using RustFs.Storage;

namespace RustFs.S3.Encryption;

/// <summary>
/// A place among the blocks of an encrypted object. Its stretches are its parts, one behind the other; an object without parts is one
/// stretch.
/// </summary>
internal sealed class StretchCursor
{
    private readonly ObjectRecord _record;
    private int _part;
    private long _bodyBytes;

    /// <param name="record">Of an encrypted object.</param>
    /// <param name="offset">Of a byte in the clear, within the object.</param>
    public StretchCursor(ObjectRecord record, long offset)
    {
        _record = record;
        Enter(0);
        while (offset >= _bodyBytes && _part + 1 < record.PartCount)
        {
            offset -= _bodyBytes;
            StoredStart += Stretch.StoredBytes(_bodyBytes);
            Enter(_part + 1);
        }

        Block = offset / Stretch.BlockBytes;
        SkippedBytes = (int)(offset % Stretch.BlockBytes);
    }

    /// <summary>The number of the stretch.</summary>
    public int Number { get; private set; }

    /// <summary>Where the stretch begins among the stored bytes.</summary>
    public long StoredStart { get; private set; }

    /// <summary>The block's number in its stretch.</summary>
    public long Block { get; private set; }

    /// <summary>What of the first block is before the offset.</summary>
    public int SkippedBytes { get; }

    /// <summary>Where the block is among the stored bytes.</summary>
    public long StoredOffset => StoredStart + Stretch.OffsetOf(Block);

    /// <summary>The block's length in the clear.</summary>
    public int BlockBytes => (int)Math.Min(Stretch.BlockBytes, _bodyBytes - Block * Stretch.BlockBytes);

    public bool IsLastBlock => Block + 1 == Stretch.BlockCount(_bodyBytes);

    /// <summary>Moves to the next block; false when that is in another stretch, or there is none.</summary>
    public bool Next()
    {
        if (!IsLastBlock)
        {
            Block++;
            return true;
        }

        Block = 0;
        do
        {
            StoredStart += Stretch.StoredBytes(_bodyBytes);
            Enter(_part + 1);
        }
        while (_bodyBytes == 0 && _part < _record.PartCount);
        return false;
    }

    // Behind the last one everything is 0.
    private void Enter(int part)
    {
        _part = part;
        if (_record.PartCount == 0)
        {
            (Number, _bodyBytes) = (Stretch.OnlyNumber, part == 0 ? _record.SizeBytes : 0);
            return;
        }

        ObjectPart entered = part < _record.PartCount ? _record.Part(part) : default;
        (Number, _bodyBytes) = (entered.PartNumber, entered.SizeBytes);
    }
}
