using System.Buffers.Binary;
using System.Numerics;
using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>What is wrong with a log file of the index.</summary>
internal enum IndexLogFault : byte
{
    None,
    /// <summary>It ends in a record that is not whole: what a power cut leaves of a write that was never acknowledged.</summary>
    TornTail,
    /// <summary>
    /// Whole records follow one that is not, so it had been synced; or a record is whole but for one bit, which no cut write leaves.
    /// </summary>
    Damaged,
}

/// <summary>
/// Reads a log file in RocksDB's log format (its wiki, "Write Ahead Log File Format"; MANIFEST files have it too) and says whether a bad
/// record stands at its end or before others. RocksDB itself stops at the first bad record and drops what follows without a word.
/// </summary>
/// <remarks>
/// <c>file = *( block of 32 KiB ); block = *record [ zeros shorter than a header ];
/// record = masked-crc32c (4) length (2) type (1) [ log number (4), recyclable types only ] payload</c>, little-endian; the checksum covers
/// type, log number and payload. A payload that crosses blocks is cut into FIRST, MIDDLE and LAST records. A batch begins with its first
/// sequence number (8) and its count (4).
/// </remarks>
internal sealed class IndexLogFile
{
    private const int BlockBytes = 32 * 1024;
    private const int HeaderBytes = 7;
    private const int RecyclableHeaderBytes = 11;
    private const int BatchHeadBytes = 12;

    // util/crc32c.h
    private const uint MaskDelta = 0xA282EAD8;

    // db/log_format.h
    private const byte Full = 1;
    private const byte First = 2;
    private const byte Last = 4;
    private const byte RecyclableFull = 5;
    private const byte RecyclableFirst = 6;
    private const byte RecyclableLast = 8;

    private readonly byte[] _block = new byte[BlockBytes];
    private readonly bool _holdsBatches;
    private bool _isWithinPayload;
    private long _payloadStart;

    private IndexLogFile(string path, bool holdsBatches)
    {
        (Path, _holdsBatches) = (path, holdsBatches);
        using FileStream file = File.OpenRead(path);
        // No record crosses a block, so the log is read one block at a time whatever its length.
        for (int blockBytes = -1; blockBytes != 0 && Fault != IndexLogFault.Damaged; LengthBytes += blockBytes)
        {
            blockBytes = file.ReadAtLeast(_block, BlockBytes, throwOnEndOfStream: false);
            ScanBlock(blockBytes);
        }
        if (_isWithinPayload) FailAt(_payloadStart);
    }

    public string Path { get; }
    public IndexLogFault Fault { get; private set; }

    /// <summary>Where the first bad record begins.</summary>
    public long FaultOffset { get; private set; } = -1;

    /// <summary>Bytes looked at: all, unless it is damaged.</summary>
    public long LengthBytes { get; private set; }

    /// <summary>The sequence number of the first whole batch; 0 when there is none.</summary>
    public ulong FirstSequence { get; private set; }

    /// <summary>The last sequence number of the last whole batch before the fault; 0 when there is none.</summary>
    public ulong LastSequence { get; private set; }

    /// <param name="path">The file; throws what <see cref="File.OpenRead"/> throws.</param>
    /// <param name="holdsBatches">False for a MANIFEST.</param>
    public static IndexLogFile Read(string path, bool holdsBatches) => new(path, holdsBatches);

    private void ScanBlock(int blockBytes)
    {
        int at = 0;
        while (at < blockBytes && Fault != IndexLogFault.Damaged)
        {
            if (blockBytes - at < HeaderBytes)
            {
                // A block's trailer is zeros; the file's end may be a header cut short.
                if (blockBytes != BlockBytes) FailAt(LengthBytes + at);
                return;
            }
            if (TryReadRecord(at, blockBytes, out byte type, out int payloadAt, out int end))
            {
                Take(type, LengthBytes + at, _block.AsSpan(payloadAt, end - payloadAt));
                at = end;
            }
            else
            {
                FailAt(LengthBytes + at);
                if (IsOneBitOff(at, blockBytes)) Fault = IndexLogFault.Damaged;
                at = NextStart(at + 1, blockBytes);
            }
        }
    }

    private void FailAt(long offset)
    {
        if (Fault != IndexLogFault.None) return;
        (Fault, FaultOffset, _isWithinPayload) = (IndexLogFault.TornTail, offset, false);
    }

    private void Take(byte type, long offset, ReadOnlySpan<byte> payload)
    {
        bool isStart = type is Full or First or RecyclableFull or RecyclableFirst;
        // A write begins only after the one before it was synced.
        if (isStart && _isWithinPayload) FailAt(_payloadStart);
        if (isStart && Fault != IndexLogFault.None)
        {
            Fault = IndexLogFault.Damaged;
            return;
        }
        if (Fault != IndexLogFault.None) return;
        if (type is First or RecyclableFirst) (_isWithinPayload, _payloadStart) = (true, offset);
        if (type is Last or RecyclableLast) _isWithinPayload = false;
        if (isStart && _holdsBatches) TakeBatch(payload);
    }

    private void TakeBatch(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < BatchHeadBytes) return;
        ulong sequence = BinaryPrimitives.ReadUInt64LittleEndian(payload);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(payload[8..]);
        if (count == 0) return;
        if (FirstSequence == 0) FirstSequence = sequence;
        LastSequence = sequence + count - 1;
    }

    // The length of a bad record may be what is bad in it: every offset is tried.
    private int NextStart(int at, int blockEnd)
    {
        for (; at <= blockEnd - HeaderBytes; at++)
        {
            byte type = _block[at + 6];
            if (type is Full or First or RecyclableFull or RecyclableFirst
                && TryReadRecord(at, blockEnd, out _, out int payloadAt, out int end) && end > payloadAt)
            {
                return at;
            }
        }
        return blockEnd;
    }

    /// <summary>Whether flipping one bit back makes a record whole: of its length, of its checksum, or of what that covers.</summary>
    private bool IsOneBitOff(int at, int blockEnd)
    {
        Span<byte> length = _block.AsSpan(at + 4, 2);
        for (int bit = 0; bit < 16; bit++)
        {
            length[bit / 8] ^= (byte)(1 << (bit % 8));
            bool isWhole = TryReadRecord(at, blockEnd, out _, out _, out _);
            length[bit / 8] ^= (byte)(1 << (bit % 8));
            if (isWhole) return true;
        }
        // A flipped type may look recyclable: recycling is off, so the short header is the right one.
        int end = at + HeaderBytes + BinaryPrimitives.ReadUInt16LittleEndian(length);
        if (end > blockEnd) return false;
        ReadOnlySpan<byte> covered = _block.AsSpan(at + 6, end - at - 6);
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(_block.AsSpan(at));
        uint computed = Crc32C.Append(0, covered);
        return BitOperations.IsPow2(stored ^ Mask(computed)) || IsSyndromeOfOneBit(Unmask(stored) ^ computed, covered.Length);
    }

    // A CRC is linear: a flipped bit changes it by a value that depends only on how many bytes follow.
    private static bool IsSyndromeOfOneBit(uint syndrome, int lengthBytes)
    {
        Span<byte> zero = [0];
        for (int bit = 0; bit < 8; bit++)
        {
            Span<byte> flipped = [(byte)(1 << bit)];
            uint change = Crc32C.Append(0, flipped) ^ Crc32C.Append(0, zero);
            for (int following = 0; following < lengthBytes; following++)
            {
                if (change == syndrome) return true;
                change = Crc32C.Append(change, zero) ^ Crc32C.Append(0, zero);
            }
        }
        return false;
    }

    private bool TryReadRecord(int at, int blockEnd, out byte type, out int payloadAt, out int end)
    {
        type = _block[at + 6];
        bool isRecyclable = type is >= RecyclableFull and <= RecyclableLast;
        payloadAt = at + (isRecyclable ? RecyclableHeaderBytes : HeaderBytes);
        end = payloadAt + BinaryPrimitives.ReadUInt16LittleEndian(_block.AsSpan(at + 4));
        if (type == 0 || end > blockEnd) return false;
        return BinaryPrimitives.ReadUInt32LittleEndian(_block.AsSpan(at)) == Mask(Crc32C.Append(0, _block.AsSpan(at + 6, end - at - 6)));
    }

    // A checksum that is stored among what others cover is turned and shifted.
    private static uint Mask(uint crc) => BitOperations.RotateRight(crc, 15) + MaskDelta;
    private static uint Unmask(uint masked) => BitOperations.RotateLeft(masked - MaskDelta, 15);
}
