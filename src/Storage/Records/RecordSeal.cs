using System.Buffers.Binary;
using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>
/// The CRC-32C in bytes 4 to 7 of a stored record, over all its other bytes. RocksDB checks its blocks and its log; this one goes from the
/// writer's
/// memory to the reader's, through block cache and memtable, which those do not cover.
/// </summary>
internal static class RecordSeal
{
    private const int SealAt = 4;

    /// <summary>The bytes before and of the seal: the shortest record.</summary>
    private const int SealEnd = 8;

    public static void Write(Span<byte> record) =>
        BinaryPrimitives.WriteUInt32LittleEndian(record[SealAt..], Compute(record));

    public static bool IsIntact(ReadOnlySpan<byte> record) =>
        record.Length >= SealEnd && BinaryPrimitives.ReadUInt32LittleEndian(record[SealAt..]) == Compute(record);

    private static uint Compute(ReadOnlySpan<byte> record) => Crc32C.Append(Crc32C.Append(0, record[..SealAt]), record[SealEnd..]);
}
