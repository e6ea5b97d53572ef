// unsafe: every pointer is either pinned for the one call or owned by librocksdb as rocksdb/c.h says beside the function.
using System.Runtime.InteropServices;

namespace RustFs.Storage;

/// <summary>
/// The part of RocksDB's C API (rocksdb/c.h, 7.8) that the index uses. Handles are opaque; an error is a C string to free with
/// rocksdb_free.
/// </summary>
internal static unsafe partial class RocksDbNative
{
    private const string Library = RocksDbLibrary.Name;

    static RocksDbNative() => RocksDbLibrary.UseAsResolver();

    // Database

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint rocksdb_open_column_families(
        nint options, string name, int count, nint* familyNames, nint* familyOptions, nint* families, byte** error);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint rocksdb_open_for_read_only_column_families(
        nint options, string name, int count, nint* familyNames, nint* familyOptions, nint* families, byte errorIfLogExists, byte** error);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial byte** rocksdb_list_column_families(nint options, string name, nuint* count, byte** error);
    [LibraryImport(Library)] public static partial void rocksdb_list_column_families_destroy(byte** names, nuint count);
    [LibraryImport(Library)] public static partial void rocksdb_close(nint db);
    [LibraryImport(Library)] public static partial ulong rocksdb_get_latest_sequence_number(nint db);
    [LibraryImport(Library)] public static partial void rocksdb_column_family_handle_destroy(nint family);
    [LibraryImport(Library)] public static partial void rocksdb_free(void* pointer);
    [LibraryImport(Library)] public static partial void rocksdb_disable_manual_compaction(nint db);
    [LibraryImport(Library)] public static partial void rocksdb_enable_manual_compaction(nint db);
    [LibraryImport(Library)] public static partial void rocksdb_compact_range_cf_opt(
        nint db, nint family, nint compactOptions, byte* first, nuint firstLength, byte* end, nuint endLength);
    [LibraryImport(Library)] public static partial nint rocksdb_compactoptions_create();
    [LibraryImport(Library)] public static partial void rocksdb_compactoptions_destroy(nint options);
    [LibraryImport(Library)] public static partial void rocksdb_compactoptions_set_exclusive_manual_compaction(nint options, byte on);
    [LibraryImport(Library)] public static partial void rocksdb_compactoptions_set_bottommost_level_compaction(nint options, byte mode);

    // Reads

    [LibraryImport(Library)] public static partial nint rocksdb_get_pinned_cf(
        nint db, nint readOptions, nint family, byte* key, nuint keyLength, byte** error);
    [LibraryImport(Library), SuppressGCTransition]
    public static partial byte* rocksdb_pinnableslice_value(nint slice, nuint* length);
    [LibraryImport(Library)] public static partial void rocksdb_pinnableslice_destroy(nint slice);
    [LibraryImport(Library)] public static partial nint rocksdb_readoptions_create();
    [LibraryImport(Library)] public static partial void rocksdb_readoptions_destroy(nint options);
    [LibraryImport(Library)] public static partial void rocksdb_readoptions_set_fill_cache(nint options, byte on);
    [LibraryImport(Library)] public static partial void rocksdb_readoptions_set_read_tier(nint options, int tier);
    [LibraryImport(Library)] public static partial void rocksdb_readoptions_set_iterate_upper_bound(nint options, byte* key, nuint length);

    // Iterators. Those that only read a field of the iterator skip the GC transition: they take nanoseconds and never block.

    [LibraryImport(Library)] public static partial nint rocksdb_create_iterator_cf(nint db, nint readOptions, nint family);
    [LibraryImport(Library)] public static partial void rocksdb_iter_destroy(nint iterator);
    [LibraryImport(Library)] public static partial void rocksdb_iter_seek(nint iterator, byte* key, nuint length);
    [LibraryImport(Library)] public static partial void rocksdb_iter_next(nint iterator);
    [LibraryImport(Library), SuppressGCTransition] public static partial byte rocksdb_iter_valid(nint iterator);
    [LibraryImport(Library), SuppressGCTransition] public static partial byte* rocksdb_iter_key(nint iterator, nuint* length);
    [LibraryImport(Library), SuppressGCTransition] public static partial byte* rocksdb_iter_value(nint iterator, nuint* length);
    [LibraryImport(Library)] public static partial void rocksdb_iter_get_error(nint iterator, byte** error);

    // Snapshots

    [LibraryImport(Library)] public static partial nint rocksdb_create_snapshot(nint db);
    [LibraryImport(Library)] public static partial void rocksdb_release_snapshot(nint db, nint snapshot);
    [LibraryImport(Library)] public static partial void rocksdb_readoptions_set_snapshot(nint options, nint snapshot);

    // Batches

    [LibraryImport(Library)] public static partial nint rocksdb_writebatch_create();
    [LibraryImport(Library)] public static partial void rocksdb_writebatch_destroy(nint batch);
    [LibraryImport(Library)] public static partial void rocksdb_writebatch_clear(nint batch);
    [LibraryImport(Library)] public static partial void rocksdb_writebatch_put_cf(
        nint batch, nint family, byte* key, nuint keyLength, byte* value, nuint valueLength);
    [LibraryImport(Library)] public static partial void rocksdb_writebatch_delete_cf(nint batch, nint family, byte* key, nuint keyLength);
    [LibraryImport(Library)] public static partial void rocksdb_writebatch_delete_range_cf(
        nint batch, nint family, byte* first, nuint firstLength, byte* end, nuint endLength);
    [LibraryImport(Library)] public static partial void rocksdb_write(nint db, nint writeOptions, nint batch, byte** error);
    [LibraryImport(Library)] public static partial nint rocksdb_writeoptions_create();
    [LibraryImport(Library)] public static partial void rocksdb_writeoptions_destroy(nint options);
    [LibraryImport(Library)] public static partial void rocksdb_writeoptions_set_sync(nint options, byte on);

    // Counters of the calling thread

    [LibraryImport(Library)] public static partial nint rocksdb_perfcontext_create();
    [LibraryImport(Library)] public static partial void rocksdb_perfcontext_destroy(nint context);
    [LibraryImport(Library)] public static partial ulong rocksdb_perfcontext_metric(nint context, int metric);

    // Options

    [LibraryImport(Library)] public static partial nint rocksdb_options_create();
    [LibraryImport(Library)] public static partial void rocksdb_options_destroy(nint options);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_create_if_missing(nint options, byte on);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_create_missing_column_families(nint options, byte on);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_paranoid_checks(nint options, byte on);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_max_open_files(nint options, int count);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_max_background_jobs(nint options, int count);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_max_total_wal_size(nint options, ulong bytes);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_db_write_buffer_size(nint options, nuint bytes);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_recycle_log_file_num(nint options, nuint count);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_wal_recovery_mode(nint options, int mode);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_wal_bytes_per_sync(nint options, ulong bytes);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_bytes_per_sync(nint options, ulong bytes);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_allow_concurrent_memtable_write(nint options, byte on);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_info_log_level(nint options, int level);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_keep_log_file_num(nint options, nuint count);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_max_log_file_size(nint options, nuint bytes);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_stats_dump_period_sec(nint options, uint seconds);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_write_buffer_size(nint options, nuint bytes);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_max_write_buffer_number(nint options, int count);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_memtable_prefix_bloom_size_ratio(nint options, double ratio);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_memtable_whole_key_filtering(nint options, byte on);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_compression(nint options, int kind);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_level_compaction_dynamic_level_bytes(nint options, byte on);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_max_bytes_for_level_base(nint options, ulong bytes);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_target_file_size_base(nint options, ulong bytes);
    [LibraryImport(Library)] public static partial void rocksdb_options_set_block_based_table_factory(nint options, nint table);
    [LibraryImport(Library)] public static partial void rocksdb_options_add_compact_on_deletion_collector_factory(
        nint options, nuint window, nuint deletions);

    // Tables and their cache

    [LibraryImport(Library)] public static partial nint rocksdb_block_based_options_create();
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_destroy(nint table);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_block_size(nint table, nuint bytes);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_block_restart_interval(nint table, int keys);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_block_cache(nint table, nint cache);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_filter_policy(nint table, nint policy);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_format_version(nint table, int version);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_data_block_index_type(nint table, int type);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_data_block_hash_ratio(nint table, double ratio);
    [LibraryImport(Library)] public static partial void rocksdb_block_based_options_set_cache_index_and_filter_blocks(nint table, byte on);
    [LibraryImport(Library)]
    public static partial void rocksdb_block_based_options_set_cache_index_and_filter_blocks_with_high_priority(nint table, byte on);
    [LibraryImport(Library)]
    public static partial void rocksdb_block_based_options_set_pin_l0_filter_and_index_blocks_in_cache(nint table, byte on);
    [LibraryImport(Library)] public static partial nint rocksdb_filterpolicy_create_bloom_full(double bitsPerKey);
    [LibraryImport(Library)] public static partial nint rocksdb_lru_cache_options_create();
    [LibraryImport(Library)] public static partial void rocksdb_lru_cache_options_destroy(nint options);
    [LibraryImport(Library)] public static partial void rocksdb_lru_cache_options_set_capacity(nint options, nuint capacity);
    [LibraryImport(Library)] public static partial void rocksdb_lru_cache_options_set_num_shard_bits(nint options, int bits);
    [LibraryImport(Library)] public static partial nint rocksdb_cache_create_lru_opts(nint options);
    [LibraryImport(Library)] public static partial void rocksdb_cache_destroy(nint cache);
}
