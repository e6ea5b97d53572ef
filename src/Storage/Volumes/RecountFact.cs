namespace RustFs.Storage;

/// <summary>
/// A fact of the volume: a record that could not be read was deleted or replaced, and what it kept alive is still counted. Opening the
/// volume counts anew and drops the fact.
/// </summary>
internal static class RecountFact
{
    private static readonly byte[] Key = MakeKey();

    public static bool IsSet(IIndex index) => index.Get(Keyspace.Meta, Key) is not null;
    public static void Set(IIndexBatch batch) => batch.Put(Keyspace.Meta, Key, [1]);
    public static void Clear(IIndexBatch batch) => batch.Delete(Keyspace.Meta, Key);

    private static byte[] MakeKey()
    {
        byte[] key = new byte[16];
        return key[..IndexKeys.Fact("recount"u8, key)];
    }
}
