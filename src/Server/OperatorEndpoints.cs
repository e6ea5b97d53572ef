using System.Text;
using RustFs.Http1;
using RustFs.S3;
using RustFs.Storage;

namespace RustFs.Server;

/// <summary>
/// The paths that are the operator's: /health/live, /health/ready, /metrics. Only unsigned GET and HEAD without a query are taken for them,
/// so that buckets named "health" and "metrics" work all the same.
/// </summary>
internal sealed class OperatorEndpoints(PrometheusPage metrics, IObjectStore store)
{
    private static readonly byte[] Live = "live\n"u8.ToArray();
    private static readonly byte[] Ready = "ready\n"u8.ToArray();
    private static readonly byte[] ReadOnly = "read-only: disk full\n"u8.ToArray();

    /// <summary>False when the request is not for the operator.</summary>
    public ValueTask<bool> TryAnswerAsync(S3Request request)
    {
        RequestHead head = request.Head;
        ReadOnlySpan<byte> path = head.Path;
        // The first bytes decide for nearly every request.
        if (path.Length < 8 || (path[1] != 'h' && path[1] != 'm') || !head.Query.IsEmpty)
            return ValueTask.FromResult(false);
        if (head.Method is not (RequestMethod.Get or RequestMethod.Head) || head.TryGet(KnownHeader.Authorization, out _))
            return ValueTask.FromResult(false);
        if (path.SequenceEqual("/health/live"u8))
            return AnswerAsync(request, 200, Live);
        if (path.SequenceEqual("/health/ready"u8))
            return store.Statistics.WritesRefused ? AnswerAsync(request, 200, ReadOnly) : AnswerAsync(request, 200, Ready);
        if (path.SequenceEqual("/metrics"u8))
            return AnswerAsync(request, 200, Encoding.UTF8.GetBytes(metrics.Render()));
        return ValueTask.FromResult(false);
    }

    private static ValueTask<bool> AnswerAsync(S3Request request, int statusCode, byte[] body)
    {
        request.Begin(RequestId.Next());
        request.Response.Begin(statusCode);
        request.Response.Header("Content-Type"u8, "text/plain; version=0.0.4; charset=utf-8"u8);
        return SentAsync(request.Response.SendAsync(body));
    }

    private static async ValueTask<bool> SentAsync(ValueTask<bool> sending)
    {
        await sending.ConfigureAwait(false);
        return true;
    }
}
