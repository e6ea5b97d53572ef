namespace RustFs.Uring;

/// <summary>The rings of a process: one for each core that it may use.</summary>
public sealed class RingSet : IDisposable
{
    private readonly RingLoop[] _loops;

    private RingSet(RingLoop[] loops) => _loops = loops;

    public IReadOnlyList<RingLoop> Loops => _loops;

    /// <summary>The one with the fewest connections.</summary>
    public RingLoop LeastLoaded()
    {
        RingLoop chosen = _loops[0];
        foreach (RingLoop loop in _loops)
        {
            if (loop.Load < chosen.Load)
                chosen = loop;
        }

        return chosen;
    }

    /// <summary>Starts them all, or none and says why.</summary>
    public static RingFault? TryStart(int count, RingLoopOptions options, out RingSet? rings)
    {
        var loops = new List<RingLoop>(count);
        for (int index = 0; index < count; index++)
        {
            RingFault? fault = RingLoop.TryStart(index, options, out RingLoop? loop);
            if (fault is not null)
            {
                loops.ForEach(started => started.Stop());
                rings = null;
                return fault;
            }

            loops.Add(loop!);
        }

        rings = new RingSet([.. loops]);
        return null;
    }

    /// <summary>After everything that uses them. What is still under way is cancelled and waited for.</summary>
    public void Dispose()
    {
        foreach (RingLoop loop in _loops)
            loop.Stop();
    }
}
