using Microsoft.Extensions.Logging;
using RustFs.S3;

namespace RustFs.Server;

/// <summary>Counts every request and writes one line for each that failed.</summary>
internal sealed partial class RequestObserver(RequestMetrics metrics, ILogger<RequestObserver> logger, TimeProvider time)
{
    /// <param name="started">A timestamp of the server's time provider.</param>
    public void Completed(S3Request request, long started)
    {
        TimeSpan elapsed = time.GetElapsedTime(started);
        int statusCode = request.Response.StatusCode;
        metrics.Record(request.Operation?.Index ?? -1, statusCode, elapsed, request.Response.BodyBytes);
        if (request.Error is { StatusCode: >= 400 } error)
            LogFailure(logger, request.Id, NameOf(request), statusCode, error.Code, elapsed.TotalMilliseconds, error.Message);
        else if (request.Response.IsBroken)
            LogBroken(logger, request.Id, NameOf(request), statusCode, request.Response.BodyBytes);
    }

    /// <summary>A request was refused before it was read, for lack of memory.</summary>
    public void Refused()
    {
        const int ServiceUnavailable = 503;
        metrics.Record(operation: -1, ServiceUnavailable, TimeSpan.Zero, sentBodyBytes: 0);
    }

    private static string NameOf(S3Request request) => request.Operation?.Name ?? "-";

    [LoggerMessage(1, LogLevel.Information, "request {RequestId} {Operation} failed: {StatusCode} {Code} after {ElapsedMs:0.0} ms: "
        + "{Reason}")]
    private static partial void LogFailure(
        ILogger logger, RequestId requestId, string operation, int statusCode, string code, double elapsedMs, string reason);

    [LoggerMessage(2, LogLevel.Information, "request {RequestId} {Operation} ended with its connection: {StatusCode}, {BodyBytes} body "
        + "bytes sent")]
    private static partial void LogBroken(ILogger logger, RequestId requestId, string operation, int statusCode, long bodyBytes);
}
