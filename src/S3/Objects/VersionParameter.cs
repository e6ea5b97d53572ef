namespace RustFs.S3.Objects;

/// <summary>The versionId parameter in buckets without versioning, whose objects have the one version "null".</summary>
internal static class VersionParameter
{
    private static readonly S3Error NoSuchVersion = new("NoSuchVersion", 404,
        "The version does not exist: the bucket is not versioned, and its objects have only the version \"null\".");

    private static readonly S3Error InvalidVersion = S3Errors.InvalidArgument with
    {
        Message = "Invalid version id specified: the bucket is not versioned, and its objects have only the version \"null\".",
    };

    /// <summary>Of a GET or HEAD.</summary>
    public static S3Error? CheckRead(S3Request request) => IsNullOrAbsent(request) ? null : NoSuchVersion;

    /// <summary>Of a DELETE, which must not take another version for the only one.</summary>
    public static S3Error? CheckDelete(S3Request request) => IsNullOrAbsent(request) ? null : InvalidVersion;

    public static S3Error? CheckSource(ReadOnlySpan<byte> version) => version.SequenceEqual("null"u8) ? null : NoSuchVersion;

    private static bool IsNullOrAbsent(S3Request request) =>
        !request.Query.TryGetRaw("versionId"u8, out ReadOnlySpan<byte> version) || version.SequenceEqual("null"u8);
}
