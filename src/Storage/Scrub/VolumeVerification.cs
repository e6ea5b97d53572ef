using System.Diagnostics;

namespace RustFs.Storage;

/// <summary>What an offline check looked at and found.</summary>
public readonly record struct VerificationSummary(
    long Findings, long Objects, long Segments, long LiveBytes, long ReadBytes, TimeSpan Time);

/// <summary>
/// Checks a volume set that no server has open: formats, the index's files and records, segment headers, accounting, and every live byte.
/// Changes nothing: the index is opened for reading only, and what its log holds is replayed in memory.
/// </summary>
public sealed class VolumeVerification : IScrubReport
{
    private const long IndexCacheBytes = 64L << 20;

    private readonly Action<string> _finding;
    private readonly long _bytesPerSecond;
    private readonly bool _isWhole;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private long _findings;
    private long _readBytes;

    private VolumeVerification(bool isWhole, long bytesPerSecond, Action<string> finding) =>
        (_isWhole, _bytesPerSecond, _finding) = (isWhole, bytesPerSecond, finding);

    /// <summary>Everything: `rustfs verify`.</summary>
    /// <param name="directories">Of the volume set, in any order.</param>
    /// <param name="bytesPerSecond">0 for as fast as the disks give.</param>
    /// <param name="finding">Called with a line for each finding.</param>
    /// <exception cref="VolumeException">There is no volume there, a server has it open, or librocksdb is missing.</exception>
    public static VerificationSummary Verify(IReadOnlyList<string> directories, long bytesPerSecond, Action<string> finding) =>
        new VolumeVerification(isWhole: true, bytesPerSecond, finding).Run(directories);

    /// <summary>
    /// As <see cref="Verify"/> without the accounting, which takes memory for each object: `rustfs scrub`.
    /// </summary>
    public static VerificationSummary Scrub(IReadOnlyList<string> directories, long bytesPerSecond, Action<string> finding) =>
        new VolumeVerification(isWhole: false, bytesPerSecond, finding).Run(directories);

    bool IScrubReport.IsStopping => false;

    void IScrubReport.Advanced(long readBytes)
    {
        _readBytes += readBytes;
        if (_bytesPerSecond <= 0) return;
        double aheadMs = _readBytes * 1000.0 / _bytesPerSecond - _clock.Elapsed.TotalMilliseconds;
        if (aheadMs > 5) Thread.Sleep((int)Math.Min(aheadMs, 60_000));
    }

    void IScrubReport.CorruptBytes(Segment segment, in Extent extent, long offset, string owner, bool isUnreadable) =>
        Find($"{segment.Device.Directory}: segment {segment.Number}, offset {offset}: "
            + (isUnreadable ? $"bytes of {owner} cannot be read." : $"bytes of {owner} do not match their checksum."));

    void IScrubReport.CorruptRecord(string owner) => Find($"The index's record of {owner} is damaged.");

    void IScrubReport.Fault(string message) => Find(message);

    private void Find(string line)
    {
        _findings++;
        _finding(line);
    }

    private VerificationSummary Run(IReadOnlyList<string> directories)
    {
        foreach (string directory in directories)
        {
            if (!File.Exists(Path.Combine(directory, "format.json")))
                throw new VolumeException($"{directory} holds no volume: it has no format.json.");
        }
        var options = new VolumeOptions { Directories = directories };
        var devices = new List<IBlockDevice>();
        try
        {
            foreach (string directory in directories) devices.Add(new PosixBlockDevice(directory));
            return Check(devices, VolumeFormat.OpenSet(devices, options));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new VolumeException($"The volume cannot be read: {exception.Message}", exception);
        }
        finally
        {
            foreach (IBlockDevice device in devices) device.Dispose();
        }
    }

    private VerificationSummary Check(List<IBlockDevice> devices, VolumeFormat format)
    {
        string directory = Path.Combine(devices[0].Directory, "index");
        ulong? mark = CheckLogs(directory);
        using IIndex? opened = OpenIndex(directory, mark ?? 0);
        if (opened is not { } index) return new VerificationSummary(_findings, 0, 0, 0, 0, _clock.Elapsed);
        var segments = new SegmentTable(devices, format.SegmentBytes);
        try
        {
            CheckSet(index, format);
            var scan = new IndexScan(index, this);
            scan.ScanAll();
            LoadSegments(index, segments, format);
            if (_isWhole) VolumeAccounting.Verify(index, segments).ForEach(Find);
            using var live = new LiveBytesScan(index, segments, this, checksCoverage: _isWhole);
            live.ScanAll();
            long count = segments.All().LongCount(segment => segment.State != SegmentState.Free);
            return new VerificationSummary(_findings, scan.Objects, count, live.VerifiedBytes, _readBytes, _clock.Elapsed);
        }
        catch (IndexException exception)
        {
            Find($"The index cannot be read further: {exception.Message}");
            return new VerificationSummary(_findings, 0, 0, 0, _readBytes, _clock.Elapsed);
        }
        finally
        {
            foreach (Segment segment in segments.All()) segment.File?.Dispose();
        }
    }

    private ulong? CheckLogs(string directory)
    {
        var markFile = new SequenceMark(directory + ".mark");
        ulong? mark = markFile.Read();
        if (mark is null) Find($"{markFile.Path} is damaged.");
        if (!File.Exists(Path.Combine(directory, "CURRENT"))) return mark;
        IndexGuard.FindLogFaults(directory, mark ?? 0, out string? tornTail).ForEach(Find);
        if (tornTail is not null) _finding($"note: {tornTail}");
        return mark;
    }

    private RocksDbIndex? OpenIndex(string directory, ulong mark)
    {
        RocksDbLibrary.EnsureLoaded();
        try
        {
            RocksDbIndex index = RocksDbIndex.OpenReadOnly(directory, IndexCacheBytes);
            if (index.LatestSequence() is var sequence && sequence < mark)
                Find($"The index ends at change {sequence}, but was durable up to {mark}.");
            return index;
        }
        catch (VolumeException exception)
        {
            Find(exception.Message);
            return null;
        }
    }

    private void CheckSet(IIndex index, VolumeFormat format)
    {
        Span<byte> key = stackalloc byte[16];
        Span<byte> value = stackalloc byte[16];
        if (index.Get(Keyspace.Meta, key[..IndexKeys.Fact("set"u8, key)], value) != value.Length || new Guid(value) != format.VolumeSet)
            Find("The index does not belong to this volume set.");
    }

    private void LoadSegments(IIndex index, SegmentTable segments, VolumeFormat format)
    {
        using (IIndexCursor cursor = index.OpenCursor(Keyspace.Segments, IndexKeys.SegmentsEnd, fillCache: false))
        {
            // What cannot be decoded here, the scan of the index has reported.
            for (bool has = cursor.Seek(IndexKeys.SegmentsFirst); has; has = cursor.Next())
            {
                if (IndexKeys.TryReadSegment(cursor.Key, out uint number) && SegmentRecord.TryRead(cursor.Value, out SegmentRecord record))
                    segments.GetOrAdd(number).Restore(record);
            }
        }
        foreach (Segment segment in segments.All())
        {
            if (segment.State != SegmentState.Free) CheckFile(segment, format);
        }
    }

    private void CheckFile(Segment segment, VolumeFormat format)
    {
        string place = $"{segment.Device.Directory}: segment {segment.Number}";
        if (segment.Device.OpenSegment(segment.Number, out ISegmentFile? file) != IoError.None)
        {
            if (segment.LiveBytes > 0) Find($"{place} cannot be opened; it holds {segment.LiveBytes} live bytes.");
            return;
        }
        segment.File = file;
        using var block = new AlignedBuffer(SegmentHeader.Bytes);
        if (file!.ReadDirect(0, block.Span) != IoError.None)
            Find($"{place}: its header cannot be read.");
        else if (!SegmentHeader.TryRead(block.Span, format.VolumeSet, segment.Number, out uint generation))
            Find($"{place}: its header is damaged or another segment's.");
        else if (generation != segment.Generation)
            Find($"{place}: its header is of generation {generation}, the index's record of {segment.Generation}.");
        using var last = new AlignedBuffer(AlignedBuffer.AlignmentBytes);
        if (file.ReadDirect(segment.LengthBytes - last.LengthBytes, last.Span) != IoError.None)
            Find($"{place} is shorter than {segment.LengthBytes} bytes.");
    }
}
