using System.Globalization;

namespace RustFs.Bench.Load;

/// <summary>
/// What to fill a volume with: <c>fill --directory D --bucket B --objects N --group G --body-every E --body-bytes L</c>.
/// </summary>
internal sealed record FillOptions
{
    /// <summary>A body no longer than an MD5: enough that each has an ETag, a checksum and a place of its own.</summary>
    public const int TinyBodyBytes = 16;

    public required string Directory { get; init; }
    public required string Bucket { get; init; }
    public required long Objects { get; init; }

    /// <summary>Objects that share a common prefix.</summary>
    public long Group { get; init; } = 100;

    /// <summary>Each so manieth object has a body of <see cref="BodyBytes"/>, the others have <see cref="TinyBodyBytes"/>.</summary>
    public long BodyEvery { get; init; } = 1;
    public int BodyBytes { get; init; } = 4096;

    public static FillOptions Parse(string[] arguments)
    {
        var values = new Dictionary<string, string>();
        for (int i = 0; i + 1 < arguments.Length; i += 2)
            values[arguments[i]] = arguments[i + 1];
        long Number(string name, long otherwise) =>
            values.TryGetValue(name, out string? text) ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        return new FillOptions
        {
            Directory = values["--directory"],
            Bucket = values["--bucket"],
            Objects = long.Parse(values["--objects"], CultureInfo.InvariantCulture),
            Group = Number("--group", 100),
            BodyEvery = Number("--body-every", 1),
            BodyBytes = (int)Number("--body-bytes", 4096),
        };
    }
}
