using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Unicode;
using RustFs.Http1;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>
/// RenameObject: another key for an object, in one commit; its bytes, fields and time stay. AWS has it in directory buckets.
/// </summary>
/// <remarks><code>x-amz-rename-source = [ "/" ] [ bucket "/" ] key</code> percent-encoded, in the bucket of the request.</remarks>
internal static class RenameObject
{
    /// <summary>AWS: of ASCII from 33 to 126.</summary>
    private const int MaxTokenBytes = 64;

    public static readonly OperationSpec Spec = new()
    {
        Name = "RenameObject",
        Method = RequestMethod.Put,
        Target = TargetKind.Object,
        SubResource = "renameObject",
        Permission = "s3:PutObject",
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static readonly S3Error NoSource = Invalid("x-amz-rename-source",
        "Name the object to rename in the header x-amz-rename-source: bucket/key in the same bucket, percent-encoded.");

    private static readonly S3Error BadToken = Invalid("x-amz-client-token",
        "x-amz-client-token must be 1 to 64 ASCII characters in the range of 33 to 126.");

    private static readonly S3Error SameKey = S3Errors.InvalidRequest with { Message = "The object has that key already." };

    // What a signer moves into the query would be a condition that is not asked.
    private static readonly S3Error Hoisted = S3Errors.InvalidRequest with
    {
        Message = "x-amz-rename-source and its conditions must be signed headers of the request; they have no meaning in the query of a "
            + "presigned URL.",
    };

    private static async ValueTask<S3Error?> RunAsync(S3Request request)
    {
        byte[] source = [];
        WriteToken? token = null;
        S3Error? error = CheckHoisted(request) ?? ReadSource(request, out source) ?? ReadToken(request, source, out token);
        if (error is not null)
            return error;
        WriteResult result = await request.Store.RenameObjectAsync(request.Bucket, new ObjectRename
        {
            Source = source,
            Key = request.Key,
            SourcePrecondition = RenameCondition.OfSource(request.Head),
            Precondition = RenameCondition.OfTarget(request.Head),
            Token = token,
        }).ConfigureAwait(false);
        if (result.Status != StoreStatus.Ok)
            return StoreErrors.Of(result.Status);
        request.Response.Begin(200);
        ObjectVersion.WriteHeader(request.Response, result);
        await request.Response.SendHeadAsync(0).ConfigureAwait(false);
        return null;
    }

    private static S3Error? CheckHoisted(S3Request request)
    {
        for (int i = 0; request.Signature.IsPresigned && i < request.Query.Count; i++)
        {
            if (HoistedHeaders.HasPrefix(request.Query.RawName(i), "x-amz-rename-source"u8))
                return Hoisted;
        }

        return null;
    }

    private static S3Error? ReadSource(S3Request request, out byte[] source)
    {
        ReadOnlySpan<byte> text = request.Header(KnownHeader.AmzRenameSource);
        source = new byte[text.Length];
        int length = PercentEncoding.Decode(text, source, plusIsSpace: false);
        if (length <= 0 || !Utf8.IsValid(source.AsSpan(0, length)))
            return NoSource;
        ReadOnlySpan<byte> key = source.AsSpan(0, length);
        if (key.StartsWith("/"u8))
            key = key[1..];
        int slash = key.IndexOf((byte)'/');
        if (slash > 0 && System.Text.Ascii.Equals(key[..slash], request.Bucket.Name))
            key = key[(slash + 1)..];
        if (key.IsEmpty)
            return NoSource;
        if (key.Length > S3Limits.KeyBytes)
            return S3Errors.KeyTooLong;
        source = key.ToArray();
        return key.SequenceEqual(request.Key.Span) ? SameKey : null;
    }

    /// <summary>A token is one within its bucket; what it must go with is all that decides what the rename does.</summary>
    private static S3Error? ReadToken(S3Request request, byte[] source, out WriteToken? token)
    {
        token = null;
        if (!HoistedHeaders.TryGet(request, KnownHeader.AmzClientToken, "x-amz-client-token"u8, out ReadOnlySpan<byte> text))
            return null;
        if (text.Length is 0 or > MaxTokenBytes || text.ContainsAnyExceptInRange((byte)33, (byte)126))
            return BadToken;
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteUInt32LittleEndian(number, request.Bucket.Id);
        digest.AppendData(number);
        digest.AppendData(text);
        UInt128 name = Finish(digest);
        Add(digest, source);
        Add(digest, request.Key.Span);
        foreach (KnownHeader condition in RenameCondition.Headers)
            Add(digest, request.Header(condition));
        token = new WriteToken(name, Finish(digest));
        return null;
    }

    private static void Add(IncrementalHash digest, ReadOnlySpan<byte> value)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, value.Length);
        digest.AppendData(length);
        digest.AppendData(value);
    }

    private static UInt128 Finish(IncrementalHash digest)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        digest.GetHashAndReset(hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    private static S3Error Invalid(string header, string message) =>
        S3Errors.InvalidArgument with { Message = message, Details = [("ArgumentName", header)] };
}
