using System.Diagnostics.Metrics;
using RustFs.S3;

namespace RustFs.Server;

/// <summary>
/// Requests by operation and status, their latency and bytes. A request costs a few interlocked additions into fixed arrays; the
/// framework's instruments and the Prometheus page read those.
/// </summary>
internal sealed class RequestMetrics : IDisposable
{
    public const string MeterName = "RustFs";

    /// <summary>Upper bounds of the latency buckets in seconds: from below a cached GET to above a slow multipart completion.</summary>
    public static readonly double[] BucketBounds =
        [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

    /// <summary>Every status this server gives; others count as the last.</summary>
    public static readonly int[] StatusCodes =
        [200, 204, 206, 301, 304, 400, 403, 404, 405, 409, 411, 412, 414, 416, 431, 500, 501, 503, 505, 507, 0];

    private static readonly byte[] StatusIndexes = IndexStatuses();

    private readonly Meter _meter = new(MeterName);
    private readonly long[] _requests;
    private readonly long[] _latencyBuckets;
    private readonly long[] _latencyTicks;
    private long _sentBodyBytes;

    public RequestMetrics()
    {
        _requests = new long[OperationNames.Length * StatusCodes.Length];
        _latencyBuckets = new long[OperationNames.Length * (BucketBounds.Length + 1)];
        _latencyTicks = new long[OperationNames.Length];
        _meter.CreateObservableCounter("rustfs.requests", ObserveRequests, unit: "{request}");
        _meter.CreateObservableCounter("rustfs.response.body", () => SentBodyBytes, unit: "By");
    }

    /// <summary>The operations of the table, then "none": requests that were refused before they were routed.</summary>
    public static string[] OperationNames { get; } = [.. OperationTable.All.Select(operation => operation.Name), "none"];

    public long SentBodyBytes => Volatile.Read(ref _sentBodyBytes);

    /// <param name="operation">The operation's index; −1 for none.</param>
    public void Record(int operation, int statusCode, TimeSpan elapsed, long sentBodyBytes)
    {
        if (operation < 0)
            operation = OperationNames.Length - 1;
        int status = (uint)statusCode < (uint)StatusIndexes.Length ? StatusIndexes[statusCode] : StatusCodes.Length - 1;
        Interlocked.Increment(ref _requests[(operation * StatusCodes.Length) + status]);
        Interlocked.Increment(ref _latencyBuckets[(operation * (BucketBounds.Length + 1)) + BucketOf(elapsed.TotalSeconds)]);
        Interlocked.Add(ref _latencyTicks[operation], elapsed.Ticks);
        if (sentBodyBytes > 0)
            Interlocked.Add(ref _sentBodyBytes, sentBodyBytes);
    }

    public long Requests(int operation, int status) => Volatile.Read(ref _requests[(operation * StatusCodes.Length) + status]);

    public long LatencyCount(int operation, int bucket) =>
        Volatile.Read(ref _latencyBuckets[(operation * (BucketBounds.Length + 1)) + bucket]);

    public double LatencySeconds(int operation) => TimeSpan.FromTicks(Volatile.Read(ref _latencyTicks[operation])).TotalSeconds;

    public void Dispose() => _meter.Dispose();

    private static int BucketOf(double seconds)
    {
        int bucket = 0;
        while (bucket < BucketBounds.Length && seconds > BucketBounds[bucket])
            bucket++;
        return bucket;
    }

    private static byte[] IndexStatuses()
    {
        const int StatusLimit = 600;
        byte[] indexes = new byte[StatusLimit];
        Array.Fill(indexes, (byte)(StatusCodes.Length - 1));
        for (int i = 0; i < StatusCodes.Length; i++)
            indexes[StatusCodes[i]] = (byte)i;
        return indexes;
    }

    private IEnumerable<Measurement<long>> ObserveRequests()
    {
        for (int operation = 0; operation < OperationNames.Length; operation++)
        {
            for (int status = 0; status < StatusCodes.Length; status++)
            {
                if (Requests(operation, status) is > 0 and long count)
                {
                    yield return new Measurement<long>(
                        count,
                        new KeyValuePair<string, object?>("operation", OperationNames[operation]),
                        new KeyValuePair<string, object?>("status", StatusCodes[status]));
                }
            }
        }
    }
}
