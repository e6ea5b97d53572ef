using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using RustFs.Http1;
using RustFs.S3;
using RustFs.S3.Listing;
using RustFs.S3.Routing;
using RustFs.Signing;
using RustFs.Storage;

namespace RustFs.Tests.Hostile.Targets;

/// <summary>Path and query of a request: RequestTarget and QueryParameters against decoders written for comparison.</summary>
internal sealed class RequestTargetTarget : FuzzTarget
{
    private static readonly ServerDomains Domains = new(["s3.test"]);

    private readonly RequestHead _head = new();
    private readonly RequestTarget _target = new();
    private readonly QueryParameters _query = new();

    public override string Name => "request-target";
    public override int MaxInputBytes => 4096;
    public override int ShortFormExecutions => 15_000;

    public override IEnumerable<byte[]> Seeds => All(
        "/", "/bucket", "/bucket/", "/bucket/key?a=b&c", "/bucket/%C3%A9/../%2F%00?x=%41+b&&=&prefix=%FF", "/b/" + new string('k', 1024),
        "/%62ucket/k", "/b/%ED%A0%80", "/b/%C0%AF");

    public override IEnumerable<byte[]> Tokens => All(
        "/", "//", "/../", "?", "&", "=", "%", "%00", "%2F", "%C0%AF", "%ED%A0%80", "%F4%90%80%80", "%zz", "%4", "+", new string('k',
        600), "%41");

    public override ulong Run(byte[] input)
    {
        byte[] visible = [.. input.Where(value => value is > 0x20 and not 0x7F and not (byte)'#')];
        bool isVirtualHosted = FuzzRandom.Of(input).OneIn(4);
        byte[] head = [.. "GET /"u8, .. visible, .. Bytes($" HTTP/1.1\r\nHost: {(isVirtualHosted ? "Bucket.s3.test" : "h")}\r\n\r\n")];
        ParseStatus status = RequestHeadParser.Parse(head, _head, out _, out _);
        Oracle.Holds(status == ParseStatus.Done, "Visible bytes make a target.");
        S3Error? error = _target.Resolve(_head, Domains);
        if (error is null && _target.Kind == TargetKind.Object)
            CheckKey(isVirtualHosted);
        bool hasQuery = _query.TryReset(_head);
        if (hasQuery)
            CheckQuery();

        var signature = new OutcomeSignature();
        signature.Add(error?.Code ?? "");
        signature.Add((int)_target.Kind);
        signature.AddMagnitude(_target.Key.Length);
        signature.AddMagnitude(_target.Bucket.Length);
        signature.Add(hasQuery);
        signature.AddMagnitude(_query.Count);
        return signature.Value;
    }

    private void CheckKey(bool isVirtualHosted)
    {
        string path = Text(_head.Path)[1..];
        string encoded = isVirtualHosted ? path : path[(path.IndexOf('/') + 1)..];
        byte[]? key = Decode(encoded, plusIsSpace: false);
        Oracle.Holds(key is { Length: > 0 and <= 1024 }, "A key has 1 to 1,024 bytes.");
        Oracle.Same(key, _target.Key.Span, "The key is decoded once, and nothing of it is normalised.");
        Oracle.Holds(Convert.ToHexString(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(key))) == Convert.ToHexString(key),
            "A key is UTF-8.");
        Oracle.Holds(!isVirtualHosted || _target.Bucket.SequenceEqual("bucket"u8), "The bucket is the host's.");
    }

    private void CheckQuery()
    {
        string[] pairs = Text(_head.Query).Split('&', StringSplitOptions.RemoveEmptyEntries);
        Oracle.Holds(pairs.Length == _query.Count, "There are as many parameters as pairs.");
        for (int i = 0; i < pairs.Length; i++)
        {
            string name = pairs[i].Split('=')[0];
            string value = pairs[i].Contains('=') ? pairs[i][(name.Length + 1)..] : "";
            Oracle.Holds(Text(_query.RawName(i)) == name && Text(_query.RawValue(i)) == value, "A pair is split at its first equals sign.");
            if (_query.IndexOf(Bytes(name)) != i)
                continue;
            bool isDecoded = _query.TryDecode(Bytes(name), out byte[]? decoded);
            byte[]? expected = Decode(value, plusIsSpace: true);
            Oracle.Holds(isDecoded == expected is not null, "Both decoders refuse the same escapes.");
            Oracle.Holds(expected is null || expected.AsSpan().SequenceEqual(decoded), "Both decoders read the same value.");
            _query.TryGetInt32(Bytes(name), out int? number);
            Oracle.Holds(
                number is null || BigInteger.Parse(value, CultureInfo.InvariantCulture) == number, "A number is what its digits say.");
        }
    }

    /// <summary>Percent-decoding by the letter; null when an escape is broken.</summary>
    private static byte[]? Decode(string text, bool plusIsSpace)
    {
        var decoded = new List<byte>();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                decoded.Add(plusIsSpace && text[i] == '+' ? (byte)' ' : (byte)text[i]);
                continue;
            }

            if (i + 2 >= text.Length || !Uri.IsHexEncoding(text, i))
                return null;
            decoded.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
            i += 2;
        }

        return [.. decoded];
    }
}

/// <summary>RangeHeader against numbers of any size.</summary>
internal sealed partial class RangeTarget : FuzzTarget
{
    private static readonly long[] Sizes = [0, 1, 10, 1000, long.MaxValue];

    public override string Name => "range";
    public override int MaxInputBytes => 96;
    public override int ShortFormExecutions => 15_000;

    public override IEnumerable<byte[]> Seeds => All("bytes=0-9", "bytes=-5", "bytes=5-", "Bytes=0-0,2-3", "bytes=9223372036854775807-");
    public override IEnumerable<byte[]> Tokens => All("bytes=", "-", ",", " ", "=", "--", "BYTES=");

    public override ulong Run(byte[] input)
    {
        var signature = new OutcomeSignature();
        foreach (long size in Sizes)
        {
            RangeHeader.Result result = RangeHeader.Resolve(input, size, out long offset, out long length);
            Oracle.Holds(offset >= 0 && length >= 0 && offset <= size - length, "A range lies inside its object.");
            Oracle.Holds((result, offset, length) == Reference(Text(input), size), "The range is what its numbers say.");
            signature.Add((int)result);
            signature.AddMagnitude(offset);
            signature.AddMagnitude(length);
        }

        return signature.Value;
    }

    private static (RangeHeader.Result, long, long) Reference(string text, long size)
    {
        Match match = OneRange().Match(text);
        string firstText = match.Groups[1].Value;
        string lastText = match.Groups[2].Value;
        if (!match.Success || (firstText is "" && lastText is ""))
            return (RangeHeader.Result.Whole, 0, size);
        BigInteger last = lastText is "" ? size - 1 : BigInteger.Parse(lastText, CultureInfo.InvariantCulture);
        BigInteger first = firstText is "" ? BigInteger.Max(0, size - last) : BigInteger.Parse(firstText, CultureInfo.InvariantCulture);
        // Beyond 63 bits numbers count as the largest that fits: then even a first one above the last is satisfied by neither.
        if (firstText is not "" && lastText is not "" && BigInteger.Min(first, long.MaxValue) > BigInteger.Min(last, long.MaxValue))
            return (RangeHeader.Result.Whole, 0, size);
        BigInteger end = firstText is "" ? size : BigInteger.Min(last + 1, size);
        return end > first ? (RangeHeader.Result.Partial, (long)first, (long)(end - first)) : (RangeHeader.Result.Unsatisfiable, 0, 0);
    }

    [GeneratedRegex(@"\A(?i:bytes)=([0-9]*)-([0-9]*)\z", RegexOptions.CultureInvariant)]
    private static partial Regex OneRange();
}

/// <summary>The dates of HTTP and of signatures, against the framework's own parser.</summary>
internal sealed class DateTarget : FuzzTarget
{
    private const string ImfFixdate = "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'";
    private const string IsoBasic = "yyyyMMdd'T'HHmmss'Z'";

    public override string Name => "date";
    public override int MaxInputBytes => 64;
    public override int ShortFormExecutions => 15_000;

    public override IEnumerable<byte[]> Seeds => All(
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "20130524T000000Z",
        "Fri, 24 May 2013 00:00:00 -0000", "Thu, 29 Feb 2024 23:59:60 GMT");

    public override IEnumerable<byte[]> Tokens => All(
        "Jan", "Feb", "Mon", "Wednesday", "GMT", "UTC", "+0000", "0000", "9999", "31", "29", "24", "60", ":", "-", "T", "Z", " ", "  ");

    public override ulong Run(byte[] input)
    {
        string text = Text(input);
        bool isHttp = HttpDate.TryParse(input, out DateTimeOffset date);
        bool isImf = TryReference(text, ImfFixdate, out DateTimeOffset imf);
        Oracle.Holds(!isImf || (isHttp && date == imf), "An IMF-fixdate is read as the framework reads it.");
        byte[] written = new byte[HttpDate.LengthBytes];
        if (isHttp)
        {
            HttpDate.Write(date, written);
            Oracle.Holds(HttpDate.TryParse(written, out DateTimeOffset again) && again == date, "A date survives being written.");
            Oracle.Holds(TryReference(Text(written), ImfFixdate, out again) && again == date, "What is written is an IMF-fixdate.");
        }

        bool isIso = AmzTimestamp.TryParseIso(input, out AmzTimestamp timestamp);
        bool isBasic = TryReference(text, IsoBasic, out DateTimeOffset iso);
        Oracle.Holds(isIso == isBasic && (!isIso || timestamp.UnixSeconds == iso.ToUnixTimeSeconds()),
            "x-amz-date is read as the framework reads it.");
        bool isField = AmzTimestamp.TryParseDateField(input, out AmzTimestamp field);
        Oracle.Holds(!isImf || (isField && field.UnixSeconds == imf.ToUnixTimeSeconds()),
            "A signed Date is read as the framework reads it.");

        var signature = new OutcomeSignature();
        signature.Add(isHttp);
        signature.Add(isImf);
        signature.Add(isIso);
        signature.Add(isField);
        signature.Add(text.Length);
        signature.Add(isHttp ? date.Month : 0);
        return signature.Value;
    }

    /// <summary>Only what is spelt just so: the framework is laxer about case.</summary>
    private static bool TryReference(string text, string format, out DateTimeOffset date) =>
        DateTimeOffset.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out date)
        && date.ToString(format, CultureInfo.InvariantCulture) == text;
}

/// <summary>Short texts that come back: entity tags, upload ids, continuation tokens.</summary>
internal sealed class TokenTarget : FuzzTarget
{
    public override string Name => "token";
    public override int ShortFormExecutions => 15_000;

    public override IEnumerable<byte[]> Seeds => All(
        "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e-10000", "AWtleQ", ContinuationToken.Encode("a/b\u00E9"u8),
        "AQ==");

    public override IEnumerable<byte[]> Tokens => All("-", "-1", "-0", "=", "==", "AQ", "_", "%", " ", "\"");

    public override ulong Run(byte[] input)
    {
        bool isTag = ETag.TryParse(input, out ETag tag);
        if (isTag)
        {
            byte[] text = new byte[ETag.MaxTextBytes];
            Oracle.Holds(Text(text.AsSpan(0, tag.Format(text))) == Text(input).ToLowerInvariant(), "A tag comes back.");
        }

        bool isUpload = UploadId.TryParse(input, out UploadId id);
        Oracle.Holds(!isUpload || id.ToString() == Text(input).ToLowerInvariant(), "An upload id comes back.");
        bool isVersion = VersionId.TryParse(input, out VersionId version);
        Oracle.Holds(!isVersion || version.ToString() == Text(input).ToLowerInvariant(), "A version id comes back.");
        bool isMarker = VersionId.TryParseMarker(input, out VersionId marker);
        Oracle.Holds(!isMarker || marker.ToMarker() == Text(input).ToLowerInvariant(), "A version marker comes back.");
        Oracle.Holds(isMarker || !isVersion, "A version id is a marker.");
        bool isToken = ContinuationToken.TryDecode(input, out byte[] name);
        if (isToken)
        {
            Oracle.Holds(name.Length is > 0 and <= S3Limits.KeyBytes, "A token names a key.");
            Oracle.Same(Base64Url.DecodeFromChars(ContinuationToken.Encode(name)), Base64Url.DecodeFromUtf8(input), "A token comes back.");
        }

        if (input.Length is > 0 and <= S3Limits.KeyBytes)
        {
            Oracle.Holds(ContinuationToken.TryDecode(Bytes(ContinuationToken.Encode(input)), out byte[] decoded), "Any name has a token.");
            Oracle.Same(decoded, input, "Any name has a token.");
        }

        var signature = new OutcomeSignature();
        signature.Add(isTag);
        signature.Add(isUpload);
        signature.Add(isToken);
        signature.Add(tag.PartCount.ToString().Length);
        signature.AddMagnitude(name.Length);
        return signature.Value;
    }
}
