namespace RustFs.Signing;

/// <summary>One access key and its secret.</summary>
public sealed record Credential(string AccessKey, string SecretKey)
{
    /// <summary>Leaves the secret out, so that it cannot reach a log.</summary>
    public override string ToString() => $"Credential {{ AccessKey = {AccessKey} }}";
}

/// <summary>Finds a credential by the access key on the wire.</summary>
public interface ICredentialSource
{
    Credential? Find(ReadOnlySpan<byte> accessKey);
}
