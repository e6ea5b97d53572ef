using System.Text;
using RustFs.Checksums;
using RustFs.Http1;
using RustFs.S3;
using RustFs.S3.Body;
using RustFs.S3.Encryption;
using RustFs.S3.Multipart;
using RustFs.S3.Objects;
using RustFs.Storage;
using RustFs.Tests.S3;

namespace RustFs.Tests.Hostile.Targets;

/// <summary>A request made of field lines, without a connection around it.</summary>
internal abstract class HeaderTarget : FuzzTarget
{
    private readonly RequestHead _head = new();

    protected S3TestServer Server { get; } = new(keys: TestKeys.Ring);

    protected MemoryWire Wire { get; private set; } = new([]);

    protected abstract string RequestLine { get; }

    public override int ShortFormExecutions => 8_000;

    /// <summary>The lines as a request; null when they are none.</summary>
    protected S3Request? Begin(byte[] lines)
    {
        byte[] bytes = [.. Bytes(RequestLine + "\r\nHost: h\r\n"), .. lines, .. "\r\n\r\n"u8];
        if (RequestHeadParser.Parse(bytes, _head, out _, out _) != ParseStatus.Done)
            return null;
        Wire = new MemoryWire([]);
        var request = new S3Request(Server.Service, _head, new ReceiveBuffer(), Wire);
        request.Begin(RequestId.Next());
        request.Query.TryReset(_head);
        request.Bucket = Server.Store.FindBucket("bucket"u8)!;
        return request;
    }
}

/// <summary>What a write keeps of its headers and gives back with the object: no field of a client's becomes two.</summary>
internal sealed class StoredHeadersTarget : HeaderTarget
{
    private readonly byte[] _fields = new byte[S3Limits.StoredFieldsBytes];
    private readonly Bucket _lockable;

    public StoredHeadersTarget() => _lockable = Server.Store.FindBucket("bucket"u8)!
        .With(BucketConfigurationKind.ObjectLock, default(DefaultRetention).Encode());

    public override string Name => "stored-headers";

    protected override string RequestLine => "PUT /bucket/key HTTP/1.1";

    public override IEnumerable<byte[]> Seeds => All(
        "Content-Type: a/b\r\nx-amz-meta-a: b\r\nx-amz-meta-A: c", "Content-Encoding: aws-chunked, gzip,,br\r\nCache-Control: no-store",
        "x-amz-checksum-crc32: AAAAAA==\r\nx-amz-sdk-checksum-algorithm: CRC32\r\nContent-MD5: 1B2M2Y8AsgTpgAmy7PhCfg==",
        "x-amz-trailer: x-amz-checksum-sha256\r\nx-amz-tagging: a=b&c=%20\r\nx-amz-storage-class: GLACIER",
        "x-amz-object-lock-mode: GOVERNANCE\r\nx-amz-object-lock-retain-until-date: 2999-01-02\r\nx-amz-object-lock-legal-hold: ON",
        "x-amz-checksum-algorithm: SHA256\r\nx-amz-checksum-type: COMPOSITE\r\nx-amz-mp-object-size: 5\r\nx-amz-server-side-encryption: aws:kms");

    public override IEnumerable<byte[]> Tokens => All(
        "\r\n", "x-amz-meta-", "x-amz-checksum-", "crc32c", "crc64nvme", "sha1", "sha256", "md5", "x-amz-tagging: ",
        "x-amz-acl: private\r\n", "x-amz-server-side-encryption: AES256\r\n", "x-amz-server-side-encryption: aws:kms\r\n",
        "x-amz-server-side-encryption-aws-kms-key-id: alias/finance\r\n", "x-amz-server-side-encryption-context: eyJhIjoiYiJ9\r\n",
        "x-amz-server-side-encryption-bucket-key-enabled: true\r\n", TestKeys.Secure + "\r\n", string.Join("\r\n", TestKeys.Customer(1)),
        "x-amz-object-lock-mode: COMPLIANCE\r\n", "x-amz-object-lock-retain-until-date: 2999-01-02T03:04:05.678Z\r\n",
        "x-amz-object-lock-legal-hold: OFF\r\n", "x-amz-grant-read: x\r\n", "Expires: ",
        "Content-Disposition: ", new string('v', 700), ": ",
        ",", "=", "&",
        "%0d%0a", "\u00E9", "\t", "x-amz-website-redirect-location: /", "x-amz-write-offset-bytes: 1\r\n");

    public override ulong Run(byte[] input)
    {
        var signature = new OutcomeSignature();
        if (Begin(input) is not { } request)
            return signature.Value;
        request.Bucket = _lockable;
        signature.Add(RefusedHeaders.Check(request)?.Code ?? "");
        signature.Add(ChecksumHeaders.Read(request, out RequestedChecksum checksum)?.Code ?? "");
        signature.Add((int)checksum.Kind);
        S3Error? refused = RequestedEncryption.Read(request, out RequestedEncryption? encryption);
        signature.Add(refused?.Code ?? "");
        if (refused is null && encryption is not null)
        {
            var writer = new StoredFieldsWriter(_fields);
            Oracle.Holds(BodyEncryption.Create(encryption, ref writer, out BodyEncryption? body) is null, "What is asked for can be kept.");
            Oracle.Holds(StoredFields.IsWellFormed(_fields.AsSpan(0, writer.WrittenBytes)), "How a body is encrypted can be read.");
            signature.Add((int)body!.Scheme);
        }

        signature.Add(UploadChecksum.Read(request, out _)?.Code ?? "");
        signature.Add(ObjectExpectation.Read(request, out _)?.Code ?? "");
        S3Error? error = ObjectHeaders.Encode(request, _fields, out int length);
        signature.Add(error?.Code ?? "");
        if (error is null)
        {
            Oracle.Holds(StoredFields.IsWellFormed(_fields.AsSpan(0, length)), "What is kept can be read.");
            signature.Add(Answer(request, new StoredFields(_fields.AsMemory(0, length))));
        }

        request.Dispose();
        return signature.Value;
    }

    private int Answer(S3Request request, StoredFields fields)
    {
        int kept = 0;
        // A retention is a mode and a time.
        foreach (StoredField field in fields)
            kept += field.Id == StoredFieldId.Retention ? 2 : 1;
        bool hasType = fields.TryGet(StoredFieldId.ContentType, out _);
        request.Response.Begin(200);
        Oracle.Holds(ObjectFields.Write(request.Response, fields, request.Query) is null, "What was kept can be given back.");
        request.Response.SendHeadAsync(0).AsTask().GetAwaiter().GetResult();
        string head = Encoding.Latin1.GetString(Wire.Sent);
        // The status line, Date, Server, request id, length, and the empty line.
        int lines = 6 + kept + (hasType ? 0 : 1);
        Oracle.Holds(head.EndsWith("\r\n\r\n", StringComparison.Ordinal) && head.Split("\r\n").Length - 1 == lines,
            "One line for each field.");
        Oracle.Holds(head.Count(c => c is '\r' or '\n') == 2 * lines, "Lines end in CRLF and nothing else.");
        return Math.Min(kept, 8);
    }
}

/// <summary>If-*, Range and Date fields of a read, on an object that is there.</summary>
internal sealed class ConditionsTarget : HeaderTarget
{
    private readonly ObjectRecord _record;

    public ConditionsTarget()
    {
        Server.PutAsync("key").GetAwaiter().GetResult();
        Server.Store.TryGetObject(Server.Store.FindBucket("bucket"u8)!, "key"u8, out ObjectRecord? record);
        _record = record!;
    }

    public override string Name => "conditions";

    protected override string RequestLine => "GET /bucket/key HTTP/1.1";

    public override IEnumerable<byte[]> Seeds
    {
        get
        {
            byte[] tag = new byte[ETag.MaxTextBytes];
            string text = Text(tag.AsSpan(0, _record.ETag.Format(tag)));
            return All(
                $"If-Match: \"{text}\"\r\nIf-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT", $"If-None-Match: W/\"{text}\", \"x\"",
                $"If-Range: \"{text}\"\r\nRange: bytes=0-1", "If-Modified-Since: Sun Nov  6 08:49:37 2094\r\nIf-None-Match: *",
                $"x-amz-copy-source-if-match: {text}\r\nx-amz-copy-source-if-modified-since: Sunday, 06-Nov-94 08:49:37 GMT");
        }
    }

    public override IEnumerable<byte[]> Tokens => All(
        "\r\n", "If-Match: ", "If-None-Match: ", "If-Range: ", "If-Modified-Since: ", "If-Unmodified-Since: ", "*", "W/", "\"", "\"\"", ",",
        "Sun, 06 Nov 1994 08:49:37 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT",
        "x-amz-copy-source-if-none-match: *");

    public override ulong Run(byte[] input)
    {
        var signature = new OutcomeSignature();
        if (Begin(input) is not { } request)
            return signature.Value;
        signature.Add((int)ReadConditions.OfTarget.Evaluate(request.Head, _record));
        signature.Add((int)ReadConditions.OfCopySource.Evaluate(request.Head, _record));
        signature.Add(ReadConditions.RangeApplies(request.Head, _record));
        WriteCondition? condition = WriteCondition.Of(request.Head);
        signature.Add(condition is null ? -1 : (int)condition.Check(_record));
        signature.Add(condition is null ? -1 : (int)condition.Check(null));
        request.Dispose();
        return signature.Value;
    }
}

/// <summary>x-amz-copy-source and its range. The input is the two values, separated by a line's end.</summary>
internal sealed class CopySourceTarget : HeaderTarget
{
    public CopySourceTarget() => Server.PutAsync("key", "a/b?c").GetAwaiter().GetResult();

    public override string Name => "copy-source";

    protected override string RequestLine => "PUT /bucket/copy HTTP/1.1";

    public override IEnumerable<byte[]> Seeds => All(
        "bucket/key", "/bucket/key?versionId=null\nbytes=0-3", "bucket%2Fkey\nbytes=5-4",
        "/bucket/a%2Fb%3Fc\nbytes=0-99999999999999999999");

    public override IEnumerable<byte[]> Tokens => All(
        "/", "//", "..", "?", "?versionId=", "null", "%2F", "%00", "%C0%AF", "%", "+", "\nbytes=", "-", "0", "arn:aws:s3:::bucket/key");

    public override ulong Run(byte[] input)
    {
        var signature = new OutcomeSignature();
        string[] values = Text(input).Split('\n', 2);
        string range = values.Length > 1 ? $"\r\nx-amz-copy-source-range: {values[1]}" : "";
        if (Begin(Bytes($"x-amz-copy-source: {values[0]}{range}")) is not { } request)
            return signature.Value;
        S3Error? error = CopySource.Find(request, out CopySource? source);
        Oracle.Holds(error is null == source is not null, "A source is found or refused.");
        signature.Add(error?.Code ?? "");
        if (source is not null)
        {
            string key = Encoding.UTF8.GetString(source.Key);
            Oracle.Holds(key is "key" or "a/b?c", "Only what is there is found.");
            S3Error? rangeError = source.ReadRange(request.Head, out long offset, out long length);
            Oracle.Holds(
                rangeError is not null || (offset >= 0 && length >= 0 && offset + length <= source.Record.SizeBytes),
                    "A range lies in its source.");
            signature.Add(key);
            signature.Add(rangeError?.Message.Length ?? 0);
        }

        request.Dispose();
        return signature.Value;
    }
}
