using System.Text;

namespace RustFs.S3.Encryption;

/// <summary>
/// How clients name keys of SSE-KMS: <c>key-id = name / "alias/" name / "arn:" partition ":kms:" region ":" account ":" ( "key/" /
/// "alias/" ) name</c> (AWS KMS developer guide, "Key identifiers"). A key of this server is each of these by its name; partition, region
/// and account are not looked at.
/// </summary>
internal static class KmsKeyId
{
    /// <summary>What AWS calls the key that it manages for S3, by its alias.</summary>
    public static ReadOnlySpan<byte> ManagedName => "aws/s3"u8;

    private static ReadOnlySpan<byte> Alias => "alias/"u8;
    private static ReadOnlySpan<byte> Key => "key/"u8;

    /// <summary>The name that stands in an id.</summary>
    public static ReadOnlySpan<byte> NameIn(ReadOnlySpan<byte> id)
    {
        ReadOnlySpan<byte> name = id;
        if (id.StartsWith("arn:"u8))
        {
            name = id[(id.LastIndexOf((byte)':') + 1)..];
            if (name.StartsWith(Key))
                return name[Key.Length..];
        }

        return name.StartsWith(Alias) ? name[Alias.Length..] : name;
    }

    /// <summary>The id that answers give, as AWS gives an ARN whatever the request named.</summary>
    public static byte[] Format(ReadOnlySpan<byte> name, string region) =>
        [.. Encoding.ASCII.GetBytes($"arn:aws:kms:{region}:"), .. Owner.AccountId, (byte)':', .. Key, .. name];
}
