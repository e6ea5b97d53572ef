using System.Text;
using RustFs.Checksums;
using Xunit;

namespace RustFs.Tests.Checksums;

/// <summary>The three CRCs: known values, every hardware path against a bit-by-bit loop, splitting and combining.</summary>
public sealed class CrcTests
{
    /// <summary>One CRC by one path: finished values in and out, and whether the path takes that length.</summary>
    private sealed record Path(string Name, ulong Generator, ulong Mask, int MinBytes, Func<ulong, byte[], int, int, ulong> Append);

    private const ulong Mask32 = 0xFFFFFFFF;

    [Fact]
    public void CheckValues()
    {
        byte[] digits = Encoding.ASCII.GetBytes("123456789");
        Assert.Equal(0xCBF43926u, Crc32.Append(0, digits));
        Assert.Equal(0xE3069283u, Crc32C.Append(0, digits));
        Assert.Equal(0xAE8B14860A799888ul, Crc64Nvme.Append(0, digits));
    }

    /// <summary>RFC 3720 appendix B.4: 32 bytes of zeros, of ones, rising and falling. There they are printed lowest byte first.</summary>
    [Fact]
    public void Crc32COfIscsiExamples()
    {
        byte[] rising = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        Assert.Equal(0x8A9136AAu, Crc32C.Append(0, new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Append(0, [.. Enumerable.Repeat((byte)0xFF, 32)]));
        Assert.Equal(0x46DD794Eu, Crc32C.Append(0, rising));
        Assert.Equal(0x113FDB5Cu, Crc32C.Append(0, [.. rising.Reverse()]));
    }

    [Fact]
    public void EmptyInputLeavesTheCrc()
    {
        foreach (Path path in Paths().Where(p => p.MinBytes == 0))
            Assert.Equal(0x1234567, (long)path.Append(0x1234567, [], 0, 0));
    }

    [Fact]
    public void EveryPathEqualsTheBitwiseLoopAtEveryLengthAndAlignment()
    {
        byte[] bytes = RandomBytes(1, 1200);
        foreach (Path path in Paths())
        {
            foreach (int offset in (int[])[0, 1, 7, 13, 32, 63])
            {
                ulong start = 0xA5A5_5A5A_0F0F_F0F0 & path.Mask;
                ulong register = ~start & path.Mask;
                for (int length = 0; length <= 1100; length++)
                {
                    if (length >= path.MinBytes)
                        AssertEqual(~register & path.Mask, path.Append(start, bytes, offset, length), path, offset, length);
                    register = NextByte(register, bytes[offset + length], path.Generator);
                }
            }
        }
    }

    [Fact]
    public void EveryPathEqualsTheBitwiseLoopOnLongInputs()
    {
        byte[] bytes = RandomBytes(2, 300_000);
        int[] lengths = [.. RandomLengths(3, 24, bytes.Length - 64).Order()];
        foreach (Path path in Paths())
        {
            int offset = 5, at = 0;
            ulong register = path.Mask;
            foreach (int length in lengths)
            {
                for (; at < length; at++)
                    register = NextByte(register, bytes[offset + at], path.Generator);
                if (length >= path.MinBytes)
                    AssertEqual(~register & path.Mask, path.Append(0, bytes, offset, length), path, offset, length);
            }
        }
    }

    [Fact]
    public void AppendInPiecesEqualsAppendAtOnce()
    {
        byte[] bytes = RandomBytes(4, 5000);
        foreach (Path path in Paths().Where(p => p.MinBytes == 0))
        {
            ulong whole = path.Append(0, bytes, 0, bytes.Length);
            var random = new Random(5);
            for (int round = 0; round < 200; round++)
            {
                int first = random.Next(bytes.Length + 1), second = random.Next(first, bytes.Length + 1);
                ulong crc = path.Append(0, bytes, 0, first);
                crc = path.Append(crc, bytes, first, second - first);
                crc = path.Append(crc, bytes, second, bytes.Length - second);
                AssertEqual(whole, crc, path, first, second);
            }
        }
    }

    [Fact]
    public void CombineEqualsTheCrcOfTheWhole()
    {
        byte[] bytes = RandomBytes(6, 70_000);
        foreach (int split in (int[])[0, 1, 7, 8, 63, 64, 4096, 65_535, 65_536, 69_999, 70_000])
        {
            ReadOnlySpan<byte> a = bytes.AsSpan(0, split), b = bytes.AsSpan(split);
            Assert.Equal(Crc32.Append(0, bytes), Crc32.Combine(Crc32.Append(0, a), Crc32.Append(0, b), b.Length));
            Assert.Equal(Crc32C.Append(0, bytes), Crc32C.Combine(Crc32C.Append(0, a), Crc32C.Append(0, b), b.Length));
            Assert.Equal(Crc64Nvme.Append(0, bytes), Crc64Nvme.Combine(Crc64Nvme.Append(0, a), Crc64Nvme.Append(0, b), b.Length));
        }
    }

    /// <summary>Lengths no test can hash: moving a CRC over 2^k bytes twice must equal moving it over 2^(k+1).</summary>
    [Fact]
    public void CombineOverHugeLengthsIsConsistent()
    {
        for (int k = 3; k < 62; k++)
        {
            long length = 1L << k;
            Assert.Equal(
                Crc32C.Combine(0x12345678, 0, 2 * length),
                Crc32C.Combine(Crc32C.Combine(0x12345678, 0, length), 0, length));
            Assert.Equal(
                Crc64Nvme.Combine(0x123456789ABCDEF, 0, 2 * length),
                Crc64Nvme.Combine(Crc64Nvme.Combine(0x123456789ABCDEF, 0, length), 0, length));
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => Crc32.Combine(1, 2, -1));
    }

    [Fact]
    public void CarrylessProductModuloPEqualsTheBitwiseOne()
    {
        if (!CarrylessProduct.IsSupported)
            return;
        var random = new Random(7);
        for (int i = 0; i < 1000; i++)
        {
            ulong a = (ulong)random.NextInt64(long.MinValue, long.MaxValue), b = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
            Assert.Equal(
                CrcPolynomial.Multiply(a, b, 0x9A6C9329AC4BC9B5),
                CrcReduction<Crc64Nvme.Polynomial>.Multiply(a, b));
            Assert.Equal(
                CrcPolynomial.Multiply(a & Mask32, b, 0x82F63B78),
                CrcReduction<Crc32C.Polynomial>.Multiply(a & Mask32, b));
        }
    }

    private static IEnumerable<Path> Paths()
    {
        const ulong crc32 = 0xEDB88320, crc32C = 0x82F63B78, crc64 = 0x9A6C9329AC4BC9B5;
        yield return new Path("Crc32", crc32, Mask32, 0, (c, b, o, n) => Crc32.Append((uint)c, b.AsSpan(o, n)));
        yield return new Path("Crc32C", crc32C, Mask32, 0, (c, b, o, n) => Crc32C.Append((uint)c, b.AsSpan(o, n)));
        yield return new Path("Crc64Nvme", crc64, ulong.MaxValue, 0, (c, b, o, n) => Crc64Nvme.Append(c, b.AsSpan(o, n)));
        if (Crc32C.HasInstruction)
        {
            yield return new Path("Crc32C by instruction", crc32C, Mask32, 0,
                (c, b, o, n) => ~Crc32C.AppendByInstruction(~(uint)c, b.AsSpan(o, n)));
        }
        foreach (Path path in PathsOf<Crc32.Polynomial>("Crc32", Mask32))
            yield return path;
        foreach (Path path in PathsOf<Crc32C.Polynomial>("Crc32C", Mask32))
            yield return path;
        foreach (Path path in PathsOf<Crc64Nvme.Polynomial>("Crc64Nvme", ulong.MaxValue))
            yield return path;
    }

    private static IEnumerable<Path> PathsOf<T>(string crc, ulong mask) where T : struct, ICrcPolynomial
    {
        yield return new Path(crc + " by table", T.Reflected, mask, 0,
            (c, b, o, n) => ~CrcTable<T>.Append(~c & mask, b.AsSpan(o, n)) & mask);
        if (!CrcFolding<T>.IsSupported128)
            yield break;
        yield return new Path(crc + " by reduction alone", T.Reflected, mask, 0,
            (c, b, o, n) => ~CrcFolding<T>.AppendBelow16(~c & mask, b.AsSpan(o, n)) & mask);
        yield return new Path(crc + " folded by 128 bits", T.Reflected, mask, 16,
            (c, b, o, n) => ~CrcFolding<T>.Append128(~c & mask, b.AsSpan(o, n)) & mask);
        if (CrcFolding<T>.IsSupported256)
        {
            yield return new Path(crc + " folded by 256 bits", T.Reflected, mask, 32,
                (c, b, o, n) => ~CrcFolding<T>.Append256(~c & mask, b.AsSpan(o, n)) & mask);
        }
        if (CrcFolding<T>.IsSupported512)
        {
            yield return new Path(crc + " folded by 512 bits", T.Reflected, mask, 64,
                (c, b, o, n) => ~CrcFolding<T>.Append512(~c & mask, b.AsSpan(o, n)) & mask);
        }
    }

    private static ulong NextByte(ulong register, byte value, ulong generator)
    {
        register ^= value;
        for (int bit = 0; bit < 8; bit++)
            register = (register & 1) != 0 ? (register >> 1) ^ generator : register >> 1;
        return register;
    }

    private static void AssertEqual(ulong expected, ulong actual, Path path, int offset, int length)
    {
        if (expected != actual)
            Assert.Fail($"{path.Name} at offset {offset}, {length} bytes: expected {expected:x}, got {actual:x}");
    }

    private static byte[] RandomBytes(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static IEnumerable<int> RandomLengths(int seed, int count, int max)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
            yield return random.Next(max);
    }
}
