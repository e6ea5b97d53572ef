// unsafe: names, options and handles of column families stand on the stack for the one call that opens the database.
using System.Runtime.InteropServices;
using RustFs.Storage;
using Xunit;
using static RustFs.Storage.RocksDbNative;

namespace RustFs.Tests.Storage;

/// <summary>An index that a server made which knew fewer keyspaces.</summary>
public sealed unsafe class OlderIndexTests
{
    private static readonly string[] OlderFamilies = ["default", "objects", "uploads", "segments"];

    [Fact]
    public void AnIndexWithoutVersionsIsReadAsItIsAndGetsThemWhenItIsOpenedForWriting()
    {
        using var directory = new TemporaryDirectory();
        CreateOlder(directory.Path);
        using (RocksDbIndex index = RocksDbIndex.OpenReadOnly(directory.Path, 1 << 20))
        {
            Assert.Null(index.Get(Keyspace.Versions, "v"u8));
            using IIndexCursor cursor = index.OpenCursor(Keyspace.Versions, default);
            Assert.False(cursor.Seek("v"u8));
            using IIndexSnapshot snapshot = index.TakeSnapshot();
            using IIndexCursor ofSnapshot = snapshot.OpenCursor(Keyspace.Versions, default);
            Assert.False(ofSnapshot.Seek("v"u8));
        }
        using (RocksDbIndex index = RocksDbIndex.Open(directory.Path, 1 << 20))
        {
            using IIndexBatch batch = index.NewBatch();
            batch.Put(Keyspace.Versions, "v"u8, "1"u8);
            index.Commit(batch, synced: true);
        }
        using (RocksDbIndex index = RocksDbIndex.OpenReadOnly(directory.Path, 1 << 20))
        {
            Assert.Equal("1"u8, index.Get(Keyspace.Versions, "v"u8)!);
        }
    }

    [Fact]
    public void ASnapshotShowsWhatWasThereWhenItWasTaken()
    {
        using var directory = new TemporaryDirectory();
        using RocksDbIndex index = RocksDbIndex.Open(directory.Path, 1 << 20);
        using IIndexBatch batch = index.NewBatch();
        batch.Put(Keyspace.Objects, "a"u8, "1"u8);
        index.Commit(batch, synced: true);
        using IIndexSnapshot snapshot = index.TakeSnapshot();
        batch.Delete(Keyspace.Objects, "a"u8);
        batch.Put(Keyspace.Versions, "a"u8, "1"u8);
        index.Commit(batch, synced: true);
        using IIndexCursor objects = snapshot.OpenCursor(Keyspace.Objects, default);
        using IIndexCursor versions = snapshot.OpenCursor(Keyspace.Versions, default);
        Assert.True(objects.Seek("a"u8));
        Assert.False(versions.Seek("a"u8));
    }

    private static void CreateOlder(string path)
    {
        using var options = new RocksDbOptions(1 << 20);
        nint* names = stackalloc nint[OlderFamilies.Length];
        nint* familyOptions = stackalloc nint[OlderFamilies.Length];
        nint* families = stackalloc nint[OlderFamilies.Length];
        for (int i = 0; i < OlderFamilies.Length; i++)
        {
            names[i] = Marshal.StringToCoTaskMemUTF8(OlderFamilies[i]);
            familyOptions[i] = options.Families[i];
        }
        byte* error = null;
        nint db = rocksdb_open_column_families(options.Database, path, OlderFamilies.Length, names, familyOptions, families, &error);
        Assert.True(error == null);
        for (int i = 0; i < OlderFamilies.Length; i++)
        {
            rocksdb_column_family_handle_destroy(families[i]);
            Marshal.FreeCoTaskMem(names[i]);
        }
        rocksdb_close(db);
    }
}
