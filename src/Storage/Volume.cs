namespace RustFs.Storage;

public static class Volume
{
    /// <summary>
    /// Opens or creates a volume set. Throws <see cref="VolumeException"/> when another process holds it, its format is newer, a directory
    /// of the set is missing or foreign, or librocksdb is missing.
    /// </summary>
    public static IObjectStore Open(VolumeOptions options)
    {
        CheckOptions(options);
        var devices = new List<IBlockDevice>();
        try
        {
            if (options.SegmentBytes == 0) options = options with { SegmentBytes = SegmentBytesFor(options.Directories) };
            foreach (string directory in options.Directories) devices.Add(new PosixBlockDevice(directory));
            string indexDirectory = "";
            VolumeFormat format = VolumeFormat.OpenSet(devices, options);
            indexDirectory = Path.Combine(devices[0].Directory, "index");
            return ObjectStore.Open(options, format, devices, () => OpenIndex(options, devices, indexDirectory));
        }
        catch (Exception exception)
        {
            foreach (IBlockDevice device in devices) device.Dispose();
            if (exception is IOException or UnauthorizedAccessException)
                throw new VolumeException($"The volume cannot be opened: {exception.Message}", exception);
            throw;
        }
    }

    private static long SegmentBytesFor(IReadOnlyList<string> directories)
    {
        long segmentBytes = VolumeOptions.UsualSegmentBytes;
        foreach (string directory in directories)
        {
            Directory.CreateDirectory(directory);
            long diskBytes = new DriveInfo(Path.GetFullPath(directory)).TotalSize;
            while (segmentBytes > VolumeOptions.MinSegmentBytes && diskBytes / segmentBytes < VolumeOptions.MinSegmentsPerDisk)
                segmentBytes /= 2;
        }
        return segmentBytes;
    }

    private static RocksDbIndex OpenIndex(VolumeOptions options, List<IBlockDevice> devices, string directory)
    {
        // Segments come after the index. A new one beside them would take them all for free space.
        if (!File.Exists(Path.Combine(directory, "CURRENT")) && devices.Any(device => device.ListSegments().Count > 0))
            throw new VolumeException($"{directory} holds no index, but there are segments: restore the index that goes with them.");
        var guard = new IndexGuard(directory, directory + ".mark", options.Durability == Durability.Synced, options.Events);
        return RocksDbIndex.Open(directory, options.IndexCacheBytes, guard);
    }

    private static void CheckOptions(VolumeOptions options)
    {
        if (options.Directories.Count == 0) throw new VolumeException("A volume needs at least one directory.");
        bool isChosenHere = options.SegmentBytes == 0;
        if (!isChosenHere && (options.SegmentBytes < VolumeOptions.MinSegmentBytes || options.SegmentBytes > VolumeOptions.MaxSegmentBytes
            || !long.IsPow2(options.SegmentBytes)))
        {
            throw new VolumeException("The segment size must be a power of two from 1 MiB to 1 GiB.");
        }
        if (options.Directories.Select(Path.GetFullPath).Distinct().Count() != options.Directories.Count)
            throw new VolumeException("A directory is named twice in the volume set.");
    }
}
