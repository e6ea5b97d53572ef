using System.Numerics;
using System.Text.RegularExpressions;
using RustFs.Http1;

namespace RustFs.Tests.Http1;

/// <summary>The grammar of a head as regular expressions, for comparison with the parser. Slow, short and without limits.</summary>
internal sealed class ReferenceHead
{
    private const string Token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    private const string Host =
        @"(?:\[(?=[^\]]*:)[0-9A-Fa-f:.]{2,}\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)(?::(?<port>[0-9]*))?";

    private static readonly Regex HeadPattern = new(
        $@"\A(?:\r\n)*(?<method>{Token}) (?<target>[^\x00-\x20\x7F#]+) HTTP/1\.(?<minor>[01])\r\n"
        + $@"(?:(?<name>{Token}):(?<value>[^\x00-\x08\x0A-\x1F\x7F]*)\r\n)*\r\n",
        RegexOptions.CultureInvariant | RegexOptions.Compiled);

    private static readonly Regex HostPattern = new($@"\A{Host}\z", RegexOptions.CultureInvariant | RegexOptions.Compiled);
    private static readonly Regex OriginForm = new(@"\A(?<path>/[^?]*)(?:\?(?<query>.*))?\z", RegexOptions.Singleline);
    private static readonly Regex AbsoluteForm = new(
        $@"\A(?i:https?)://(?<authority>{Host})(?<path>/[^?]*)?(?:\?(?<query>.*))?\z", RegexOptions.Singleline);

    public required int LengthBytes { get; init; }
    public required string Method { get; init; }
    public required string Path { get; init; }
    public required string Query { get; init; }
    public required (string Name, string Value)[] Fields { get; init; }
    public required BodyFraming Framing { get; init; }
    public required long ContentLength { get; init; }

    /// <summary>Null when the text does not begin with a whole and valid head.</summary>
    public static ReferenceHead? Parse(string text)
    {
        Match match = HeadPattern.Match(text);
        if (!match.Success)
        {
            return null;
        }

        string method = match.Groups["method"].Value;
        bool isHttp10 = match.Groups["minor"].Value == "0";
        (string Name, string Value)[] fields =
        [
            .. match.Groups["name"].Captures.Zip(
                match.Groups["value"].Captures, (name, value) => (name.Value.ToLowerInvariant(), value.Value.Trim(' ', '\t'))),
        ];

        string[] hosts = ValuesOf(fields, "host");
        string[] lengths = ValuesOf(fields, "content-length");
        string[] codings = ValuesOf(fields, "transfer-encoding");
        if (hosts.Length > 1 || (hosts.Length == 0 && !isHttp10) || !hosts.All(IsHost)
            || lengths.Length + codings.Length > 1
            || !lengths.All(length => Regex.IsMatch(length, @"\A[0-9]+\z") && BigInteger.Parse(length) <= long.MaxValue)
            || !codings.All(coding => !isHttp10 && coding.Equals("chunked", StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        return SplitTarget(match.Groups["target"].Value, method, hosts.FirstOrDefault()) is not (string path, string query) ? null : new()
        {
            LengthBytes = match.Length,
            Method = method,
            Path = path,
            Query = query,
            Fields = fields,
            Framing = codings.Length > 0 ? BodyFraming.Chunked : lengths.Length > 0 ? BodyFraming.ContentLength : BodyFraming.None,
            ContentLength = lengths.Length > 0 ? long.Parse(lengths[0]) : 0,
        };
    }

    private static string[] ValuesOf((string Name, string Value)[] fields, string name) =>
        [.. fields.Where(field => field.Name == name).Select(field => field.Value)];

    private static bool IsHost(string text) =>
        HostPattern.Match(text) is { Success: true } match
        && (match.Groups["port"].Value is "" || BigInteger.Parse(match.Groups["port"].Value) <= 65535);

    private static (string Path, string Query)? SplitTarget(string target, string method, string? host)
    {
        if (target == "*" && method == "OPTIONS")
        {
            return ("*", "");
        }

        Match match = OriginForm.Match(target);
        if (!match.Success)
        {
            match = AbsoluteForm.Match(target);
            string authority = match.Groups["authority"].Value;
            if (!match.Success || !IsHost(authority) || (host != null && !authority.Equals(host, StringComparison.OrdinalIgnoreCase)))
            {
                return null;
            }
        }

        string path = match.Groups["path"].Value;
        return (path is "" ? "/" : path, match.Groups["query"].Value);
    }
}
