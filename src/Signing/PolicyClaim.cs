namespace RustFs.Signing;

/// <summary>
/// The fields of a form that sign its policy (S3 API reference, "Authenticating Requests in Browser-Based Uploads Using POST"). The string
/// to sign is the policy as it stands in the form, in base64.
/// </summary>
public readonly ref struct PolicyClaim
{
    /// <summary>x-amz-algorithm.</summary>
    public ReadOnlySpan<byte> Algorithm { get; init; }

    /// <summary>x-amz-credential.</summary>
    public ReadOnlySpan<byte> Credential { get; init; }

    /// <summary>x-amz-date.</summary>
    public ReadOnlySpan<byte> Date { get; init; }

    /// <summary>x-amz-signature.</summary>
    public ReadOnlySpan<byte> Signature { get; init; }
    public ReadOnlySpan<byte> Policy { get; init; }
}
