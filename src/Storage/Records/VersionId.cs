using System.Globalization;
using System.Security.Cryptography;

namespace RustFs.Storage;

/// <summary>
/// Names a version of an object. The upper half is its sequence: of two versions of a key the later one has the greater. The lower half is
/// random, so that an id cannot be guessed from another, and zero for the null version. The default is the null version of an object that
/// is older than its bucket's versioning.
/// </summary>
public readonly record struct VersionId(UInt128 Value)
{
    /// <summary>The longest text.</summary>
    public const int MaxTextBytes = 32;

    internal const int EncodedBytes = 16;

    /// <summary>Whether this is the version that S3 calls null; a key has at most one.</summary>
    public bool IsNull => (ulong)Value == 0;

    internal ulong Sequence => (ulong)(Value >> 64);

    /// <summary>"null", or 32 hex digits.</summary>
    public override string ToString() => IsNull ? "null" : Value.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>Writes what <see cref="ToString"/> gives; returns its length in bytes.</summary>
    public int Format(Span<byte> destination)
    {
        if (!IsNull)
        {
            Value.TryFormat(destination, out int written, "x32", CultureInfo.InvariantCulture);
            return written;
        }
        "null"u8.CopyTo(destination);
        return "null"u8.Length;
    }

    /// <summary>
    /// Reads what <see cref="ToString"/> gives. "null" gives the default: which null version that is only the key's records tell.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out VersionId id)
    {
        id = default;
        if (text.SequenceEqual("null"u8)) return true;
        // The framework's parser overlooks NULs behind a number.
        bool isId = text.Length == MaxTextBytes && !text.Contains((byte)0)
            && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 value)
            && (id = new VersionId(value)) != default;
        if (!isId) id = default;
        return isId;
    }

    /// <summary>An id that cannot be guessed.</summary>
    internal static VersionId Create(ulong sequence)
    {
        Span<byte> random = stackalloc byte[sizeof(ulong)];
        ulong suffix;
        do
        {
            RandomNumberGenerator.Fill(random);
            suffix = BitConverter.ToUInt64(random);
        }
        while (suffix == 0);
        return new VersionId(new UInt128(sequence, suffix));
    }

    /// <summary>The null version written at a point of the sequence.</summary>
    internal static VersionId CreateNull(ulong sequence) => new(new UInt128(sequence, 0));
}
