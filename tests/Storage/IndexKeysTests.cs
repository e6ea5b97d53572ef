using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>Index keys sort as what they stand for, for any key bytes.</summary>
public sealed class IndexKeysTests
{
    private static readonly byte[] Alphabet = [0x00, 0x01, 0x02, (byte)'a', 0xFE, 0xFF];

    [Fact]
    public void UploadKeysSortByBucketThenKeyThenId()
    {
        var random = new Random(1);
        for (int i = 0; i < 200_000; i++)
        {
            (uint Bucket, byte[] Key, UploadId Id) a = RandomUpload(random), b = RandomUpload(random);
            int expected = a.Bucket.CompareTo(b.Bucket);
            expected = expected != 0 ? expected : a.Key.AsSpan().SequenceCompareTo(b.Key);
            expected = expected != 0 ? expected : a.Id.Value.CompareTo(b.Id.Value);
            Assert.Equal(Math.Sign(expected), Math.Sign(UploadKey(a).AsSpan().SequenceCompareTo(UploadKey(b))));
        }
    }

    [Fact]
    public void UploadKeysReadBack()
    {
        var random = new Random(2);
        byte[] key = new byte[IndexKeys.MaxObjectKeyBytes];
        for (int i = 0; i < 10_000; i++)
        {
            (uint Bucket, byte[] Key, UploadId Id) upload = RandomUpload(random);
            Assert.True(IndexKeys.TryReadUpload(UploadKey(upload), key, out uint bucket, out int length, out UploadId id));
            Assert.Equal((upload.Bucket, upload.Id), (bucket, id));
            Assert.Equal(upload.Key, key[..length]);
        }
    }

    [Fact]
    public void TheLongestUploadKeyFits()
    {
        byte[] buffer = new byte[IndexKeys.MaxKeyBytes];
        Assert.Equal(IndexKeys.MaxKeyBytes, IndexKeys.Upload(1, new byte[IndexKeys.MaxObjectKeyBytes], default, buffer));
        Assert.True(IndexKeys.TryReadUpload(buffer, new byte[IndexKeys.MaxObjectKeyBytes], out _, out int length, out _));
        Assert.Equal(IndexKeys.MaxObjectKeyBytes, length);
        Assert.False(IndexKeys.TryReadUpload(buffer, new byte[IndexKeys.MaxObjectKeyBytes - 1], out _, out _, out _));
    }

    [Fact]
    public void SegmentRangesHoldTheirSegmentOnly()
    {
        byte[] first = new byte[32], end = new byte[32], key = new byte[32];
        foreach (uint segment in new uint[] { 0, 1, 0xFE, 0xFF, 0x1FF, 0xFFFF_FFFE, 0xFFFF_FFFF })
        {
            Range owners = 0..IndexKeys.OwnersFirst(segment, first);
            Range ownersEnd = 0..IndexKeys.OwnersEnd(segment, end);
            foreach (ulong sequence in new[] { 0UL, 1UL, ulong.MaxValue })
            {
                AssertWithin(first[owners], key[..IndexKeys.Owners(segment, sequence, key)], end[ownersEnd]);
            }
            byte[] before = key[..IndexKeys.Owners(segment - 1, ulong.MaxValue, key)];
            Assert.True(segment == 0 || before.AsSpan().SequenceCompareTo(first[owners]) < 0);
            byte[] after = key[..IndexKeys.Owners(segment + 1, 0, key)];
            Assert.True(segment == uint.MaxValue || after.AsSpan().SequenceCompareTo(end[ownersEnd]) >= 0);

            Range blocks = 0..IndexKeys.BlockChecksumsFirst(segment, first);
            Range blocksEnd = 0..IndexKeys.BlockChecksumsEnd(segment, end);
            AssertWithin(first[blocks], key[..IndexKeys.BlockChecksums(segment, uint.MaxValue, key)], end[blocksEnd]);
        }
    }

    [Fact]
    public void PartsOfAnUploadStandTogetherByNumber()
    {
        byte[] a = new byte[32], b = new byte[32];
        var id = new UploadId(77);
        AssertWithin(a[..IndexKeys.Part(id, 255, a)], b[..IndexKeys.Part(id, 256, b)], new byte[] { 0xFF });
        byte[] end = new byte[32];
        Range endRange = 0..IndexKeys.PartsEnd(id, end);
        AssertWithin(a[..IndexKeys.Part(id, 0, a)], b[..IndexKeys.Part(id, 10_000, b)], end[endRange]);
        Assert.True(end.AsSpan(endRange).SequenceCompareTo(a.AsSpan(0, IndexKeys.Part(new UploadId(78), 0, a))) < 0);
        Assert.True(IndexKeys.TryReadPart(b.AsSpan(0, IndexKeys.Part(id, 9_999, b)), out UploadId readId, out int number));
        Assert.Equal((id, 9_999), (readId, number));
    }

    [Theory]
    [InlineData("61", "62")]
    [InlineData("61FF", "62")]
    [InlineData("00FFFF", "01")]
    [InlineData("FFFF", "")]
    [InlineData("", "")]
    public void TheSuccessorFollowsAllThatBeginsWithAPrefix(string prefix, string successor)
    {
        byte[] bytes = Convert.FromHexString(prefix);
        Assert.Equal(successor, Convert.ToHexString(bytes, 0, IndexKeys.Successor(bytes)));
    }

    private static void AssertWithin(byte[] first, byte[] key, byte[] end)
    {
        Assert.True(first.AsSpan().SequenceCompareTo(key) <= 0);
        Assert.True(key.AsSpan().SequenceCompareTo(end) < 0);
    }

    private static (uint Bucket, byte[] Key, UploadId Id) RandomUpload(Random random) =>
        ((uint)random.Next(1, 3), random.GetItems(Alphabet, random.Next(1, 5)), new UploadId((UInt128)random.Next(0, 3)));

    private static byte[] UploadKey((uint Bucket, byte[] Key, UploadId Id) upload)
    {
        byte[] buffer = new byte[IndexKeys.MaxKeyBytes];
        return buffer[..IndexKeys.Upload(upload.Bucket, upload.Key, upload.Id, buffer)];
    }
}
