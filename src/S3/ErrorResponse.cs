using System.Buffers;
using System.Text;
using RustFs.S3.Listing;
using RustFs.S3.Xml;

namespace RustFs.S3;

/// <summary>
/// Answers an error: <c>&lt;Error&gt;&lt;Code/&gt;&lt;Message/&gt;&lt;Resource/&gt;&lt;RequestId/&gt;&lt;/Error&gt;</c>
/// (AWS S3 API reference, "REST error responses"); HEAD and 304 have no body.
/// </summary>
internal static class ErrorResponse
{
    public static async ValueTask SendAsync(S3Request request, S3Error error)
    {
        request.Error = error;
        S3Response response = request.Response;
        if (response.HasStarted)
        {
            response.Break();
            return;
        }

        response.ClosesConnection |= error.ClosesConnection || (!request.IsRejected && !request.Body.IsDrainable);
        if (error.StatusCode == 304)
        {
            await response.SendEmptyAsync().ConfigureAwait(false);
            return;
        }

        response.Begin(error.StatusCode);
        if (error.RetryAfterSeconds > 0)
            response.Header("Retry-After"u8, error.RetryAfterSeconds);
        foreach ((string name, string value) in error.Fields)
            response.Header(Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(value));
        response.Header("Content-Type"u8, "application/xml"u8);
        using var body = new XmlBody();
        Write(body, request, error);
        await response.SendAsync(body.Written).ConfigureAwait(false);
    }

    private static void Write(XmlBody body, S3Request request, S3Error error)
    {
        body.Declaration();
        body.Open("Error"u8);
        body.Element("Code"u8, error.Code);
        body.Element("Message"u8, error.Message);
        foreach ((string name, string value) in error.Details)
            body.Element(Encoding.ASCII.GetBytes(name), value);
        WriteResource(body, request.IsRejected ? default : request.Head.Path);
        body.Element("RequestId"u8, request.Id.ToString());
        body.Element("HostId"u8, "rustfs"u8);
        body.Close("Error"u8);
    }

    /// <summary>
    /// The path as it was sent. Bytes beyond ASCII, which have no place there unencoded, are percent-encoded: they need not be UTF-8, and
    /// the document must be.
    /// </summary>
    private static void WriteResource(XmlBody body, ReadOnlySpan<byte> path)
    {
        body.Open("Resource"u8);
        for (int run = path.IndexOfAnyInRange((byte)0x80, (byte)0xFF); run >= 0; run = path.IndexOfAnyInRange((byte)0x80, (byte)0xFF))
        {
            body.Text(path[..run]);
            UrlEncodedText.Write(body, path.Slice(run, 1));
            path = path[(run + 1)..];
        }

        body.Text(path);
        body.Close("Resource"u8);
    }
}
