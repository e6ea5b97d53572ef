using System.Buffers.Binary;
using RustFs.Checksums;
using RustFs.Storage;

namespace RustFs.Tests.Hostile.Targets;

/// <summary>The header of a segment, as it stands and under a right checksum: read back, or refused.</summary>
internal sealed class SegmentHeaderTarget : FuzzTarget
{
    private const int ChecksumAt = 48;
    private const uint Number = 7;

    private static readonly Guid VolumeSet = new("00112233-4455-6677-8899-aabbccddeeff");

    public override string Name => "segment-header";
    public override int MaxInputBytes => 64;
    public override int ShortFormExecutions => 10_000;

    public override IEnumerable<byte[]> Seeds
    {
        get
        {
            byte[] block = new byte[SegmentHeader.Bytes];
            SegmentHeader.Write(block, VolumeSet, Number, 3, 1 << 30);
            yield return block[..(ChecksumAt + sizeof(uint))];
        }
    }

    public override ulong Run(byte[] input)
    {
        Oracle.Holds(!SegmentHeader.TryRead(input, VolumeSet, Number, out _), "Less than a block is no header.");
        byte[] block = new byte[SegmentHeader.Bytes];
        input.CopyTo(block, 0);
        bool asItStands = SegmentHeader.TryRead(block, VolumeSet, Number, out _);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(ChecksumAt), Crc32C.Append(0, block.AsSpan(0, ChecksumAt)));
        bool isRead = SegmentHeader.TryRead(block, VolumeSet, Number, out uint generation);
        if (isRead)
        {
            byte[] again = new byte[SegmentHeader.Bytes];
            SegmentHeader.Write(again, VolumeSet, Number, generation, BinaryPrimitives.ReadInt64LittleEndian(block.AsSpan(40)));
            Oracle.Same(again.AsSpan(0, 20), block.AsSpan(0, 20), "A header survives being written again.");
        }

        var signature = new OutcomeSignature();
        signature.Add(asItStands);
        signature.Add(isRead);
        signature.AddMagnitude(generation);
        return signature.Value;
    }
}

/// <summary>format.json: a volume set opens or is refused with a message, whatever the file holds.</summary>
internal sealed class VolumeFormatTarget : FuzzTarget
{
    public override string Name => "volume-format";
    public override int ShortFormExecutions => 4_000;

    public override IEnumerable<byte[]> Seeds => All(
        "{\n  \"formatVersion\": 1,\n  \"volumeSet\": \"00112233-4455-6677-8899-aabbccddeeff\",\n"
        + "  \"directory\": 0,\n  \"directoryCount\": 1,\n  \"segmentBytes\": 1073741824\n}");

    public override IEnumerable<byte[]> Tokens => All(
        "{", "}", "[", "]", "\"", ":", ",", "null", "true", "1e400", "-1", "2147483648", "\"formatVersion\":", "\"directoryCount\":",
        "\\u0000",
        "\\uD800", "\u00FF", "//", "\"$type\":", "\"segmentBytes\":");

    public override ulong Run(byte[] input)
    {
        var device = new MemoryBlockDevice("data");
        device.WriteFormat(input);
        var signature = new OutcomeSignature();
        try
        {
            var options = new VolumeOptions { Directories = ["data"], SegmentBytes = 1 << 30 };
            VolumeFormat format = VolumeFormat.OpenSet([device], options);
            signature.Add(format.FormatVersion);
            signature.AddMagnitude(format.SegmentBytes);
            Oracle.Holds(format is { Directory: 0, DirectoryCount: 1 }, "One directory is the only one of its set.");
        }
        catch (VolumeException exception)
        {
            signature.Add(exception.InnerException is null ? exception.Message.AsSpan(0, 24) : "damaged");
        }

        return signature.Value;
    }
}
