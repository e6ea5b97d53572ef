namespace RustFs.Storage;

/// <summary>What an operator must hear of. Called from the engine's threads: return quickly.</summary>
public interface IVolumeEvents
{
    void Info(string message);
    void Warning(string message);

    /// <summary>
    /// Bytes whose checksum did not match. <paramref name="owner"/> names the object when known; segment 0 stands for its record in the
    /// index.
    /// </summary>
    void Corruption(string directory, uint segment, long offset, string owner);
}

public sealed class NoVolumeEvents : IVolumeEvents
{
    public static readonly NoVolumeEvents Instance = new();
    public void Info(string message) { }
    public void Warning(string message) { }
    public void Corruption(string directory, uint segment, long offset, string owner) { }
}
