using Microsoft.Extensions.Logging;
using RustFs.Storage;

namespace RustFs.Server;

/// <summary>Puts what the engine tells its operator into the log.</summary>
internal sealed partial class VolumeLog(ILogger<VolumeLog> logger) : IVolumeEvents
{
    public void Info(string message) => LogInfo(logger, message);

    public void Warning(string message) => LogWarning(logger, message);

    public void Corruption(string directory, uint segment, long offset, string owner)
    {
        if (segment == 0) LogIndexCorruption(logger, directory, owner);
        else LogCorruption(logger, directory, segment, offset, owner);
    }

    [LoggerMessage(1, LogLevel.Information, "{Message}")]
    private static partial void LogInfo(ILogger logger, string message);

    [LoggerMessage(2, LogLevel.Warning, "{Message}")]
    private static partial void LogWarning(ILogger logger, string message);

    [LoggerMessage(3, LogLevel.Error, "corrupt bytes in volume {Directory}, segment {Segment}, offset {Offset}, of {Owner}: not served")]
    private static partial void LogCorruption(ILogger logger, string directory, uint segment, long offset, string owner);

    [LoggerMessage(4, LogLevel.Error, "corrupt record in the index of volume {Directory}, of {Owner}: not served")]
    private static partial void LogIndexCorruption(ILogger logger, string directory, string owner);
}
