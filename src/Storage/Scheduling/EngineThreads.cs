namespace RustFs.Storage;

/// <summary>A thread for each task: what servers use.</summary>
internal sealed class EngineThreads : IEngineScheduler
{
    public static readonly EngineThreads Instance = new();

    public IEngineActivity Start(EngineTask task, IEngineWork work)
    {
        var thread = new Thread(work.Run)
        {
            IsBackground = true,
            Name = NameOf(task),
            // The scrubber's checksums can always wait.
            Priority = task == EngineTask.Scrub ? ThreadPriority.BelowNormal : ThreadPriority.Normal,
        };
        thread.Start();
        return new Activity(thread);
    }

    public void Rest(long timeMs) => Thread.Sleep((int)timeMs);

    private static string NameOf(EngineTask task) => task switch
    {
        EngineTask.Commit => "storage-commit",
        EngineTask.Place => "storage-place",
        EngineTask.Io => "storage-io",
        EngineTask.Prepare => "storage-prepare",
        EngineTask.Reclaim => "storage-reclaim",
        _ => "storage-scrub",
    };

    private sealed class Activity(Thread thread) : IEngineActivity
    {
        public bool TryStep() => false;
        public void Join() => thread.Join();
    }
}
