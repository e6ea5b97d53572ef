namespace RustFs.Storage;

/// <summary>
/// Swaps extents of an object or part for copies of the same bytes elsewhere, if the record is still the one the copies were made from.
/// The copies are durable before this is queued, and their pins keep their segment until it is decided.
/// </summary>
internal sealed class RelocateExtents(
    Keyspace keyspace, ReadOnlyMemory<byte> indexKey, ReadOnlyMemory<byte> expected, IReadOnlyList<ExtentMove> moves) : Mutation
{
    internal override StoreStatus Apply(CommitGroup group)
    {
        ReadOnlyMemory<byte> current = group.Get(keyspace, indexKey);
        if (!current.Span.SequenceEqual(expected.Span)) return StoreStatus.Changed;
        return keyspace == Keyspace.Uploads ? RelocatePart(group, current) : RelocateObject(group, current);
    }

    private StoreStatus RelocateObject(CommitGroup group, ReadOnlyMemory<byte> current)
    {
        if (!ObjectRecordCodec.TryDecode(current, out StoredObjectRecord? record)) return StoreStatus.Corrupt;
        var extents = new Extent[record!.ExtentCount];
        for (int index = 0; index < extents.Length; index++) extents[index] = Moved(record.Extent(index));
        group.RewriteObject(keyspace, indexKey, record, record.LastModifiedMs, record.Fields.Encoded.Span, extents);
        RecordMoves(group);
        return StoreStatus.Ok;
    }

    private StoreStatus RelocatePart(CommitGroup group, ReadOnlyMemory<byte> current)
    {
        if (!IndexKeys.TryReadPart(indexKey.Span, out _, out int number)
            || !PartRecordCodec.TryDecode(current, number, out StoredPartRecord? part))
        {
            return StoreStatus.Corrupt;
        }
        var extents = new Extent[part!.ExtentCount];
        for (int index = 0; index < extents.Length; index++) extents[index] = Moved(part.Extent(index));
        ObjectChecksum checksum = part.Checksum;
        Memory<byte> record = group.Arena.Take(PartRecordCodec.EncodedLength(checksum, extents));
        PartRecordCodec.Encode(part.SizeBytes, part.LastModifiedMs, part.ETag, checksum, extents, record.Span, part.IsEncrypted);
        group.ReleasePart(part);
        group.Retain(extents);
        group.Put(Keyspace.Uploads, indexKey, record);
        RecordMoves(group);
        return StoreStatus.Ok;
    }

    private Extent Moved(Extent extent)
    {
        foreach (ExtentMove move in moves)
        {
            if (move.From == extent) return move.To;
        }
        return extent;
    }

    private void RecordMoves(CommitGroup group)
    {
        foreach (ExtentMove move in moves)
        {
            group.AddOwner(keyspace, indexKey, [move.To]);
            if (!move.To.HasInlineChecksum) group.PutBlockChecksums(move.To, move.BlockChecksums);
        }
    }
}

/// <summary>An extent and its copy; the block checksums are those of the bytes, so they are the same for both.</summary>
internal readonly record struct ExtentMove(Extent From, Extent To, uint[] BlockChecksums);
