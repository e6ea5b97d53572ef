namespace RustFs.Storage;

/// <summary>A rename within one bucket; all of it is decided at one commit.</summary>
public sealed class ObjectRename
{
    /// <summary>The key of the object as it is; another than <see cref="Key"/>.</summary>
    public required ReadOnlyMemory<byte> Source { get; init; }

    /// <summary>The key that it gets. What stands there is overwritten.</summary>
    public required ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>On the object that is renamed; not asked when there is none.</summary>
    public IWritePrecondition? SourcePrecondition { get; init; }

    /// <summary>On what stands at the new key.</summary>
    public IWritePrecondition? Precondition { get; init; }

    /// <summary>With the same token again the rename is answered, not done; null when it is done each time.</summary>
    public WriteToken? Token { get; init; }
}

/// <summary>
/// What makes a write happen once however often it is sent. Remembered across restarts, for an hour at least and two at most.
/// </summary>
/// <param name="Name">A digest of the client's token and of all within which it is one: the same for the same token only.</param>
/// <param name="Parameters">A digest of what is asked for: TokenReused when it differs.</param>
public readonly record struct WriteToken(UInt128 Name, UInt128 Parameters);

/// <summary>A key in a bucket.</summary>
public readonly record struct ObjectPlace(Bucket Bucket, ReadOnlyMemory<byte> Key);
