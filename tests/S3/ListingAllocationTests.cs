using System.Text;
using RustFs.Checksums;
using RustFs.S3.Listing;
using RustFs.S3.Xml;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.S3;

public sealed class ListingAllocationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Writing_a_key_allocates_nothing(bool encodesUrl)
    {
        byte[] key = Encoding.UTF8.GetBytes("photos/2024/07/a picture & more é.jpeg");
        var summary = new ObjectSummary(
            123_456_789, 1_700_000_000_123, new ETag(UInt128.MaxValue, 7), ChecksumKind.Crc64Nvme, ChecksumType.FullObject);
        using var body = new XmlBody();
        using var prefixes = new CommonPrefixes(encodesUrl);
        var page = new ObjectPage(body, prefixes, 2000, encodesUrl, showsOwner: true);
        // The documents' buffers grow by doubling; what is left of the last doubling holds the second round.
        for (int i = 0; i < 1500; i++)
        {
            page.Object(key, summary);
            page.CommonPrefix(key);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            page.Object(key, summary);
            page.CommonPrefix(key);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
