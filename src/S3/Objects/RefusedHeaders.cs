using System.Text;
using RustFs.Http1;
using RustFs.S3.Encryption;

namespace RustFs.S3.Objects;

/// <summary>
/// Headers of writes that ask for something this server does not do. Encryption and access lists protect data: a client that
/// asks for one must be told, never left to believe that it has it.
/// </summary>
internal static class RefusedHeaders
{
    private static readonly S3Error Acl = new("AccessControlListNotSupported", 400,
        "The bucket does not allow ACLs: every object belongs to the bucket's owner. Leave out x-amz-acl and x-amz-grant headers.");

    private static readonly S3Error Append = S3Errors.InvalidRequest with
    {
        Message = "x-amz-write-offset-bytes is a signed header of PutObject only: parts and copies are not appended, and in the query of a "
            + "presigned URL it has no meaning.",
    };

    /// <summary>A copy is told by its header: from the query it would be taken for a write of the body.</summary>
    private static readonly S3Error HoistedCopy = S3Errors.InvalidRequest with
    {
        Message = "x-amz-copy-source must be a signed header of the request; it has no meaning in the query of a presigned URL.",
    };

    /// <summary>Null when the request asks for nothing that is not done.</summary>
    /// <param name="takesWriteOffset">The operation appends.</param>
    public static S3Error? Check(S3Request request, bool takesWriteOffset = false)
    {
        RequestHead head = request.Head;
        for (int i = 0; i < head.HeaderCount; i++)
        {
            S3Error? error = head.HeaderId(i) switch
            {
                KnownHeader.AmzWriteOffsetBytes => takesWriteOffset ? null : Append,
                KnownHeader.AmzAcl => CheckAcl(head.HeaderValue(i)),
                KnownHeader.Unknown => CheckName(head.HeaderName(i)),
                _ => null,
            };
            if (error is not null)
                return error;
        }

        return request.Signature.IsPresigned ? CheckHoisted(request) : null;
    }

    private static S3Error? CheckHoisted(S3Request request)
    {
        for (int i = 0; i < request.Query.Count; i++)
        {
            ReadOnlySpan<byte> name = request.Query.RawName(i);
            S3Error? error = CheckHoisted(name, request.Query.RawValue(i));
            if (error is not null)
                return error;
        }

        return null;
    }

    /// <summary>Those headers that are known by their number in a head are known by their name only in a query.</summary>
    private static S3Error? CheckHoisted(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        // A source that is named in the query is refused, and keys for it mean nothing.
        if (EncryptionHeaders.IsRead(name))
            return null;
        if (Ascii.EqualsIgnoreCase(name, "x-amz-acl"u8))
            return CheckAcl(value);
        if (Ascii.EqualsIgnoreCase(name, "x-amz-write-offset-bytes"u8))
            return Append;
        return Ascii.EqualsIgnoreCase(name, "x-amz-copy-source"u8) ? HoistedCopy : CheckName(name);
    }

    /// <summary>The canned lists that say what is so anyway.</summary>
    private static S3Error? CheckAcl(ReadOnlySpan<byte> canned) =>
        canned.SequenceEqual("private"u8) || canned.SequenceEqual("bucket-owner-full-control"u8) ? null : Acl;

    private static S3Error? CheckName(ReadOnlySpan<byte> name)
    {
        if (!HoistedHeaders.HasPrefix(name, "x-amz-"u8))
            return null;
        if (HoistedHeaders.HasPrefix(name, "x-amz-server-side-encryption"u8)
            || HoistedHeaders.HasPrefix(name, "x-amz-copy-source-server-side-encryption"u8))
            return EncryptionErrors.UnknownHeader;
        return HoistedHeaders.HasPrefix(name, "x-amz-grant-"u8) ? Acl : null;
    }
}
