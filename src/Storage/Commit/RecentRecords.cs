using System.Buffers.Binary;

namespace RustFs.Storage;

/// <summary>
/// The records that were written last, for writes that replace them: the committer must know what a write takes the place of, and the
/// index would look through all that was written since its last flush. Direct-mapped slots in one block of memory, so that keeping a
/// record allocates nothing. Used by the committer's thread only.
/// </summary>
internal sealed class RecentRecords
{
    /// <summary>It takes this part of what records may take in memory: writers overwrite fewer keys than readers read.</summary>
    public const int CacheShare = 8;

    // A record of one extent with a key of some 200 bytes and a few fields; longer ones are left to the index.
    private const int SlotBytes = 512;

    // Each slot: epoch (4) | index key length (2) | record length (2) | index key | record
    private const int KeyLengthAt = 4;
    private const int RecordLengthAt = 6;
    private const int HeadBytes = 8;

    // Within what one array can have.
    private const long MaxBytes = 1L << 30;

    private readonly byte[] _slots;

    // Slots of an older epoch are empty.
    private uint _epoch = 1;

    /// <param name="capacityBytes">At least one slot is made.</param>
    public RecentRecords(long capacityBytes) =>
        _slots = new byte[Math.Clamp(capacityBytes / SlotBytes, 1, MaxBytes / SlotBytes) * SlotBytes];

    public long SizeBytes => _slots.Length;

    /// <summary>The record that was last written under a key of the Objects keyspace; valid until the next change.</summary>
    public bool TryGet(ReadOnlySpan<byte> indexKey, out ReadOnlySpan<byte> record)
    {
        ReadOnlySpan<byte> slot = SlotOf(indexKey);
        record = default;
        if (!Holds(slot, indexKey)) return false;
        record = slot.Slice(HeadBytes + indexKey.Length, BinaryPrimitives.ReadUInt16LittleEndian(slot[RecordLengthAt..]));
        return true;
    }

    /// <summary>After the index has it.</summary>
    /// <param name="record">Empty when the key was deleted.</param>
    public void Set(ReadOnlySpan<byte> indexKey, ReadOnlySpan<byte> record)
    {
        Span<byte> slot = SlotOf(indexKey);
        if (record.IsEmpty || HeadBytes + indexKey.Length + record.Length > SlotBytes)
        {
            if (Holds(slot, indexKey)) BinaryPrimitives.WriteUInt32LittleEndian(slot, 0);
            return;
        }
        BinaryPrimitives.WriteUInt32LittleEndian(slot, _epoch);
        BinaryPrimitives.WriteUInt16LittleEndian(slot[KeyLengthAt..], (ushort)indexKey.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(slot[RecordLengthAt..], (ushort)record.Length);
        indexKey.CopyTo(slot[HeadBytes..]);
        record.CopyTo(slot[(HeadBytes + indexKey.Length)..]);
    }

    /// <summary>When nobody knows what the index has.</summary>
    public void Clear()
    {
        if (++_epoch != 0) return;
        Array.Clear(_slots);
        _epoch = 1;
    }

    private Span<byte> SlotOf(ReadOnlySpan<byte> indexKey)
    {
        uint hash = (uint)KeyHash.Compute(0, indexKey);
        int slot = (int)(((ulong)hash * (uint)(_slots.Length / SlotBytes)) >> 32);
        return _slots.AsSpan(slot * SlotBytes, SlotBytes);
    }

    private bool Holds(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> indexKey) =>
        BinaryPrimitives.ReadUInt32LittleEndian(slot) == _epoch
        && BinaryPrimitives.ReadUInt16LittleEndian(slot[KeyLengthAt..]) == indexKey.Length
        && slot.Slice(HeadBytes, indexKey.Length).SequenceEqual(indexKey);
}
