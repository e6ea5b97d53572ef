using System.Buffers;
using System.Text;
using System.Text.Unicode;
using RustFs.Http1;
using RustFs.S3.Body;
using RustFs.Storage;

namespace RustFs.S3.Forms;

/// <summary>
/// Reads a form from a request's body: first its fields, then its file piece by piece, which is never held whole. Open, read the fields,
/// open the file, read it to its end, dispose.
/// </summary>
internal sealed class FormReader : IDisposable
{
    private readonly RequestBody _body;
    private readonly MemoryBudget _memory;
    private readonly FormDecoder _decoder = new();
    private byte[] _window;

    // Received and not decoded; the file's bytes stand behind the fields.
    private int _start;
    private int _end;
    private int _fileStart;

    private long _receivedBytes;
    private long _maxFileBytes;
    private bool _isFileEnded;

    private FormReader(S3Request request, ReadOnlySpan<byte> boundary)
    {
        _body = request.Body;
        _memory = request.Service.Memory;
        _window = ArrayPool<byte>.Shared.Rent(S3Limits.FormWindowBytes);
        _decoder.Reset(boundary);
    }

    /// <summary>What went wrong while the file was read; null so far.</summary>
    public S3Error? Error { get; private set; }

    /// <summary>The name that the client gave its file; empty when it gave none.</summary>
    public string FileName { get; private set; } = "";

    /// <summary>An upper bound of the file's length, once it is open; its length when <see cref="IsFileLengthKnown"/>.</summary>
    public long FileBoundBytes { get; private set; }

    /// <summary>True for a file that was received whole when it was opened.</summary>
    public bool IsFileLengthKnown { get; private set; }

    /// <summary>How much of the file was read.</summary>
    public long FileBytes { get; private set; }

    private ReadOnlySpan<byte> Unread => _window.AsSpan(_start, _end - _start);

    /// <summary>Null when there is no memory for it.</summary>
    public static FormReader? TryOpen(S3Request request, ReadOnlySpan<byte> boundary) =>
        request.Service.Memory.TryTake(MemoryUse.Body, S3Limits.FormWindowBytes) ? new FormReader(request, boundary) : null;

    public void Dispose()
    {
        if (_window.Length == 0)
            return;
        ArrayPool<byte>.Shared.Return(_window);
        _memory.Give(MemoryUse.Body, S3Limits.FormWindowBytes);
        _window = [];
    }

    /// <summary>Reads all fields before the file, and the head of the file's part.</summary>
    public async ValueTask<S3Error?> ReadFieldsAsync(FormFields fields)
    {
        ReadOnlyMemory<byte> name = default;
        Range value = default;
        while (true)
        {
            int at = _start;
            FormDecoder.Status status = _decoder.Decode(Unread, out int consumed, out Range payload);
            _start += consumed;
            if (_start > S3Limits.FormFieldsBytes)
                return FormErrors.FieldsTooLong;
            switch (status)
            {
                case FormDecoder.Status.NeedMore:
                    if (_end - _decoder.HeldBackBytes > S3Limits.FormFieldsBytes)
                        return FormErrors.FieldsTooLong;
                    if (!await ReceiveAsync().ConfigureAwait(false))
                        return Error;
                    break;
                case FormDecoder.Status.PartHead:
                    S3Error? error = ReadHead(_window.AsMemory(at..)[payload], out name, out bool isFile);
                    if (error is not null || isFile)
                        return error;
                    value = default;
                    break;
                case FormDecoder.Status.PartData:
                    int start = value.Equals(default) ? at + payload.Start.Value : value.Start.Value;
                    value = start..(at + payload.End.Value);
                    break;
                case FormDecoder.Status.PartEnd:
                    error = fields.Add(name.Span, _window.AsSpan(value));
                    if (error is not null)
                        return error;
                    break;
                default:
                    return status == FormDecoder.Status.End ? FormErrors.NotOneFile : FormErrors.Malformed;
            }
        }
    }

    /// <summary>Finds out how long the file is, or at most is.</summary>
    /// <param name="maxBytes">What is longer is refused while it is read.</param>
    public async ValueTask<S3Error?> OpenFileAsync(long maxBytes)
    {
        _maxFileBytes = maxBytes;
        _fileStart = _start;
        int length;
        while ((length = _decoder.DataLength(Unread)) < 0 && _end < S3Limits.FormWindowBytes)
        {
            if (!await ReceiveAsync().ConfigureAwait(false))
                return Error;
        }

        IsFileLengthKnown = length >= 0;
        // The empty line before it, the delimiter behind it and the two hyphens that close the form are of no file.
        long rest = _body.LengthBytes!.Value - _receivedBytes + Unread.Length;
        FileBoundBytes = IsFileLengthKnown ? length : rest - "\r\n".Length - (_decoder.HeldBackBytes + 1) - "--".Length;
        return FileBoundBytes < 0 || (!IsFileLengthKnown && FileBoundBytes < Unread.Length - _decoder.HeldBackBytes - "\r\n".Length)
            ? FormErrors.Malformed
            : null;
    }

    /// <summary>Reads the next bytes of the file.</summary>
    /// <returns>At least 1; 0 at the end of the file and the form; −1 when <see cref="Error"/> is set.</returns>
    public async ValueTask<int> ReadFileAsync(Memory<byte> destination)
    {
        while (Error is null && !_isFileEnded)
        {
            int at = _start;
            FormDecoder.Status status = _decoder.Decode(Unread, out int consumed, out Range payload);
            if (status == FormDecoder.Status.PartData)
            {
                ReadOnlyMemory<byte> run = _window.AsMemory(at..)[payload];
                int length = Math.Min(run.Length, destination.Length);
                run.Span[..length].CopyTo(destination.Span);
                _start += consumed - (run.Length - length);
                FileBytes += length;
                if (FileBytes <= _maxFileBytes)
                    return length;
                Error = FormErrors.TooLarge(_maxFileBytes);
            }
            else if (status == FormDecoder.Status.NeedMore)
            {
                _start += consumed;
                await ReceiveAsync().ConfigureAwait(false);
            }
            else
            {
                _start += consumed;
                await EndAsync(status).ConfigureAwait(false);
            }
        }

        return Error is null ? 0 : -1;
    }

    /// <summary>Whether the file goes on; false also when <see cref="Error"/> is set.</summary>
    public async ValueTask<bool> HasMoreAsync()
    {
        while (Error is null && !_isFileEnded)
        {
            int length = _decoder.DataLength(Unread);
            if (length == 0)
                return await ReadFileAsync(default).ConfigureAwait(false) > 0;
            if (length > 0 || Unread.Length > _decoder.HeldBackBytes + "\r\n".Length)
                return true;
            await ReceiveAsync().ConfigureAwait(false);
        }

        return false;
    }

    /// <summary>
    /// Reads what follows the file: other fields, such as the button of AWS's example, which mean nothing there, and the close delimiter,
    /// without which the form is not whole.
    /// </summary>
    private async ValueTask EndAsync(FormDecoder.Status status)
    {
        long behindBytes = 0;
        while (Error is null && status != FormDecoder.Status.End)
        {
            int at = _start;
            status = _decoder.Decode(Unread, out int consumed, out Range payload);
            _start += consumed;
            behindBytes += consumed;
            if (status == FormDecoder.Status.PartHead)
            {
                Error = ReadHead(_window.AsMemory(at..)[payload], out _, out bool isFile);
                Error ??= isFile ? FormErrors.NotOneFile : null;
            }
            else if (status == FormDecoder.Status.Rejected)
                Error = FormErrors.Malformed;
            else if (behindBytes > S3Limits.FormFieldsBytes)
                Error = FormErrors.TooMuchBehindFile;
            else if (status == FormDecoder.Status.NeedMore)
                await ReceiveAsync().ConfigureAwait(false);
        }

        _isFileEnded = true;
    }

    private S3Error? ReadHead(ReadOnlyMemory<byte> lines, out ReadOnlyMemory<byte> name, out bool isFile)
    {
        name = default;
        isFile = false;
        if (!FormPartHead.TryParse(lines.Span, out FormPartHead head))
            return FormErrors.Malformed;
        name = lines.Slice(lines.Span.IndexOf(head.Name), head.Name.Length);
        isFile = Ascii.EqualsIgnoreCase(head.Name, "file"u8);
        if (isFile && !Utf8.IsValid(head.FileName))
            return FormErrors.Malformed;
        if (isFile)
            FileName = Encoding.UTF8.GetString(head.FileName);
        return null;
    }

    /// <summary>Receives more behind what is not decoded, once a file is read in the place of what was. False when Error is set.</summary>
    private async ValueTask<bool> ReceiveAsync()
    {
        if (_fileStart > 0 && _end == S3Limits.FormWindowBytes)
        {
            Unread.CopyTo(_window.AsSpan(_fileStart));
            _end -= _start - _fileStart;
            _start = _fileStart;
        }

        int length = await _body.ReadAsync(_window.AsMemory(_end, S3Limits.FormWindowBytes - _end)).ConfigureAwait(false);
        if (length <= 0)
        {
            Error = _body.Error ?? FormErrors.Malformed;
            return false;
        }

        _end += length;
        _receivedBytes += length;
        return true;
    }
}
