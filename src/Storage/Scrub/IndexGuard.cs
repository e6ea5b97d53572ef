using System.Globalization;
using System.Text;

namespace RustFs.Storage;

/// <summary>
/// Stands before and after RocksDB's recovery, which drops everything behind the first bad record of its log and says nothing. Before it:
/// a damaged log or MANIFEST is refused while all files are still as they were. After it: an index that ends
/// before the mark is refused. docs/decisions/0006-damaged-index-logs.md has the measurements.
/// </summary>
internal sealed class IndexGuard : IDisposable
{
    // The mark trails the commits by this much: a sync a second is nothing to the device, and what happened to the very last second's
    // records is told as a torn tail.
    private const int MarkDelayMs = 1000;

    private readonly string _directory;
    private readonly SequenceMark _mark;
    private readonly bool _refuses;
    private readonly IVolumeEvents _events;
    private readonly Timer _timer;
    private Func<ulong>? _latestSequence;
    private int _isMarkDue;
    private ulong _durableSequence;

    /// <param name="directory">The index's.</param>
    /// <param name="markPath">Outside of it, so that an older index put in its place is noticed.</param>
    /// <param name="refuses">False when commits are not synced: then a crash may leave any gap.</param>
    /// <param name="events">Hears of what is not refused.</param>
    public IndexGuard(string directory, string markPath, bool refuses, IVolumeEvents events)
    {
        (_directory, _refuses, _events) = (directory, refuses, events);
        _mark = new SequenceMark(markPath);
        _timer = new Timer(_ => WriteMark());
    }

    /// <exception cref="IndexException">Opening would lose acknowledged changes.</exception>
    public void BeforeOpen()
    {
        ulong mark = _durableSequence = ReadMark();
        string currentPath = Path.Combine(_directory, "CURRENT");
        if (!File.Exists(currentPath))
        {
            // Never merely tolerated: a new index would take every segment for free space.
            if (mark > 0) throw new IndexException("its files are gone, but the volume was in use: restore the index.", isNoSpace: false);
            return;
        }
        try
        {
            List<string> faults = FindLogFaults(_directory, mark, out string? tornTail);
            if (faults.Count > 0) Fail(faults[0]);
            else if (tornTail is not null) _events.Warning(tornTail);
        }
        catch (Exception exception) when (exception is not IndexException and (IOException or UnauthorizedAccessException))
        {
            throw new IndexException($"its files cannot be read: {exception.Message}", isNoSpace: false);
        }
    }

    /// <summary>After RocksDB opened it. The numbers are read for later marks, always inside the index's gate.</summary>
    /// <exception cref="IndexException">Acknowledged changes are missing.</exception>
    public void AfterOpen(ulong sequence, Func<ulong> latestSequence)
    {
        if (sequence < _durableSequence)
        {
            Fail($"it ends at change {sequence}, but was durable up to {_durableSequence}: "
                + $"{_durableSequence - sequence} acknowledged changes are missing.");
        }
        _latestSequence = latestSequence;
    }

    /// <summary>A synced commit has ended.</summary>
    public void Committed()
    {
        if (Volatile.Read(ref _isMarkDue) == 0 && Interlocked.Exchange(ref _isMarkDue, 1) == 0)
            _timer.Change(MarkDelayMs, Timeout.Infinite);
    }

    /// <summary>Writes the mark a last time, while the index is still open.</summary>
    public void Closing()
    {
        Volatile.Write(ref _isMarkDue, 1);
        WriteMark();
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>
    /// Damage in the files that say what the index holds; a tail that may be a write that was never acknowledged is told apart.
    /// </summary>
    public static List<string> FindLogFaults(string directory, ulong mark, out string? tornTail)
    {
        tornTail = null;
        var faults = new List<string>();
        string manifest = Path.Combine(directory, Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(directory, "CURRENT"))).Trim());
        if (File.Exists(manifest))
        {
            var read = IndexLogFile.Read(manifest, holdsBatches: false);
            if (read.Fault == IndexLogFault.Damaged) faults.Add(Damaged(read));
            if (read.Fault == IndexLogFault.TornTail) tornTail = Torn(read);
        }
        IndexLogFile? torn = null;
        foreach (string path in Directory.EnumerateFiles(directory, "*.log").OrderBy(LogNumber))
        {
            var log = IndexLogFile.Read(path, holdsBatches: true);
            // The next log goes on where recovery stopped: its first number tells whether the torn record was ever acknowledged.
            bool isGap = torn is not null && log.FirstSequence > torn.LastSequence + 1;
            if (isGap) faults.Add(Damaged(torn!));
            if (log.Fault == IndexLogFault.Damaged) faults.Add(Damaged(log));
            if (log.FirstSequence != 0 || log.Fault != IndexLogFault.None) torn = log.Fault == IndexLogFault.TornTail ? log : null;
        }
        if (torn is null) return faults;
        if (torn.LastSequence != 0 && torn.LastSequence < mark) faults.Add(Damaged(torn));
        else tornTail = Torn(torn);
        return faults;
    }

    private static string Damaged(IndexLogFile log) =>
        $"{log.Path} is damaged at offset {log.FaultOffset}: changes that were acknowledged cannot be read.";

    private static string Torn(IndexLogFile log) =>
        $"{log.Path} ends in a record that is not whole, at offset {log.FaultOffset} of {log.LengthBytes}: "
        + $"a write that was cut short. What stands before it is kept.";

    private static long LogNumber(string path) =>
        long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number : 0;

    private ulong ReadMark()
    {
        if (_mark.Read() is { } sequence) return sequence;
        _events.Warning($"{_mark.Path} is damaged and is written anew: it cannot tell whether the index is complete.");
        return 0;
    }

    private void Fail(string fault)
    {
        if (_refuses)
        {
            throw new IndexException(
                $"{fault} Restore the index, or start once with --durability none to go on without them.", isNoSpace: false);
        }
        _events.Warning($"The index is opened all the same, as nothing is promised without syncs: {fault}");
    }

    private void WriteMark()
    {
        if (Interlocked.Exchange(ref _isMarkDue, 0) == 0 || !_refuses) return;
        try
        {
            // A mark that cannot be written is an older one: it proves less, and nothing wrong.
            if (_latestSequence?.Invoke() is > 0 and var sequence) _mark.Write(sequence);
        }
        catch (IndexException)
        {
            // The index is closed: whoever opens it marks it again.
        }
    }
}
