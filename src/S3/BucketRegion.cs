using System.Buffers;
using RustFs.Storage;

namespace RustFs.S3;

/// <summary>
/// The region a bucket was created with. Any is accepted, since the server is in all of them: it is kept and given back, so that clients
/// that compare it with their own go on.
/// </summary>
internal static class BucketRegion
{
    /// <summary>The region that S3 writes as an empty location constraint.</summary>
    public const string Default = "us-east-1";

    // The longest of AWS's names has 14 characters; operators choose their own.
    private const int MaxLength = 64;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>The bucket's own, or the server's when it was created without one.</summary>
    public static string Of(Bucket bucket, S3Service service) => bucket.Region.Length == 0 ? service.Region : bucket.Region;

    /// <summary>True for letters, digits, hyphens, underscores and dots; also for none.</summary>
    public static bool IsValid(string region) => region.Length <= MaxLength && !region.AsSpan().ContainsAnyExcept(Allowed);
}
