namespace RustFs.Tests.Http1;

/// <summary>A clock that stands where the test puts it. Setting and reading are atomic.</summary>
internal sealed class SettableTime : TimeProvider
{
    private long _ticks;

    public DateTimeOffset Now
    {
        get => new(Volatile.Read(ref _ticks), TimeSpan.Zero);
        set => Volatile.Write(ref _ticks, value.UtcTicks);
    }

    public override DateTimeOffset GetUtcNow() => Now;
}
