using System.Buffers.Binary;

namespace RustFs.Storage;

/// <summary>
/// Builds and reads the keys of every keyspace; docs/data-format.md shows them. Numbers are big-endian so that bytes sort as numbers do.
/// Each builder returns the key's length in the caller's buffer, for which <see cref="MaxKeyBytes"/> always suffices.
/// </summary>
internal static class IndexKeys
{
    /// <summary>S3's bound on a key.</summary>
    public const int MaxObjectKeyBytes = 1024;

    public const int BucketIdBytes = 4;

    /// <summary>The longest key: an upload's, when every byte of its object key is escaped.</summary>
    public const int MaxKeyBytes = 1 + BucketIdBytes + 2 * MaxObjectKeyBytes + TerminatorBytes + UploadId.EncodedBytes;

    /// <summary>The longest key of Meta: a bucket's, of at most 63 bytes, or the name of a fact.</summary>
    public const int MaxMetaKeyBytes = 64;

    // Meta
    private const byte BucketPrefix = (byte)'b';
    private const byte ConfigurationPrefix = (byte)'c';
    private const byte TokenPrefix = (byte)'t';
    private const byte FactPrefix = (byte)'v';

    // Uploads
    private const byte PartPrefix = (byte)'p';
    private const byte UploadPrefix = (byte)'u';
    private const int PartKeyBytes = 1 + UploadId.EncodedBytes + sizeof(ushort);

    // Versions
    private const byte NullVersionPrefix = (byte)'n';
    private const byte VersionPrefix = (byte)'v';
    private const int SequenceBytes = sizeof(ulong);

    // Segments
    private const byte BlockChecksumsPrefix = (byte)'c';
    private const byte LoggedBodyPrefix = (byte)'l';
    private const byte OwnersPrefix = (byte)'o';
    private const byte SegmentPrefix = (byte)'s';

    // 00 within a key becomes 00 FF and the key ends with 00 01. A key's end so sorts before anything that could follow it, and no key's
    // encoding is the beginning of another's.
    private const byte EscapedZero = 0xFF;
    private const byte Terminator = 0x01;
    private const int TerminatorBytes = 2;

    /// <summary>Meta: the bucket with a name.</summary>
    public static int Bucket(ReadOnlySpan<byte> name, Span<byte> destination) => Prefixed(BucketPrefix, name, destination);

    public static ReadOnlySpan<byte> BucketsFirst => "b"u8;
    public static ReadOnlySpan<byte> BucketsEnd => "c"u8;

    /// <summary>The name in a bucket's key.</summary>
    public static ReadOnlySpan<byte> BucketName(ReadOnlySpan<byte> key) => key[1..];

    /// <summary>Meta: 'c' ‖ bucket id ‖ kind → one configuration of a bucket.</summary>
    public static int BucketConfiguration(uint bucketId, BucketConfigurationKind kind, Span<byte> destination)
    {
        int length = Numbered(ConfigurationPrefix, bucketId, destination);
        destination[length] = (byte)kind;
        return length + 1;
    }

    /// <summary>The bounds [first, end) of all configurations of a bucket.</summary>
    public static int BucketConfigurationsFirst(uint bucketId, Span<byte> destination) =>
        Numbered(ConfigurationPrefix, bucketId, destination);
    public static int BucketConfigurationsEnd(uint bucketId, Span<byte> destination) =>
        NumberedEnd(ConfigurationPrefix, bucketId, destination);

    /// <summary>The bounds [first, end) of the configurations of all buckets.</summary>
    public static ReadOnlySpan<byte> ConfigurationsFirst => "c"u8;
    public static ReadOnlySpan<byte> ConfigurationsEnd => "d"u8;

    /// <summary>False for other keys, and for a kind that is not known.</summary>
    public static bool TryReadBucketConfiguration(ReadOnlySpan<byte> indexKey, out uint bucketId, out BucketConfigurationKind kind)
    {
        (bucketId, kind) = (0, default);
        if (indexKey.Length != 1 + sizeof(uint) + 1 || indexKey[0] != ConfigurationPrefix)
        {
            return false;
        }
        bucketId = BinaryPrimitives.ReadUInt32BigEndian(indexKey[1..]);
        kind = (BucketConfigurationKind)indexKey[^1];
        return (int)kind is >= 1 and <= BucketConfigurations.MaxKind;
    }

    /// <summary>Meta: the id (4, little-endian) that the next bucket gets. Ids are never used twice.</summary>
    public static ReadOnlySpan<byte> NextBucketId => "n"u8;

    /// <summary>Meta: a fact of the volume, such as its id.</summary>
    public static int Fact(ReadOnlySpan<byte> name, Span<byte> destination) => Prefixed(FactPrefix, name, destination);

    /// <summary>Meta: 't' ‖ hour ‖ name → what the token of a write stands for; hours since 1970, so that old ones go together.</summary>
    public static int Token(uint hour, UInt128 name, Span<byte> destination)
    {
        int length = TokensOfHour(hour, destination);
        BinaryPrimitives.WriteUInt128BigEndian(destination[length..], name);
        return length + 16;
    }

    /// <summary>The lowest key of an hour's tokens.</summary>
    public static int TokensOfHour(uint hour, Span<byte> destination) => Numbered(TokenPrefix, hour, destination);

    /// <summary>Objects: bucket id ‖ key.</summary>
    public static int Object(uint bucketId, ReadOnlySpan<byte> key, Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, bucketId);
        key.CopyTo(destination[BucketIdBytes..]);
        return BucketIdBytes + key.Length;
    }

    /// <summary>The bucket id and key in an Objects key.</summary>
    public static bool TryReadObject(ReadOnlySpan<byte> indexKey, out uint bucketId, out ReadOnlySpan<byte> key)
    {
        bool isObject = BinaryPrimitives.TryReadUInt32BigEndian(indexKey, out bucketId);
        key = isObject ? indexKey[BucketIdBytes..] : default;
        return isObject;
    }

    /// <summary>Uploads: 'u' ‖ bucket id ‖ escaped key ‖ 00 01 ‖ upload id, so by key and then by age.</summary>
    public static int Upload(uint bucketId, ReadOnlySpan<byte> key, UploadId id, Span<byte> destination)
    {
        int length = UploadsOfKey(bucketId, key, destination);
        BinaryPrimitives.WriteUInt128BigEndian(destination[length..], id.Value);
        return length + UploadId.EncodedBytes;
    }

    /// <summary>What the keys of all uploads of one object key begin with.</summary>
    public static int UploadsOfKey(uint bucketId, ReadOnlySpan<byte> key, Span<byte> destination) =>
        Terminated(UploadsAtKey(bucketId, key, destination), destination);

    /// <summary>The lowest upload key of any object key at or after the given one; with an empty key, of the bucket.</summary>
    public static int UploadsAtKey(uint bucketId, ReadOnlySpan<byte> key, Span<byte> destination) =>
        Escaped(UploadPrefix, bucketId, key, destination);

    /// <summary>Reads an upload's index key; the object key is written to <paramref name="key"/>. False for any other bytes.</summary>
    public static bool TryReadUpload(ReadOnlySpan<byte> indexKey, Span<byte> key, out uint bucketId, out int keyLength, out UploadId id)
    {
        bool isUpload = TryReadEscaped(UploadPrefix, UploadId.EncodedBytes, indexKey, key, out bucketId, out keyLength);
        id = isUpload ? new UploadId(BinaryPrimitives.ReadUInt128BigEndian(indexKey[^UploadId.EncodedBytes..])) : default;
        return isUpload;
    }

    /// <summary>
    /// Uploads: 'p' ‖ upload id ‖ part number. With <see cref="PartsEnd"/>, the range of an upload's parts begins at number 0.
    /// </summary>
    public static int Part(UploadId id, int partNumber, Span<byte> destination)
    {
        destination[0] = PartPrefix;
        BinaryPrimitives.WriteUInt128BigEndian(destination[1..], id.Value);
        BinaryPrimitives.WriteUInt16BigEndian(destination[(1 + UploadId.EncodedBytes)..], checked((ushort)partNumber));
        return PartKeyBytes;
    }

    /// <summary>The key after the last part of an upload: its parts' upper bound.</summary>
    public static int PartsEnd(UploadId id, Span<byte> destination)
    {
        // 65,535 is never a part's number.
        return Part(id, ushort.MaxValue, destination);
    }

    public static bool TryReadPart(ReadOnlySpan<byte> indexKey, out UploadId id, out int partNumber)
    {
        (id, partNumber) = (default, 0);
        if (indexKey.Length != PartKeyBytes || indexKey[0] != PartPrefix)
        {
            return false;
        }
        id = new UploadId(BinaryPrimitives.ReadUInt128BigEndian(indexKey[1..]));
        partNumber = BinaryPrimitives.ReadUInt16BigEndian(indexKey[(1 + UploadId.EncodedBytes)..]);
        return true;
    }

    /// <summary>Versions: 'v' ‖ bucket id ‖ escaped key ‖ 00 01 ‖ inverted sequence, so by key and then the newest first.</summary>
    public static int Version(uint bucketId, ReadOnlySpan<byte> key, ulong sequence, Span<byte> destination)
    {
        int length = VersionsOfKey(bucketId, key, destination);
        BinaryPrimitives.WriteUInt64BigEndian(destination[length..], ~sequence);
        return length + SequenceBytes;
    }

    /// <summary>What the keys of all versions of one object key begin with.</summary>
    public static int VersionsOfKey(uint bucketId, ReadOnlySpan<byte> key, Span<byte> destination) =>
        Terminated(VersionsAtKey(bucketId, key, destination), destination);

    /// <summary>The lowest version key of any object key at or after the given one; with an empty key, of the bucket.</summary>
    public static int VersionsAtKey(uint bucketId, ReadOnlySpan<byte> key, Span<byte> destination) =>
        Escaped(VersionPrefix, bucketId, key, destination);

    public static bool IsVersion(ReadOnlySpan<byte> indexKey) => !indexKey.IsEmpty && indexKey[0] == VersionPrefix;

    /// <summary>The sequence in a version's index key.</summary>
    public static ulong VersionSequence(ReadOnlySpan<byte> indexKey) => ~BinaryPrimitives.ReadUInt64BigEndian(indexKey[^SequenceBytes..]);

    /// <summary>Reads a version's index key; the object key is written to <paramref name="key"/>. False for any other bytes.</summary>
    public static bool TryReadVersion(
        ReadOnlySpan<byte> indexKey, Span<byte> key, out uint bucketId, out int keyLength, out ulong sequence)
    {
        bool isVersion = TryReadEscaped(VersionPrefix, SequenceBytes, indexKey, key, out bucketId, out keyLength);
        sequence = isVersion ? VersionSequence(indexKey) : 0;
        return isVersion;
    }

    /// <summary>
    /// Versions: 'n' ‖ bucket id ‖ key → sequence (8, big-endian) of the null version, while that is not the current object.
    /// </summary>
    public static int NullVersion(uint bucketId, ReadOnlySpan<byte> key, Span<byte> destination)
    {
        destination[0] = NullVersionPrefix;
        return 1 + Object(bucketId, key, destination[1..]);
    }

    public static bool TryReadNullVersion(ReadOnlySpan<byte> indexKey, out uint bucketId, out ReadOnlySpan<byte> key)
    {
        bucketId = 0;
        key = default;
        return !indexKey.IsEmpty && indexKey[0] == NullVersionPrefix && TryReadObject(indexKey[1..], out bucketId, out key);
    }

    /// <summary>Segments: 's' ‖ number → segment record.</summary>
    public static int Segment(uint segment, Span<byte> destination) => Numbered(SegmentPrefix, segment, destination);

    public static ReadOnlySpan<byte> SegmentsFirst => "s"u8;
    public static ReadOnlySpan<byte> SegmentsEnd => "t"u8;

    public static bool TryReadSegment(ReadOnlySpan<byte> indexKey, out uint segment)
    {
        segment = 0;
        return indexKey.Length == 1 + sizeof(uint) && indexKey[0] == SegmentPrefix
            && BinaryPrimitives.TryReadUInt32BigEndian(indexKey[1..], out segment);
    }

    /// <summary>Segments: 'c' ‖ segment ‖ offset → block checksums of the long extent that begins there.</summary>
    public static int BlockChecksums(uint segment, uint offset, Span<byte> destination)
    {
        int length = Numbered(BlockChecksumsPrefix, segment, destination);
        BinaryPrimitives.WriteUInt32BigEndian(destination[length..], offset);
        return length + sizeof(uint);
    }

    /// <summary>The bounds [first, end) of all block checksums of a segment.</summary>
    public static int BlockChecksumsFirst(uint segment, Span<byte> destination) => Numbered(BlockChecksumsPrefix, segment, destination);
    public static int BlockChecksumsEnd(uint segment, Span<byte> destination) => NumberedEnd(BlockChecksumsPrefix, segment, destination);

    /// <summary>Segments: 'l' ‖ segment ‖ offset → bytes of the small body there, until the segment is synced.</summary>
    public static int LoggedBody(uint segment, uint offset, Span<byte> destination)
    {
        int length = Numbered(LoggedBodyPrefix, segment, destination);
        BinaryPrimitives.WriteUInt32BigEndian(destination[length..], offset);
        return length + sizeof(uint);
    }

    public static bool TryReadLoggedBody(ReadOnlySpan<byte> indexKey, out uint segment, out uint offset)
    {
        (segment, offset) = (0, 0);
        if (indexKey.Length != 1 + 2 * sizeof(uint) || indexKey[0] != LoggedBodyPrefix) return false;
        segment = BinaryPrimitives.ReadUInt32BigEndian(indexKey[1..]);
        offset = BinaryPrimitives.ReadUInt32BigEndian(indexKey[(1 + sizeof(uint))..]);
        return true;
    }

    /// <summary>The bounds [first, end) of all such bodies, and of those of a segment.</summary>
    public static ReadOnlySpan<byte> LoggedBodiesFirst => "l"u8;
    public static ReadOnlySpan<byte> LoggedBodiesEnd => "m"u8;
    public static int LoggedBodiesFirstOf(uint segment, Span<byte> destination) => Numbered(LoggedBodyPrefix, segment, destination);
    public static int LoggedBodiesEndOf(uint segment, Span<byte> destination) => NumberedEnd(LoggedBodyPrefix, segment, destination);

    /// <summary>Segments: 'o' ‖ segment ‖ sequence → owner list of one commit group.</summary>
    public static int Owners(uint segment, ulong sequence, Span<byte> destination)
    {
        int length = Numbered(OwnersPrefix, segment, destination);
        BinaryPrimitives.WriteUInt64BigEndian(destination[length..], sequence);
        return length + sizeof(ulong);
    }

    /// <summary>The bounds [first, end) of all owner lists of a segment.</summary>
    public static int OwnersFirst(uint segment, Span<byte> destination) => Numbered(OwnersPrefix, segment, destination);
    public static int OwnersEnd(uint segment, Span<byte> destination) => NumberedEnd(OwnersPrefix, segment, destination);

    /// <summary>
    /// Turns a prefix into the first key after all keys that begin with it, in place; returns its length, 0 when there is none (all bytes
    /// FF).
    /// </summary>
    public static int Successor(Span<byte> prefix)
    {
        int length = prefix.Length;
        while (length > 0 && prefix[length - 1] == 0xFF)
        {
            length--;
        }
        if (length > 0)
        {
            prefix[length - 1]++;
        }
        return length;
    }

    private static int Escaped(byte prefix, uint bucketId, ReadOnlySpan<byte> key, Span<byte> destination)
    {
        destination[0] = prefix;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], bucketId);
        int at = 1 + BucketIdBytes;
        foreach (byte b in key)
        {
            destination[at++] = b;
            if (b == 0)
            {
                destination[at++] = EscapedZero;
            }
        }
        return at;
    }

    private static int Terminated(int length, Span<byte> destination)
    {
        destination[length] = 0;
        destination[length + 1] = Terminator;
        return length + TerminatorBytes;
    }

    /// <param name="tailBytes">What follows the terminator.</param>
    private static bool TryReadEscaped(
        byte prefix, int tailBytes, ReadOnlySpan<byte> indexKey, Span<byte> key, out uint bucketId, out int keyLength)
    {
        (bucketId, keyLength) = (0, 0);
        int end = indexKey.Length - tailBytes - TerminatorBytes;
        if (end < 1 + BucketIdBytes || indexKey[0] != prefix || indexKey[end] != 0 || indexKey[end + 1] != Terminator)
        {
            return false;
        }
        for (int at = 1 + BucketIdBytes; at < end; at++)
        {
            byte b = indexKey[at];
            if (keyLength == key.Length || (b == 0 && indexKey[++at] != EscapedZero))
            {
                return false;
            }
            key[keyLength++] = b;
        }
        bucketId = BinaryPrimitives.ReadUInt32BigEndian(indexKey[1..]);
        return true;
    }

    private static int Prefixed(byte prefix, ReadOnlySpan<byte> name, Span<byte> destination)
    {
        destination[0] = prefix;
        name.CopyTo(destination[1..]);
        return 1 + name.Length;
    }

    private static int Numbered(byte prefix, uint number, Span<byte> destination)
    {
        destination[0] = prefix;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], number);
        return 1 + sizeof(uint);
    }

    private static int NumberedEnd(byte prefix, uint number, Span<byte> destination) =>
        Successor(destination[..Numbered(prefix, number, destination)]);
}
