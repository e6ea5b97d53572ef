using System.Buffers;
using System.Diagnostics;
using RustFs.Http1;
using RustFs.Storage;

namespace RustFs.S3;

/// <summary>
/// Writes one response: status, fields, then a body from memory or in pieces. The head stands in a pooled buffer that small bodies share,
/// so that head and body leave in one send. One per connection, reused. Not thread-safe.
/// </summary>
public sealed class S3Response(DateHeaderClock clock, IWire wire, MemoryBudget memory)
{
    // The digits stand for those of the request's id.
    private static ReadOnlySpan<byte> IdLine => "Server: RustFs\r\nx-amz-request-id: 0000000000000000\r\n"u8;
    private const int IdAt = 34;

    private byte[]? _buffer;
    private int _headLength;

    // What the buffer has beyond the room of a head, which every request holds.
    private int _countedBytes;
    private bool _isHead;
    private RequestId _id;

    /// <summary>0 until <see cref="Begin"/>.</summary>
    public int StatusCode { get; private set; }

    /// <summary>True once bytes went to the client: an error can then only end the connection.</summary>
    public bool HasStarted { get; private set; }

    /// <summary>True when the connection broke or a body could not be finished: it must be closed.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Body bytes sent.</summary>
    public long BodyBytes { get; private set; }

    /// <summary>Set by whoever decides that the connection ends after this response; adds "Connection: close".</summary>
    public bool ClosesConnection { get; set; }

    internal void Reset(RequestId id, bool isHead)
    {
        _id = id;
        _isHead = isHead;
        StatusCode = 0;
        HasStarted = false;
        IsBroken = false;
        BodyBytes = 0;
        ClosesConnection = false;
        _headLength = 0;
    }

    /// <summary>Starts the head anew: status line, Date, request id.</summary>
    public void Begin(int statusCode)
    {
        Debug.Assert(!HasStarted);
        _buffer ??= ArrayPool<byte>.Shared.Rent(S3Limits.ResponseHeadBytes);
        StatusCode = statusCode;
        Span<byte> idLine = stackalloc byte[IdLine.Length];
        IdLine.CopyTo(idLine);
        _id.Write(idLine[IdAt..]);
        var writer = new ResponseHeadWriter(_buffer);
        writer.Status(statusCode);
        writer.Raw(clock.Line);
        writer.Raw(idLine);
        Take(in writer, 0);
    }

    public void Header(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var writer = new ResponseHeadWriter(_buffer.AsSpan(_headLength));
        writer.Header(name, value);
        Take(in writer, _headLength);
    }

    /// <summary>A field that may be missing: left out where the head, or what ends it, would not fit any more.</summary>
    internal void HeaderIfRoom(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (S3Limits.ResponseHeadBytes - _headLength >= name.Length + value.Length + S3Limits.LastFieldsBytes)
            Header(name, value);
    }

    public void Header(ReadOnlySpan<byte> name, long value)
    {
        var writer = new ResponseHeadWriter(_buffer.AsSpan(_headLength));
        writer.Header(name, value);
        Take(in writer, _headLength);
    }

    /// <summary>Field lines that another response has rendered.</summary>
    internal void Fields(ReadOnlySpan<byte> fieldLines)
    {
        var writer = new ResponseHeadWriter(_buffer.AsSpan(_headLength));
        writer.Raw(fieldLines);
        Take(in writer, _headLength);
    }

    /// <summary>Where the next field will stand, for <see cref="FieldsSince"/>.</summary>
    internal int FieldMark => _headLength;

    /// <summary>The field lines written since a mark was taken.</summary>
    internal ReadOnlySpan<byte> FieldsSince(int mark) => _buffer.AsSpan(mark, _headLength - mark);

    public void DateHeader(ReadOnlySpan<byte> name, long unixMs)
    {
        var writer = new ResponseHeadWriter(_buffer.AsSpan(_headLength));
        writer.DateHeader(name, DateTimeOffset.FromUnixTimeMilliseconds(unixMs));
        Take(in writer, _headLength);
    }

    /// <summary>An ETag field, with the quotes that RFC 9110 §8.8.3 asks for.</summary>
    public void ETagHeader(ETag tag)
    {
        Span<byte> text = stackalloc byte[ETag.MaxTextBytes + 2];
        text[0] = (byte)'"';
        int length = tag.Format(text[1..]);
        text[length + 1] = (byte)'"';
        Header("ETag"u8, text[..(length + 2)]);
    }

    /// <summary>A field whose value is a version id.</summary>
    public void VersionHeader(ReadOnlySpan<byte> name, VersionId id)
    {
        Span<byte> text = stackalloc byte[VersionId.MaxTextBytes];
        Header(name, text[..id.Format(text)]);
    }

    /// <summary>
    /// Ends the head with a Content-Length and no body bytes yet. Returns the room behind it, for a body that fits: then <see
    /// cref="SendWithRoomAsync"/>. Empty when there is no memory for that: the body must then be sent in pieces.
    /// </summary>
    public Memory<byte> EndHead(long contentLengthBytes, int roomBytes)
    {
        EndFields(contentLengthBytes);
        return TryEnsureRoom(roomBytes) ? _buffer.AsMemory(_headLength, roomBytes) : default;
    }

    /// <summary>Sends the head and the first bytes of the room that <see cref="EndHead"/> gave.</summary>
    public ValueTask<bool> SendWithRoomAsync(int bodyBytes) => SendAsync(_buffer.AsMemory(0, _headLength + bodyBytes), default, bodyBytes);

    /// <summary>Sends the head that <see cref="EndHead"/> ended together with the first piece of the body, which lies elsewhere.</summary>
    public ValueTask<bool> SendEndedAsync(ReadOnlyMemory<byte> piece) => SendAsync(_buffer.AsMemory(0, _headLength), piece, piece.Length);

    /// <summary>
    /// Ends the head and sends it with a small body in one piece of memory: the copy costs less than a second piece in the send.
    /// </summary>
    public ValueTask<bool> SendCopyAsync(ReadOnlyMemory<byte> body)
    {
        Memory<byte> room = EndHead(body.Length, body.Length);
        if (room.IsEmpty)
            return SendEndedAsync(body);
        body.Span.CopyTo(room.Span);
        return SendWithRoomAsync(body.Length);
    }

    /// <summary>Ends the head and sends it with a whole body; HEAD requests send no body.</summary>
    public ValueTask<bool> SendAsync(ReadOnlyMemory<byte> body)
    {
        EndFields(body.Length);
        return _isHead
            ? SendAsync(_buffer.AsMemory(0, _headLength), default, 0)
            : SendAsync(_buffer.AsMemory(0, _headLength), body, body.Length);
    }

    /// <summary>Ends the head and sends it alone: HEAD answers, and bodies that follow in pieces.</summary>
    public ValueTask<bool> SendHeadAsync(long contentLengthBytes)
    {
        EndFields(contentLengthBytes);
        return SendAsync(_buffer.AsMemory(0, _headLength), default, 0);
    }

    /// <summary>Ends the head without a Content-Length, as 204 and 304 have it, and sends it.</summary>
    public ValueTask<bool> SendEmptyAsync()
    {
        EndFields(-1);
        return SendAsync(_buffer.AsMemory(0, _headLength), default, 0);
    }

    /// <summary>Sends the next piece of a body whose head was sent.</summary>
    public ValueTask<bool> SendBodyAsync(ReadOnlyMemory<byte> piece)
    {
        Debug.Assert(HasStarted && !_isHead);
        return SendAsync(piece, default, piece.Length);
    }

    /// <summary>The body cannot be finished: the connection must end, so that a short body never looks whole.</summary>
    public void Break() => IsBroken = true;

    /// <summary>Gives the buffer back; the connection calls it after each request.</summary>
    internal void Release()
    {
        if (_buffer is null)
            return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        if (_countedBytes > 0)
            memory.Give(MemoryUse.Document, _countedBytes);
        _countedBytes = 0;
    }

    private async ValueTask<bool> Await(ValueTask<bool> sending)
    {
        bool sent = await sending.ConfigureAwait(false);
        IsBroken |= !sent;
        return sent;
    }

    private ValueTask<bool> SendAsync(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, long bodyBytes)
    {
        HasStarted = true;
        BodyBytes += bodyBytes;
        ValueTask<bool> sending = second.IsEmpty ? wire.SendAsync(first) : wire.SendAsync(first, second);
        if (!sending.IsCompletedSuccessfully)
            return Await(sending);
        bool sent = sending.Result;
        IsBroken |= !sent;
        return ValueTask.FromResult(sent);
    }

    private void EndFields(long contentLengthBytes)
    {
        var writer = new ResponseHeadWriter(_buffer.AsSpan(_headLength));
        if (contentLengthBytes >= 0)
            writer.Header("Content-Length"u8, contentLengthBytes);
        if (ClosesConnection)
            writer.Header("Connection"u8, "close"u8);
        writer.End();
        Take(in writer, _headLength);
    }

    private bool TryEnsureRoom(int roomBytes)
    {
        if (_buffer!.Length - _headLength >= roomBytes)
            return true;
        if (!memory.TryTake(MemoryUse.Document, roomBytes))
            return false;
        _countedBytes += roomBytes;
        byte[] larger = ArrayPool<byte>.Shared.Rent(_headLength + roomBytes);
        _buffer.AsSpan(0, _headLength).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
        return true;
    }

    private void Take(in ResponseHeadWriter writer, int start)
    {
        // The limits on stored fields keep every head below ResponseHeadBytes: an overflow is a defect, not an input.
        if (writer.Overflowed)
            throw new InvalidOperationException("The response head is larger than S3Limits.ResponseHeadBytes.");
        _headLength = start + writer.WrittenBytes;
    }
}
