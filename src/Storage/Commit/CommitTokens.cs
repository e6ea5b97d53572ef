using System.Buffers.Binary;

namespace RustFs.Storage;

/// <summary>
/// The tokens by which writes that are sent again are known. Each stands in the index from the commit of its write on, under the hour of
/// that commit; those of the hour before are still known, and older ones are dropped when an hour begins. The committer's own.
/// </summary>
internal sealed class CommitTokens
{
    private const long HourMs = 3_600_000;
    private const int KeyBytes = 1 + sizeof(uint) + 16;
    private const int ValueBytes = 32;

    // Dropped again after a restart: then it is not known.
    private uint _droppedBefore;

    public bool TryFind(CommitGroup group, UInt128 name, out UInt128 parameters, out VersionId version)
    {
        uint hour = HourOf(group);
        for (int back = 0; back < 2; back++)
        {
            ReadOnlySpan<byte> value = group.Get(Keyspace.Meta, KeyOf(group, hour - (uint)back, name)).Span;
            if (value.Length != ValueBytes) continue;
            parameters = BinaryPrimitives.ReadUInt128BigEndian(value);
            version = new VersionId(BinaryPrimitives.ReadUInt128BigEndian(value[16..]));
            return true;
        }
        (parameters, version) = (default, default);
        return false;
    }

    public void Put(CommitGroup group, in WriteToken token, VersionId version)
    {
        uint hour = HourOf(group);
        Memory<byte> value = group.Arena.Take(ValueBytes);
        BinaryPrimitives.WriteUInt128BigEndian(value.Span, token.Parameters);
        BinaryPrimitives.WriteUInt128BigEndian(value.Span[16..], version.Value);
        group.Put(Keyspace.Meta, KeyOf(group, hour, token.Name), value);
        if (hour == _droppedBefore) return;
        _droppedBefore = hour;
        Span<byte> first = stackalloc byte[KeyBytes];
        Span<byte> end = stackalloc byte[KeyBytes];
        int firstBytes = IndexKeys.TokensOfHour(0, first);
        int endBytes = IndexKeys.TokensOfHour(hour - 1, end);
        group.Batch.DeleteRange(Keyspace.Meta, first[..firstBytes], end[..endBytes]);
    }

    private static uint HourOf(CommitGroup group) => (uint)(group.TimeMs / HourMs);

    private static Memory<byte> KeyOf(CommitGroup group, uint hour, UInt128 name)
    {
        Memory<byte> key = group.Arena.Take(KeyBytes);
        return key[..IndexKeys.Token(hour, name, key.Span)];
    }
}
