namespace RustFs.Storage;

/// <summary>Memory for the keys and records of one commit group; all of it is taken back at once when the group ends.</summary>
internal sealed class CommitArena
{
    // Holds dozens of small writes, and is no large object to the collector; records of a quarter of it get arrays of their own.
    private const int ChunkBytes = 64 * 1024;

    private readonly List<byte[]> _chunks = [new byte[ChunkBytes]];
    private int _chunk;
    private int _used;

    public Memory<byte> Take(int lengthBytes)
    {
        if (lengthBytes > ChunkBytes / 4) return new byte[lengthBytes];
        if (_used + lengthBytes > ChunkBytes)
        {
            if (++_chunk == _chunks.Count) _chunks.Add(new byte[ChunkBytes]);
            _used = 0;
        }
        Memory<byte> taken = _chunks[_chunk].AsMemory(_used, lengthBytes);
        _used += lengthBytes;
        return taken;
    }

    public Memory<byte> Copy(ReadOnlySpan<byte> bytes)
    {
        Memory<byte> copy = Take(bytes.Length);
        bytes.CopyTo(copy.Span);
        return copy;
    }

    public void Reset() => (_chunk, _used) = (0, 0);
}
