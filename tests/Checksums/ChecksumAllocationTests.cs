// unsafe: pointers into pinned or native test data that outlives every call.
using RustFs.Checksums;
using Xunit;

namespace RustFs.Tests.Checksums;

/// <summary>No checksum allocates once it has run.</summary>
public sealed unsafe class ChecksumAllocationTests
{
    /// <summary>Below one vector, a few vectors with a tail, and the four-wide loop with a tail.</summary>
    private static readonly int[] CrcLengths = [3, 100, 5000];

    private readonly byte[] _bytes = GC.AllocateArray<byte>(16 * 5000, pinned: true);
    private readonly byte[] _digests = new byte[16 * 16];

    [Fact]
    public void Crcs() => AssertAllocatesNothing(() =>
    {
        foreach (int length in CrcLengths)
        {
            Crc32.Combine(Crc32.Append(0, _bytes.AsSpan(0, length)), 1, length);
            Crc32C.Combine(Crc32C.Append(0, _bytes.AsSpan(0, length)), 1, length);
            Crc64Nvme.Combine(Crc64Nvme.Append(0, _bytes.AsSpan(0, length)), 1, length);
        }
    });

    [Fact]
    public void SetOfAllKinds()
    {
        using var set = new ChecksumSet();
        AssertAllocatesNothing(() =>
        {
            set.Reset((ChecksumKind)63);
            set.Append(_bytes);
            for (int kind = 1; kind < 64; kind <<= 1)
                set.Finish((ChecksumKind)kind, _digests);
            // Given up halfway, so that the next Reset has states to clear.
            set.Reset((ChecksumKind)63);
            set.Append(_bytes);
        });
    }

    [Fact]
    public void SingleStreamMd5()
    {
        var md5 = new Md5();
        AssertAllocatesNothing(() =>
        {
            md5.Append(_bytes.AsSpan(0, 777));
            md5.Finish(_digests);
            Md5.Hash(_bytes, _digests);
        });
    }

    [Fact]
    public void MultiLane()
    {
        var messages = new Md5Run[16];
        var runs = new Md5Run[16];
        var states = new Md5State[16];
        fixed (byte* start = _bytes)
        {
            for (int i = 0; i < messages.Length; i++)
            {
                messages[i] = new Md5Run(start + 5000 * i, 4000 + 50 * i);
                runs[i] = new Md5Run(start + 5000 * i, 64 * (1 + i));
            }
        }
        AssertAllocatesNothing(() =>
        {
            MultiLaneMd5.Hash(messages, _digests);
            Array.Fill(states, Md5State.Initial);
            MultiLaneMd5.Append(states, runs);
        });
    }

    // In rounds: while the run-time exchanges a method's code for better, the code in between may allocate what neither of the two does
    // (232 bytes each time were seen once, in a hash of the framework's). What is ours allocates in every round.
    private static void AssertAllocatesNothing(Action act)
    {
        const int rounds = 40;
        act();
        act();
        long allocatedBytes = 0;
        for (int round = 0; round < rounds; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 10; i++)
                act();
            allocatedBytes = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocatedBytes == 0)
                return;
            Thread.Sleep(25);
        }

        Assert.Fail($"{allocatedBytes} bytes in the last of {rounds} rounds");
    }
}
