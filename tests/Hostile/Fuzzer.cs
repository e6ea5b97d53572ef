using System.Diagnostics;

namespace RustFs.Tests.Hostile;

/// <param name="Input">The bytes that do it.</param>
internal sealed record FuzzFinding(byte[] Input, string What);

internal sealed record FuzzReport(string Target, long Executions, int Signatures, IReadOnlyList<FuzzFinding> Findings, TimeSpan Elapsed)
{
    public override string ToString() =>
        $"{Target,-24} {Executions,12:N0} executions {Signatures,7:N0} signatures {Findings.Count,3} findings {Elapsed.TotalSeconds,7:F1} s";
}

/// <summary>
/// Mutates a target's seeds and corpus. Without instrumentation: an input is interesting when its outcome's signature is new, and is then
/// mutated further. The same seed gives the same executions.
/// </summary>
internal sealed class Fuzzer
{
    private const int MaxFindings = 20;

    // Beyond this a target's signature tells too much apart; the pool would then only dilute the mutations.
    private const int MaxPool = 8192;

    /// <summary>A parser that needs this long for two KiB hangs, even on a machine that is busy.</summary>
    private static readonly TimeSpan SlowExecution = TimeSpan.FromSeconds(5);

    private readonly FuzzTarget _target;
    private readonly string? _findingsFolder;
    private readonly FuzzRandom _random;
    private readonly Mutator _mutator;
    private readonly List<byte[]> _pool = [];
    private readonly HashSet<ulong> _signatures = [];
    private readonly List<FuzzFinding> _findings = [];
    private readonly HashSet<string> _places = [];
    private byte[]? _current;
    private long _currentStarted;
    private long _executions;

    /// <param name="findingsFolder">Where inputs that break the target are written; null for nowhere.</param>
    public Fuzzer(FuzzTarget target, ulong seed, string? findingsFolder = null)
    {
        _target = target;
        _findingsFolder = findingsFolder;
        _random = new FuzzRandom(seed);
        _mutator = new Mutator(_random, target.Tokens, target.MaxInputBytes);
    }

    /// <summary>Runs all seeds, then mutations until one of the limits.</summary>
    public FuzzReport Run(long maxExecutions, TimeSpan maxTime)
    {
        long started = Stopwatch.GetTimestamp();
        using var watchdog = new Timer(_ => EndWhenHung(), null, SlowExecution, SlowExecution);
        foreach (byte[] seed in (IEnumerable<byte[]>)[.. _target.Seeds, .. _target.Corpus().Select(file => file.Bytes)])
        {
            // The first execution pays for compilation and static tables.
            Execute(seed, isMeasured: false);
            if (!_pool.Contains(seed))
                _pool.Add(seed);
        }

        while (_executions < maxExecutions && _findings.Count < MaxFindings && Stopwatch.GetElapsedTime(started) < maxTime)
            Execute(_mutator.Mutate(Pick(), Pick()), isMeasured: true);
        return new FuzzReport(_target.Name, _executions, _signatures.Count, _findings, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Half of the time one of the newest, as what was just found is explored least.</summary>
    private byte[] Pick()
    {
        int newest = Math.Min(_pool.Count, 32);
        return _random.OneIn(2) ? _pool[_random.Next(_pool.Count)] : _pool[_pool.Count - 1 - _random.Next(newest)];
    }

    private void Execute(byte[] input, bool isMeasured)
    {
        _executions++;
        Volatile.Write(ref _currentStarted, Stopwatch.GetTimestamp());
        Volatile.Write(ref _current, input);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            ulong signature = _target.Run(input);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Oracle.Holds(
                !isMeasured || allocated <= _target.AllocationBytes + _target.AllocationBytesPerInputByte * input.Length,
                "An execution allocates in proportion to its input.");
            if (_signatures.Add(signature) && _pool.Count < MaxPool)
                _pool.Add(input);
        }
        catch (Exception exception)
        {
            Keep(input, exception);
        }
        finally
        {
            Volatile.Write(ref _current, null);
        }
    }

    private void Keep(byte[] input, Exception exception)
    {
        // One finding for each place in the code, which an oracle is not: it stands in the trace or not, as the runtime inlines it.
        string place = exception.GetType()
            + exception.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("RustFs.") && !line.Contains($".{nameof(Oracle)}."))
            + (exception is OracleException ? exception.Message : "");
        if (!_places.Add(place))
            return;
        _findings.Add(new FuzzFinding(input, exception.ToString()));
        Write(input, exception.ToString());
    }

    private void Write(byte[] input, string what)
    {
        if (_findingsFolder is null)
            return;
        string name = Path.Combine(_findingsFolder, $"{_target.Name}-{FuzzRandom.Of(input).Next():x16}");
        Directory.CreateDirectory(_findingsFolder);
        File.WriteAllBytes(name, input);
        File.WriteAllText(name + ".txt", what);
    }

    /// <summary>An execution that never ends cannot be stopped from outside: its input is kept and the process ends.</summary>
    private void EndWhenHung()
    {
        byte[]? input = Volatile.Read(ref _current);
        if (input is null || Stopwatch.GetElapsedTime(Volatile.Read(ref _currentStarted)) < SlowExecution)
            return;
        Write(input, "hangs");
        Environment.FailFast($"{_target.Name} hangs on {Convert.ToBase64String(input)}");
    }
}
