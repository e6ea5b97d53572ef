using System.Runtime.CompilerServices;
using RustFs.Checksums;
using RustFs.Http1;
using RustFs.S3.Encryption;
using RustFs.Storage;

namespace RustFs.S3.Objects;

/// <summary>Copies a range of a stored object into a new body inside the process, and feeds the digests that the copy needs.</summary>
internal sealed class ObjectCopy(MemoryBudget memory) : IDisposable
{
    private readonly ChecksumSet _checksums = new();
    private BodyWriter? _writer;

    /// <summary>The copied body as it is stored; after a copy that gave Ok.</summary>
    public BodyWriter Writer => BodyEncryption.StoredOf(_writer ?? throw new InvalidOperationException("Nothing was copied."));

    /// <summary>The key of an encrypted source, for one reading of it; disposed with that or with this.</summary>
    public DataKey? SourceKey
    {
        private get;
        set
        {
            field?.Dispose();
            field = value;
        }
    }

    /// <summary>What the copy is encrypted with; null when it is not. Disposed with this.</summary>
    public BodyEncryption? Encryption
    {
        private get;
        set
        {
            field?.Dispose();
            field = value;
        }
    }

    /// <summary>Copies the range. Changed when the record is stale: find the source again.</summary>
    /// <param name="hasMd5">Whether the copy gets an MD5 of its own as its tag.</param>
    /// <param name="kinds">The digests to compute; None when all of the source are kept.</param>
    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    public async ValueTask<StoreStatus> RunAsync(
        IObjectStore store, ObjectRecord source, long offset, long lengthBytes, bool hasMd5, ChecksumKind kinds)
    {
        _checksums.Reset(kinds);
        _writer?.Dispose();
        _writer = null;
        StoreStatus status = BodyEncryption.OpenWriter(store, memory, Encryption, lengthBytes, out _writer);
        if (status != StoreStatus.Ok || lengthBytes == 0)
            return status;
        if (!hasMd5)
            _writer!.SkipMd5();
        return await ReadAsync(store, source, offset, lengthBytes).ConfigureAwait(false);
    }

    /// <summary>Reads the whole source for its digests only.</summary>
    public ValueTask<StoreStatus> DigestAsync(IObjectStore store, ObjectRecord source, ChecksumKind kinds) =>
        DigestAsync(store, source, 0, source.SizeBytes, kinds);

    /// <summary>Reads a range for its digests only. Changed when the record is stale: find the source again.</summary>
    public ValueTask<StoreStatus> DigestAsync(IObjectStore store, ObjectRecord source, long offset, long lengthBytes, ChecksumKind kinds)
    {
        _checksums.Reset(kinds);
        _writer?.Dispose();
        _writer = null;
        return kinds == ChecksumKind.None ? new(StoreStatus.Ok) : ReadAsync(store, source, offset, lengthBytes);
    }

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private async ValueTask<StoreStatus> ReadAsync(IObjectStore store, ObjectRecord source, long offset, long lengthBytes)
    {
        StoreStatus status = EncryptedObject.OpenReader(store, memory, source, SourceKey, offset, lengthBytes, out ObjectReader? reader);
        if (status != StoreStatus.Ok)
            return status;
        using (reader)
        {
            while (reader!.RemainingBytes > 0)
            {
                ReadResult read = await reader.ReadAsync().ConfigureAwait(false);
                if (read.Status != StoreStatus.Ok)
                    return read.Status;
                if (read.Bytes.IsEmpty)
                    return StoreStatus.IoFailed;
                _checksums.Append(read.Bytes.Span);
                status = _writer is null ? StoreStatus.Ok : await WriteAsync(read.Bytes).ConfigureAwait(false);
                if (status != StoreStatus.Ok)
                    return status;
            }
        }

        return StoreStatus.Ok;
    }

    /// <summary>A digest of what was copied, when it was among the kinds.</summary>
    public ObjectChecksum FinishChecksum(ChecksumKind kind)
    {
        Span<byte> digest = stackalloc byte[ChecksumSet.MaxDigestBytes];
        return new ObjectChecksum(kind, ChecksumType.FullObject, digest[.._checksums.Finish(kind, digest)]);
    }

    /// <summary>The tag of a simple object of what was read, when the MD5 was among the kinds.</summary>
    public ETag FinishETag()
    {
        Span<byte> digest = stackalloc byte[ChecksumSet.MaxDigestBytes];
        return ETag.FromDigest(digest[.._checksums.Finish(ChecksumKind.Md5, digest)]);
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _checksums.Dispose();
        SourceKey = null;
        Encryption = null;
    }

    private async ValueTask<StoreStatus> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Memory<byte> room = _writer!.Room;
            int length = Math.Min(room.Length, bytes.Length);
            bytes.Span[..length].CopyTo(room.Span);
            bytes = bytes[length..];
            StoreStatus status = await _writer.AdvanceAsync(length).ConfigureAwait(false);
            if (status != StoreStatus.Ok)
                return status;
        }

        return StoreStatus.Ok;
    }
}
