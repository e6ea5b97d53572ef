using System.Buffers.Text;
using System.Globalization;
using System.Text;
using RustFs.Checksums;
using RustFs.Storage;

namespace RustFs.S3.Objects;

/// <summary>How S3 writes checksums: header names, algorithm names, XML elements and base64 values.</summary>
internal static class ChecksumNames
{
    public const string HeaderPrefix = "x-amz-checksum-";

    /// <summary>The base64 form of the longest digest, a dash and five digits.</summary>
    public const int MaxTextBytes = 44 + 6;

    /// <summary>For messages.</summary>
    public const string Supported = "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]";

    /// <summary>x-amz-checksum-crc32 and so on; None for other names.</summary>
    public static ChecksumKind OfHeader(ReadOnlySpan<byte> name) =>
        name.Length > HeaderPrefix.Length && Ascii.EqualsIgnoreCase(name[..HeaderPrefix.Length], HeaderPrefix)
            ? OfAlgorithm(name[HeaderPrefix.Length..])
            : ChecksumKind.None;

    /// <summary>CRC32 and so on, in any case; None for other names.</summary>
    public static ChecksumKind OfAlgorithm(ReadOnlySpan<byte> name)
    {
        if (Ascii.EqualsIgnoreCase(name, "CRC32"u8))
            return ChecksumKind.Crc32;
        if (Ascii.EqualsIgnoreCase(name, "CRC32C"u8))
            return ChecksumKind.Crc32C;
        if (Ascii.EqualsIgnoreCase(name, "CRC64NVME"u8))
            return ChecksumKind.Crc64Nvme;
        if (Ascii.EqualsIgnoreCase(name, "SHA1"u8))
            return ChecksumKind.Sha1;
        return Ascii.EqualsIgnoreCase(name, "SHA256"u8) ? ChecksumKind.Sha256 : ChecksumKind.None;
    }

    public static ReadOnlySpan<byte> Header(ChecksumKind kind) => kind switch
    {
        ChecksumKind.Crc32 => "x-amz-checksum-crc32"u8,
        ChecksumKind.Crc32C => "x-amz-checksum-crc32c"u8,
        ChecksumKind.Crc64Nvme => "x-amz-checksum-crc64nvme"u8,
        ChecksumKind.Sha1 => "x-amz-checksum-sha1"u8,
        ChecksumKind.Sha256 => "x-amz-checksum-sha256"u8,
        _ => default,
    };

    /// <summary>The value of ChecksumAlgorithm elements and headers.</summary>
    public static ReadOnlySpan<byte> Algorithm(ChecksumKind kind) => kind switch
    {
        ChecksumKind.Crc32 => "CRC32"u8,
        ChecksumKind.Crc32C => "CRC32C"u8,
        ChecksumKind.Crc64Nvme => "CRC64NVME"u8,
        ChecksumKind.Sha1 => "SHA1"u8,
        ChecksumKind.Sha256 => "SHA256"u8,
        _ => default,
    };

    /// <summary>The XML element that carries a value.</summary>
    public static ReadOnlySpan<byte> Element(ChecksumKind kind) => kind switch
    {
        ChecksumKind.Crc32 => "ChecksumCRC32"u8,
        ChecksumKind.Crc32C => "ChecksumCRC32C"u8,
        ChecksumKind.Crc64Nvme => "ChecksumCRC64NVME"u8,
        ChecksumKind.Sha1 => "ChecksumSHA1"u8,
        ChecksumKind.Sha256 => "ChecksumSHA256"u8,
        _ => default,
    };

    public static ReadOnlySpan<byte> TypeName(ChecksumType type) => type == ChecksumType.Composite ? "COMPOSITE"u8 : "FULL_OBJECT"u8;

    /// <summary>Writes the base64 value, with "-parts" behind a composite one; returns its length.</summary>
    /// <param name="destination">At least <see cref="MaxTextBytes"/>.</param>
    public static int Format(in ObjectChecksum checksum, int partCount, Span<byte> destination)
    {
        Span<byte> digest = stackalloc byte[ChecksumSet.MaxDigestBytes];
        int digestLength = checksum.CopyTo(digest);
        Base64.EncodeToUtf8(digest[..digestLength], destination, out _, out int length);
        if (checksum.Type != ChecksumType.Composite || partCount == 0)
            return length;
        destination[length++] = (byte)'-';
        partCount.TryFormat(destination[length..], out int digits, default, CultureInfo.InvariantCulture);
        return length + digits;
    }

    /// <summary>Reads the base64 value of one digest of that kind.</summary>
    public static bool TryParse(ChecksumKind kind, ReadOnlySpan<byte> text, out ObjectChecksum checksum)
    {
        checksum = default;
        Span<byte> digest = stackalloc byte[ChecksumSet.MaxDigestBytes];
        if (text.Length > MaxTextBytes
            || Base64.DecodeFromUtf8(text, digest, out int consumedBytes, out int length) != System.Buffers.OperationStatus.Done
            || consumedBytes != text.Length || length != ChecksumSet.DigestBytes(kind))
            return false;
        checksum = new ObjectChecksum(kind, ChecksumType.FullObject, digest[..length]);
        return true;
    }
}
