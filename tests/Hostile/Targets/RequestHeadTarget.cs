using RustFs.Http1;
using RustFs.Tests.Http1;

namespace RustFs.Tests.Hostile.Targets;

/// <summary>RequestHeadParser against its own prefixes and against the grammar as regular expressions.</summary>
internal sealed class RequestHeadTarget : FuzzTarget
{
    // The expressions are slow: they judge one input in so many.
    private const int ReferenceEvery = 8;

    private readonly RequestHead _head = new();

    public override string Name => "request-head";
    public override int ShortFormExecutions => 20_000;

    public override IEnumerable<byte[]> Seeds => HttpMessages.ValidHeads.Select(Bytes);

    public override IEnumerable<byte[]> Tokens => All(
        "\r\n", "\n", "\r", "\r\n\r\n", " ", "\t", ":", ": ", "\r\n ", "\0", "Host: h\r\n", "Content-Length: 5\r\n",
        "Content-Length: 05\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Connection: close\r\n", "Connection: keep-alive\r\n", "Expect: 100-continue\r\n", " HTTP/1.1\r\n", " HTTP/1.0\r\n",
        " HTTP/0.9\r\n", " HTTP/2.0\r\n", "http://", "https://", "GET ", "PUT ", "POST ", "OPTIONS * ", "CONNECT a:1 ", "?", "#", "%00",
        "[::1]");

    public override ulong Run(byte[] input)
    {
        FuzzRandom random = FuzzRandom.Of(input);
        ParseStatus status = RequestHeadParser.Parse(input, _head, out int consumed, out RequestRejection rejection);
        Oracle.Holds(status == ParseStatus.Rejected == (rejection != RequestRejection.None), "A rejection has its reason.");
        Oracle.Holds(status == ParseStatus.Done ? consumed > 0 && consumed <= input.Length : consumed == 0,
            "Only a whole head is consumed.");
        ulong signature = Signature(status, consumed, rejection);
        if (status == ParseStatus.Done)
            CheckHead();
        if (random.OneIn(ReferenceEvery) && !IsLimit(rejection))
            CheckReference(input, status, consumed);
        CheckPrefix(input, status, consumed, rejection, random);
        return signature;
    }

    private static bool IsLimit(RequestRejection rejection) =>
        rejection is RequestRejection.RequestLineTooLong or RequestRejection.HeadTooLarge or RequestRejection.TooManyHeaders;

    private ulong Signature(ParseStatus status, int consumed, RequestRejection rejection)
    {
        var signature = new OutcomeSignature();
        signature.Add((int)status);
        signature.Add((int)rejection);
        if (status != ParseStatus.Done)
            return signature.Value;
        signature.AddMagnitude(consumed);
        signature.Add((int)_head.Method);
        signature.Add((int)_head.Framing);
        signature.Add(_head.MinorVersion);
        signature.Add(_head.KeepAlive);
        signature.Add(_head.ExpectContinue);
        signature.AddMagnitude(_head.ContentLength);
        signature.AddMagnitude(_head.HeaderCount);
        signature.AddMagnitude(_head.Query.Length);
        long known = 0;
        for (int i = 0; i < _head.HeaderCount; i++)
            known |= 1L << ((int)_head.HeaderId(i) & 63);
        signature.Add(known);
        return signature.Value;
    }

    private void CheckHead()
    {
        Oracle.Holds(
            _head.Path[0] == '/' || (_head.Path is [(byte)'*'] && _head.Method == RequestMethod.Options), "A path begins with a slash.");
        Oracle.Holds(!_head.Path.ContainsAnyInRange((byte)0, (byte)' ') && !_head.Query.ContainsAnyInRange((byte)0, (byte)' '),
            "No control character or space is part of a target.");
        Oracle.Holds(_head.ContentLength >= 0, "A length is not negative.");
        for (int i = 0; i < _head.HeaderCount; i++)
        {
            Oracle.Holds(ByteClasses.IsToken(_head.HeaderName(i)), "A field's name is a token.");
            Oracle.Holds(!_head.HeaderValue(i).ContainsAny(ByteClasses.Control), "A field's value holds no control character.");
        }
    }

    private void CheckReference(byte[] input, ParseStatus status, int consumed)
    {
        ReferenceHead? reference = ReferenceHead.Parse(Text(input));
        Oracle.Holds(status == ParseStatus.Done == (reference is not null), "The grammar and the parser accept the same heads.");
        if (reference is null)
            return;
        Oracle.Holds(reference.LengthBytes == consumed, "The head ends where the grammar ends it.");
        Oracle.Holds(reference.Method == Text(_head.MethodBytes) && reference.Path == Text(_head.Path)
            && reference.Query == Text(_head.Query),
            "The request line is read as the grammar does.");
        Oracle.Holds(reference.Framing == _head.Framing && reference.ContentLength == _head.ContentLength, "The framing is the grammar's.");
        Oracle.Holds(reference.Fields.Length == _head.HeaderCount, "There are as many fields as lines.");
        for (int i = 0; i < _head.HeaderCount; i++)
        {
            Oracle.Holds(reference.Fields[i].Name == Text(_head.HeaderName(i)).ToLowerInvariant()
                && reference.Fields[i].Value == Text(_head.HeaderValue(i)), "The fields are read as the grammar does.");
        }
    }

    private void CheckPrefix(byte[] input, ParseStatus status, int consumed, RequestRejection rejection, FuzzRandom random)
    {
        int length = status == ParseStatus.Done ? consumed - random.Next(2) : random.Next(input.Length + 1);
        ParseStatus prefixStatus = RequestHeadParser.Parse(input.AsMemory(0, length), _head, out int used, out RequestRejection reason);
        bool agrees = status switch
        {
            ParseStatus.Done => length == consumed ? used == consumed : prefixStatus == ParseStatus.NeedMore,
            ParseStatus.NeedMore => prefixStatus == ParseStatus.NeedMore,
            _ => prefixStatus == ParseStatus.NeedMore || reason == rejection,
        };
        Oracle.Holds(agrees, "A prefix is judged as the whole is, or needs more.");
    }
}
