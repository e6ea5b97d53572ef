using System.Buffers;
using System.Security.Cryptography;

namespace RustFs.Signing;

/// <summary>
/// Verifies AWS Signature Version 4 in the Authorization header or the query. Thread-safe; signing keys are cached per credential, day,
/// region and service. Any region is accepted: <see cref="SignatureContext.Region"/> tells which it was.
/// </summary>
public sealed class SignatureVerifier(ICredentialSource credentials, TimeProvider time)
{
    private readonly SigningKeyCache _keys = new();

    public ICredentialSource Credentials => credentials;
    public TimeProvider Time => time;

    /// <summary>
    /// Checks one request before anything of its body is read. Allocates nothing once the credential's key of the day is cached.
    /// On every verdict the context says how the body is framed, as far as the request could be read.
    /// </summary>
    public SignatureVerdict Verify<THeaders>(in SignedRequestLine line, THeaders headers, SignatureContext context)
        where THeaders : IHeaderSource, allows ref struct
    {
        context.Reset();
        int parameterBound = CanonicalQuery.CountBound(line.Query);
        if (headers.Count > SigningLimits.Headers || parameterBound > SigningLimits.QueryParameters)
            return SignatureVerdict.TooManyParameters;

        Span<HeaderMark> marks = stackalloc HeaderMark[headers.Count];
        HeaderIndex index = HeaderIndex.Build(headers, marks);
        Span<QueryParameter> parameters = stackalloc QueryParameter[parameterBound];
        if (line.Query.IsEmpty)
            return Verify(line, default, default, index, headers, context);

        // One half for the parameters encoded, one for those of the signature decoded.
        int encodedBound = CanonicalQuery.EncodedBound(line.Query);
        byte[] rented = ArrayPool<byte>.Shared.Rent(2 * encodedBound);
        CanonicalQuery query = CanonicalQuery.Parse(line.Query, rented.AsSpan(0, encodedBound), parameters);
        SignatureVerdict verdict = Verify(line, query, rented.AsSpan(encodedBound), index, headers, context);
        ArrayPool<byte>.Shared.Return(rented);
        return verdict;
    }

    /// <summary>
    /// Checks the signature of a form's policy, and that it was made within the last seven days, the life of a signing key on AWS; the
    /// policy's own expiration is the caller's to check. What it says of the region is in the context; the credential is there when valid.
    /// </summary>
    public SignatureVerdict VerifyPolicy(in PolicyClaim claim, SignatureContext context)
    {
        context.Reset();
        if (!claim.Algorithm.SequenceEqual(AuthorizationHeader.Algorithm))
            return SignatureVerdict.UnsupportedAlgorithm;
        if (!AmzTimestamp.TryParseIso(claim.Date, out AmzTimestamp timestamp))
            return SignatureVerdict.MissingDate;
        SignatureVerdict verdict = CredentialScope.Parse(claim.Credential, SignatureVerdict.CredentialScopeMalformed, out CredentialScope scope);
        if (verdict != SignatureVerdict.Valid)
            return verdict;
        context.SetScope(scope, timestamp);
        if (!context.Timestamp[..8].SequenceEqual(scope.Date))
            return SignatureVerdict.CredentialScopeMalformed;
        long now = time.GetUtcNow().ToUnixTimeSeconds();
        if (timestamp.UnixSeconds > now + SigningLimits.ClockSkewSeconds)
            return SignatureVerdict.RequestNotYetValid;
        if (now > timestamp.UnixSeconds + SigningLimits.PresignedExpirySeconds)
            return SignatureVerdict.RequestExpired;

        Credential? credential = credentials.Find(scope.AccessKey);
        if (credential is null)
            return SignatureVerdict.InvalidAccessKeyId;
        SigningKey? cachedKey = _keys.Find(credential, scope.Scope);
        SigningKey key = cachedKey ?? SigningKey.Derive(credential, scope);
        Span<byte> signature = stackalloc byte[32];
        Span<byte> expected = stackalloc byte[32];
        key.Sign(claim.Policy, expected);
        if (!Hex.TryDecodeLower(claim.Signature, signature) || !CryptographicOperations.FixedTimeEquals(expected, signature))
            return SignatureVerdict.SignatureDoesNotMatch;
        if (cachedKey is null)
            _keys.Add(key);
        context.Credential = credential;
        return SignatureVerdict.Valid;
    }

    private SignatureVerdict Verify<THeaders>(
        in SignedRequestLine line,
        in CanonicalQuery query,
        Span<byte> decoded,
        in HeaderIndex index,
        THeaders headers,
        SignatureContext context)
        where THeaders : IHeaderSource, allows ref struct
    {
        bool hasHeader = index.Authorization != HeaderIndex.Absent;
        if (hasHeader && query.Signature != QuerySignature.None)
            return SignatureVerdict.MultipleAuthTypes;
        if (hasHeader)
            return VerifyHeader(line, query, index, headers, context);

        switch (query.Signature)
        {
            case QuerySignature.Version4:
                return VerifyPresigned(line, query, decoded, index, headers, context);
            case QuerySignature.Version2:
                return SignatureVerdict.SignatureVersion2;
            default:
                if (index.ContentSha256 >= 0)
                    SetPayloadMode(headers.Value(index.ContentSha256), context);
                return SignatureVerdict.Anonymous;
        }
    }

    private SignatureVerdict VerifyHeader<THeaders>(
        in SignedRequestLine line, in CanonicalQuery query, in HeaderIndex index, THeaders headers, SignatureContext context)
        where THeaders : IHeaderSource, allows ref struct
    {
        // The payload's mode first, so that the caller can drain the body of a refused request.
        bool isPayloadModeKnown = index.ContentSha256 >= 0 && SetPayloadMode(headers.Value(index.ContentSha256), context);
        if (index.Authorization == HeaderIndex.Repeated)
            return SignatureVerdict.AuthorizationHeaderMalformed;
        SignatureVerdict verdict = AuthorizationHeader.Parse(headers.Value(index.Authorization), out SignatureClaim claim);
        if (verdict != SignatureVerdict.Valid)
            return verdict;

        bool isDated = index.AmzDate != HeaderIndex.Absent
            ? AmzTimestamp.TryParseIso(index.AmzDate < 0 ? default : headers.Value(index.AmzDate), out AmzTimestamp timestamp)
            : AmzTimestamp.TryParseDateField(index.Date < 0 ? default : headers.Value(index.Date), out timestamp);
        if (!isDated)
            return SignatureVerdict.MissingDate;
        context.SetScope(claim.Credential, timestamp);
        if (!context.Timestamp[..8].SequenceEqual(claim.Credential.Date))
            return SignatureVerdict.CredentialScopeMalformed;
        if (Math.Abs(time.GetUtcNow().ToUnixTimeSeconds() - timestamp.UnixSeconds) > SigningLimits.ClockSkewSeconds)
            return SignatureVerdict.RequestTimeTooSkewed;

        if (index.ContentSha256 == HeaderIndex.Absent)
            return SignatureVerdict.MissingContentSha256;
        return isPayloadModeKnown
            ? VerifyClaim(line, query, index, headers, claim, headers.Value(index.ContentSha256), context)
            : SignatureVerdict.InvalidContentSha256;
    }

    private SignatureVerdict VerifyPresigned<THeaders>(
        in SignedRequestLine line,
        in CanonicalQuery query,
        Span<byte> decoded,
        in HeaderIndex index,
        THeaders headers,
        SignatureContext context)
        where THeaders : IHeaderSource, allows ref struct
    {
        context.IsPresigned = true;
        SignatureVerdict verdict = PresignedQuery.Parse(query, decoded, out PresignedQuery presigned);
        if (verdict != SignatureVerdict.Valid)
            return verdict;
        context.SetScope(presigned.Claim.Credential, presigned.Timestamp);
        if (!context.Timestamp[..8].SequenceEqual(presigned.Claim.Credential.Date))
            return SignatureVerdict.CredentialScopeMalformed;

        long now = time.GetUtcNow().ToUnixTimeSeconds();
        if (presigned.Timestamp.UnixSeconds > now + SigningLimits.ClockSkewSeconds)
            return SignatureVerdict.RequestNotYetValid;
        if (now > presigned.Timestamp.UnixSeconds + presigned.ExpiresSeconds)
            return SignatureVerdict.RequestExpired;

        ReadOnlySpan<byte> payloadHash = ContentSha256.Unsigned;
        if (!presigned.ContentSha256.IsEmpty)
            payloadHash = presigned.ContentSha256;
        else if (index.ContentSha256 != HeaderIndex.Absent)
            payloadHash = index.ContentSha256 < 0 ? default : headers.Value(index.ContentSha256);
        return SetPayloadMode(payloadHash, context)
            ? VerifyClaim(line, query, index, headers, presigned.Claim, payloadHash, context)
            : SignatureVerdict.InvalidContentSha256;
    }

    /// <summary>What both places of a signature have in common: the key, the rules on signed headers, the signature itself.</summary>
    private SignatureVerdict VerifyClaim<THeaders>(
        in SignedRequestLine line,
        in CanonicalQuery query,
        in HeaderIndex index,
        THeaders headers,
        in SignatureClaim claim,
        ReadOnlySpan<byte> payloadHash,
        SignatureContext context)
        where THeaders : IHeaderSource, allows ref struct
    {
        if (SignedHeaderNames.Count(claim.SignedHeaders) > SigningLimits.Headers)
            return SignatureVerdict.TooManyParameters;
        Credential? credential = credentials.Find(claim.Credential.AccessKey);
        if (credential is null)
            return SignatureVerdict.InvalidAccessKeyId;
        if (!index.MarkSigned(headers, claim.SignedHeaders))
            return SignatureVerdict.UnsignedHeader;

        SigningKey? cachedKey = _keys.Find(credential, claim.Credential.Scope);
        SigningKey key = cachedKey ?? SigningKey.Derive(credential, claim.Credential);
        Span<byte> signature = stackalloc byte[32];
        bool isSignature = Hex.TryDecodeLower(claim.Signature, signature);

        int lengthBound = CanonicalRequest.LengthBound(
            line, index.TotalBytes, index.Marks.Length, claim.SignedHeaders.Length, payloadHash.Length);
        byte[] rented = ArrayPool<byte>.Shared.Rent(lengthBound);
        var writer = new CanonicalWriter(rented);
        CanonicalRequest.Write(ref writer, line, query, index, headers, claim.SignedHeaders, payloadHash, asSpelt: false);
        bool isValid = isSignature && Matches(writer.Written, key, context, signature);
        if (isSignature && !isValid)
        {
            // Some clients sign what they send as they spell it: "%2F" for a slash in a key or a bare colon, runs of spaces in metadata
            // (s3cmd). What was sent is then exactly what was signed, so accepting it admits nothing that the key's owner did not sign.
            var spelt = new CanonicalWriter(rented);
            CanonicalRequest.Write(ref spelt, line, query, index, headers, claim.SignedHeaders, payloadHash, asSpelt: true);
            isValid = Matches(spelt.Written, key, context, signature);
        }

        if (!isValid)
        {
            writer = new CanonicalWriter(rented);
            CanonicalRequest.Write(ref writer, line, query, index, headers, claim.SignedHeaders, payloadHash, asSpelt: false);
            context.KeepCanonicalRequest(rented, writer.Length);
            return SignatureVerdict.SignatureDoesNotMatch;
        }

        ArrayPool<byte>.Shared.Return(rented);
        if (cachedKey is null)
            _keys.Add(key);
        context.Credential = credential;
        context.SetValid(key, signature);
        return SignatureVerdict.Valid;
    }

    private static bool Matches(ReadOnlySpan<byte> canonicalRequest, SigningKey key, SignatureContext context, ReadOnlySpan<byte> signature)
    {
        var text = new CanonicalWriter(stackalloc byte[StringToSign.MaxLength]);
        StringToSign.WriteRequest(ref text, context.Timestamp, context.Scope, canonicalRequest);
        Span<byte> expected = stackalloc byte[32];
        key.Sign(text.Written, expected);
        return CryptographicOperations.FixedTimeEquals(expected, signature);
    }

    private static bool SetPayloadMode(ReadOnlySpan<byte> contentSha256, SignatureContext context)
    {
        bool isKnown = ContentSha256.TryParse(contentSha256, context.PayloadSha256Buffer, out PayloadMode mode);
        context.PayloadMode = mode;
        return isKnown;
    }
}
