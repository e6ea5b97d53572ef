using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RustFs.Http1;

/// <summary>Tells which known field a name is: by its length, then by comparing whole words with the few names of that length.</summary>
internal static class KnownHeaders
{
    // Setting this bit makes a letter lower-case. Apart from letters, only bytes below 0x20 can become a letter, digit or hyphen by it.
    private const byte LowerCaseBit = 0x20;
    private const uint LowerCase4 = 0x20202020;
    private const ulong LowerCase8 = 0x2020202020202020;

    /// <summary>
    /// The field of that name in any case, or Unknown. The name must be free of control characters; a name that is found is
    /// thereby known to be a token.
    /// </summary>
    public static KnownHeader Find(ReadOnlySpan<byte> name) => name.Length <= 17 ? FindShort(name) : FindLong(name);

    private static KnownHeader FindShort(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 => Is(name, "host"u8) ? KnownHeader.Host
            : Is(name, "date"u8) ? KnownHeader.Date : KnownHeader.Unknown,
        5 => Is(name, "range"u8) ? KnownHeader.Range : KnownHeader.Unknown,
        6 => Is(name, "accept"u8) ? KnownHeader.Accept
            : Is(name, "expect"u8) ? KnownHeader.Expect
            : Is(name, "origin"u8) ? KnownHeader.Origin : KnownHeader.Unknown,
        7 => Is(name, "expires"u8) ? KnownHeader.Expires
            : Is(name, "trailer"u8) ? KnownHeader.Trailer : KnownHeader.Unknown,
        8 => Is(name, "if-match"u8) ? KnownHeader.IfMatch
            : Is(name, "if-range"u8) ? KnownHeader.IfRange : KnownHeader.Unknown,
        9 => Is(name, "x-amz-acl"u8) ? KnownHeader.AmzAcl : KnownHeader.Unknown,
        10 => Is(name, "x-amz-date"u8) ? KnownHeader.AmzDate
            : Is(name, "user-agent"u8) ? KnownHeader.UserAgent
            : Is(name, "connection"u8) ? KnownHeader.Connection : KnownHeader.Unknown,
        11 => Is(name, "content-md5"u8) ? KnownHeader.ContentMd5 : KnownHeader.Unknown,
        12 => Is(name, "content-type"u8) ? KnownHeader.ContentType : KnownHeader.Unknown,
        13 => Is(name, "authorization"u8) ? KnownHeader.Authorization
            : Is(name, "if-none-match"u8) ? KnownHeader.IfNoneMatch
            : Is(name, "cache-control"u8) ? KnownHeader.CacheControl
            : Is(name, "x-amz-trailer"u8) ? KnownHeader.AmzTrailer
            : Is(name, "x-amz-tagging"u8) ? KnownHeader.AmzTagging : KnownHeader.Unknown,
        14 => Is(name, "content-length"u8) ? KnownHeader.ContentLength : KnownHeader.Unknown,
        15 => Is(name, "accept-encoding"u8) ? KnownHeader.AcceptEncoding : KnownHeader.Unknown,
        16 => Is(name, "content-encoding"u8) ? KnownHeader.ContentEncoding
            : Is(name, "content-language"u8) ? KnownHeader.ContentLanguage : KnownHeader.Unknown,
        17 => Is(name, "transfer-encoding"u8) ? KnownHeader.TransferEncoding
            : Is(name, "if-modified-since"u8) ? KnownHeader.IfModifiedSince
            : Is(name, "x-amz-copy-source"u8) ? KnownHeader.AmzCopySource : KnownHeader.Unknown,
        _ => KnownHeader.Unknown,
    };

    private static KnownHeader FindLong(ReadOnlySpan<byte> name) => name.Length switch
    {
        18 => Is(name, "x-amz-client-token"u8) ? KnownHeader.AmzClientToken : KnownHeader.Unknown,
        19 => Is(name, "content-disposition"u8) ? KnownHeader.ContentDisposition
            : Is(name, "if-unmodified-since"u8) ? KnownHeader.IfUnmodifiedSince
            : Is(name, "x-amz-checksum-mode"u8) ? KnownHeader.AmzChecksumMode
            : Is(name, "x-amz-checksum-type"u8) ? KnownHeader.AmzChecksumType
            : Is(name, "x-amz-checksum-sha1"u8) ? KnownHeader.AmzChecksumSha1
            : Is(name, "x-amz-storage-class"u8) ? KnownHeader.AmzStorageClass
            : Is(name, "x-amz-rename-source"u8) ? KnownHeader.AmzRenameSource : KnownHeader.Unknown,
        20 => Is(name, "x-amz-content-sha256"u8) ? KnownHeader.AmzContentSha256
            : Is(name, "x-amz-security-token"u8) ? KnownHeader.AmzSecurityToken
            : Is(name, "x-amz-checksum-crc32"u8) ? KnownHeader.AmzChecksumCrc32
            : Is(name, "x-amz-mp-object-size"u8) ? KnownHeader.AmzMpObjectSize : KnownHeader.Unknown,
        21 => Is(name, "x-amz-checksum-crc32c"u8) ? KnownHeader.AmzChecksumCrc32C
            : Is(name, "x-amz-checksum-sha256"u8) ? KnownHeader.AmzChecksumSha256 : KnownHeader.Unknown,
        22 => Is(name, "x-amz-object-lock-mode"u8) ? KnownHeader.AmzObjectLockMode : KnownHeader.Unknown,
        23 => Is(name, "x-amz-copy-source-range"u8) ? KnownHeader.AmzCopySourceRange
            : Is(name, "x-amz-tagging-directive"u8) ? KnownHeader.AmzTaggingDirective
            : Is(name, "x-amz-object-attributes"u8) ? KnownHeader.AmzObjectAttributes : KnownHeader.Unknown,
        24 => Is(name, "x-amz-checksum-crc64nvme"u8) ? KnownHeader.AmzChecksumCrc64Nvme
            : Is(name, "x-amz-checksum-algorithm"u8) ? KnownHeader.AmzChecksumAlgorithm
            : Is(name, "x-amz-metadata-directive"u8) ? KnownHeader.AmzMetadataDirective
            : Is(name, "x-amz-write-offset-bytes"u8) ? KnownHeader.AmzWriteOffsetBytes : KnownHeader.Unknown,
        26 => Is(name, "x-amz-copy-source-if-match"u8) ? KnownHeader.AmzCopySourceIfMatch : KnownHeader.Unknown,
        27 => Is(name, "x-amz-expected-bucket-owner"u8) ? KnownHeader.AmzExpectedBucketOwner : KnownHeader.Unknown,
        28 => Is(name, "x-amz-decoded-content-length"u8) ? KnownHeader.AmzDecodedContentLength
            : Is(name, "x-amz-sdk-checksum-algorithm"u8) ? KnownHeader.AmzSdkChecksumAlgorithm
            : Is(name, "x-amz-server-side-encryption"u8) ? KnownHeader.AmzServerSideEncryption
            : Is(name, "x-amz-object-lock-legal-hold"u8) ? KnownHeader.AmzObjectLockLegalHold
            : Is(name, "x-amz-rename-source-if-match"u8) ? KnownHeader.AmzRenameSourceIfMatch : KnownHeader.Unknown,
        31 => Is(name, "x-amz-copy-source-if-none-match"u8) ? KnownHeader.AmzCopySourceIfNoneMatch
            : Is(name, "x-amz-website-redirect-location"u8) ? KnownHeader.AmzWebsiteRedirectLocation : KnownHeader.Unknown,
        33 => Is(name, "x-amz-bypass-governance-retention"u8) ? KnownHeader.AmzBypassGovernanceRetention
            : Is(name, "x-amz-rename-source-if-none-match"u8) ? KnownHeader.AmzRenameSourceIfNoneMatch : KnownHeader.Unknown,
        35 => Is(name, "x-amz-copy-source-if-modified-since"u8) ? KnownHeader.AmzCopySourceIfModifiedSince
            : Is(name, "x-amz-object-lock-retain-until-date"u8) ? KnownHeader.AmzObjectLockRetainUntilDate : KnownHeader.Unknown,
        36 => Is(name, "x-amz-server-side-encryption-context"u8) ? KnownHeader.AmzServerSideEncryptionContext : KnownHeader.Unknown,
        37 => Is(name, "x-amz-copy-source-if-unmodified-since"u8) ? KnownHeader.AmzCopySourceIfUnmodifiedSince
            : Is(name, "x-amz-rename-source-if-modified-since"u8) ? KnownHeader.AmzRenameSourceIfModifiedSince
            : KnownHeader.Unknown,
        39 => Is(name, "x-amz-rename-source-if-unmodified-since"u8) ? KnownHeader.AmzRenameSourceIfUnmodifiedSince
            : KnownHeader.Unknown,
        41 => Is(name, "x-amz-server-side-encryption-customer-key"u8) ? KnownHeader.AmzServerSideEncryptionCustomerKey
            : KnownHeader.Unknown,
        43 => Is(name, "x-amz-server-side-encryption-aws-kms-key-id"u8) ? KnownHeader.AmzServerSideEncryptionAwsKmsKeyId
            : KnownHeader.Unknown,
        45 => Is(name, "x-amz-server-side-encryption-customer-key-md5"u8) ? KnownHeader.AmzServerSideEncryptionCustomerKeyMd5
            : KnownHeader.Unknown,
        47 => Is(name, "x-amz-server-side-encryption-bucket-key-enabled"u8) ? KnownHeader.AmzServerSideEncryptionBucketKeyEnabled
            : Is(name, "x-amz-server-side-encryption-customer-algorithm"u8) ? KnownHeader.AmzServerSideEncryptionCustomerAlgorithm
            : KnownHeader.Unknown,
        53 => Is(name, "x-amz-copy-source-server-side-encryption-customer-key"u8)
            ? KnownHeader.AmzCopySourceServerSideEncryptionCustomerKey : KnownHeader.Unknown,
        57 => Is(name, "x-amz-copy-source-server-side-encryption-customer-key-md5"u8)
            ? KnownHeader.AmzCopySourceServerSideEncryptionCustomerKeyMd5 : KnownHeader.Unknown,
        59 => Is(name, "x-amz-copy-source-server-side-encryption-customer-algorithm"u8)
            ? KnownHeader.AmzCopySourceServerSideEncryptionCustomerAlgorithm : KnownHeader.Unknown,
        _ => KnownHeader.Unknown,
    };

    /// <summary>
    /// Compares two names of the same length, 4 to 64, the second in lower case. Inlined with a literal, its length is a
    /// constant and only one branch remains. The last word is compared first: that is where names of one length differ.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lowerCase)
    {
        if (lowerCase.Length < 8)
        {
            return Equal4(name, lowerCase, lowerCase.Length - 4) && Equal4(name, lowerCase, 0);
        }

        if (lowerCase.Length < 16)
        {
            return Equal8(name, lowerCase, lowerCase.Length - 8) && Equal8(name, lowerCase, 0);
        }

        if (lowerCase.Length <= 32)
        {
            return Equal16(name, lowerCase, lowerCase.Length - 16) && Equal16(name, lowerCase, 0);
        }

        return Equal16(name, lowerCase, lowerCase.Length - 16) && Equal16(name, lowerCase, 16) && Equal16(name, lowerCase, 0)
            && (lowerCase.Length <= 48 || Equal16(name, lowerCase, 32));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Equal4(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lowerCase, int at) =>
        (BinaryPrimitives.ReadUInt32LittleEndian(name[at..]) | LowerCase4) == BinaryPrimitives.ReadUInt32LittleEndian(lowerCase[at..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Equal8(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lowerCase, int at) =>
        (BinaryPrimitives.ReadUInt64LittleEndian(name[at..]) | LowerCase8) == BinaryPrimitives.ReadUInt64LittleEndian(lowerCase[at..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Equal16(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lowerCase, int at) =>
        (Vector128.Create(name[at..]) | Vector128.Create(LowerCaseBit)) == Vector128.Create(lowerCase[at..]);
}
