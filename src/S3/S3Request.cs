using RustFs.Http1;
using RustFs.S3.Body;
using RustFs.S3.Routing;
using RustFs.Signing;
using RustFs.Storage;

namespace RustFs.S3;

/// <summary>
/// All that an operation sees of one request. Reused for others: nothing taken from it may be kept beyond the request. Not thread-
/// safe.
/// </summary>
public sealed class S3Request : IDisposable
{
    public S3Request(S3Service service, RequestHead head, ReceiveBuffer received, IWire wire)
    {
        Service = service;
        Head = _receivedHead = head;
        Response = new S3Response(service.DateClock, wire, service.Memory);
        Body = new RequestBody(received, wire, service.Memory);
    }

    private readonly RequestHead _receivedHead;

    public S3Service Service { get; }

    /// <summary>The connection is under TLS.</summary>
    public bool IsSecure { get; set; }

    /// <summary>
    /// The client's own connection is: this one, or by its word the one to a proxy that ends TLS. That word protects nobody but the client,
    /// whose keys would otherwise cross a network in the clear.
    /// </summary>
    internal bool IsClientSecure =>
        IsSecure || (_receivedHead.TryGet("x-forwarded-proto"u8, out ReadOnlySpan<byte> scheme)
            && System.Text.Ascii.EqualsIgnoreCase(scheme, "https"u8));
    public IObjectStore Store => Service.Store;

    /// <summary>The head that was received, or the one that stands in for it.</summary>
    public RequestHead Head { get; private set; }
    public RequestTarget Target { get; } = new();
    public QueryParameters Query { get; } = new();
    public SignatureContext Signature { get; } = new();

    /// <summary>Who signed the request; null when anonymous.</summary>
    public Credential? Principal { get; internal set; }
    public RequestBody Body { get; }
    public S3Response Response { get; }
    public RequestId Id { get; private set; }

    /// <summary>Null until routed.</summary>
    public OperationSpec? Operation { get; internal set; }

    /// <summary>The error that was answered; null for a success.</summary>
    public S3Error? Error { get; internal set; }

    /// <summary>The bucket that the target names; set before a handler on a bucket or object runs, but for CreateBucket.</summary>
    public Bucket Bucket { get; internal set; } = null!;

    /// <summary>The target's key, decoded.</summary>
    public ReadOnlyMemory<byte> Key => Target.Key;

    /// <summary>Set by the connection when it will not read another request: the answer then says so.</summary>
    public bool IsLast { get; set; }

    /// <summary>True when the bytes received were no request: the head is not to be read.</summary>
    internal bool IsRejected { get; private set; }

    /// <summary>Prepares for the request whose head was just parsed.</summary>
    public void Begin(RequestId id)
    {
        Id = id;
        IsRejected = false;
        Head = _receivedHead;
        Operation = null;
        Error = null;
        Principal = null;
        Bucket = null!;
        Response.Reset(id, isHead: Head.Method == RequestMethod.Head);
        Response.ClosesConnection = IsLast || !Head.KeepAlive;
        Body.Reset(Head);
    }

    /// <summary>Prepares for answering bytes that were no request: there is no head and no body.</summary>
    public void BeginRejected(RequestId id)
    {
        Id = id;
        IsRejected = true;
        Operation = null;
        Error = null;
        Response.Reset(id, isHead: false);
        Response.ClosesConnection = true;
    }

    /// <summary>
    /// Lets another head stand in for the received one until the next request: a form's fields are the headers of the object it brings.
    /// Null for the received one.
    /// </summary>
    internal void StandIn(RequestHead? head) => Head = head ?? _receivedHead;

    /// <summary>Gives back what the request held but its body; the connection calls it after each.</summary>
    public void End() => Response.Release();

    /// <summary>Gives back all that was rented, between two connections that use it in turn.</summary>
    public void Release()
    {
        Response.Release();
        Body.Release();
        Principal = null;
        Bucket = null!;
    }

    public void Dispose()
    {
        Response.Release();
        Body.Dispose();
    }

    /// <summary>The first field of a known name; empty when absent.</summary>
    public ReadOnlySpan<byte> Header(KnownHeader header) => Head.TryGet(header, out ReadOnlySpan<byte> value) ? value : default;
}
