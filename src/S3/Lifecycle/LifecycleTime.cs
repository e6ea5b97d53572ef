namespace RustFs.S3.Lifecycle;

/// <summary>Times of rules, in milliseconds since 1970 (UTC).</summary>
internal static class LifecycleTime
{
    public const long DayMs = 24 * 60 * 60 * 1000L;

    /// <summary>The last midnight that a date can name: what is later never comes.</summary>
    private const long LastMs = 253_402_214_400_000;

    /// <summary>
    /// Days later, and on to the next midnight (S3 user guide, "Expiring objects"): what is written on the 15th at 10:30 with three days
    /// goes on the 19th at 00:00. A midnight is not moved.
    /// </summary>
    public static long After(long fromMs, int days)
    {
        long day = Math.DivRem(fromMs, DayMs, out long rest);
        return Math.Min((day + (rest > 0 ? 1 : 0) + days) * DayMs, LastMs);
    }
}
