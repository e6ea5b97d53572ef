using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>How a body is appended, and what came of it.</summary>
public sealed class ObjectAppend
{
    /// <summary>The size that the object must have; 0 also where there is none.</summary>
    public required long OffsetBytes { get; init; }

    /// <summary>The request brings metadata: that is for an object that is created, and refused where there is one.</summary>
    public bool BringsMetadata { get; init; }

    /// <summary>
    /// The value of the field by which the appended bytes are encrypted; empty when they are not. The object must be encrypted by it: one
    /// that was put in its place meanwhile is answered Changed.
    /// </summary>
    public ReadOnlyMemory<byte> Encryption { get; init; }

    /// <summary>The object's checksum after the append; set when it is committed.</summary>
    public ObjectChecksum Checksum { get; internal set; }

    /// <summary>Decides by the record as it stands, before the bytes are there and again at commit.</summary>
    /// <param name="current">Null when there is no object.</param>
    /// <param name="kind">Of the checksum that the appended bytes have.</param>
    public StoreStatus Check(ObjectRecord? current, ChecksumKind kind)
    {
        if (current is null) return OffsetBytes == 0 ? StoreStatus.Ok : StoreStatus.NoSuchKey;
        if (current.SizeBytes != OffsetBytes) return StoreStatus.InvalidWriteOffset;
        if (BringsMetadata) return StoreStatus.MetadataOfAppend;
        if (current.SizeBytes == 0 || current.Checksum.Kind == ChecksumKind.None) return StoreStatus.Ok;
        return kind == current.Checksum.Kind ? StoreStatus.Ok : StoreStatus.ChecksumKindDiffers;
    }
}
