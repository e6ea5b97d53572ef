using RustFs.Http1;

namespace RustFs.S3.Routing;

public enum TargetKind : byte { Service, Bucket, Object }

/// <summary>What an operation does with a request body.</summary>
public enum BodyRule : byte
{
    /// <summary>No body is expected; one that comes is drained within bounds.</summary>
    None,
    /// <summary>A small XML document, read whole within <see cref="OperationSpec.BodyLimitBytes"/>.</summary>
    Xml,
    /// <summary>An object's bytes, streamed.</summary>
    Object,
    /// <summary>A form that ends with an object's bytes, streamed.</summary>
    Form,
}

/// <summary>What an operation looks for in the index on the thread that received the request, before it answers.</summary>
public enum IndexReads : byte
{
    /// <summary>Nothing, or uploads, which are few and young.</summary>
    None,
    /// <summary>The record of its key.</summary>
    Key,
    /// <summary>The record of its key when the request has If-Match or If-None-Match.</summary>
    KeyWhenConditional,
    /// <summary>Keys by the page, or other keys than its own.</summary>
    Keys,
}

/// <summary>Runs an operation. Null when it has answered; an error for the caller to answer when nothing was sent yet.</summary>
public delegate ValueTask<S3Error?> OperationHandler(S3Request request);

/// <summary>One S3 operation: where it is found, what it needs, who may do it, and what runs it.</summary>
public sealed class OperationSpec
{
    /// <summary>AWS's name of the operation, also its metric label.</summary>
    public required string Name { get; init; }
    public required RequestMethod Method { get; init; }
    public required TargetKind Target { get; init; }

    /// <summary>The query parameter that selects it; null when there is none.</summary>
    public string? SubResource { get; init; }

    /// <summary>The value that parameter must have; null for any.</summary>
    public string? SubResourceValue { get; init; }

    /// <summary>A header that selects it; Unknown when there is none.</summary>
    public KnownHeader RequiredHeader { get; init; }

    /// <summary>The IAM action that permits it, such as s3:PutObject.</summary>
    public required string Permission { get; init; }
    public BodyRule Body { get; init; }

    /// <summary>Bytes of an XML body; 0 for other body rules.</summary>
    public int BodyLimitBytes { get; init; }
    public IndexReads Reads { get; init; }
    public required int SuccessStatus { get; init; }
    public required OperationHandler Handler { get; init; }

    /// <summary>True for the one operation on a bucket that need not exist.</summary>
    public bool CreatesBucket { get; init; }

    /// <summary>
    /// True for the one operation whose signature is in its body: its handler verifies it and asks the gate, before it does anything else.
    /// </summary>
    public bool IsSignedInBody { get; init; }

    /// <summary>Its place in the table: the index of its metrics.</summary>
    public int Index { get; internal set; }
}
