using System.Text;
using RustFs.Http1;
using RustFs.S3.Encryption;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Forms;

/// <summary>
/// The answer to a form whose object is stored: a redirect where the form asks for one that is a URL, else the status that it asks for
/// (S3 API reference, "POST Object").
/// </summary>
internal static class FormAnswer
{
    public static async ValueTask<S3Error?> SendAsync(S3Request request, FormFields fields, WriteResult result, ObjectAttributes attributes)
    {
        string? redirect = fields.TextOf("success_action_redirect") ?? fields.TextOf("redirect");
        string etag = Quoted(result.ETag);
        string location = LocationOf(request);
        if (Uri.TryCreate(redirect, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https")
        {
            Begin(request, 303, RedirectTo(request, url!, etag), result, attributes);
            await request.Response.SendHeadAsync(0).ConfigureAwait(false);
            return null;
        }

        int status = fields.TextOf("success_action_status") switch { "200" => 200, "201" => 201, _ => 204 };
        Begin(request, status, location, result, attributes);
        if (status == 201)
        {
            request.Response.Header("Content-Type"u8, "application/xml"u8);
            return await XmlResponse.SendAsync(request, Document(request, location, etag)).ConfigureAwait(false);
        }

        if (status == 200)
            await request.Response.SendHeadAsync(0).ConfigureAwait(false);
        else
            await request.Response.SendEmptyAsync().ConfigureAwait(false);
        return null;
    }

    private static void Begin(S3Request request, int status, string location, in WriteResult result, in ObjectAttributes attributes)
    {
        S3Response response = request.Response;
        response.Begin(status);
        response.Header("Location"u8, Encoding.ASCII.GetBytes(location));
        response.ETagHeader(result.ETag);
        ObjectVersion.WriteHeader(response, result);
        EncryptionHeaders.Write(request, attributes.Fields, showsContext: true);
        ObjectFields.WriteChecksum(response, attributes.Checksum, partCount: 0);
    }

    /// <summary>The URL as the client reached it: what a proxy adds to a request is not trusted.</summary>
    private static string LocationOf(S3Request request)
    {
        string host = Encoding.ASCII.GetString(request.Header(KnownHeader.Host));
        string bucket = request.Target.IsVirtualHosted ? "" : "/" + request.Bucket.Name;
        IEnumerable<string> segments = Encoding.UTF8.GetString(request.Key.Span).Split('/').Select(Uri.EscapeDataString);
        return $"{(request.IsSecure ? "https" : "http")}://{host}{bucket}/{string.Join('/', segments)}";
    }

    private static string RedirectTo(S3Request request, Uri url, string etag)
    {
        string key = Uri.EscapeDataString(Encoding.UTF8.GetString(request.Key.Span));
        string added = $"bucket={request.Bucket.Name}&key={key}&etag={Uri.EscapeDataString(etag)}";
        string before = url.GetLeftPart(UriPartial.Query);
        return $"{before}{(url.Query.Length > 0 ? '&' : '?')}{added}{url.Fragment}";
    }

    private static string Quoted(ETag tag)
    {
        Span<byte> text = stackalloc byte[ETag.MaxTextBytes];
        return $"\"{Encoding.ASCII.GetString(text[..tag.Format(text)])}\"";
    }

    private static XmlBody Document(S3Request request, string location, string etag)
    {
        var body = new XmlBody();
        body.Declaration();
        body.Open("PostResponse"u8);
        body.Element("Location"u8, location);
        body.Element("Bucket"u8, request.Bucket.Name);
        body.Element("Key"u8, request.Key.Span);
        body.Element("ETag"u8, etag);
        body.Close("PostResponse"u8);
        return body;
    }
}
