using RustFs.Storage;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>Bytes of an object or part: which pattern, how many, and from where in it.</summary>
internal readonly record struct ModelBody(long Content, long LengthBytes, long From = 0);

/// <summary>
/// One state of a key. The tag and the fields each carry the number of the step that set them, so that no two states look alike;
/// of an appended object the tag is the lower half of what the engine made of the tags before.
/// </summary>
internal sealed record ModelObject(long Tag, long Fields, IReadOnlyList<ModelBody> Bodies, int PartCount)
{
    // What each body of an encrypted object takes beyond its bytes, unless it is empty: to the engine these are only more of them.
    private const int EnvelopeBytes = 16;

    public bool IsEncrypted { get; init; }

    public long SizeBytes => Bodies.Sum(body => body.LengthBytes);

    /// <summary>What the engine keeps for it and gives back: of an encrypted object more than its bytes.</summary>
    public ModelObject Stored => !IsEncrypted ? this : this with
    {
        IsEncrypted = false,
        // A pattern of its own, so that a body that is shifted by it cannot pass for right.
        Bodies = [.. Bodies.Where(body => body.LengthBytes > 0)
            .SelectMany(body => (ModelBody[])[body, new ModelBody(~body.Content, EnvelopeBytes)])],
    };

    /// <summary>What a range of it is made of.</summary>
    public List<ModelBody> Slice(long offset, long lengthBytes)
    {
        var slice = new List<ModelBody>();
        long start = 0;
        foreach (ModelBody body in Bodies)
        {
            long from = Math.Max(offset, start), to = Math.Min(offset + lengthBytes, start + body.LengthBytes);
            if (from < to) slice.Add(body with { LengthBytes = to - from, From = body.From + from - start });
            start += body.LengthBytes;
        }
        return slice;
    }

    public byte[] Bytes(long offset, long lengthBytes)
    {
        byte[] bytes = new byte[lengthBytes];
        long start = 0;
        foreach (ModelBody body in Bodies)
        {
            long from = Math.Max(offset, start), to = Math.Min(offset + lengthBytes, start + body.LengthBytes);
            Span<byte> room = from < to ? bytes.AsSpan((int)(from - offset), (int)(to - from)) : default;
            PatternedContent.Fill(body.Content, body.From + from - start, room);
            start += body.LengthBytes;
        }
        return bytes;
    }
}

/// <summary>
/// An upload in progress. A part has several states only after a write whose outcome is not known; the last is the newest, null is "none".
/// </summary>
internal sealed class ModelUpload(byte[] key, UploadId id)
{
    public byte[] Key => key;
    public UploadId Id => id;
    public SortedDictionary<int, List<ModelBody?>> Parts { get; } = [];

    /// <summary>A complete or abort was tried whose outcome is not known.</summary>
    public bool IsInDoubt { get; set; }

    /// <summary>The tag that the object has if that complete took place.</summary>
    public long CompletingTag { get; set; }
}

/// <summary>The semantics of one bucket, without any storage: what each key and upload may be, and what a listing must show.</summary>
internal sealed class ModelBucket
{
    public SortedDictionary<byte[], List<ModelObject?>> Objects { get; } = new(ByteOrder.Instance);
    public List<ModelUpload> Uploads { get; } = [];

    /// <summary>Uploads that may have been created without their ids having been heard.</summary>
    public int UploadsInDoubt { get; set; }

    public bool IsCertain => UploadsInDoubt == 0 && Objects.Values.All(states => states.Count == 1)
        && Uploads.All(upload => !upload.IsInDoubt && upload.Parts.Values.All(states => states.Count == 1));

    public IReadOnlyList<ModelObject?> StatesOf(byte[] key) => Objects.TryGetValue(key, out List<ModelObject?>? states) ? states : [null];

    public void Set(byte[] key, ModelObject? state) => Objects[key] = [state];

    /// <summary>A write ended without saying whether it took place.</summary>
    public void Add(byte[] key, ModelObject? state)
    {
        if (!Objects.TryGetValue(key, out List<ModelObject?>? states)) Objects[key] = states = [null];
        if (!states.Contains(state)) states.Add(state);
    }

    /// <summary>What lists: keys that exist, in order. Only where all is certain.</summary>
    public IEnumerable<(byte[] Key, ModelObject State)> Existing()
    {
        foreach ((byte[] key, List<ModelObject?> states) in Objects)
        {
            if (states[0] is { } state) yield return (key, state);
        }
    }
}

internal sealed class ByteOrder : IComparer<byte[]>
{
    public static readonly ByteOrder Instance = new();
    public int Compare(byte[]? left, byte[]? right) => left.AsSpan().SequenceCompareTo(right);
}

/// <summary>One entry of a page: a key, or the common prefix of several.</summary>
internal readonly record struct ModelListEntry<T>(byte[] Name, bool IsPrefix, T? Value);

/// <summary>The rules of a page, said as plainly as can be: take all, sort, fold, cut.</summary>
internal static class ModelListing
{
    /// <param name="entries">In order.</param>
    /// <param name="isAfter">Whether an entry comes after the page's marker.</param>
    public static (List<ModelListEntry<T>> Page, bool IsTruncated) Page<T>(
        IEnumerable<(byte[] Key, T Value)> entries, byte[] prefix, byte[] delimiter, byte[] after, int max, Func<byte[], T, bool> isAfter)
    {
        var all = new List<ModelListEntry<T>>();
        foreach ((byte[] key, T value) in entries)
        {
            if (!key.AsSpan().StartsWith(prefix) || !isAfter(key, value)) continue;
            int at = delimiter.Length == 0 ? -1 : key.AsSpan(prefix.Length).IndexOf(delimiter);
            if (at < 0)
            {
                all.Add(new ModelListEntry<T>(key, false, value));
                continue;
            }
            byte[] common = key[..(prefix.Length + at + delimiter.Length)];
            if (common.AsSpan().SequenceEqual(after)) continue;
            if (all.Count > 0 && all[^1].IsPrefix && all[^1].Name.AsSpan().SequenceEqual(common)) continue;
            all.Add(new ModelListEntry<T>(common, true, default));
        }
        if (max <= 0) return ([], false);
        return (all.Take(max).ToList(), all.Count > max);
    }
}
