using System.Text;

namespace RustFs.Tests.Hostile;

/// <summary>Changes inputs: bits, bytes, tokens, splices, repetitions, and the numbers at which lengths overflow.</summary>
internal sealed class Mutator(FuzzRandom random, IEnumerable<byte[]> tokens, int maxBytes)
{
    private static readonly byte[][] Numbers =
    [
        .. new[]
        {
            "0", "1", "-1", "+1", "00", "255", "256", "1000", "1001", "10000", "10001", "65535", "65536", "2147483647", "2147483648",
            "4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e9", "0x10", "7fffffff",
            "FFFFFFFF", "7FFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFF", "99999999999999999999999999",
        }.Select(Encoding.ASCII.GetBytes),
    ];

    // Bytes at the borders of the classes that parsers tell apart.
    private static readonly byte[] Edges =
        [0, 1, 9, 10, 13, 31, 32, 34, 35, 37, 38, 43, 44, 45, 47, 48, 57, 58, 59, 60, 61, 63, 92, 127, 128, 0xBF, 0xC0, 0xED, 0xF4, 0xFF];

    private readonly byte[][] _tokens = [.. tokens];
    private readonly List<byte> _bytes = [];

    /// <param name="other">Another input, to splice with.</param>
    public byte[] Mutate(byte[] input, byte[] other)
    {
        _bytes.Clear();
        _bytes.AddRange(input);
        for (int changes = 1 + random.Next(random.OneIn(4) ? 8 : 3); changes > 0; changes--)
            Change(other);
        if (_bytes.Count > maxBytes)
            _bytes.RemoveRange(maxBytes, _bytes.Count - maxBytes);
        return [.. _bytes];
    }

    private void Change(byte[] other)
    {
        int at = random.Next(_bytes.Count + 1);
        if (at == _bytes.Count || random.OneIn(2))
        {
            Grow(at, other);
            return;
        }

        switch (random.Next(6))
        {
            case 0:
                _bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                _bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                _bytes[at] = Edges[random.Next(Edges.Length)];
                break;
            case 3:
                _bytes.RemoveRange(at, Math.Min(1 + random.Next(random.OneIn(4) ? 64 : 4), _bytes.Count - at));
                break;
            case 4:
                ReplaceNumber(at);
                break;
            default:
                if (random.OneIn(8))
                    _bytes.RemoveRange(at, _bytes.Count - at);
                else
                    _bytes[at] += (byte)(random.OneIn(2) ? 1 : 255);
                break;
        }
    }

    private void Grow(int at, byte[] other)
    {
        switch (random.Next(6))
        {
            case 0:
                _bytes.Insert(at, random.OneIn(2) ? Edges[random.Next(Edges.Length)] : (byte)random.Next(256));
                break;
            case 1:
                _bytes.InsertRange(at, Numbers[random.Next(Numbers.Length)]);
                break;
            case 2 when other.Length > 0:
                int start = random.Next(other.Length);
                _bytes.InsertRange(at, other.AsSpan(start, Math.Min(1 + random.Next(64), other.Length - start)).ToArray());
                break;
            case 3 when other.Length > 0:
                // The front of one input and the back of the other.
                _bytes.RemoveRange(at, _bytes.Count - at);
                _bytes.AddRange(other.AsSpan(random.Next(other.Length)));
                break;
            case 4 when at < _bytes.Count:
                byte[] piece = [.. _bytes.GetRange(at, Math.Min(1 + random.Next(32), _bytes.Count - at))];
                for (int times = random.OneIn(8) ? 1 + random.Next(64) : 1; times > 0; times--)
                    _bytes.InsertRange(at, piece);
                break;
            default:
                if (_tokens.Length > 0)
                    _bytes.InsertRange(at, _tokens[random.Next(_tokens.Length)]);
                break;
        }
    }

    /// <summary>Puts an edge in the place of the hexadecimal digits around a position.</summary>
    private void ReplaceNumber(int at)
    {
        int start = at;
        int end = at;
        while (start > 0 && char.IsAsciiHexDigit((char)_bytes[start - 1]))
            start--;
        while (end < _bytes.Count && char.IsAsciiHexDigit((char)_bytes[end]))
            end++;
        _bytes.RemoveRange(start, end - start);
        _bytes.InsertRange(start, Numbers[random.Next(Numbers.Length)]);
    }
}
