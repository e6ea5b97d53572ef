using System.Text;

namespace RustFs.Signing;

/// <summary>
/// Signs requests as <see cref="SignatureVerifier"/> checks them, for clients of the server that live in this repository. Allocates; one
/// per credential and region. Thread-safe.
/// </summary>
public sealed class RequestSigner(Credential credential, string region)
{
    private readonly SigningKeyCache _keys = new();

    public Credential Credential => credential;
    public string Region => region;

    /// <summary>
    /// The value for the Authorization field. Signs all <paramref name="headers"/>, which must include host, x-amz-content-sha256 and an
    /// x-amz-date that says <paramref name="time"/>.
    /// </summary>
    public string SignHeader<THeaders>(in SignedRequestLine line, THeaders headers, DateTimeOffset time)
        where THeaders : IHeaderSource, allows ref struct
    {
        byte[] signedHeaders = Encoding.ASCII.GetBytes(NamesOf(headers));
        string payloadHash = "";
        for (int i = 0; i < headers.Count; i++)
        {
            if (Ascii.EqualsIgnoreCase(headers.Name(i), "x-amz-content-sha256"u8))
                payloadHash = Encoding.ASCII.GetString(headers.Value(i));
        }

        string signature = Sign(line, headers, signedHeaders, Encoding.ASCII.GetBytes(payloadHash), time);
        return $"AWS4-HMAC-SHA256 Credential={CredentialAt(time)}, SignedHeaders={Encoding.ASCII.GetString(signedHeaders)}, "
            + $"Signature={signature}";
    }

    /// <summary>
    /// The query that makes the request presigned: that of the line, with what AWS adds. Signs all <paramref name="headers"/>, which must
    /// include host; the payload is not signed.
    /// </summary>
    /// <param name="expiresSeconds">1 to 604800.</param>
    public string Presign<THeaders>(in SignedRequestLine line, THeaders headers, DateTimeOffset time, int expiresSeconds)
        where THeaders : IHeaderSource, allows ref struct
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(expiresSeconds, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(expiresSeconds, SigningLimits.PresignedExpirySeconds);
        string names = NamesOf(headers);
        string query = Encoding.ASCII.GetString(line.Query) + (line.Query.IsEmpty ? "" : "&")
            + $"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={Uri.EscapeDataString(CredentialAt(time))}"
            + $"&X-Amz-Date={FormatTime(time)}&X-Amz-Expires={expiresSeconds}&X-Amz-SignedHeaders={Uri.EscapeDataString(names)}";
        var presignedLine = new SignedRequestLine(line.Method, line.Path, Encoding.ASCII.GetBytes(query));
        string signature = Sign(presignedLine, headers, Encoding.ASCII.GetBytes(names), ContentSha256.Unsigned, time);
        return $"{query}&X-Amz-Signature={signature}";
    }

    /// <summary>The value for x-amz-date.</summary>
    public static string FormatTime(DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[AmzTimestamp.LengthBytes];
        new AmzTimestamp(time).Write(text);
        return Encoding.ASCII.GetString(text);
    }

    private string CredentialAt(DateTimeOffset time) => $"{credential.AccessKey}/{FormatTime(time)[..8]}/{region}/s3/aws4_request";

    private static string NamesOf<THeaders>(THeaders headers)
        where THeaders : IHeaderSource, allows ref struct
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < headers.Count; i++)
            names.Add(Encoding.ASCII.GetString(headers.Name(i)).ToLowerInvariant());
        return string.Join(';', names);
    }

    private string Sign<THeaders>(
        in SignedRequestLine line, THeaders headers, ReadOnlySpan<byte> signedHeaders, ReadOnlySpan<byte> payloadHash, DateTimeOffset time)
        where THeaders : IHeaderSource, allows ref struct
    {
        SignatureVerdict verdict = CredentialScope.Parse(
            Encoding.UTF8.GetBytes(CredentialAt(time)), SignatureVerdict.CredentialScopeMalformed, out CredentialScope scope);
        if (verdict != SignatureVerdict.Valid)
            throw new InvalidOperationException($"The access key or the region {region} cannot stand in a credential scope.");

        Span<byte> timestamp = stackalloc byte[AmzTimestamp.LengthBytes];
        new AmzTimestamp(time).Write(timestamp);
        SigningKey? key = _keys.Find(credential, scope.Scope);
        if (key is null)
        {
            key = SigningKey.Derive(credential, scope);
            _keys.Add(key);
        }

        HeaderIndex index = HeaderIndex.Build(headers, new HeaderMark[headers.Count]);
        CanonicalQuery query = CanonicalQuery.Parse(
            line.Query, new byte[CanonicalQuery.EncodedBound(line.Query)], new QueryParameter[CanonicalQuery.CountBound(line.Query)]);
        var writer = new CanonicalWriter(new byte[CanonicalRequest.LengthBound(
            line, index.TotalBytes, headers.Count, signedHeaders.Length, payloadHash.Length)]);
        CanonicalRequest.Write(ref writer, line, query, index, headers, signedHeaders, payloadHash, asSpelt: false);

        var text = new CanonicalWriter(new byte[StringToSign.MaxLength]);
        StringToSign.WriteRequest(ref text, timestamp, scope.Scope, writer.Written);
        Span<byte> signature = stackalloc byte[32];
        key.Sign(text.Written, signature);
        return Convert.ToHexStringLower(signature);
    }
}
