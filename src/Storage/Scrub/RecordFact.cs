namespace RustFs.Storage;

/// <summary>Writes a fact of the volume.</summary>
internal sealed class RecordFact(byte[] name, byte[] value) : Mutation
{
    internal override StoreStatus Apply(CommitGroup group)
    {
        byte[] key = new byte[1 + name.Length];
        IndexKeys.Fact(name, key);
        group.Put(Keyspace.Meta, key, value);
        return StoreStatus.Ok;
    }
}
