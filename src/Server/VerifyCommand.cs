using System.Globalization;
using RustFs.Storage;

namespace RustFs.Server;

/// <summary>
/// <c>rustfs verify</c> and <c>rustfs scrub</c>: a line for each finding, then a summary. Throws <see cref="VolumeException"/> when the
/// volume cannot be checked, as when a server has it open.
/// </summary>
internal static class VerifyCommand
{
    private const int CleanExitCode = 0;
    private const int DamagedExitCode = 1;

    /// <returns>The process's exit code.</returns>
    public static int Run(ServerOptions options, TextWriter output)
    {
        long rate = options.ScrubBytesPerSecond ?? 0;
        VerificationSummary summary = options.Command == ServerCommand.Verify
            ? VolumeVerification.Verify(options.Directories, rate, output.WriteLine)
            : VolumeVerification.Scrub(options.Directories, rate, output.WriteLine);
        string verdict = summary.Findings == 0 ? "clean" : $"DAMAGED, {summary.Findings} findings";
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{verdict}: {summary.Objects} objects, {summary.LiveBytes} live bytes in {summary.Segments} segments, "
            + $"{summary.ReadBytes} bytes read in {summary.Time.TotalSeconds:0.0} s"));
        return summary.Findings == 0 ? CleanExitCode : DamagedExitCode;
    }
}
