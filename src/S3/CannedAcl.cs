using RustFs.Http1;

namespace RustFs.S3;

/// <summary>
/// The access control that a client asks for in headers. Here everything is the owner's alone, so only what says that is taken; anything wider is
/// refused instead of being dropped in silence.
/// </summary>
internal static class CannedAcl
{
    private static readonly S3Error NotImplemented = S3Errors.NotImplemented with
    {
        Message = "This server does not implement access control lists: everything is private to the owner. Leave out x-amz-acl and x-amz-grant-*, or send private.",
    };

    /// <summary>Null when the request asks for no more than the owner's own access.</summary>
    public static S3Error? Refuse(RequestHead head)
    {
        if (head.TryGet(KnownHeader.AmzAcl, out ReadOnlySpan<byte> acl)
            && !acl.SequenceEqual("private"u8) && !acl.SequenceEqual("bucket-owner-full-control"u8) && !acl.SequenceEqual("bucket-owner-read"u8))
        {
            return NotImplemented;
        }

        for (int i = 0; i < head.HeaderCount; i++)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(head.HeaderName(i)[..Math.Min(head.HeaderName(i).Length, "x-amz-grant-".Length)], "x-amz-grant-"u8))
                return NotImplemented;
        }

        return null;
    }
}
