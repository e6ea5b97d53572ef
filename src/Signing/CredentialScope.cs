namespace RustFs.Signing;

/// <summary>
/// The value of Credential in either place, and the scope a signing key is derived for.
/// <code>
/// credential = access-key "/" scope
/// scope      = date "/" region "/" service "/aws4_request"
/// date       = 8DIGIT
/// </code>
/// S3 API reference, "Authenticating Requests: Using the Authorization Header". The access key is what stands before the last four
/// components, so that it may itself contain slashes.
/// </summary>
internal readonly ref struct CredentialScope
{
    private CredentialScope(ReadOnlySpan<byte> accessKey, ReadOnlySpan<byte> scope, int regionLength, int serviceLength)
    {
        AccessKey = accessKey;
        Scope = scope;
        _regionLength = regionLength;
        _serviceLength = serviceLength;
    }

    private const int DateLength = 8;
    private readonly int _regionLength;
    private readonly int _serviceLength;

    public ReadOnlySpan<byte> AccessKey { get; }

    /// <summary>All four components, as they stand in the string to sign.</summary>
    public ReadOnlySpan<byte> Scope { get; }
    public ReadOnlySpan<byte> Date => Scope[..DateLength];
    public ReadOnlySpan<byte> Region => Scope.Slice(DateLength + 1, _regionLength);
    public ReadOnlySpan<byte> Service => Scope.Slice(DateLength + 1 + _regionLength + 1, _serviceLength);

    /// <summary>How long a scope can be, for buffers that hold one.</summary>
    public static readonly int MaxLength = DateLength + 1 + SigningLimits.RegionBytes + "/s3/aws4_request".Length;

    /// <returns>Valid, CredentialScopeMalformed, or <paramref name="malformed"/> when there are not five components.</returns>
    public static SignatureVerdict Parse(ReadOnlySpan<byte> text, SignatureVerdict malformed, out CredentialScope scope)
    {
        scope = default;
        int terminal = text.LastIndexOf((byte)'/');
        int service = terminal < 0 ? -1 : text[..terminal].LastIndexOf((byte)'/');
        int region = service < 0 ? -1 : text[..service].LastIndexOf((byte)'/');
        int date = region < 0 ? -1 : text[..region].LastIndexOf((byte)'/');
        if (date <= 0 || date > SigningLimits.AccessKeyBytes)
            return malformed;

        int regionLength = service - region - 1;
        bool sound = region - date - 1 == DateLength
            && !text.Slice(date + 1, DateLength).ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && regionLength is > 0 and <= SigningLimits.RegionBytes
            && text[(service + 1)..terminal].SequenceEqual("s3"u8)
            && text[(terminal + 1)..].SequenceEqual("aws4_request"u8);
        if (!sound)
            return SignatureVerdict.CredentialScopeMalformed;

        scope = new CredentialScope(text[..date], text[(date + 1)..], regionLength, terminal - service - 1);
        return SignatureVerdict.Valid;
    }
}
