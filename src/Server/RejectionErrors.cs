using System.Text;
using RustFs.Http1;
using RustFs.S3;

namespace RustFs.Server;

/// <summary>
/// The answer to bytes that are not a request this server reads. Where a request ends is then unknown, so the connection always closes.
/// </summary>
internal static class RejectionErrors
{
    public static S3Error Of(RequestRejection rejection) => rejection switch
    {
        RequestRejection.RequestLineTooLong => BadRequest(414, $"The request line is longer than {Http1Limits.RequestLineBytes} bytes."),
        RequestRejection.HeadTooLarge => BadRequest(431, $"The request head is larger than {Http1Limits.HeadBytes} bytes."),
        RequestRejection.TooManyHeaders => BadRequest(431, $"The request has more than {Http1Limits.HeaderCount} header fields."),
        RequestRejection.UnsupportedVersion => BadRequest(505, "Use HTTP/1.1 or HTTP/1.0."),
        RequestRejection.TransferEncodingNotImplemented => BadRequest(501, "The only transfer coding is chunked."),
        RequestRejection.MissingHost => BadRequest(400, "The request has no Host header."),
        RequestRejection.DuplicateHost => BadRequest(400, "The request has more than one Host header."),
        RequestRejection.DuplicateContentLength => BadRequest(400, "The request has more than one Content-Length."),
        RequestRejection.ContentLengthWithTransferEncoding => BadRequest(400, "Send Content-Length or Transfer-Encoding, not both."),
        _ => BadRequest(400, $"The request is not valid HTTP/1.1 ({rejection})."),
    };

    /// <summary>
    /// The whole response for when there is no memory to read a request: 503 (Service Unavailable) as S3 says it, and when to come again.
    /// </summary>
    public static ReadOnlyMemory<byte> OutOfMemory { get; } = WriteSlowDown();

    private static byte[] WriteSlowDown()
    {
        S3Error error = S3Errors.SlowDown;
        string body = $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{error.Code}</Code><Message>{error.Message}</Message></Error>";
        return Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {error.StatusCode} Service Unavailable\r\nServer: RustFs\r\nRetry-After: {error.RetryAfterSeconds}\r\n"
            + $"Content-Type: application/xml\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");
    }

    private static S3Error BadRequest(int statusCode, string message) =>
        S3Errors.BadRequest with { StatusCode = statusCode, Message = message };
}
