using System.Globalization;
using System.Numerics;
using RustFs.Signing;

namespace RustFs.Bench.Load;

/// <summary>What a stream does over and over.</summary>
internal enum LoadKind { Get, Put, Part, List }

/// <summary>
/// What to load a server with: <c>get|put|part|list --url U --connections N --seconds S --bytes B --access-key K --secret-key K
/// --delimiter D --start-after A,B,C</c>.
/// </summary>
internal sealed record LoadOptions
{
    private const long DefaultBytes = 256L << 20;

    public required LoadKind Kind { get; init; }

    /// <summary>
    /// Scheme http, a port and a path /bucket/key, or /bucket to list. Streams of put append -NUMBER to the key, so that each
    /// has one of its own.
    /// </summary>
    public required Uri Url { get; init; }
    public int Connections { get; init; } = 1;
    public double Seconds { get; init; } = 5;

    /// <summary>The length of each body sent.</summary>
    public long Bytes { get; init; } = DefaultBytes;

    /// <summary>Listings: a character that needs no escape in a query, or empty for none.</summary>
    public string Delimiter { get; init; } = "";

    /// <summary>Listings: where each stream begins, so that they do not walk side by side; they take turns when there are fewer.</summary>
    public IReadOnlyList<string> StartAfter { get; init; } = [""];

    /// <summary>Null sends unsigned requests, as a static file server wants them.</summary>
    public Credential? Credential { get; init; }

    public static LoadOptions Parse(string[] arguments)
    {
        if (arguments.Length == 0 || !Enum.TryParse(arguments[0], ignoreCase: true, out LoadKind kind))
            throw new ArgumentException("expected get, put, part or list");
        var values = new Dictionary<string, string>();
        for (int i = 1; i + 1 < arguments.Length; i += 2)
            values[arguments[i]] = arguments[i + 1];
        string? accessKey = values.GetValueOrDefault("--access-key");
        return new LoadOptions
        {
            Kind = kind,
            Url = new Uri(values["--url"]),
            Connections = Number(values, "--connections", 1),
            Seconds = Number(values, "--seconds", 5.0),
            Bytes = Number(values, "--bytes", DefaultBytes),
            Delimiter = values.GetValueOrDefault("--delimiter", ""),
            StartAfter = values.GetValueOrDefault("--start-after", "").Split(','),
            Credential = accessKey is null ? null : new Credential(accessKey, values["--secret-key"]),
        };
    }

    private static T Number<T>(Dictionary<string, string> values, string name, T otherwise)
        where T : INumber<T> => values.TryGetValue(name, out string? text) ? T.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
