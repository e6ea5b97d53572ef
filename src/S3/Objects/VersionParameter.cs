using RustFs.Storage;

namespace RustFs.S3.Objects;

/// <summary>The version that a request names: the versionId parameter of its query, or of a copy's source.</summary>
internal static class VersionParameter
{
    private static readonly S3Error Empty = S3Errors.InvalidArgument with
    {
        Message = "Version id cannot be the empty string",
        Details = [("ArgumentName", "versionId")],
    };

    private static readonly S3Error Invalid = S3Errors.InvalidArgument with
    {
        Message = "Invalid version id specified",
        Details = [("ArgumentName", "versionId")],
    };

    /// <param name="version">Null when the request names none.</param>
    public static S3Error? Read(S3Request request, out VersionId? version)
    {
        version = null;
        if (request.Query.Count == 0 || !request.Query.TryGetRaw("versionId"u8, out ReadOnlySpan<byte> text))
            return null;
        return Read(text, out version);
    }

    public static S3Error? Read(ReadOnlySpan<byte> text, out VersionId? version)
    {
        bool isId = VersionId.TryParse(text, out VersionId id);
        version = isId ? id : null;
        if (isId)
            return null;
        return text.IsEmpty ? Empty : Invalid;
    }
}
