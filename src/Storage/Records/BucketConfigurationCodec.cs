namespace RustFs.Storage;

/// <summary>
/// The stored form of one configuration of a bucket: version (1) zero (3) CRC-32C (4), the configuration to the end. Bucket id and kind are
/// in the index key.
/// </summary>
internal static class BucketConfigurationCodec
{
    public const byte FormatVersion = 1;
    private const int HeadBytes = 8;

    public static byte[] Encode(ReadOnlySpan<byte> value)
    {
        byte[] record = new byte[HeadBytes + value.Length];
        record[0] = FormatVersion;
        value.CopyTo(record.AsSpan(HeadBytes));
        RecordSeal.Write(record);
        return record;
    }

    /// <summary>False for what is damaged, of another version, or empty: an absent configuration has no record.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> encoded, out byte[] value)
    {
        bool isWhole = encoded.Length > HeadBytes && encoded[0] == FormatVersion && !encoded[1..4].ContainsAnyExcept((byte)0)
            && RecordSeal.IsIntact(encoded);
        value = isWhole ? encoded[HeadBytes..].ToArray() : [];
        return isWhole;
    }
}
