using System.Text;

namespace RustFs.S3.Routing;

/// <summary>The domains under which <c>bucket.domain</c> addresses a bucket (RUSTFS_SERVER_DOMAINS). Immutable.</summary>
public sealed class ServerDomains(IEnumerable<string> domains)
{
    private readonly byte[][] _suffixes =
    [
        .. domains
            .Select(domain => Encoding.ASCII.GetBytes("." + domain.Trim().TrimStart('.').ToLowerInvariant()))
            .OrderByDescending(suffix => suffix.Length),
    ];

    public static ServerDomains None { get; } = new([]);

    public bool IsEmpty => _suffixes.Length == 0;

    /// <summary>The bucket label(s) before a configured domain; false when the host is the bare domain or another one.</summary>
    public bool TryFindBucket(ReadOnlySpan<byte> host, out ReadOnlySpan<byte> bucket)
    {
        bucket = default;
        if (_suffixes.Length == 0)
            return false;
        ReadOnlySpan<byte> name = WithoutPort(host);
        foreach (byte[] suffix in _suffixes)
        {
            if (name.Length <= suffix.Length || !Ascii.EqualsIgnoreCase(name[^suffix.Length..], suffix))
                continue;
            bucket = name[..^suffix.Length];
            return true;
        }

        return false;
    }

    /// <summary>The host without its port: <c>uri-host [ ":" port ]</c> (RFC 9110 §7.2), IPv6 literals in brackets.</summary>
    internal static ReadOnlySpan<byte> WithoutPort(ReadOnlySpan<byte> host)
    {
        int bracket = host.LastIndexOf((byte)']');
        int colon = host[(bracket + 1)..].IndexOf((byte)':');
        return colon < 0 ? host : host[..(bracket + 1 + colon)];
    }
}
