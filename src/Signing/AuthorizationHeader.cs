namespace RustFs.Signing;

/// <summary>
/// The value of the Authorization field.
/// <code>
/// authorization  = "AWS4-HMAC-SHA256" 1*SP parameter 2( *SP "," *SP parameter )
/// parameter      = "Credential=" credential / "SignedHeaders=" signed-headers / "Signature=" 64HEXDIG
/// signed-headers = name *( ";" name )
/// </code>
/// S3 API reference, "Authenticating Requests: Using the Authorization Header". Each parameter stands once, in any order; botocore and
/// the AWS SDKs put a space after the commas, s3cmd and minio-go do not.
/// </summary>
internal static class AuthorizationHeader
{
    public static ReadOnlySpan<byte> Algorithm => "AWS4-HMAC-SHA256"u8;

    public static SignatureVerdict Parse(ReadOnlySpan<byte> value, out SignatureClaim claim)
    {
        claim = default;
        int space = value.IndexOf((byte)' ');
        ReadOnlySpan<byte> algorithm = space < 0 ? value : value[..space];
        if (algorithm.SequenceEqual("AWS"u8))
            return SignatureVerdict.SignatureVersion2;
        if (algorithm.IsEmpty)
            return SignatureVerdict.AuthorizationHeaderMalformed;
        if (!algorithm.SequenceEqual(Algorithm))
            return SignatureVerdict.UnsupportedAlgorithm;
        if (space < 0)
            return SignatureVerdict.AuthorizationHeaderMalformed;

        ReadOnlySpan<byte> credential = default;
        ReadOnlySpan<byte> rest = value[space..];
        while (true)
        {
            int comma = rest.IndexOf((byte)',');
            ReadOnlySpan<byte> parameter = (comma < 0 ? rest : rest[..comma]).Trim((byte)' ');
            bool taken = TryTake(parameter, "Credential="u8, ref credential)
                || TryTake(parameter, "SignedHeaders="u8, ref claim.SignedHeaders)
                || TryTake(parameter, "Signature="u8, ref claim.Signature);
            if (!taken)
                return SignatureVerdict.AuthorizationHeaderMalformed;
            if (comma < 0)
                break;
            rest = rest[(comma + 1)..];
        }

        if (credential.IsEmpty || claim.Signature.IsEmpty || !SignedHeaderNames.AreWellFormed(claim.SignedHeaders))
            return SignatureVerdict.AuthorizationHeaderMalformed;
        return CredentialScope.Parse(credential, SignatureVerdict.AuthorizationHeaderMalformed, out claim.Credential);
    }

    /// <summary>Takes a parameter that has that name and a value, and was not taken before.</summary>
    private static bool TryTake(ReadOnlySpan<byte> parameter, ReadOnlySpan<byte> name, ref ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty || !parameter.StartsWith(name) || parameter.Length == name.Length)
            return false;
        value = parameter[name.Length..];
        return true;
    }
}
