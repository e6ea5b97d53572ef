namespace RustFs.Storage;

/// <summary>What the committer needs of a body writer once the body is complete.</summary>
internal abstract class CommittableBody : BodyWriter
{
    /// <summary>All bytes have been taken.</summary>
    public abstract bool IsComplete { get; }

    /// <summary>Not Ok when a write of the body failed.</summary>
    public abstract StoreStatus Status { get; }

    /// <summary>
    /// The MD5: of a large body known once <see cref="BeginCommit"/> has been answered, of a small one when it has been placed.
    /// Null until then, and when the caller has spared it.
    /// </summary>
    public ETag? Md5 { get; internal set; }

    /// <summary>The whole body when it is small: the placer copies it into its batch.</summary>
    public virtual ReadOnlySpan<byte> SmallBytes => default;
    public virtual uint SmallCrc32C => 0;
    public virtual bool IsSmall => false;

    /// <summary>Where the bytes of a large body stand; empty until <see cref="BeginCommit"/> has been answered.</summary>
    public virtual ReadOnlySpan<Extent> Extents => default;

    /// <summary>Block checksums of an extent that has no inline one.</summary>
    public virtual ReadOnlySpan<uint> BlockChecksums(int extent) => default;

    /// <summary>
    /// Queues the mutation once every write of the body has ended. False when the body is incomplete or was committed before.
    /// </summary>
    public abstract bool BeginCommit(Mutation mutation, Committer committer);

    /// <summary>The mutation's outcome is known: buffers and pins may go when the caller has disposed.</summary>
    public abstract void EndCommit();
}
