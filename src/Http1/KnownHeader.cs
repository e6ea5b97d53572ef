namespace RustFs.Http1;

/// <summary>
/// Header fields that the server itself looks up, so that a look-up is an array index. <see cref="KnownHeaders"/> holds their names.
/// </summary>
public enum KnownHeader : byte
{
    Unknown, Host, ContentLength, TransferEncoding, Connection, Expect, Authorization, ContentType, ContentMd5, ContentEncoding,
    ContentDisposition, ContentLanguage, CacheControl, Expires, Range, IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince,
    Date, UserAgent, Origin, Trailer, Accept, AcceptEncoding, IfRange,
    AmzDate, AmzContentSha256, AmzDecodedContentLength, AmzTrailer, AmzSecurityToken,
    AmzChecksumCrc32, AmzChecksumCrc32C, AmzChecksumCrc64Nvme, AmzChecksumSha1, AmzChecksumSha256,
    AmzChecksumAlgorithm, AmzChecksumType, AmzChecksumMode, AmzSdkChecksumAlgorithm,
    AmzCopySource, AmzCopySourceRange, AmzCopySourceIfMatch, AmzCopySourceIfNoneMatch,
    AmzCopySourceIfModifiedSince, AmzCopySourceIfUnmodifiedSince,
    AmzMetadataDirective, AmzTaggingDirective, AmzTagging, AmzStorageClass, AmzAcl, AmzMpObjectSize, AmzExpectedBucketOwner,
    AmzWebsiteRedirectLocation, AmzObjectAttributes, AmzBypassGovernanceRetention, AmzServerSideEncryption, AmzWriteOffsetBytes,
    AmzObjectLockMode, AmzObjectLockRetainUntilDate, AmzObjectLockLegalHold,
    AmzRenameSource, AmzRenameSourceIfMatch, AmzRenameSourceIfNoneMatch, AmzRenameSourceIfModifiedSince,
    AmzRenameSourceIfUnmodifiedSince, AmzClientToken,
    AmzServerSideEncryptionAwsKmsKeyId, AmzServerSideEncryptionContext, AmzServerSideEncryptionBucketKeyEnabled,
    AmzServerSideEncryptionCustomerAlgorithm, AmzServerSideEncryptionCustomerKey, AmzServerSideEncryptionCustomerKeyMd5,
    AmzCopySourceServerSideEncryptionCustomerAlgorithm, AmzCopySourceServerSideEncryptionCustomerKey,
    AmzCopySourceServerSideEncryptionCustomerKeyMd5,
    /// <summary>Not a field: how many there are.</summary>
    Count,
}
