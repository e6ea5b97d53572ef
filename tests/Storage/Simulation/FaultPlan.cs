namespace RustFs.Tests.Storage.Simulation;

/// <summary>What an access to the simulated medium is, for faults that befall only some.</summary>
[Flags]
internal enum IoKinds
{
    Read = 1,
    Write = 2,
    Sync = 4,
    Create = 8,
    Delete = 16,
    Open = 32,
    IndexRead = 64,
    IndexCommit = 128,
    IndexReopen = 256,
    Punch = 512,
    All = 1023,
}

internal enum FaultKind
{
    None,
    /// <summary>EIO on any access.</summary>
    Eio,
    /// <summary>ENOSPC on what takes space.</summary>
    NoSpace,
    /// <summary>A part of a write arrives, then EIO.</summary>
    ShortWrite,
    /// <summary>fsync fails; what it should have covered may be lost although later ones succeed (as on Linux since 4.13).</summary>
    FailedSync,
    /// <summary>The index finds damage in what it reads.</summary>
    Corruption,
    /// <summary>The power goes during this access: it and everything after it has no certain effect.</summary>
    PowerCut,
}

/// <summary>
/// Counts the accesses of one simulated machine (its disks and its index together) and decides which of them fail. Thread-safe.
/// </summary>
internal sealed class FaultPlan
{
    private readonly Lock _lock = new();
    private FaultKind _kind;
    private IoKinds _kinds;
    private long _first;
    private long _last;
    private volatile bool _isPowerOff;
    private long _faults;
    private long _accesses;

    /// <summary>Called before each access, by whoever makes it.</summary>
    public Action? Accessing { get; set; }

    /// <summary>Sums up which accesses were made and what befell them, in their order: equal for equal runs.</summary>
    public ulong Trace { get; private set; }

    /// <summary>True from the cut until <see cref="PowerOn"/>.</summary>
    public bool IsPowerOff => _isPowerOff;

    /// <summary>What is armed.</summary>
    public FaultKind Kind
    {
        get { lock (_lock) return _kind; }
    }

    /// <summary>Faults that happened.</summary>
    public long Faults => Interlocked.Read(ref _faults);

    /// <summary>Accesses that the armed kind could befall, since <see cref="Arm"/>; of all kinds when nothing is armed.</summary>
    public long Accesses => Interlocked.Read(ref _accesses);

    /// <summary>The accesses that a kind of fault can befall.</summary>
    public static IoKinds Befalls(FaultKind kind) => kind switch
    {
        FaultKind.Eio => IoKinds.All,
        FaultKind.NoSpace => IoKinds.Write | IoKinds.Punch | IoKinds.Create | IoKinds.IndexCommit | IoKinds.IndexReopen,
        FaultKind.ShortWrite => IoKinds.Write | IoKinds.IndexCommit,
        FaultKind.Corruption => IoKinds.IndexRead,
        FaultKind.FailedSync => IoKinds.Sync | IoKinds.Create | IoKinds.IndexCommit,
        FaultKind.PowerCut => IoKinds.All & ~IoKinds.Read & ~IoKinds.IndexRead & ~IoKinds.Open,
        _ => 0,
    };

    /// <param name="at">The first access to fail, counted from 1 among those the kind can befall.</param>
    /// <param name="count">How many fail in a row.</param>
    public void Arm(FaultKind kind, long at, long count = 1)
    {
        lock (_lock)
        {
            (_kind, _kinds, _first, _last) = (kind, Befalls(kind), at, count > long.MaxValue - at ? long.MaxValue : at + count - 1);
            _accesses = 0;
        }
    }

    public void Disarm()
    {
        lock (_lock) _kind = FaultKind.None;
    }

    public void CutPower() => _isPowerOff = true;

    public void PowerOn()
    {
        Disarm();
        _isPowerOff = false;
    }

    /// <summary>Counts one access and answers what befalls it.</summary>
    public FaultKind Next(IoKinds access)
    {
        Accessing?.Invoke();
        if (_isPowerOff) return FaultKind.PowerCut;
        lock (_lock)
        {
            Trace = ((Trace << 7 | Trace >> 57) ^ (ulong)access) * 0x9E3779B97F4A7C15UL;
            if (_kind == FaultKind.None)
            {
                _accesses++;
                return FaultKind.None;
            }
            if ((_kinds & access) == 0) return FaultKind.None;
            _accesses++;
            if (_accesses < _first || _accesses > _last) return FaultKind.None;
            _faults++;
            Trace += (ulong)_kind;
            if (_kind == FaultKind.PowerCut) _isPowerOff = true;
            return _kind;
        }
    }
}
