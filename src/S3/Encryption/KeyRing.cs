using System.Diagnostics.CodeAnalysis;
using System.Text;
using RustFs.Storage;

namespace RustFs.S3.Encryption;

/// <summary>
/// The keys that the server was started with. The first is the one of SSE-S3; of several with one name the first is the one that SSE-KMS
/// uses. The others are for what was written before them. Immutable.
/// </summary>
public sealed class KeyRing
{
    /// <summary>A ring is searched from its start for each request; and nobody needs more.</summary>
    private const int MaxKeys = 1000;

    private readonly IReadOnlyList<ServerKey> _keys;

    private KeyRing(IReadOnlyList<ServerKey> keys) => _keys = keys;

    public static KeyRing Empty { get; } = new([]);

    public bool IsEmpty => _keys.Count == 0;

    /// <summary>The key of SSE-S3, and of SSE-KMS without a key id.</summary>
    public ServerKey? Master => _keys.Count == 0 ? null : _keys[0];

    /// <summary>The key that SSE-KMS uses by that name.</summary>
    public ServerKey? Find(ReadOnlySpan<byte> name)
    {
        foreach (ServerKey key in _keys)
        {
            if (Ascii.Equals(name, key.Name))
                return key;
        }

        return null;
    }

    /// <summary>The key that a data key was wrapped with.</summary>
    public ServerKey? FindByCheck(ReadOnlySpan<byte> check)
    {
        foreach (ServerKey key in _keys)
        {
            if (check.SequenceEqual(key.Check))
                return key;
        }

        return null;
    }

    /// <summary>One key, as RUSTFS_MASTER_KEY gives it. Null with an error that does not show it.</summary>
    public static KeyRing? OfMaster(string base64, out string error)
    {
        error = "expected the base64 form of 32 random bytes, as `openssl rand -base64 32` gives it";
        return TryDecode(base64, out byte[]? key) ? new KeyRing([new ServerKey("master", key)]) : null;
    }

    /// <summary>
    /// A file of keys: <c>*( [ name "=" base64 ] [ "#" comment ] LF )</c>. Null with an error that names the line and shows nothing of it.
    /// </summary>
    public static KeyRing? Parse(string text, out string error)
    {
        var keys = new List<ServerKey>();
        string[] lines = text.Split('\n');
        for (int number = 1; number <= lines.Length; number++)
        {
            string line = lines[number - 1].Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            error = $"line {number}: expected NAME = KEY, where KEY is the base64 form of 32 random bytes (`openssl rand -base64 32`)";
            // Base64 may end in equals signs: the first one of the line ends the name.
            int equals = line.IndexOf('=');
            if (equals < 0 || !TryDecode(line[(equals + 1)..].Split('#')[0].Trim(), out byte[]? bytes))
                return null;
            string name = line[..equals].Trim();
            if (!IsName(name))
            {
                error = $"line {number}: a key's name is 1 to {ObjectEncryption.MaxKeyNameBytes} letters, digits, hyphens, underscores "
                    + "and dots";
                return null;
            }

            var key = new ServerKey(name, bytes);
            if (keys.Exists(other => other.Check.SequenceEqual(key.Check)))
            {
                error = $"line {number}: the key stands on a line before already; each line needs a key of its own";
                return null;
            }

            keys.Add(key);
        }

        error = keys.Count == 0 ? "there is no key in it: expected lines NAME = KEY" : $"more than {MaxKeys} keys";
        return keys.Count is 0 or > MaxKeys ? null : new KeyRing(keys);
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= ObjectEncryption.MaxKeyNameBytes
        && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.');

    private static bool TryDecode(string base64, [NotNullWhen(true)] out byte[]? key)
    {
        key = new byte[ObjectEncryption.KeyBytes];
        bool isKey = base64.Length == 44 && Convert.TryFromBase64String(base64, key, out int length) && length == key.Length;
        if (!isKey)
            key = null;
        return isKey;
    }
}
