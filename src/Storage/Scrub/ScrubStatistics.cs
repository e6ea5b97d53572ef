namespace RustFs.Storage;

/// <summary>What the scrubber does and found.</summary>
/// <param name="Passes">Whole passes since start.</param>
/// <param name="TotalBytes">Bytes read by all passes since start.</param>
/// <param name="PassStartedMs">When the present or last pass began, milliseconds since 1970 (UTC); 0 when none has.</param>
/// <param name="PassBytes">Bytes the present or last pass has read.</param>
/// <param name="PassFaults">Damaged places the present or last pass has found.</param>
public readonly record struct ScrubStatistics(long Passes, long TotalBytes, long PassStartedMs, long PassBytes, long PassFaults);
