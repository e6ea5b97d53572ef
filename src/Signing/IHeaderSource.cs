namespace RustFs.Signing;

/// <summary>The request's header fields as the signer sees them: on the wire, before the server adds any of its own.</summary>
public interface IHeaderSource
{
    int Count { get; }

    /// <summary>In any case; field names are compared without regard to it.</summary>
    ReadOnlySpan<byte> Name(int index);

    ReadOnlySpan<byte> Value(int index);
}
