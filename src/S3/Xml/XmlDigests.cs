using System.Buffers;
using System.Buffers.Text;
using System.Text;
using RustFs.Checksums;
using RustFs.Http1;
using RustFs.Signing;

namespace RustFs.S3.Xml;

/// <summary>Checks a whole XML body against the digests that came with it: Content-MD5, x-amz-content-sha256 and x-amz-checksum-* (header or trailer).</summary>
internal static class XmlDigests
{
    private static readonly (KnownHeader Header, ChecksumKind Kind)[] ChecksumHeaders =
    [
        (KnownHeader.AmzChecksumCrc32, ChecksumKind.Crc32),
        (KnownHeader.AmzChecksumCrc32C, ChecksumKind.Crc32C),
        (KnownHeader.AmzChecksumCrc64Nvme, ChecksumKind.Crc64Nvme),
        (KnownHeader.AmzChecksumSha1, ChecksumKind.Sha1),
        (KnownHeader.AmzChecksumSha256, ChecksumKind.Sha256),
    ];

    /// <summary>Whether the request carries what AWS demands of some operations: Content-MD5 or any x-amz-checksum-* as a header or a trailer.</summary>
    public static bool ArePromised(RequestHead head)
    {
        if (head.TryGet(KnownHeader.ContentMd5, out _) || head.TryGet(KnownHeader.AmzTrailer, out _))
            return true;
        foreach ((KnownHeader header, _) in ChecksumHeaders)
        {
            if (head.TryGet(header, out _))
                return true;
        }

        return false;
    }
}
