using System.Buffers;
using System.Text;
using RustFs.Http1;
using RustFs.S3.Locks;
using RustFs.S3.Routing;
using RustFs.S3.Tagging;
using RustFs.Storage;

namespace RustFs.S3.Objects;

/// <summary>
/// The request headers that are kept with an object and given back with it: content headers, user metadata, storage class, lock,
/// tags.
/// </summary>
internal static class ObjectHeaders
{
    private const string MetadataPrefix = "x-amz-meta-";

    /// <summary>No client needs more in one content header, and all of them with 2 KiB of metadata must fit a response head.</summary>
    public const int ContentHeaderBytes = 1024;

    private static readonly (KnownHeader Header, StoredFieldId Id)[] ContentHeaders =
    [
        (KnownHeader.ContentType, StoredFieldId.ContentType),
        (KnownHeader.CacheControl, StoredFieldId.CacheControl),
        (KnownHeader.ContentDisposition, StoredFieldId.ContentDisposition),
        (KnownHeader.ContentLanguage, StoredFieldId.ContentLanguage),
        (KnownHeader.Expires, StoredFieldId.Expires),
    ];

    private static readonly S3Error HeaderTooLong = S3Errors.InvalidArgument with
    {
        Message = "A content header is longer than 1,024 bytes.",
    };

    private static readonly S3Error InvalidRedirectLocation = new("InvalidRedirectLocation", 400,
        "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.");

    private static readonly S3Error BadMetadata = S3Errors.InvalidArgument with
    {
        Message = "A user metadata parameter of the query is not a valid header: names are tokens, values have no control characters.",
    };

    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static readonly SearchValues<byte> ControlBytes = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Where(value => value != '\t').Select(value => (byte)value), 0x7F]);

    /// <summary>Encodes all that a PutObject or CreateMultipartUpload keeps.</summary>
    /// <param name="destination">At least <see cref="S3Limits.StoredFieldsBytes"/>.</param>
    public static S3Error? Encode(S3Request request, Span<byte> destination, out int lengthBytes)
    {
        var writer = new StoredFieldsWriter(destination);
        S3Error? error = WriteMetadata(request, ref writer)
            ?? WriteStorage(request, ref writer)
            ?? LockHeaders.Write(request, ref writer)
            ?? TaggingHeader.Write(request, ref writer);
        lengthBytes = writer.WrittenBytes;
        return error;
    }

    /// <summary>Content headers and user metadata: what x-amz-metadata-directive is about.</summary>
    public static S3Error? WriteMetadata(S3Request request, ref StoredFieldsWriter writer)
    {
        foreach ((KnownHeader header, StoredFieldId id) in ContentHeaders)
        {
            if (!request.Head.TryGet(header, out ReadOnlySpan<byte> value) || value.IsEmpty)
                continue;
            if (value.Length > ContentHeaderBytes || !writer.TryAdd(id, default, value))
                return HeaderTooLong;
        }

        return WriteContentEncoding(request.Head, ref writer) ?? WriteUserMetadata(request, ref writer);
    }

    /// <summary>Storage class and redirect, which a copy never takes from its source.</summary>
    public static S3Error? WriteStorage(S3Request request, ref StoredFieldsWriter writer)
    {
        if (HoistedHeaders.TryGet(request, KnownHeader.AmzStorageClass, "x-amz-storage-class"u8, out ReadOnlySpan<byte> storageClass))
        {
            if (!StorageClassNames.TryParse(storageClass, out StorageClass known))
                return S3Errors.InvalidStorageClass;
            // STANDARD is what an object without the field is, and is never returned.
            if (known != StorageClass.Standard)
                writer.TryAdd(StoredFieldId.StorageClass, default, storageClass);
        }

        if (!HoistedHeaders.TryGet(request, KnownHeader.AmzWebsiteRedirectLocation, "x-amz-website-redirect-location"u8,
            out ReadOnlySpan<byte> redirect))
            return null;
        if (!redirect.StartsWith("/"u8) && !redirect.StartsWith("http://"u8) && !redirect.StartsWith("https://"u8))
            return InvalidRedirectLocation;
        if (redirect.ContainsAny(ControlBytes))
            return InvalidRedirectLocation;
        return redirect.Length <= ContentHeaderBytes && writer.TryAdd(StoredFieldId.WebsiteRedirectLocation, default, redirect)
            ? null
            : HeaderTooLong;
    }

    /// <summary>Content-Encoding without aws-chunked, which is a framing of the request and not of the object.</summary>
    private static S3Error? WriteContentEncoding(RequestHead head, ref StoredFieldsWriter writer)
    {
        if (!head.TryGet(KnownHeader.ContentEncoding, out ReadOnlySpan<byte> codings))
            return null;
        if (codings.Length > ContentHeaderBytes)
            return HeaderTooLong;
        Span<byte> kept = stackalloc byte[ContentHeaderBytes + 1];
        int length = 0;
        foreach (Range range in codings.Split((byte)','))
        {
            ReadOnlySpan<byte> coding = codings[range].Trim(" \t"u8);
            if (coding.IsEmpty || Ascii.EqualsIgnoreCase(coding, "aws-chunked"u8))
                continue;
            if (length > 0)
                kept[length++] = (byte)',';
            coding.CopyTo(kept[length..]);
            length += coding.Length;
        }

        return length == 0 || writer.TryAdd(StoredFieldId.ContentEncoding, default, kept[..length]) ? null : HeaderTooLong;
    }

    private static S3Error? WriteUserMetadata(S3Request request, ref StoredFieldsWriter writer)
    {
        RequestHead head = request.Head;
        int total = 0;
        int returnedBytes = 0;
        for (int i = 0; i < head.HeaderCount; i++)
        {
            if (head.HeaderId(i) != KnownHeader.Unknown || !HoistedHeaders.HasPrefix(head.HeaderName(i), "x-amz-meta-"u8))
                continue;
            if (IsRepetition(head, i))
                continue;
            ReadOnlySpan<byte> name = head.HeaderName(i)[MetadataPrefix.Length..];
            S3Error? error = WriteUserField(name, JoinedValue(head, i), ref total, ref returnedBytes, ref writer);
            if (error is not null)
                return error;
        }

        QueryParameters query = request.Query;
        for (int i = 0; request.Signature.IsPresigned && i < query.Count; i++)
        {
            ReadOnlySpan<byte> name = query.RawName(i);
            if (!HoistedHeaders.HasPrefix(name, "x-amz-meta-"u8))
                continue;
            ReadOnlySpan<byte> value = HoistedHeaders.Value(query, i);
            if (!IsField(name, value))
                return BadMetadata;
            S3Error? error = WriteUserField(name[MetadataPrefix.Length..], value, ref total, ref returnedBytes, ref writer);
            if (error is not null)
                return error;
        }

        return null;
    }

    /// <summary>
    /// Whether what stood in a query could have stood in a head (RFC 9110 §5.5, §5.6.2), and so can be given back in one.
    /// </summary>
    private static bool IsField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        !name.ContainsAnyExcept(TokenBytes) && !value.ContainsAny(ControlBytes);

    /// <param name="total">The bytes of names and values as AWS counts them.</param>
    /// <param name="returnedBytes">The bytes that they take in a response.</param>
    private static S3Error? WriteUserField(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ref int total, ref int returnedBytes, ref StoredFieldsWriter writer)
    {
        if (name.IsEmpty)
            return S3Errors.InvalidArgument with { Message = "A user metadata header needs a name behind x-amz-meta-." };
        total += name.Length + value.Length;
        returnedBytes += MetadataPrefix.Length + name.Length + EncodedWord.LengthOf(value) + ": \r\n".Length;
        if (total > S3Limits.UserMetadataBytes || returnedBytes > S3Limits.ReturnedMetadataBytes || name.Length > byte.MaxValue)
            return S3Errors.MetadataTooLarge;
        Span<byte> lower = stackalloc byte[byte.MaxValue];
        Ascii.ToLower(name, lower, out int length);
        return writer.TryAdd(StoredFieldId.UserMetadata, lower[..length], value) ? null : S3Errors.MetadataTooLarge;
    }

    private static bool IsRepetition(RequestHead head, int index)
    {
        for (int i = 0; i < index; i++)
        {
            if (IsSameField(head, i, index))
                return true;
        }

        return false;
    }

    /// <summary>The values of all fields of that name, joined with commas as RFC 9110 §5.3 allows and S3 does.</summary>
    private static ReadOnlySpan<byte> JoinedValue(RequestHead head, int index)
    {
        ReadOnlySpan<byte> value = head.HeaderValue(index);
        for (int i = index + 1; i < head.HeaderCount; i++)
        {
            if (IsSameField(head, i, index))
                value = (byte[])[.. value, (byte)',', .. head.HeaderValue(i)];
        }

        return value;
    }

    private static bool IsSameField(RequestHead head, int left, int right) =>
        Ascii.EqualsIgnoreCase(head.HeaderName(left), head.HeaderName(right));
}
