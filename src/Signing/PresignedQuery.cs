using System.Buffers.Text;

namespace RustFs.Signing;

/// <summary>
/// The parameters of a presigned request, each of which must stand exactly once.
/// <code>
/// X-Amz-Algorithm=AWS4-HMAC-SHA256 X-Amz-Credential=credential X-Amz-Date=iso8601-basic
/// X-Amz-Expires=1*DIGIT X-Amz-SignedHeaders=signed-headers X-Amz-Signature=64HEXDIG [ X-Amz-Content-Sha256=content-sha256 ]
/// </code>
/// S3 API reference, "Authenticating Requests: Using Query Parameters". Others, such as X-Amz-Security-Token, are signed like
/// any parameter.
/// </summary>
internal ref struct PresignedQuery
{
    public SignatureClaim Claim;
    public AmzTimestamp Timestamp;
    public int ExpiresSeconds;

    /// <summary>Empty when the query does not say.</summary>
    public ReadOnlySpan<byte> ContentSha256;

    /// <param name="decoded">Where decoded values are kept: as long as the encoded query.</param>
    public static SignatureVerdict Parse(scoped in CanonicalQuery query, Span<byte> decoded, out PresignedQuery presigned)
    {
        const SignatureVerdict Malformed = SignatureVerdict.AuthorizationQueryParametersError;
        presigned = default;
        int used = 0;
        bool isSound = TryTake(query, "X-Amz-Algorithm"u8, decoded, ref used, out ReadOnlySpan<byte> algorithm)
            & TryTake(query, "X-Amz-Credential"u8, decoded, ref used, out ReadOnlySpan<byte> credential)
            & TryTake(query, "X-Amz-Date"u8, decoded, ref used, out ReadOnlySpan<byte> date)
            & TryTake(query, "X-Amz-Expires"u8, decoded, ref used, out ReadOnlySpan<byte> expires)
            & TryTake(query, "X-Amz-SignedHeaders"u8, decoded, ref used, out presigned.Claim.SignedHeaders)
            & TryTake(query, CanonicalQuery.SignatureName, decoded, ref used, out presigned.Claim.Signature)
            & (TryTake(query, "X-Amz-Content-Sha256"u8, decoded, ref used, out presigned.ContentSha256) || presigned.ContentSha256.IsEmpty);
        if (!algorithm.IsEmpty && !algorithm.SequenceEqual(AuthorizationHeader.Algorithm))
            return SignatureVerdict.UnsupportedAlgorithm;
        if (!isSound || !SignedHeaderNames.AreWellFormed(presigned.Claim.SignedHeaders)
            || !AmzTimestamp.TryParseIso(date, out presigned.Timestamp))
        {
            return Malformed;
        }

        // A number of more digits, or below zero, is still a number, which is out of range rather than malformed.
        bool isNegative = expires[0] == '-';
        ReadOnlySpan<byte> digits = isNegative ? expires[1..] : expires;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return Malformed;
        if (isNegative || !Utf8Parser.TryParse(digits, out presigned.ExpiresSeconds, out _)
            || presigned.ExpiresSeconds is < 1 or > SigningLimits.PresignedExpirySeconds)
        {
            return SignatureVerdict.ExpiresOutOfRange;
        }

        return CredentialScope.Parse(credential, Malformed, out presigned.Claim.Credential);
    }

    /// <summary>The decoded value of the one parameter of that name; false when it is absent, empty or repeated.</summary>
    private static bool TryTake(
        scoped in CanonicalQuery query,
        scoped ReadOnlySpan<byte> name,
        Span<byte> decoded,
        scoped ref int used,
        out ReadOnlySpan<byte> value)
    {
        value = default;
        bool isFound = false;
        for (int i = 0; i < query.Count; i++)
        {
            if (!query.Name(i).SequenceEqual(name))
                continue;
            if (isFound)
                return false;
            isFound = true;
            int length = UriEncoding.Decode(query.Value(i), decoded[used..]);
            value = decoded.Slice(used, length);
            used += length;
        }

        return !value.IsEmpty;
    }
}
