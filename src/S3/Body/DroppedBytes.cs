namespace RustFs.S3.Body;

/// <summary>Where bytes are received that nobody looks at: one place for all connections, so that refusing costs no memory.</summary>
public static class DroppedBytes
{
    // A socket's receive buffer rarely holds more.
    private const int LengthBytes = 64 * 1024;

    public static Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(LengthBytes, pinned: true);
}
