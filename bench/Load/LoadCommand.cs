using System.Diagnostics;
using System.Globalization;

namespace RustFs.Bench.Load;

/// <summary>
/// Loads a server with what wrk cannot send: GETs, PUTs or the parts of one multipart upload with large bodies, or the pages of a listing,
/// each of which names the next. One thread and one connection for each stream. Prints one line of JSON.
/// </summary>
internal static class LoadCommand
{
    /// <summary>AWS's limit on the number of parts: a stream that reaches it starts again at part 1.</summary>
    private const int PartsMax = 10_000;

    public static int Run(string[] arguments)
    {
        LoadOptions options = LoadOptions.Parse(arguments);
        byte[] pattern = LoadStream.BodyPattern();
        using var started = new Barrier(options.Connections + 1);
        long requests = 0, bytes = 0, keys = 0;
        var clock = new Stopwatch();
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, options.Connections).Select(number => new Thread(() =>
        {
            try
            {
                using var stream = new LoadStream(options.Url, pattern);
                using var load = new StreamLoad(options, stream, number);
                started.SignalAndWait();
                while (clock.Elapsed.TotalSeconds < options.Seconds)
                {
                    (long moved, int listed) = load.RunOnce();
                    Interlocked.Add(ref bytes, moved);
                    Interlocked.Add(ref keys, listed);
                    Interlocked.Increment(ref requests);
                }
            }
            catch (Exception exception)
            {
                if (Interlocked.CompareExchange(ref failure, exception, null) is null)
                    Console.Error.WriteLine(exception.Message);
                Environment.Exit(1);
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        started.SignalAndWait();
        clock.Start();
        foreach (Thread thread in threads)
            thread.Join();
        double seconds = clock.Elapsed.TotalSeconds;
        double rate = bytes / seconds / (1 << 20);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $$"""
            {"requests": {{requests}}, "bytes": {{bytes}}, "keys": {{keys}}, "seconds": {{seconds:0.000}}, "mib_per_second": {{rate:0.0}}}
            """));
        return 0;
    }

    /// <summary>One stream's requests.</summary>
    private sealed class StreamLoad : IDisposable
    {
        private readonly LoadOptions _options;
        private readonly LoadStream _stream;
        private readonly RequestText _text;
        private readonly string _path;
        private readonly string _uploadId = "";
        private readonly ListPages _pages;
        private int _partNumber;

        public StreamLoad(LoadOptions options, LoadStream stream, int number)
        {
            _options = options;
            _stream = stream;
            _text = new RequestText(options.Url, options.Credential);
            _path = options.Kind is LoadKind.Get or LoadKind.List ? options.Url.AbsolutePath : $"{options.Url.AbsolutePath}-{number}";
            _pages = new ListPages(options.Delimiter, options.StartAfter[number % options.StartAfter.Count]);
            if (options.Kind == LoadKind.Part)
                _uploadId = CreateUpload();
        }

        /// <summary>Returns the bytes of payload moved, and the keys and common prefixes listed.</summary>
        public (long Bytes, int Keys) RunOnce()
        {
            switch (_options.Kind)
            {
                case LoadKind.Get:
                    return (_stream.Exchange(_text.Head("GET", _path, "", null), 0).LengthBytes, 0);
                case LoadKind.Put:
                    _stream.Exchange(_text.Head("PUT", _path, "", _options.Bytes), _options.Bytes);
                    return (_options.Bytes, 0);
                case LoadKind.List:
                    ReadOnlySpan<byte> page = _stream.ExchangeWhole(_text.Head("GET", _path, _pages.NextQuery(), null));
                    return (page.Length, _pages.Read(page));
                default:
                    _partNumber = (_partNumber % PartsMax) + 1;
                    string query = $"partNumber={_partNumber}&uploadId={_uploadId}";
                    _stream.Exchange(_text.Head("PUT", _path, query, _options.Bytes), _options.Bytes);
                    return (_options.Bytes, 0);
            }
        }

        /// <summary>Leaves no upload behind.</summary>
        public void Dispose()
        {
            if (_uploadId.Length > 0)
                _stream.Exchange(_text.Head("DELETE", _path, $"uploadId={_uploadId}", null), 0);
        }

        private string CreateUpload()
        {
            string answer = _stream.Exchange(_text.Head("POST", _path, "uploads=", 0), 0).Start;
            int start = answer.IndexOf("<UploadId>", StringComparison.Ordinal) + "<UploadId>".Length;
            return answer[start..answer.IndexOf("</UploadId>", StringComparison.Ordinal)];
        }
    }
}
