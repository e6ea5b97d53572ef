using System.Globalization;
using System.Text;
using RustFs.S3.Lifecycle;
using RustFs.Storage;

namespace RustFs.Server;

/// <summary>
/// The /metrics page in Prometheus's text exposition format 0.0.4:
/// <c>"# HELP" name help LF "# TYPE" name type LF *( name [ "{" labels "}" ] SP value LF )</c>.
/// </summary>
internal sealed class PrometheusPage(
    RequestMetrics requests, ConnectionTable connections, IObjectStore store, MemoryBudget memory)
{
    /// <summary>How input and output are done, as the setting names it.</summary>
    public string Io { get; init; } = "sockets";

    /// <summary>Null where no rules are carried out.</summary>
    public LifecycleWorker? Lifecycle { get; init; }

    public string Render()
    {
        var page = new StringBuilder(16 * 1024);
        Describe(page, "rustfs_io_info", "gauge", "How input and output are done: 1 for what is in use.");
        page.Append(CultureInfo.InvariantCulture, $"rustfs_io_info{{io=\"{Io}\"}} 1\n");
        WriteRequests(page);
        WriteLatency(page);
        Single(page, "rustfs_response_body_bytes_total", "counter", "Response body bytes sent.", requests.SentBodyBytes);
        Single(page, "rustfs_connections", "gauge", "Open connections.", connections.Count);
        Single(page, "rustfs_connections_total", "counter", "Connections accepted.", connections.Accepted);
        WriteMemory(page);
        WriteStore(page, store.Statistics);
        if (Lifecycle is not null)
            WriteLifecycle(page, Lifecycle.Statistics);
        Single(page, "rustfs_process_resident_bytes", "gauge", "Resident memory.", Environment.WorkingSet);
        Single(page, "rustfs_process_cpu_seconds_total", "counter", "CPU time used.", Environment.CpuUsage.TotalTime.TotalSeconds);
        Single(page, "rustfs_dotnet_allocated_bytes_total", "counter", "Bytes allocated on the managed heap.", GC.GetTotalAllocatedBytes());
        Single(page, "rustfs_dotnet_collections_total", "counter", "Garbage collections.", GC.CollectionCount(0));
        return page.ToString();
    }

    private void WriteMemory(StringBuilder page)
    {
        Single(page, "rustfs_memory_in_flight_limit_bytes", "gauge", "Memory that requests in flight may use.", memory.LimitBytes);
        Single(page, "rustfs_memory_refusals_total", "counter", "How often memory for requests in flight ran out.", memory.Refusals);
        const string Name = "rustfs_memory_in_flight_bytes";
        Describe(page, Name, "gauge", "Memory used by requests in flight.");
        foreach (MemoryUse use in Enum.GetValues<MemoryUse>())
            page.Append(CultureInfo.InvariantCulture, $"{Name}{{use=\"{use}\"}} {memory.UsedBytesOf(use)}\n");
    }

    private static void WriteStore(StringBuilder page, StoreStatistics store)
    {
        Single(page, "rustfs_commit_groups_total", "counter", "Commit groups made durable.", store.CommitGroups);
        Single(page, "rustfs_commit_mutations_total", "counter", "Mutations in those groups.", store.CommittedMutations);
        Single(page, "rustfs_store_written_bytes_total", "counter", "Bytes written to segments.", store.BytesWritten);
        Single(page, "rustfs_store_read_bytes_total", "counter", "Bytes read from segments.", store.BytesRead);
        Single(page, "rustfs_segments", "gauge", "Segments.", store.SegmentCount);
        Single(page, "rustfs_segments_free", "gauge", "Segments that hold nothing.", store.FreeSegmentCount);
        Single(page, "rustfs_segment_bytes", "gauge", "Bytes that all segments take on their disks.", store.SegmentBytes);
        Single(page, "rustfs_live_bytes", "gauge", "Bytes of objects and parts in segments.", store.LiveBytes);
        Single(page, "rustfs_underway_bytes", "gauge", "Bytes reserved in segments by bodies on their way.", store.UnderwayBytes);
        Single(page, "rustfs_write_share", "gauge", "Bytes to be gained by reclaim for each written; 0 for none.", store.WriteShare);
        Single(page, "rustfs_compacted_bytes_total", "counter", "Live bytes moved by compaction.", store.CompactedBytes);
        Single(page, "rustfs_punched_bytes_total", "counter", "Dead bytes given back as holes of segment files.", store.PunchedBytes);
        Single(page, "rustfs_record_cache_hits_total", "counter", "Object records found in the cache.", store.RecordCacheHits);
        Single(page, "rustfs_record_cache_misses_total", "counter", "Object records read from the index.", store.RecordCacheMisses);
        Single(page, "rustfs_body_cache_hits_total", "counter", "Object bodies found in memory.", store.BodyCacheHits);
        Single(page, "rustfs_body_cache_bytes", "gauge", "Memory that cached object bodies take.", store.BodyCacheBytes);
        Single(page, "rustfs_prefix_run_hits_total", "counter", "Common prefixes listed from memory.", store.PrefixRunHits);
        Single(page, "rustfs_prefix_run_seeks_total", "counter", "Seeks in the index by listings by folder.", store.PrefixRunSeeks);
        Single(page, "rustfs_prefix_run_bytes", "gauge", "Memory that kept common prefixes take.", store.PrefixRunBytes);
        Single(page, "rustfs_corrupt_blocks_total", "counter", "Blocks and records whose checksum did not match.", store.CorruptBlocks);
        Single(page, "rustfs_scrub_passes_total", "counter", "Scrubs of everything stored that were finished.", store.Scrub.Passes);
        Single(page, "rustfs_scrub_bytes_total", "counter", "Bytes read by the scrubber.", store.Scrub.TotalBytes);
        Single(page, "rustfs_scrub_pass_start_seconds", "gauge", "When the present or last scrub began, seconds since 1970; 0 for never.",
            store.Scrub.PassStartedMs / 1000.0);
        Single(page, "rustfs_scrub_pass_bytes", "gauge", "Bytes the present or last scrub has read.", store.Scrub.PassBytes);
        Single(page, "rustfs_scrub_pass_faults", "gauge", "Damaged places the present or last scrub found.", store.Scrub.PassFaults);
        Single(page, "rustfs_free_bytes", "gauge", "Free space of the volume's file systems.", store.FreeBytes);
        Single(page, "rustfs_writes_refused", "gauge", "1 while writes are refused for lack of space.", store.WritesRefused ? 1 : 0);
    }

    private static void WriteLifecycle(StringBuilder page, LifecycleStatistics lifecycle)
    {
        const string Name = "rustfs_lifecycle_expired_total";
        Describe(page, Name, "counter", "What was deleted by lifecycle rules, by its kind.");
        page.Append(CultureInfo.InvariantCulture, $"{Name}{{kind=\"object\"}} {lifecycle.Objects}\n");
        page.Append(CultureInfo.InvariantCulture, $"{Name}{{kind=\"version\"}} {lifecycle.Versions}\n");
        page.Append(CultureInfo.InvariantCulture, $"{Name}{{kind=\"delete-marker\"}} {lifecycle.DeleteMarkers}\n");
        page.Append(CultureInfo.InvariantCulture, $"{Name}{{kind=\"upload\"}} {lifecycle.Uploads}\n");
        Single(page, "rustfs_lifecycle_runs_total", "counter", "Runs of the lifecycle rules.", lifecycle.Runs);
        Single(page, "rustfs_lifecycle_locked_total", "counter", "Versions that had expired and were locked.", lifecycle.Locked);
        Single(page, "rustfs_lifecycle_faults_total", "counter", "Expired things that could not be deleted or read.", lifecycle.Faults);
    }

    private static void Single(StringBuilder page, string name, string type, string help, double value)
    {
        Describe(page, name, type, help);
        page.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
    }

    private static void Describe(StringBuilder page, string name, string type, string help) =>
        page.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private void WriteRequests(StringBuilder page)
    {
        Describe(page, "rustfs_requests_total", "counter", "Requests by operation and status.");
        for (int operation = 0; operation < RequestMetrics.OperationNames.Length; operation++)
        {
            string label = $"operation=\"{RequestMetrics.OperationNames[operation]}\"";
            for (int status = 0; status < RequestMetrics.StatusCodes.Length; status++)
            {
                if (requests.Requests(operation, status) is not (> 0 and long count))
                    continue;
                int statusCode = RequestMetrics.StatusCodes[status];
                page.Append(CultureInfo.InvariantCulture, $"rustfs_requests_total{{{label},status=\"{statusCode}\"}} {count}\n");
            }
        }
    }

    private void WriteLatency(StringBuilder page)
    {
        const string Name = "rustfs_request_seconds";
        Describe(page, Name, "histogram", "Time from the request's head to its last byte handed to the kernel.");
        for (int operation = 0; operation < RequestMetrics.OperationNames.Length; operation++)
        {
            string label = $"operation=\"{RequestMetrics.OperationNames[operation]}\"";
            long total = 0;
            for (int bucket = 0; bucket <= RequestMetrics.BucketBounds.Length; bucket++)
                total += requests.LatencyCount(operation, bucket);
            if (total == 0)
                continue;
            long below = 0;
            for (int bucket = 0; bucket < RequestMetrics.BucketBounds.Length; bucket++)
            {
                below += requests.LatencyCount(operation, bucket);
                page.Append(CultureInfo.InvariantCulture, $"{Name}_bucket{{{label},le=\"{RequestMetrics.BucketBounds[bucket]}\"}} "
                    + $"{below}\n");
            }

            page.Append(CultureInfo.InvariantCulture, $"{Name}_bucket{{{label},le=\"+Inf\"}} {total}\n");
            page.Append(CultureInfo.InvariantCulture, $"{Name}_sum{{{label}}} "
                + $"{requests.LatencySeconds(operation)}\n{Name}_count{{{label}}} {total}\n");
        }
    }
}
