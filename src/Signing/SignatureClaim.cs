namespace RustFs.Signing;

/// <summary>What a request says about its own signature, wherever it says it.</summary>
internal ref struct SignatureClaim
{
    public CredentialScope Credential;

    /// <summary>Names in lower case, in order, separated by semicolons.</summary>
    public ReadOnlySpan<byte> SignedHeaders;

    /// <summary>As sent: need not be hexadecimal, and then cannot match.</summary>
    public ReadOnlySpan<byte> Signature;
}
