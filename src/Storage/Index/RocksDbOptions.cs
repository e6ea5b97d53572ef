using System.Numerics;
using static RustFs.Storage.RocksDbNative;

namespace RustFs.Storage;

/// <summary>
/// The native options of the index, with the reason for each value. Lives as long as the index; the block cache survives a reopen.
/// </summary>
internal sealed class RocksDbOptions : IDisposable
{
    // rocksdb/c.h
    private const int PointInTimeRecovery = 2;
    private const int Lz4Compression = 4;
    private const int BinarySearchAndHash = 1;
    private const int WarnLevel = 2;

    // Memory the memtables may take: all together, and one of each keyspace. Large ones make lookups in them slower and recovery longer.
    private const long WriteBuffersBytes = 32L << 20;
    private const long ObjectsWriteBufferBytes = 16L << 20;
    private const long OtherWriteBufferBytes = 8L << 20;

    // Two being written out and one filling: a slow flush does not stop commits at once.
    private const int WriteBuffersPerKeyspace = 3;

    // The log is replayed at open: this much takes about a second.
    private const long LogBytes = 128L << 20;

    // Tables are 32 MiB and more, so this is far beyond what 100 M objects need, and stays inside a 1,024-descriptor limit.
    private const int OpenFiles = 400;

    // A lookup that misses the cache reads, checks and unpacks one block, and keeps all of it: thirty records. Larger ones cost more for
    // each miss, smaller ones more index memory (about 1.3 MB for a million objects with this size).
    private const long BlockBytes = 4L << 10;

    // A seek walks half of this many keys behind a whole one, in each level. Smaller intervals repeat more of the keys.
    private const int KeysPerRestart = 8;

    // 10 bits a key: one in a hundred lookups of an absent key reads a block.
    private const double BloomBitsPerKey = 10;

    // A table where half of any 8,192 neighbours are deletions is compacted by itself.
    private const int DeletionWindow = 8192;
    private const int DeletionsInWindow = DeletionWindow / 2;

    private readonly List<nint> _options = [];
    private readonly nint _cache;

    public RocksDbOptions(long cacheBytes)
    {
        _cache = NewCache(cacheBytes);
        Database = NewDatabaseOptions();
        foreach (Keyspace keyspace in Enum.GetValues<Keyspace>())
        {
            Families.Add(NewFamilyOptions(keyspace));
        }
        Read = rocksdb_readoptions_create();
        // rocksdb/options.h, ReadTier.kBlockCacheTier: what memory does not hold is answered as incomplete.
        const int BlockCacheTier = 1;
        ReadInMemory = rocksdb_readoptions_create();
        rocksdb_readoptions_set_read_tier(ReadInMemory, BlockCacheTier);
        SyncedWrite = rocksdb_writeoptions_create();
        rocksdb_writeoptions_set_sync(SyncedWrite, 1);
        UnsyncedWrite = rocksdb_writeoptions_create();
    }

    public nint Database { get; }

    /// <summary>In the order of <see cref="Keyspace"/>.</summary>
    public List<nint> Families { get; } = [];
    public nint Read { get; }
    public nint ReadInMemory { get; }
    public nint SyncedWrite { get; }
    public nint UnsyncedWrite { get; }

    public void Dispose()
    {
        rocksdb_readoptions_destroy(Read);
        rocksdb_readoptions_destroy(ReadInMemory);
        rocksdb_writeoptions_destroy(SyncedWrite);
        rocksdb_writeoptions_destroy(UnsyncedWrite);
        _options.ForEach(rocksdb_options_destroy);
        rocksdb_cache_destroy(_cache);
    }

    // RocksDB would make shards of half a megabyte, and the filter of one table, 0.7 MB, would never stay in one: each lookup would read it
    // anew. So shards of 16 MiB, and no more than the 64 that RocksDB has at most.
    private static nint NewCache(long cacheBytes)
    {
        const long shardBytes = 16L << 20;
        const int maxShardBits = 6;
        nint options = rocksdb_lru_cache_options_create();
        rocksdb_lru_cache_options_set_capacity(options, (nuint)cacheBytes);
        int shardBits = BitOperations.Log2((ulong)Math.Max(1, cacheBytes / shardBytes));
        rocksdb_lru_cache_options_set_num_shard_bits(options, Math.Min(shardBits, maxShardBits));
        nint cache = rocksdb_cache_create_lru_opts(options);
        rocksdb_lru_cache_options_destroy(options);
        return cache;
    }

    private nint NewDatabaseOptions()
    {
        nint options = NewOptions();
        rocksdb_options_set_create_if_missing(options, 1);
        rocksdb_options_set_create_missing_column_families(options, 1);
        rocksdb_options_set_max_open_files(options, OpenFiles);
        rocksdb_options_set_max_background_jobs(options, Math.Clamp(Environment.ProcessorCount / 2, 2, 4));
        rocksdb_options_set_db_write_buffer_size(options, (nuint)WriteBuffersBytes);

        // The log: a torn tail is where a power cut leaves it, so replay stops there; IndexGuard has refused a log whose damage is no
        // torn tail. RocksDB preallocates log files itself. They are not
        // recycled: before RocksDB 9.1 that excludes point-in-time recovery (facebook/rocksdb pull requests 6351 and 12403), and it
        // measured
        // within the noise. Nothing is synced early (0): each commit syncs what it wrote.
        rocksdb_options_set_wal_recovery_mode(options, PointInTimeRecovery);
        rocksdb_options_set_max_total_wal_size(options, (ulong)LogBytes);
        rocksdb_options_set_recycle_log_file_num(options, 0);
        rocksdb_options_set_wal_bytes_per_sync(options, 0);

        // Tables are written out as they grow, so that a commit's sync does not find megabytes of them waiting before it.
        rocksdb_options_set_bytes_per_sync(options, 1 << 20);

        // One committer writes: nothing to gain from concurrent inserts, which cost an atomic each.
        rocksdb_options_set_allow_concurrent_memtable_write(options, 0);

        // RocksDB's own text log: warnings, a few files of a bounded size, no periodic statistics.
        rocksdb_options_set_info_log_level(options, WarnLevel);
        rocksdb_options_set_keep_log_file_num(options, 4);
        rocksdb_options_set_max_log_file_size(options, 4 << 20);
        rocksdb_options_set_stats_dump_period_sec(options, 0);
        return options;
    }

    private nint NewFamilyOptions(Keyspace keyspace)
    {
        nint options = NewOptions();
        long writeBufferBytes = keyspace == Keyspace.Objects ? ObjectsWriteBufferBytes : OtherWriteBufferBytes;
        rocksdb_options_set_write_buffer_size(options, (nuint)writeBufferBytes);
        rocksdb_options_set_max_write_buffer_number(options, WriteBuffersPerKeyspace);

        // A tenth of the memtable as a Bloom filter over whole keys: most lookups are not for what was just written.
        rocksdb_options_set_memtable_prefix_bloom_size_ratio(options, 0.1);
        rocksdb_options_set_memtable_whole_key_filtering(options, 1);

        // Levels sized from the bottom up keep dead versions to about a tenth of the index.
        rocksdb_options_set_level_compaction_dynamic_level_bytes(options, 1);
        rocksdb_options_set_max_bytes_for_level_base(options, 128 << 20);
        rocksdb_options_set_target_file_size_base(options, 32 << 20);

        // Neighbouring keys repeat each other: LZ4 halves a table (63 bytes a key for 135) at no measurable cost to a lookup.
        rocksdb_options_set_compression(options, Lz4Compression);
        rocksdb_options_add_compact_on_deletion_collector_factory(options, DeletionWindow, DeletionsInWindow);

        nint table = rocksdb_block_based_options_create();
        rocksdb_block_based_options_set_block_cache(table, _cache);
        rocksdb_block_based_options_set_block_size(table, (nuint)BlockBytes);
        rocksdb_block_based_options_set_block_restart_interval(table, KeysPerRestart);
        rocksdb_block_based_options_set_filter_policy(table, rocksdb_filterpolicy_create_bloom_full(BloomBitsPerKey));

        // 5 is the newest format of RocksDB 7: faster filters.
        rocksdb_block_based_options_set_format_version(table, 5);
        rocksdb_block_based_options_set_data_block_index_type(table, BinarySearchAndHash);
        rocksdb_block_based_options_set_data_block_hash_ratio(table, 0.75);

        // Indexes and filters count against the cache's bound, but are the last to leave it. Outside of it a lookup takes some 0.3 µs less,
        // for memory that grows with the number of objects (about 2 MB a million).
        rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1);
        rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(table, 1);
        rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(table, 1);
        rocksdb_options_set_block_based_table_factory(options, table);
        rocksdb_block_based_options_destroy(table);
        return options;
    }

    private nint NewOptions()
    {
        nint options = rocksdb_options_create();
        _options.Add(options);
        rocksdb_options_set_paranoid_checks(options, 1);
        return options;
    }
}
