using System.Text;
using RustFs.Checksums;
using RustFs.Http1;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Objects;

/// <summary>
/// The checksum that a request asks for: its kind, and its value unless that comes in the trailer or is left to the server.
/// </summary>
internal readonly record struct RequestedChecksum(ChecksumKind Kind, ObjectChecksum Expected, bool IsInTrailer);

/// <summary>
/// Reads x-amz-checksum-*, x-amz-trailer, x-amz-sdk-checksum-algorithm and x-amz-checksum-algorithm (S3 user guide, "Checking object
/// integrity for data uploads"). What is not understood is refused: a checksum that is ignored protects nothing.
/// </summary>
internal static class ChecksumHeaders
{
    public static readonly S3Error Several = S3Errors.InvalidRequest with
    {
        Message = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    };

    private static readonly S3Error UnsupportedTrailer = S3Errors.InvalidRequest with
    {
        Message = "The value specified in the x-amz-trailer header is not supported. Supported are x-amz-checksum- and one of "
            + ChecksumNames.Supported,
    };

    public static S3Error? Read(S3Request request, out RequestedChecksum requested)
    {
        requested = default;
        RequestHead head = request.Head;
        S3Error? error;
        for (int i = 0; i < head.HeaderCount; i++)
        {
            bool mayBe = head.HeaderId(i) is KnownHeader.Unknown or (>= KnownHeader.AmzChecksumCrc32 and <= KnownHeader.AmzChecksumSha256);
            if (mayBe && (error = TakeValue(head.HeaderName(i), head.HeaderValue(i), ref requested)) is not null)
                return error;
        }

        if (request.Signature.IsPresigned && (error = ReadHoisted(request.Query, ref requested)) is not null)
            return error;
        if (head.TryGet(KnownHeader.AmzTrailer, out ReadOnlySpan<byte> trailers)
            && (error = TakeTrailers(trailers, ref requested)) is not null)
            return error;
        error = ReadAlgorithm(request, out ChecksumKind algorithm);
        if (error is not null || algorithm == ChecksumKind.None)
            return error;
        if (requested.Kind == ChecksumKind.None)
            requested = new RequestedChecksum(algorithm, default, false);
        return requested.Kind == algorithm ? null : S3Errors.InvalidRequest with
        {
            Message = "Value for x-amz-sdk-checksum-algorithm header is invalid: it names another algorithm than the checksum sent.",
        };
    }

    /// <summary>The algorithm that a request names, without regard to values: what CopyObject and CreateMultipartUpload ask for.</summary>
    public static S3Error? ReadAlgorithm(S3Request request, out ChecksumKind kind)
    {
        kind = ChecksumKind.None;
        ReadOnlySpan<byte> name;
        if (!HoistedHeaders.TryGet(request, KnownHeader.AmzSdkChecksumAlgorithm, "x-amz-sdk-checksum-algorithm"u8, out name)
            && !HoistedHeaders.TryGet(request, KnownHeader.AmzChecksumAlgorithm, "x-amz-checksum-algorithm"u8, out name))
            return null;
        kind = ChecksumNames.OfAlgorithm(name);
        return kind != ChecksumKind.None ? null : S3Errors.InvalidRequest with
        {
            Message = "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
                + ChecksumNames.Supported,
        };
    }

    private static S3Error? ReadHoisted(QueryParameters query, ref RequestedChecksum requested)
    {
        for (int i = 0; i < query.Count; i++)
        {
            if (!HoistedHeaders.HasPrefix(query.RawName(i), "x-amz-checksum-"u8))
                continue;
            S3Error? error = TakeValue(query.RawName(i), HoistedHeaders.Value(query, i), ref requested);
            if (error is not null)
                return error;
            if (IsOfAbsentBody(query, requested.Expected))
                requested = new RequestedChecksum(ChecksumKind.Crc32, default, false);
        }

        return null;
    }

    /// <summary>
    /// Whether the value is the CRC32 of nothing, beside an algorithm: the JavaScript SDK puts both into every URL that it presigns for a
    /// write, since it has no body to sum up yet. It asks for a CRC32 then, and promises nothing (decision 0017).
    /// </summary>
    private static bool IsOfAbsentBody(QueryParameters query, in ObjectChecksum expected) =>
        expected.Equals(new ObjectChecksum(ChecksumKind.Crc32, ChecksumType.FullObject, stackalloc byte[4]))
        && query.Has("x-amz-sdk-checksum-algorithm"u8);

    private static S3Error? TakeValue(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ref RequestedChecksum requested)
    {
        S3Error? error = ReadKind(name, out ChecksumKind kind);
        if (error is not null || kind == ChecksumKind.None)
            return error;
        if (requested.Kind != ChecksumKind.None)
            return Several;
        if (!ChecksumNames.TryParse(kind, value, out ObjectChecksum expected))
            return InvalidValue(kind);
        requested = new RequestedChecksum(kind, expected, false);
        return null;
    }

    /// <summary>
    /// The kind whose value a header or query parameter of that name carries; None for all that are about something else.
    /// </summary>
    public static S3Error? ReadKind(ReadOnlySpan<byte> name, out ChecksumKind kind)
    {
        kind = ChecksumKind.None;
        if (!HoistedHeaders.HasPrefix(name, "x-amz-checksum-"u8) || IsOption(name["x-amz-checksum-".Length..]))
            return null;
        kind = ChecksumNames.OfHeader(name);
        return kind != ChecksumKind.None ? null : S3Errors.InvalidRequest with
        {
            Message = $"The checksum header {Encoding.ASCII.GetString(name)} is not supported. Supported are {ChecksumNames.Supported}",
        };
    }

    /// <summary>Headers of the same prefix that carry no value: x-amz-checksum-algorithm, -type and -mode.</summary>
    private static bool IsOption(ReadOnlySpan<byte> suffix) =>
        Ascii.EqualsIgnoreCase(suffix, "algorithm"u8) || Ascii.EqualsIgnoreCase(suffix, "type"u8)
        || Ascii.EqualsIgnoreCase(suffix, "mode"u8);

    /// <summary>x-amz-trailer = #field-name.</summary>
    private static S3Error? TakeTrailers(ReadOnlySpan<byte> names, ref RequestedChecksum requested)
    {
        foreach (Range range in names.Split((byte)','))
        {
            ReadOnlySpan<byte> name = names[range].Trim(" \t"u8);
            if (name.IsEmpty)
                continue;
            ChecksumKind kind = ChecksumNames.OfHeader(name);
            if (kind == ChecksumKind.None)
                return UnsupportedTrailer;
            if (requested.Kind != ChecksumKind.None)
                return Several;
            requested = new RequestedChecksum(kind, default, true);
        }

        return null;
    }

    public static S3Error InvalidValue(ChecksumKind kind) => S3Errors.InvalidRequest with
    {
        Message = $"Value for {Encoding.ASCII.GetString(ChecksumNames.Header(kind))} header is invalid.",
    };
}
