// unsafe: pointers into pinned or native test data that outlives every call.
using System.Security.Cryptography;
using System.Runtime.Intrinsics.X86;
using RustFs.Checksums;
using Xunit;

namespace RustFs.Tests.Checksums;

/// <summary>MD5 of many messages at once, every width that this machine has, against the platform's own.</summary>
public sealed unsafe class MultiLaneMd5Tests
{
    private const int BufferBytes = 1 << 18;

    public static TheoryData<int> Widths()
    {
        var widths = new TheoryData<int> { 1 };
        if (Avx2.IsSupported)
            widths.Add(8);
        if (Avx512F.IsSupported)
            widths.Add(16);
        return widths;
    }

    [Theory, MemberData(nameof(Widths))]
    public void EveryLengthAroundThePaddingBoundaries(int lanes)
    {
        byte[] bytes = PinnedRandom(1);
        fixed (byte* start = bytes)
        {
            // 330 messages of 0..329 bytes at odd offsets: every tail length, one and two padding blocks.
            var messages = new Md5Run[330];
            for (int i = 0; i < messages.Length; i++)
                messages[i] = new Md5Run(start + 3 * i, i);
            AssertHashes(messages, lanes);
        }
    }

    /// <summary>The form that machines without AVX-512VL use, on every machine.</summary>
    [Fact]
    public void TheScalarStepsEqualThePlatforms()
    {
        byte[] bytes = PinnedRandom(6);
        var random = new Random(7);
        Span<byte> digest = stackalloc byte[16];
        fixed (byte* start = bytes)
        {
            for (int round = 0; round < 200; round++)
            {
                int length = random.Next(round % 2 == 0 ? 300 : BufferBytes);
                int blocks = length / Md5State.BlockBytes;
                Md5State state = Md5State.Initial;
                Md5State.CompressByScalars(&state.A, start, blocks);
                state.LengthBytes = (ulong)blocks * Md5State.BlockBytes;
                state.Finish(bytes.AsSpan(blocks * Md5State.BlockBytes, length % Md5State.BlockBytes), digest);
                Assert.Equal(MD5.HashData(bytes.AsSpan(0, length)), digest.ToArray());
            }
        }
    }

    [Theory, MemberData(nameof(Widths))]
    public void RandomCountsAndLengths(int lanes)
    {
        byte[] bytes = PinnedRandom(2);
        var random = new Random(3);
        fixed (byte* start = bytes)
        {
            for (int round = 0; round < 150; round++)
            {
                var messages = new Md5Run[random.Next(0, 70)];
                int longest = round % 3 == 0 ? 200 : round % 3 == 1 ? 5000 : 40_000;
                for (int i = 0; i < messages.Length; i++)
                {
                    int length = random.Next(8) == 0 ? 0 : random.Next(longest);
                    messages[i] = new Md5Run(start + random.Next(BufferBytes - length), length);
                }
                AssertHashes(messages, lanes);
            }
        }
    }

    [Theory, MemberData(nameof(Widths))]
    public void StreamsContributeRunsOfDifferentLengths(int lanes)
    {
        byte[] bytes = PinnedRandom(4);
        var random = new Random(5);
        fixed (byte* start = bytes)
        {
            const int streams = 19, streamBytes = 13_000;
            var states = new Md5State[streams];
            Array.Fill(states, Md5State.Initial);
            var done = new int[streams];
            var runs = new Md5Run[streams];
            while (done.Any(d => d < streamBytes / 64 * 64))
            {
                for (int i = 0; i < streams; i++)
                {
                    int length = Math.Min(64 * random.Next(20), streamBytes / 64 * 64 - done[i]);
                    runs[i] = new Md5Run(start + i * streamBytes + done[i], length);
                    done[i] += length;
                }
                MultiLaneMd5.Append(states, runs, lanes);
            }
            var digest = new byte[16];
            for (int i = 0; i < streams; i++)
            {
                ReadOnlySpan<byte> stream = bytes.AsSpan(i * streamBytes, streamBytes);
                states[i].Finish(stream[(streamBytes / 64 * 64)..], digest);
                Assert.Equal(MD5.HashData(stream), digest);
            }
        }
    }

    [Fact]
    public void RefusesPartialBlocksAndUnequalCounts()
    {
        var buffer = GC.AllocateArray<byte>(64, pinned: true);
        fixed (byte* start = buffer)
        {
            var partial = new Md5Run(start, 63);
            Assert.Throws<ArgumentException>(() => MultiLaneMd5.Append(new Md5State[1], [partial]));
            Assert.Throws<ArgumentException>(() => MultiLaneMd5.Append(new Md5State[2], [partial]));
            Assert.Throws<ArgumentException>(() => MultiLaneMd5.Hash([partial], new byte[15]));
        }
    }

    private static void AssertHashes(Md5Run[] messages, int lanes)
    {
        var digests = new byte[messages.Length * 16];
        MultiLaneMd5.Hash(messages, digests, lanes);
        for (int i = 0; i < messages.Length; i++)
        {
            byte[] expected = MD5.HashData(new ReadOnlySpan<byte>(messages[i].Start, (int)messages[i].LengthBytes));
            if (!expected.AsSpan().SequenceEqual(digests.AsSpan(16 * i, 16)))
                Assert.Fail($"message {i} of {messages.Length}, {messages[i].LengthBytes} bytes, {lanes} lanes");
        }
    }

    private static byte[] PinnedRandom(int seed)
    {
        byte[] bytes = GC.AllocateArray<byte>(BufferBytes, pinned: true);
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Which form one message takes depends on the processor: each is held against the other wherever both can run.</summary>
    [Fact]
    public void BothFormsOfOneMessageAgree()
    {
        if (!Avx512F.VL.IsSupported)
            return;
        byte[] blocks = new byte[100 * Md5State.BlockBytes];
        new Random(3).NextBytes(blocks);
        Md5State byVectors = Md5State.Initial, byScalars = Md5State.Initial;
        fixed (byte* start = blocks)
        {
            Md5State.CompressByVectors(&byVectors.A, start, 100);
            Md5State.CompressByScalars(&byScalars.A, start, 100);
        }

        Assert.Equal((byScalars.A, byScalars.B, byScalars.C, byScalars.D), (byVectors.A, byVectors.B, byVectors.C, byVectors.D));
    }
}
