using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Locks;

/// <summary>
/// x-amz-object-lock-mode, -retain-until-date and -legal-hold: of PutObject, CopyObject and CreateMultipartUpload, and of the answers to
/// GetObject and HeadObject. And x-amz-bypass-governance-retention.
/// </summary>
internal static class LockHeaders
{
    /// <summary>Writes the lock that the request asks for into the fields to be stored, when it asks for one.</summary>
    public static S3Error? Write(S3Request request, ref StoredFieldsWriter writer)
    {
        bool hasMode = HoistedHeaders.TryGet(
            request, KnownHeader.AmzObjectLockMode, "x-amz-object-lock-mode"u8, out ReadOnlySpan<byte> modeText);
        bool hasTime = HoistedHeaders.TryGet(request, KnownHeader.AmzObjectLockRetainUntilDate, "x-amz-object-lock-retain-until-date"u8,
            out ReadOnlySpan<byte> timeText);
        bool hasHold = HoistedHeaders.TryGet(
            request, KnownHeader.AmzObjectLockLegalHold, "x-amz-object-lock-legal-hold"u8, out ReadOnlySpan<byte> holdText);
        if (!hasMode && !hasTime && !hasHold)
            return null;
        if (!request.Bucket.HasObjectLock)
            return LockErrors.NotLockable;
        if (hasMode != hasTime)
            return LockErrors.IncompleteRetention;
        if (hasMode)
        {
            S3Error? error = ReadRetention(request, modeText, timeText, out Retention retention);
            if (error is not null)
                return error;
            if (!ObjectLock.TryAdd(ref writer, retention))
                return S3Errors.MetadataTooLarge;
        }

        if (!hasHold)
            return null;
        if (!LockNames.TryParseHold(holdText, out bool isHeld))
            return LockErrors.BadLegalHold;
        return ObjectLock.TryAdd(ref writer, isHeld) ? null : S3Errors.MetadataTooLarge;
    }

    /// <summary>
    /// What is to be locked must come with a digest, as AWS demands: bytes that were damaged on the way could not be replaced.
    /// </summary>
    /// <param name="fields">Of the new object or upload.</param>
    /// <param name="name">What AWS calls the request.</param>
    public static S3Error? CheckDigest(S3Request request, StoredFields fields, string name)
    {
        if (!request.Bucket.HasObjectLock)
            return null;
        bool isLocked = request.Bucket.DefaultRetention.Mode != RetentionMode.None || ObjectLock.Of(fields) != default;
        return !isLocked || XmlDigests.ArePromised(request.Head) || IsChecksumHoisted(request) ? null : LockErrors.NoDigest(name);
    }

    /// <summary>Whether the request may end retentions of governance mode: its principal may, when the header says so.</summary>
    public static bool BypassesGovernance(S3Request request) =>
        HoistedHeaders.TryGet(request, KnownHeader.AmzBypassGovernanceRetention, "x-amz-bypass-governance-retention"u8,
            out ReadOnlySpan<byte> value)
        && System.Text.Ascii.EqualsIgnoreCase(value, "true"u8);

    public static void WriteRetention(S3Response response, Retention retention)
    {
        response.Header("x-amz-object-lock-mode"u8, LockNames.Mode(retention.Mode));
        Span<byte> time = stackalloc byte[Iso8601.LengthBytes];
        response.Header("x-amz-object-lock-retain-until-date"u8, time[..Iso8601.Write(retention.UntilMs, time)]);
    }

    public static void WriteHold(S3Response response, bool isHeld) =>
        response.Header("x-amz-object-lock-legal-hold"u8, LockNames.Hold(isHeld));

    private static S3Error? ReadRetention(
        S3Request request, ReadOnlySpan<byte> modeText, ReadOnlySpan<byte> timeText, out Retention retention)
    {
        retention = default;
        if (!LockNames.TryParseMode(modeText, out RetentionMode mode))
            return LockErrors.UnknownMode;
        if (!LockNames.TryParseTime(timeText, out long untilMs))
            return LockErrors.BadTime;
        retention = new Retention(mode, untilMs);
        return untilMs > request.Service.Time.GetUtcNow().ToUnixTimeMilliseconds() ? null : LockErrors.PastTime;
    }

    private static bool IsChecksumHoisted(S3Request request)
    {
        for (int i = 0; request.Signature.IsPresigned && i < request.Query.Count; i++)
        {
            if (ChecksumNames.OfHeader(request.Query.RawName(i)) != Checksums.ChecksumKind.None)
                return true;
        }

        return false;
    }
}
