using System.Buffers;

namespace RustFs.Http1;

/// <summary>
/// Host = uri-host [ ":" port ] (RFC 9110 §7.2); uri-host = IP-literal / IPv4address / reg-name (RFC 3986 §3.2.2).
/// A host name may not be empty: http and https need one (RFC 9110 §4.2.1).
/// </summary>
internal static class HostField
{
    private const int MaxPort = 65535;

    // unreserved and sub-delims of RFC 3986 §2.2 and §2.3, and the percent sign of pct-encoded. IPv4 addresses are a subset.
    private static readonly SearchValues<byte> RegName =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=%"u8);

    // IPv6address; IPvFuture and zone identifiers (RFC 6874) mean nothing to a server's Host.
    private static readonly SearchValues<byte> IPv6 = SearchValues.Create("0123456789abcdefABCDEF:."u8);

    public static bool IsValid(ReadOnlySpan<byte> value)
    {
        int hostLength;
        if (value is [(byte)'[', ..])
        {
            int close = value.IndexOf((byte)']');
            // "::" is the shortest address.
            if (close < 3 || value[1..close].ContainsAnyExcept(IPv6) || !value[1..close].Contains((byte)':'))
            {
                return false;
            }

            hostLength = close + 1;
        }
        else
        {
            hostLength = value.IndexOfAnyExcept(RegName);
            hostLength = hostLength < 0 ? value.Length : hostLength;
            if (hostLength == 0 || !PercentSignsAreFollowedByHex(value[..hostLength]))
            {
                return false;
            }
        }

        return hostLength == value.Length || (value[hostLength] == (byte)':' && IsPort(value[(hostLength + 1)..]));
    }

    /// <summary>port = *DIGIT (RFC 3986 §3.2.3): it may be empty.</summary>
    private static bool IsPort(ReadOnlySpan<byte> text)
    {
        int port = 0;
        foreach (byte digit in text)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            port = port * 10 + (digit - '0');
            if (port > MaxPort)
            {
                return false;
            }
        }

        return true;
    }

    private static bool PercentSignsAreFollowedByHex(ReadOnlySpan<byte> host)
    {
        for (int percent = host.IndexOf((byte)'%'); percent >= 0; percent = host.IndexOf((byte)'%'))
        {
            if (host.Length < percent + 3
                || !char.IsAsciiHexDigit((char)host[percent + 1]) || !char.IsAsciiHexDigit((char)host[percent + 2]))
            {
                return false;
            }

            host = host[(percent + 3)..];
        }

        return true;
    }
}
