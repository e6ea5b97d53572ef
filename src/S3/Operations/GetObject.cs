using System.Runtime.CompilerServices;
using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>GetObject: an object's bytes, whole, a range, or one part.</summary>
internal static class GetObject
{
    /// <summary>What is read behind the head and leaves with it in one send: one block of the store.</summary>
    private const int SmallBytes = 64 * 1024;

    /// <summary>
    /// A record goes stale when its bytes are moved or it is overwritten while it is opened; that many times in a row says overload.
    /// </summary>
    private const int MaxAttempts = 8;

    public static readonly OperationSpec Spec = new()
    {
        Name = "GetObject",
        Method = RequestMethod.Get,
        Target = TargetKind.Object,
        Permission = "s3:GetObject",
        Reads = IndexReads.Key,
        SuccessStatus = 200,
        Handler = request => Answer(request, 1),
    };

    /// <summary>Small objects are answered here from start to end without an asynchronous frame.</summary>
    private static ValueTask<S3Error?> Answer(S3Request request, int attempt)
    {
        for (; attempt <= MaxAttempts; attempt++)
        {
            S3Error? error = ObjectRead.Find(request, out ObjectRead read);
            if (error is not null)
                return ValueTask.FromResult<S3Error?>(error);
            ReadOnlyMemory<byte> body = request.Store.FindCachedBody(read.Record);
            error = read.BeginResponse(request, isHot: !body.IsEmpty);
            if (error is not null)
                return ValueTask.FromResult<S3Error?>(error);
            if (read.LengthBytes == 0)
            {
                read.Key?.Dispose();
                return Sent(request.Response.SendHeadAsync(0));
            }

            if (!body.IsEmpty)
                return Sent(request.Response.SendCopyAsync(body.Slice((int)read.Offset, (int)read.LengthBytes)));

            StoreStatus status = read.OpenReader(request, out ObjectReader? reader);
            if (status == StoreStatus.Changed)
                continue;
            if (status != StoreStatus.Ok)
                return ValueTask.FromResult(StoreErrors.Of(status));

            bool isSmall = read.LengthBytes <= SmallBytes;
            Memory<byte> room = request.Response.EndHead(read.LengthBytes, isSmall ? (int)read.LengthBytes : 0);
            if (!isSmall || room.IsEmpty || !reader!.TryReadAll(room.Span, out status))
                return StreamAsync(request, reader!, attempt);
            reader.Dispose();
            if (status == StoreStatus.Ok)
                return Sent(request.Response.SendWithRoomAsync(room.Length));
            if (status != StoreStatus.Changed)
                return ValueTask.FromResult(StoreErrors.Of(status));
        }

        return ValueTask.FromResult<S3Error?>(S3Errors.SlowDown);
    }

    /// <summary>Sends the head with the first piece, then piece by piece. A fault after that can only end the connection.</summary>
    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private static async ValueTask<S3Error?> StreamAsync(S3Request request, ObjectReader reader, int attempt)
    {
        S3Response response = request.Response;
        using (reader)
        {
            while (reader.RemainingBytes > 0)
            {
                ReadResult read = await reader.ReadAsync().ConfigureAwait(false);
                if (read.Status == StoreStatus.Changed && !response.HasStarted)
                    break;
                if (read.Status != StoreStatus.Ok)
                    return StoreErrors.Of(read.Status);
                if (read.Bytes.IsEmpty)
                    return S3Errors.InternalError;
                bool sent = response.HasStarted
                    ? await response.SendBodyAsync(read.Bytes).ConfigureAwait(false)
                    : await response.SendEndedAsync(read.Bytes).ConfigureAwait(false);
                if (!sent)
                    return null;
            }
        }

        return response.HasStarted ? null : await Answer(request, attempt + 1).ConfigureAwait(false);
    }

    private static ValueTask<S3Error?> Sent(ValueTask<bool> sending)
    {
        if (!sending.IsCompletedSuccessfully)
            return SentAsync(sending);
        _ = sending.Result;
        return default;
    }

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private static async ValueTask<S3Error?> SentAsync(ValueTask<bool> sending)
    {
        // A client that is gone needs no error: the response has noted that the connection broke.
        await sending.ConfigureAwait(false);
        return null;
    }
}
