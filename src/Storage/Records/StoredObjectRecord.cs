using System.Buffers.Binary;
using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>
/// A record over its encoded bytes, which <see cref="ObjectRecordCodec.TryDecode"/> has checked; accessors read in place and allocate
/// nothing.
/// </summary>
internal sealed class StoredObjectRecord : ObjectRecord
{
    private ReadOnlyMemory<byte> _encoded;
    private int _uploadIdAt;
    private int _fieldsAt;
    private int _partsAt;
    private int _extentsAt;

    /// <summary>Once, except by the committer, which reads many records and shares none of them.</summary>
    /// <param name="encoded">Kept, not copied.</param>
    /// <param name="uploadIdAt">-1 when there is none.</param>
    internal void Wrap(ReadOnlyMemory<byte> encoded, int uploadIdAt, int fieldsAt, int partsAt, int extentsAt)
    {
        _encoded = encoded;
        _uploadIdAt = uploadIdAt;
        _fieldsAt = fieldsAt;
        _partsAt = partsAt;
        _extentsAt = extentsAt;
    }

    public ReadOnlyMemory<byte> Encoded => _encoded;

    public override long SizeBytes => BinaryPrimitives.ReadInt64LittleEndian(_encoded.Span[ObjectRecordCodec.SizeAt..]);

    public override long LastModifiedMs => BinaryPrimitives.ReadInt64LittleEndian(_encoded.Span[ObjectRecordCodec.ModifiedAt..]);

    public override ETag ETag => ObjectRecordCodec.ReadETag(_encoded.Span);

    public override ObjectChecksum Checksum
    {
        get
        {
            ReadOnlySpan<byte> bytes = _encoded.Span;
            var kind = (ChecksumKind)bytes[ObjectRecordCodec.KindAt];
            ReadOnlySpan<byte> digest = bytes.Slice(ObjectRecordCodec.HeadBytes, ObjectChecksum.DigestBytes(kind));
            return new ObjectChecksum(kind, (ChecksumType)bytes[ObjectRecordCodec.TypeAt], digest);
        }
    }

    public override StoredFields Fields => new(_encoded[_fieldsAt.._partsAt]);

    public override UploadId UploadId =>
        _uploadIdAt < 0 ? default : new UploadId(BinaryPrimitives.ReadUInt128BigEndian(_encoded.Span[_uploadIdAt..]));

    public override int PartCount => BinaryPrimitives.ReadUInt16LittleEndian(_encoded.Span[ObjectRecordCodec.PartCountAt..]);

    public override ObjectPart Part(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)PartCount, nameof(index));
        ReadOnlySpan<byte> bytes = _encoded.Span;
        int partBytes = ObjectRecordCodec.PartHeadBytes + bytes[ObjectRecordCodec.PartDigestLengthAt];
        return ObjectRecordCodec.ReadPart(bytes.Slice(_partsAt + index * partBytes, partBytes));
    }

    public int ExtentCount => (_encoded.Length - _extentsAt) / Storage.Extent.EncodedBytes;

    public Extent Extent(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)ExtentCount, nameof(index));
        return Storage.Extent.Read(_encoded.Span.Slice(_extentsAt + index * Storage.Extent.EncodedBytes, Storage.Extent.EncodedBytes));
    }
}
