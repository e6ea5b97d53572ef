using System.Buffers.Binary;

namespace RustFs.Storage;

/// <summary>
/// The retention of every new version of a bucket with object lock that does not bring its own: a mode and either days or years. The
/// default is none.
/// </summary>
/// <param name="Days">0 to <see cref="MaxDays"/>.</param>
/// <param name="Years">0 to <see cref="MaxYears"/>; of the calendar.</param>
public readonly record struct DefaultRetention(RetentionMode Mode, int Days, int Years)
{
    /// <summary>AWS: a hundred years.</summary>
    public const int MaxDays = 36_500;

    /// <summary>AWS.</summary>
    public const int MaxYears = 100;

    // Mode (1), days (4) and years (4), little-endian. Never empty, for an empty configuration is no object lock at all.
    private const int EncodedBytes = 9;

    /// <summary>As the bucket's configuration <see cref="BucketConfigurationKind.ObjectLock"/>.</summary>
    public byte[] Encode()
    {
        byte[] encoded = new byte[EncodedBytes];
        encoded[0] = (byte)Mode;
        BinaryPrimitives.WriteInt32LittleEndian(encoded.AsSpan(1), Days);
        BinaryPrimitives.WriteInt32LittleEndian(encoded.AsSpan(5), Years);
        return encoded;
    }

    /// <summary>What <see cref="Encode"/> gave; none for what is no such configuration.</summary>
    internal static DefaultRetention Decode(ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length != EncodedBytes || encoded[0] > (byte)RetentionMode.Compliance) return default;
        int days = BinaryPrimitives.ReadInt32LittleEndian(encoded[1..]), years = BinaryPrimitives.ReadInt32LittleEndian(encoded[5..]);
        bool isPeriod = days is >= 0 and <= MaxDays && years is >= 0 and <= MaxYears;
        return isPeriod ? new DefaultRetention((RetentionMode)encoded[0], days, years) : default;
    }

    /// <summary>The retention of a version that is written at a time.</summary>
    internal Retention From(long timeMs)
    {
        DateTimeOffset written = DateTimeOffset.FromUnixTimeMilliseconds(timeMs);
        // A clock that runs in the last century of the calendar gets its last day.
        DateTimeOffset until = written.Year + Years + (Days / 365) + 1 < DateTimeOffset.MaxValue.Year
            ? written.AddYears(Years).AddDays(Days)
            : DateTimeOffset.MaxValue;
        return new Retention(Mode, until.ToUnixTimeMilliseconds());
    }
}
