namespace RustFs.Signing;

/// <summary>The three raw parts of a request that are signed, exactly as they stood in the request line.</summary>
public readonly ref struct SignedRequestLine
{
    public SignedRequestLine(ReadOnlySpan<byte> method, ReadOnlySpan<byte> path, ReadOnlySpan<byte> query)
    {
        Method = method;
        Path = path;
        Query = query;
    }

    public ReadOnlySpan<byte> Method { get; }

    /// <summary>Percent-encoded, without the query.</summary>
    public ReadOnlySpan<byte> Path { get; }

    /// <summary>Percent-encoded, without the question mark; empty when absent.</summary>
    public ReadOnlySpan<byte> Query { get; }
}
