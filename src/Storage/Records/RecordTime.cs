namespace RustFs.Storage;

/// <summary>
/// Times in records: milliseconds since 1970, to the end of the year 9999. What lies outside is no date, cannot be written as one in an
/// answer, and so makes its record a bad one.
/// </summary>
internal static class RecordTime
{
    private static readonly long MaxMs = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    public static bool IsValid(long unixMs) => unixMs >= 0 && unixMs <= MaxMs;
}
