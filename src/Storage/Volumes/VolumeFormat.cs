using System.Text.Json;

namespace RustFs.Storage;

/// <summary>
/// What format.json says of a directory: which set it belongs to, its place there, and how segments are laid out. The order in which
/// directories are given does not matter once they have it.
/// </summary>
internal sealed record VolumeFormat(int FormatVersion, Guid VolumeSet, int Directory, int DirectoryCount, long SegmentBytes)
{
    public const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>Locks all directories, reads or writes their formats, and puts the devices in the order of the set.</summary>
    public static VolumeFormat OpenSet(List<IBlockDevice> devices, VolumeOptions options)
    {
        foreach (IBlockDevice device in devices)
        {
            if (!device.TryLock())
                throw new VolumeException($"{device.Directory} is in use by another process: stop it, or choose another directory.");
        }
        var formats = devices.Select(device => (Device: device, Format: Read(device))).ToList();
        if (formats.TrueForAll(entry => entry.Format is null) || IsUnfinished(formats)) return Create(devices, options);
        VolumeFormat any = formats.First(entry => entry.Format is not null).Format!;
        Check(formats, any);
        formats.Sort((left, right) => left.Format!.Directory.CompareTo(right.Format!.Directory));
        devices.Clear();
        devices.AddRange(formats.Select(entry => entry.Device));
        return formats[0].Format!;
    }

    private static void Check(List<(IBlockDevice Device, VolumeFormat? Format)> formats, VolumeFormat any)
    {
        var seen = new HashSet<int>();
        foreach ((IBlockDevice device, VolumeFormat? format) in formats)
        {
            if (format is null)
                throw new VolumeException($"{device.Directory} is new, but the others hold a volume set of {any.DirectoryCount} already.");
            if (format.VolumeSet != any.VolumeSet)
                throw new VolumeException($"{device.Directory} belongs to another volume set than {formats[0].Device.Directory}.");
            if (!seen.Add(format.Directory))
                throw new VolumeException($"{device.Directory} is a second directory number {format.Directory + 1} of the volume set.");
        }
        for (int directory = 0; directory < any.DirectoryCount; directory++)
        {
            if (!seen.Contains(directory))
                throw new VolumeException($"The volume set has {any.DirectoryCount} directories; number {directory + 1} is missing.");
        }
    }

    // The first directory's format is written last: without it, and without a single segment, the set was never in use.
    private static bool IsUnfinished(List<(IBlockDevice Device, VolumeFormat? Format)> formats) =>
        formats.TrueForAll(entry => entry.Format?.Directory != 0 && entry.Device.ListSegments().Count == 0)
        && formats[0].Format is null
        && formats.TrueForAll(entry => entry.Format is null || entry.Format.DirectoryCount == formats.Count);

    private static VolumeFormat Create(List<IBlockDevice> devices, VolumeOptions options)
    {
        foreach (IBlockDevice device in devices)
        {
            if (device.ListSegments().Count > 0)
                throw new VolumeException($"{device.Directory} holds segments but no format.json: restore that file.");
        }
        var format = new VolumeFormat(CurrentVersion, Guid.NewGuid(), 0, devices.Count, options.SegmentBytes);
        for (int directory = devices.Count - 1; directory >= 0; directory--)
        {
            byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(format with { Directory = directory }, Json);
            IoError error = devices[directory].WriteFormat(bytes);
            if (error == IoError.NoSpace) throw new VolumeException($"There is no space left in {devices[directory].Directory}.");
            if (error != IoError.None) throw new VolumeException($"{devices[directory].Directory} cannot be written.");
        }
        return format;
    }

    private static VolumeFormat? Read(IBlockDevice device)
    {
        if (device.ReadFormat() is not { } bytes) return null;
        VolumeFormat? format;
        try
        {
            format = JsonSerializer.Deserialize<VolumeFormat>(bytes, Json);
        }
        catch (JsonException exception)
        {
            throw new VolumeException($"format.json in {device.Directory} is damaged: {exception.Message}", exception);
        }
        if (format is not null && format.FormatVersion > CurrentVersion)
        {
            throw new VolumeException(
                $"{device.Directory} has format {format.FormatVersion}; this server knows up to {CurrentVersion}. Use a newer server.");
        }
        bool isSane = format is { FormatVersion: >= 1, Directory: >= 0, SegmentBytes: >= VolumeOptions.MinSegmentBytes }
            && format.SegmentBytes <= VolumeOptions.MaxSegmentBytes && long.IsPow2(format.SegmentBytes)
            && format.Directory < format.DirectoryCount;
        return isSane ? format : throw new VolumeException($"format.json in {device.Directory} is damaged: a value is out of range.");
    }
}
