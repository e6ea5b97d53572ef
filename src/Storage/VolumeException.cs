namespace RustFs.Storage;

/// <summary>A volume that cannot be opened; the message says why and what to do.</summary>
public sealed class VolumeException(string message, Exception? inner = null) : Exception(message, inner);
