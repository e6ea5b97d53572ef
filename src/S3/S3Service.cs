using System.Runtime.CompilerServices;
using RustFs.Http1;
using RustFs.S3.Encryption;
using RustFs.S3.Forms;
using RustFs.S3.Routing;
using RustFs.Signing;
using RustFs.Storage;

namespace RustFs.S3;

/// <summary>
/// The way of a request from its parsed head to its answer: target, route, signature, gate, operation. Thread-safe; one per server.
/// </summary>
public sealed class S3Service(IObjectStore store, SignatureVerifier verifier, ServerDomains domains, DateHeaderClock dateClock)
{
    private readonly Router _router = new(OperationTable.All);

    public IObjectStore Store => store;

    /// <summary>The region told to clients of buckets that were created without one.</summary>
    public string Region { get; init; } = BucketRegion.Default;
    public DateHeaderClock DateClock => dateClock;

    /// <summary>What objects are encrypted with by the server's own keys.</summary>
    public KeyRing Keys { get; init; } = KeyRing.Empty;

    /// <summary>Bounds what requests hold in memory; one for the whole server, bodies in the store included.</summary>
    public MemoryBudget Memory { get; init; } = new(long.MaxValue / 8);
    public TimeProvider Time => verifier.Time;

    /// <summary>Answers one request; true when it succeeded. Never throws for what a client or a disk can do.</summary>
    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    public async ValueTask<bool> HandleAsync(S3Request request)
    {
        request.Begin(RequestId.Next());
        S3Error? error = Admit(request);
        if (error is null && request.Operation!.Reads != IndexReads.None)
            await EnterIndexAsync(request).ConfigureAwait(false);
        if (error is null && await request.Body.ContinueIfEmptyAsync().ConfigureAwait(false))
            error = await request.Operation!.Handler(request).ConfigureAwait(false);
        error ??= request.Body.Error;
        if (error is not null)
            await ErrorResponse.SendAsync(request, error).ConfigureAwait(false);
        return error is null;
    }

    /// <summary>Answers an error outside any operation: bytes that were no request, or the operator's endpoints.</summary>
    public static ValueTask AnswerErrorAsync(S3Request request, S3Error error) => ErrorResponse.SendAsync(request, error);

    /// <summary>Everything that must hold before the body may be asked for.</summary>
    private S3Error? Admit(S3Request request)
    {
        RequestHead head = request.Head;
        if (!request.Query.TryReset(head))
            return S3Errors.InvalidRequest with { Message = "The query has too many parameters." };
        S3Error? error = request.Target.Resolve(head, domains);
        if (error is not null)
            return error;
        request.Operation = _router.Find(head.Method, request.Target.Kind, request.Query, head, out error);
        if (request.Operation is null)
            return VirtualHostRedirect.Of(request) ?? error;

        error = SignatureErrors.Of(Verify(request), request);
        if (error is not null)
            return error;
        request.Principal = request.Signature.Credential;
        if (!request.Operation.IsSignedInBody && !Gate.Allows(request.Principal, request.Operation))
            return S3Errors.AccessDenied;
        error = FindBucket(request);
        if (error is null && request.Operation.IsSignedInBody && request.Signature.PayloadMode != PayloadMode.Unsigned)
            error = FormErrors.SignedPayload;
        return error ?? request.Body.Open(request.Signature);
    }

    /// <summary>For the operation that is signed in its body. Sets the principal when the signature is valid.</summary>
    internal S3Error? AdmitForm(S3Request request, in PolicyClaim claim)
    {
        S3Error? error = FormErrors.Of(verifier.VerifyPolicy(claim, request.Signature));
        if (error is not null)
            return error;
        request.Principal = request.Signature.Credential;
        return Gate.Allows(request.Principal, request.Operation!) ? null : S3Errors.AccessDenied;
    }

    private SignatureVerdict Verify(S3Request request)
    {
        RequestHead head = request.Head;
        var line = new SignedRequestLine(head.MethodBytes, head.Path, head.Query);
        return verifier.Verify(in line, new HeaderSource(head), request.Signature);
    }

    private S3Error? FindBucket(S3Request request)
    {
        if (request.Target.Kind == TargetKind.Service)
            return VirtualHostRedirect.IsAboutBucket(request) ? VirtualHostRedirect.Of(request) : null;
        if (request.Operation!.CreatesBucket)
            return null;
        Bucket? bucket = store.FindBucket(request.Target.Bucket);
        if (bucket is null)
            return VirtualHostRedirect.Of(request) ?? S3Errors.NoSuchBucket;
        request.Bucket = bucket;
        return ExpectedOwner.Check(request);
    }

    // Versions of a key lie apart from its record.
    private ValueTask EnterIndexAsync(S3Request request) => request.Operation!.Reads switch
    {
        IndexReads.KeyWhenConditional when !IsConditional(request.Head) => default,
        IndexReads.Keys => store.EnterIndexAsync(request.Bucket, default),
        _ when request.Query.Count > 0 && request.Query.Has("versionId"u8) => store.EnterIndexAsync(request.Bucket, default),
        _ => store.EnterIndexAsync(request.Bucket, request.Key.Span),
    };

    private static bool IsConditional(RequestHead head) =>
        head.TryGet(KnownHeader.IfMatch, out _) || head.TryGet(KnownHeader.IfNoneMatch, out _);

    private readonly ref struct HeaderSource(RequestHead head) : IHeaderSource
    {
        public int Count => head.HeaderCount;
        public ReadOnlySpan<byte> Name(int index) => head.HeaderName(index);
        public ReadOnlySpan<byte> Value(int index) => head.HeaderValue(index);
    }
}
