using System.Buffers.Binary;

namespace RustFs.Storage;

/// <summary>What a segment is used for. Stored: never renumber.</summary>
internal enum SegmentState : byte
{
    /// <summary>Holds nothing; its file waits to be used again under a new generation.</summary>
    Free = 0,
    /// <summary>Takes appends.</summary>
    Open = 1,
    /// <summary>Full, or closed early: only read.</summary>
    Sealed = 2,
    /// <summary>A write or sync to it failed: never written again.</summary>
    Failed = 3,
}

/// <summary>
/// What the index knows of a segment. Stored little-endian: version (1) state (1) directory ordinal (2) CRC-32C (4) generation (4)
/// watermark (8) live bytes (8).
/// </summary>
/// <param name="State">What it is used for.</param>
/// <param name="DirectoryOrdinal">Which of the volume's directories holds its file, from 0.</param>
/// <param name="Generation">Counts its uses, so that an extent of an earlier use is known to be stale.</param>
/// <param name="WatermarkBytes">Bytes from the file's start that committed records may refer to; what follows is free.</param>
/// <param name="LiveBytes">How many of them records still refer to.</param>
internal readonly record struct SegmentRecord(
    SegmentState State, ushort DirectoryOrdinal, uint Generation, long WatermarkBytes, long LiveBytes)
{
    public const byte FormatVersion = 1;
    public const int EncodedBytes = 28;

    public void Write(Span<byte> destination)
    {
        Span<byte> record = destination[..EncodedBytes];
        record[0] = FormatVersion;
        record[1] = (byte)State;
        BinaryPrimitives.WriteUInt16LittleEndian(record[2..], DirectoryOrdinal);
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], Generation);
        BinaryPrimitives.WriteInt64LittleEndian(record[12..], WatermarkBytes);
        BinaryPrimitives.WriteInt64LittleEndian(record[20..], LiveBytes);
        RecordSeal.Write(record);
    }

    public static bool TryRead(ReadOnlySpan<byte> encoded, out SegmentRecord record)
    {
        record = default;
        if (encoded.Length != EncodedBytes || encoded[0] != FormatVersion || encoded[1] > (byte)SegmentState.Failed
            || !RecordSeal.IsIntact(encoded))
        {
            return false;
        }
        record = new SegmentRecord(
            (SegmentState)encoded[1],
            BinaryPrimitives.ReadUInt16LittleEndian(encoded[2..]),
            BinaryPrimitives.ReadUInt32LittleEndian(encoded[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(encoded[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(encoded[20..]));
        return record is { WatermarkBytes: >= 0, LiveBytes: >= 0 };
    }
}
