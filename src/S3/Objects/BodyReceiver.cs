using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using RustFs.Checksums;
using RustFs.Http1;
using RustFs.S3.Body;
using RustFs.S3.Encryption;
using RustFs.S3.Forms;
using RustFs.Signing;
using RustFs.Storage;

namespace RustFs.S3.Objects;

/// <summary>
/// Receives the body of an object or a part into the store, feeds every digest once over each run as it arrives, and verifies what the
/// client promised before anything is committed; the MD5 alone is the store's, which hashes several bodies at once. Rented for one
/// request: <see cref="Rent"/>, <see cref="Prepare"/>, <see cref="ReceiveAsync"/>, Dispose.
/// </summary>
internal sealed class BodyReceiver : IDisposable
{
    /// <summary>
    /// As many as bodies are usually received at once; more are made and dropped. Each holds about 15 KiB and two native hash states.
    /// </summary>
    private const int MaxIdle = 512;

    private const int Md5Bytes = 16;

    private static readonly ConcurrentQueue<BodyReceiver> Idle = new();

    private static readonly S3Error MalformedTrailer = new("MalformedTrailerError", 400,
        "The request contained trailing data that was not well-formed or did not conform to our published schema.");

    private static readonly S3Error TrailerMissing = MalformedTrailer with
    {
        Message = "The checksum that x-amz-trailer names did not come in the trailer of the body.",
    };

    private readonly ChecksumSet _checksums = new();
    private RequestedChecksum _requested;
    private long _lengthBytes;
    private BodyWriter? _writer;

    // What Content-MD5 promises, for whoever computes the MD5; null without one.
    private UInt128? _expectedMd5;

    // Of an encrypted body, whose MD5 the store cannot know.
    private ETag _tag;

    private BodyReceiver()
    {
    }

    /// <summary>The received body as it is stored; after a receipt without error.</summary>
    public BodyWriter Writer => BodyEncryption.StoredOf(_writer ?? throw new InvalidOperationException("No body was received."));

    /// <summary>What the body is encrypted with; null when it is not. Set before it is received; this disposes it.</summary>
    public BodyEncryption? Encryption { get; set; }

    /// <summary>The checksum the client asked for, verified; none when it asked for none.</summary>
    public ObjectChecksum Checksum { get; private set; }

    /// <summary>
    /// Room for the stored fields that go in with the body: here, since the shared pool keeps fewer than a busy server has under way.
    /// </summary>
    public byte[] FieldsRoom { get; } = new byte[S3Limits.StoredFieldsBytes];

    public static BodyReceiver Rent() => Idle.TryDequeue(out BodyReceiver? receiver) ? receiver : new BodyReceiver();

    /// <summary>Reads what the request promises of its body. Nothing of the body is read yet.</summary>
    /// <param name="defaultKind">The checksum to compute when the request names none.</param>
    public S3Error? Prepare(S3Request request, ChecksumKind defaultKind = ChecksumKind.None)
    {
        if (request.Body.LengthBytes is not long length)
            return S3Errors.MissingContentLength;
        if (length > S3Limits.PutBytes)
        {
            return S3Errors.EntityTooLarge with
            {
                Details = [("ProposedSize", length.ToString()), ("MaxSizeAllowed", S3Limits.PutBytes.ToString())],
            };
        }

        _lengthBytes = length;
        return PrepareDigests(request, defaultKind);
    }

    /// <summary>Reads what the request promises of a body whose length only its end tells.</summary>
    public S3Error? PrepareDigests(S3Request request, ChecksumKind defaultKind = ChecksumKind.None)
    {
        S3Error? error = ReadContentMd5(request.Head) ?? ChecksumHeaders.Read(request, out _requested);
        if (error is not null)
            return error;
        if (_requested.Kind == ChecksumKind.None && defaultKind != ChecksumKind.None)
            _requested = new RequestedChecksum(defaultKind, default, false);
        return null;
    }

    /// <summary>The kind the request names or defaulted to; after <see cref="Prepare"/>.</summary>
    public ChecksumKind RequestedKind => _requested.Kind;

    /// <summary>What the store must know of the received body.</summary>
    public ObjectAttributes AttributesWith(StoredFields fields) =>
        Encryption is null
            ? new() { ETag = null, ExpectedMd5 = _expectedMd5, Checksum = Checksum, Fields = fields }
            : new() { ETag = _tag, SizeBytes = _writer!.LengthBytes, Checksum = Checksum, Fields = fields };

    /// <summary>Adds what the request or its bucket asks the body to be encrypted by to the fields that are in the room.</summary>
    public S3Error? PrepareEncryption(S3Request request, ref int fieldsLength)
    {
        S3Error? error = BodyEncryption.AddRequested(request, FieldsRoom, ref fieldsLength, out BodyEncryption? created);
        Encryption = created;
        return error;
    }

    /// <summary>Receives and verifies the whole body. Nothing may be committed when it gives an error.</summary>
    public ValueTask<S3Error?> ReceiveAsync(S3Request request)
    {
        ChecksumKind kinds = _requested.Kind;
        if (request.Signature.PayloadMode == PayloadMode.SignedSha256)
            kinds |= ChecksumKind.Sha256;
        _checksums.Reset(kinds | KindOfTag);
        if (Encryption is not null || _lengthBytes > request.Store.MaxInPlaceBodyBytes
            || !request.Body.TryTakeReceived(out ReadOnlyMemory<byte> payload))
            return StreamAsync(request);
        _checksums.Append(payload.Span);
        _writer = request.Store.WriterOver(payload);
        return ValueTask.FromResult(Verify(request));
    }

    /// <summary>Receives the opened file of a form. Nothing may be committed when it gives an error.</summary>
    public async ValueTask<S3Error?> ReceiveAsync(S3Request request, FormReader form)
    {
        _checksums.Reset(_requested.Kind | KindOfTag);
        StoreStatus status = OpenWriter(request, form.FileBoundBytes);
        int heldBytes = 0;
        while (status == StoreStatus.Ok)
        {
            Memory<byte> room = _writer!.Room;
            if (heldBytes < room.Length)
            {
                int length = await form.ReadFileAsync(room[heldBytes..]).ConfigureAwait(false);
                _checksums.Append(room.Span.Slice(heldBytes, Math.Max(0, length)));
                heldBytes += Math.Max(0, length);
                if (length > 0)
                    continue;
            }
            else if (await form.HasMoreAsync().ConfigureAwait(false))
            {
                // Only when more comes is what is held handed over: the last of it ends a body of a length that nobody knew.
                if (room.IsEmpty)
                    return FormErrors.Malformed;
                status = await _writer.AdvanceAsync(heldBytes).ConfigureAwait(false);
                heldBytes = 0;
                continue;
            }

            if (form.Error is not null)
                return form.Error;
            if (heldBytes > 0)
                status = await _writer.EndAsync(heldBytes).ConfigureAwait(false);
            return StoreErrors.Of(status) ?? Verify(request);
        }

        return StoreErrors.Of(status);
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _writer = null;
        Encryption?.Dispose();
        Encryption = null;
        _requested = default;
        _expectedMd5 = null;
        if (Idle.Count < MaxIdle)
            Idle.Enqueue(this);
        else
            _checksums.Dispose();
    }

    [AsyncMethodBuilder(typeof(RecyclingValueTaskMethodBuilder<>))]
    private async ValueTask<S3Error?> StreamAsync(S3Request request)
    {
        RequestBody body = request.Body;
        StoreStatus status = OpenWriter(request, _lengthBytes);
        if (status != StoreStatus.Ok)
            return StoreErrors.Of(status);
        while (true)
        {
            Memory<byte> room = _writer!.Room;
            if (room.IsEmpty)
                break;
            int length = await body.ReadAsync(room).ConfigureAwait(false);
            if (length <= 0)
                return body.Error ?? S3Errors.IncompleteBody;
            _checksums.Append(room.Span[..length]);
            status = await _writer.AdvanceAsync(length).ConfigureAwait(false);
            if (status != StoreStatus.Ok)
                return StoreErrors.Of(status);
        }

        return await body.FinishAsync().ConfigureAwait(false) ? Verify(request) : body.Error;
    }

    private StoreStatus OpenWriter(S3Request request, long lengthBytes) =>
        BodyEncryption.OpenWriter(request.Store, request.Service.Memory, Encryption, lengthBytes, out _writer);

    /// <summary>The MD5 of what is encrypted, which the store does not see: where the tag shows it or the request promises it.</summary>
    private ChecksumKind KindOfTag =>
        Encryption is not null && (Encryption.HasMd5Tag || _expectedMd5 is not null) ? ChecksumKind.Md5 : ChecksumKind.None;

    private S3Error? Verify(S3Request request) => VerifyDigests(request) ?? (Encryption is null ? null : TakeTag(Encryption));

    private S3Error? TakeTag(BodyEncryption encryption)
    {
        if (KindOfTag == ChecksumKind.None)
        {
            _tag = EncryptedObject.NewTag();
            return null;
        }

        Span<byte> digest = stackalloc byte[ChecksumSet.MaxDigestBytes];
        var md5 = ETag.FromDigest(digest[.._checksums.Finish(ChecksumKind.Md5, digest)]);
        _tag = encryption.HasMd5Tag ? md5 : EncryptedObject.NewTag();
        return _expectedMd5 is { } expected && expected != md5.Digest ? S3Errors.BadDigest : null;
    }

    private S3Error? VerifyDigests(S3Request request)
    {
        Span<byte> digest = stackalloc byte[ChecksumSet.MaxDigestBytes];
        bool isSha256Known = false;
        if (request.Signature.PayloadMode == PayloadMode.SignedSha256)
        {
            int length = _checksums.Finish(ChecksumKind.Sha256, digest);
            if (!digest[..length].SequenceEqual(request.Signature.PayloadSha256))
                return S3Errors.XAmzContentSha256Mismatch;
            isSha256Known = true;
        }

        ChecksumKind kind = _requested.Kind;
        S3Error? error = TakeTrailer(request.Body.Trailers);
        if (error is not null || kind == ChecksumKind.None)
        {
            Checksum = default;
            return error;
        }

        int digestBytes = kind == ChecksumKind.Sha256 && isSha256Known ? ChecksumSet.MaxDigestBytes : _checksums.Finish(kind, digest);
        Checksum = new ObjectChecksum(kind, ChecksumType.FullObject, digest[..digestBytes]);
        if (_requested.Expected.Kind == ChecksumKind.None || _requested.Expected.Equals(Checksum))
            return null;
        return S3Errors.BadDigest with
        {
            Message = $"The {Encoding.ASCII.GetString(ChecksumNames.Algorithm(kind))} you specified did not match the calculated checksum.",
        };
    }

    /// <summary>Takes the announced checksum from the trailer. One that was not announced is refused like one that did not come.</summary>
    private S3Error? TakeTrailer(AwsChunkedDecoder? trailers)
    {
        int count = trailers?.TrailerCount ?? 0;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> name = trailers!.TrailerName(i);
            if (!name.StartsWith("x-amz-checksum-"u8))
                continue;
            if (!_requested.IsInTrailer || _requested.Expected.Kind != ChecksumKind.None || ChecksumNames.OfHeader(name) != _requested.Kind)
                return MalformedTrailer;
            if (!ChecksumNames.TryParse(_requested.Kind, trailers.TrailerValue(i), out ObjectChecksum expected))
                return ChecksumHeaders.InvalidValue(_requested.Kind);
            _requested = _requested with { Expected = expected };
        }

        return _requested.IsInTrailer && _requested.Expected.Kind == ChecksumKind.None ? TrailerMissing : null;
    }

    /// <summary>Content-MD5 = the base64 form of 16 bytes (RFC 1864).</summary>
    private S3Error? ReadContentMd5(RequestHead head)
    {
        _expectedMd5 = null;
        if (!head.TryGet(KnownHeader.ContentMd5, out ReadOnlySpan<byte> text))
            return null;
        Span<byte> digest = stackalloc byte[Md5Bytes];
        if (Base64.DecodeFromUtf8(text, digest, out int consumedBytes, out int length) != OperationStatus.Done
            || consumedBytes != text.Length || length != Md5Bytes)
            return S3Errors.InvalidDigest;
        _expectedMd5 = ETag.FromDigest(digest).Digest;
        return null;
    }
}
