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
    private int _versionIdAt;
    private int _fieldsAt;
    private int _partsAt;
    private int _extentsAt;
    private byte[]? _cachedBody;
    private bool _wasRead;
    private bool _isBodyRecent;

    /// <summary>Once, except by the committer, which reads many records and shares none of them.</summary>
    /// <param name="encoded">Kept, not copied.</param>
    /// <param name="uploadIdAt">The same as <paramref name="versionIdAt"/> when there is none.</param>
    /// <param name="versionIdAt">The same as <paramref name="fieldsAt"/> when there is none.</param>
    internal void Wrap(ReadOnlyMemory<byte> encoded, int uploadIdAt, int versionIdAt, int fieldsAt, int partsAt, int extentsAt)
    {
        _encoded = encoded;
        _uploadIdAt = uploadIdAt;
        _versionIdAt = versionIdAt;
        _fieldsAt = fieldsAt;
        _partsAt = partsAt;
        _extentsAt = extentsAt;
    }

    public ReadOnlyMemory<byte> Encoded => _encoded;

    /// <summary>The object's whole verified body while <see cref="BodyCache"/> keeps it, which alone sets it.</summary>
    public byte[]? CachedBody
    {
        get
        {
            byte[]? body = Volatile.Read(ref _cachedBody);
            // Written only when it changes, so that hits by several cores leave the line shared.
            if (body is not null && !_isBodyRecent) _isBodyRecent = true;
            return body;
        }
        set
        {
            if (value is null) Rendering = null;
            Volatile.Write(ref _cachedBody, value);
        }
    }

    /// <summary>Notes a read of the whole body from the medium; true from the second on.</summary>
    public bool NoteRead()
    {
        bool wasRead = _wasRead;
        _wasRead = true;
        return wasRead;
    }

    /// <summary>Whether the cached body was read since this was last asked.</summary>
    public bool TakeRecentHit()
    {
        bool isRecent = _isBodyRecent;
        _isBodyRecent = false;
        return isRecent;
    }

    public override long SizeBytes => BinaryPrimitives.ReadInt64LittleEndian(_encoded.Span[ObjectRecordCodec.SizeAt..]);

    public override bool IsEncrypted => ObjectRecordCodec.IsEncrypted(_encoded.Span);

    /// <summary>What its extents hold together.</summary>
    public long StoredBytes
    {
        get
        {
            if (!IsEncrypted) return SizeBytes;
            long storedBytes = 0;
            for (int index = 0; index < ExtentCount; index++) storedBytes += Extent(index).LengthBytes;
            return storedBytes;
        }
    }

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
        _uploadIdAt == _versionIdAt ? default : new UploadId(BinaryPrimitives.ReadUInt128BigEndian(_encoded.Span[_uploadIdAt..]));

    public override VersionId VersionId =>
        _versionIdAt == _fieldsAt ? default : new VersionId(BinaryPrimitives.ReadUInt128BigEndian(_encoded.Span[_versionIdAt..]));

    public override bool IsDeleteMarker => ObjectRecordCodec.IsDeleteMarker(_encoded.Span);

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

    /// <summary>All extents, in an array of their own.</summary>
    public Extent[] ReadExtents()
    {
        var extents = new Extent[ExtentCount];
        for (int index = 0; index < extents.Length; index++) extents[index] = Extent(index);
        return extents;
    }
}
