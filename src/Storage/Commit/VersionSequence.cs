using System.Buffers.Binary;

namespace RustFs.Storage;

/// <summary>
/// Deals out the numbers by which versions are ordered: the time where possible, and always more than before, also when the clock steps
/// back or the server is started again. For that a bound stands in the index that no number has passed; the next opening begins there.
/// Used by the committer's thread only.
/// </summary>
internal sealed class VersionSequence(IIndex index)
{
    // Below the milliseconds: that many versions a millisecond before the numbers run ahead of the clock.
    private const int TimeShift = 16;

    // How far ahead of the numbers the bound is put: one small put a minute of writing versions.
    private const ulong AheadOfBound = 60_000UL << TimeShift;

    private ulong? _last;
    private ulong _durableBound;
    private ulong _bound;

    /// <summary>A group is built, perhaps anew: what the last attempt put is not in the index.</summary>
    public void Begin() => _bound = _durableBound;

    public void Committed() => _durableBound = _bound;

    /// <param name="group">Gets the bound where it must be raised.</param>
    public ulong Next(CommitGroup group)
    {
        Span<byte> key = stackalloc byte[16];
        key = key[..IndexKeys.Fact("versions"u8, key)];
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        _last ??= index.Get(Keyspace.Meta, key, value) == value.Length ? BinaryPrimitives.ReadUInt64LittleEndian(value) : 0;
        ulong next = Math.Max(_last.Value + 1, (ulong)group.TimeMs << TimeShift);
        if (next > _bound)
        {
            _bound = next + AheadOfBound;
            BinaryPrimitives.WriteUInt64LittleEndian(value, _bound);
            group.Batch.Put(Keyspace.Meta, key, value);
        }
        _last = next;
        return next;
    }
}
