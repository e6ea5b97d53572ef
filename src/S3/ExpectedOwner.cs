using RustFs.Http1;
using RustFs.S3.Objects;

namespace RustFs.S3;

/// <summary>
/// x-amz-expected-bucket-owner (S3 user guide, "Verifying bucket ownership with bucket owner condition"): a request about a bucket of
/// another account than the client believes is refused. The server has one account.
/// </summary>
internal static class ExpectedOwner
{
    private static readonly S3Error NoAccountId = new("InvalidBucketOwnerAWSAccountID", 400,
        "The value of the expected bucket owner parameter must be an AWS account ID: 12 digits.");

    private static readonly S3Error OtherOwner = S3Errors.AccessDenied with
    {
        Message = "The bucket does not belong to the account that the request expects. This server's account is 000000000000.",
    };

    /// <summary>Of the bucket that the request is about, as a header or in the query of a presigned URL.</summary>
    public static S3Error? Check(S3Request request) =>
        HoistedHeaders.TryGet(
            request, KnownHeader.AmzExpectedBucketOwner, "x-amz-expected-bucket-owner"u8, out ReadOnlySpan<byte> account)
            ? Check(account)
            : null;

    /// <summary>Of the bucket that a copy reads.</summary>
    public static S3Error? CheckSource(S3Request request) =>
        request.Head.TryGet("x-amz-source-expected-bucket-owner"u8, out ReadOnlySpan<byte> account) ? Check(account) : null;

    private static S3Error? Check(ReadOnlySpan<byte> account)
    {
        if (account.SequenceEqual(Owner.AccountId) || account.SequenceEqual(Owner.CanonicalId))
            return null;
        return account.Length == Owner.AccountId.Length && !account.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            ? OtherOwner
            : NoAccountId;
    }
}
