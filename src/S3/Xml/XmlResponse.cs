using System.Runtime.CompilerServices;
using RustFs.Http1;
using RustFs.Storage;

namespace RustFs.S3.Xml;

/// <summary>Answers a request with an XML document.</summary>
internal static class XmlResponse
{
    /// <summary>Begins a 200 for a document; further headers may follow before <see cref="SendAsync"/>.</summary>
    public static void Begin(S3Request request)
    {
        request.Response.Begin(200);
        request.Response.Header("Content-Type"u8, "application/xml"u8);
    }

    /// <summary>
    /// Sends the begun response with the document, and disposes it. A document that waits for a slow reader is counted: threads bound
    /// those that are being written.
    /// </summary>
    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    public static async ValueTask<S3Error?> SendAsync(S3Request request, XmlBody body)
    {
        using (body)
        {
            MemoryBudget memory = request.Service.Memory;
            int lengthBytes = body.CapacityBytes;
            if (!memory.TryTake(MemoryUse.Document, lengthBytes))
                return S3Errors.SlowDown;
            await request.Response.SendAsync(body.Written).ConfigureAwait(false);
            memory.Give(MemoryUse.Document, lengthBytes);
        }

        return null;
    }

    /// <summary>Begins and sends a 200.</summary>
    public static ValueTask<S3Error?> AnswerAsync(S3Request request, XmlBody body)
    {
        Begin(request);
        return SendAsync(request, body);
    }
}
