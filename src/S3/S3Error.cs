namespace RustFs.S3;

/// <summary>An error as S3 clients know it: a code, an HTTP status and a message that tells the user what to do. Immutable.</summary>
public sealed record S3Error(string Code, int StatusCode, string Message)
{
    /// <summary>Further elements of the error body, such as the endpoint of a redirect.</summary>
    public IReadOnlyList<(string Name, string Value)> Details { get; init; } = [];

    /// <summary>Further header fields of the answer, such as the Content-Range of a 416.</summary>
    public IReadOnlyList<(string Name, string Value)> Fields { get; init; } = [];

    /// <summary>True when the request's framing can no longer be trusted: the connection is closed after the answer.</summary>
    public bool ClosesConnection { get; init; }

    /// <summary>Seconds for a Retry-After header; 0 for none.</summary>
    public int RetryAfterSeconds { get; init; }
}
