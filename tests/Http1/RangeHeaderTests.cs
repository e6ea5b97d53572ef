using RustFs.Http1;
using Xunit;
using static RustFs.Tests.Http1.HttpMessages;

namespace RustFs.Tests.Http1;

public sealed class RangeHeaderTests
{
    [Theory]
    [InlineData("bytes=0-0", 10, 0, 1)]
    [InlineData("bytes=0-9", 10, 0, 10)]
    [InlineData("bytes=0-99", 10, 0, 10)]
    [InlineData("bytes=9-9", 10, 9, 1)]
    [InlineData("bytes=2-4", 10, 2, 3)]
    [InlineData("BYTES=2-4", 10, 2, 3)]
    [InlineData("bytes=002-0004", 10, 2, 3)]
    [InlineData("bytes=0-", 10, 0, 10)]
    [InlineData("bytes=9-", 10, 9, 1)]
    [InlineData("bytes=-1", 10, 9, 1)]
    [InlineData("bytes=-10", 10, 0, 10)]
    [InlineData("bytes=-11", 10, 0, 10)]
    [InlineData("bytes=-99999999999999999999999", 10, 0, 10)]
    [InlineData("bytes=1-9223372036854775807", 10, 1, 9)]
    [InlineData("bytes=1-9223372036854775808", 10, 1, 9)]
    [InlineData("bytes=1-99999999999999999999999", 10, 1, 9)]
    [InlineData("bytes=0-9223372036854775807", long.MaxValue, 0, long.MaxValue)]
    [InlineData("bytes=9223372036854775806-", long.MaxValue, long.MaxValue - 1, 1)]
    [InlineData("bytes=-9223372036854775807", long.MaxValue, 0, long.MaxValue)]
    public void Satisfiable(string value, long sizeBytes, long offset, long lengthBytes) =>
        AssertResolves(value, sizeBytes, RangeHeader.Result.Partial, offset, lengthBytes);

    [Theory]
    [InlineData("bytes=10-", 10)]
    [InlineData("bytes=10-20", 10)]
    [InlineData("bytes=99999999999999999999999-", 10)]
    [InlineData("bytes=99999999999999999999998-99999999999999999999999", 10)]
    [InlineData("bytes=9223372036854775807-", long.MaxValue)]
    [InlineData("bytes=-0", 10)]
    [InlineData("bytes=-0", 0)]
    [InlineData("bytes=0-", 0)]
    [InlineData("bytes=0-0", 0)]
    [InlineData("bytes=-5", 0)]
    public void Unsatisfiable(string value, long sizeBytes) => AssertResolves(value, sizeBytes, RangeHeader.Result.Unsatisfiable, 0, 0);

    [Theory]
    [InlineData("")]
    [InlineData("bytes")]
    [InlineData("bytes=")]
    [InlineData("bytes=-")]
    [InlineData("bytes=--1")]
    [InlineData("bytes=1")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=1-b")]
    [InlineData("bytes=+1-2")]
    [InlineData("bytes=5-4")]
    [InlineData("bytes=20-15")]
    [InlineData("bytes=1-2-3")]
    [InlineData("bytes=0-1,3-4")]
    [InlineData("bytes=0-1,")]
    [InlineData("bytes= 0-1")]
    [InlineData("bytes=0 -1")]
    [InlineData("bytes =0-1")]
    [InlineData("items=0-1")]
    [InlineData("octets=0-1")]
    public void Ignored(string value)
    {
        AssertResolves(value, 10, RangeHeader.Result.Whole, 0, 10);
        AssertResolves(value, 0, RangeHeader.Result.Whole, 0, 0);
    }

    [Fact]
    public void Every_range_of_a_small_object_is_what_a_slice_gives()
    {
        for (int size = 0; size <= 6; size++)
        {
            byte[] content = [.. Enumerable.Range(0, size).Select(value => (byte)value)];
            for (int first = 0; first <= 8; first++)
            {
                AssertSlice($"bytes={first}-", content, content.Skip(first));
                AssertSlice($"bytes=-{first}", content, content.TakeLast(first));
                for (int last = first; last <= 8; last++)
                {
                    AssertSlice($"bytes={first}-{last}", content, content.Skip(first).Take(last - first + 1));
                }
            }
        }
    }

    private static void AssertSlice(string value, byte[] content, IEnumerable<byte> expected)
    {
        RangeHeader.Result result = RangeHeader.Resolve(Bytes(value), content.Length, out long offset, out long lengthBytes);
        Assert.Equal(expected, content.AsSpan((int)offset, (int)lengthBytes).ToArray());
        Assert.Equal(expected.Any() ? RangeHeader.Result.Partial : RangeHeader.Result.Unsatisfiable, result);
    }

    private static void AssertResolves(string value, long sizeBytes, RangeHeader.Result expected, long offset, long lengthBytes)
    {
        RangeHeader.Result result = RangeHeader.Resolve(Bytes(value), sizeBytes, out long actualOffset, out long actualLength);
        Assert.Equal((expected, offset, lengthBytes), (result, actualOffset, actualLength));
    }
}
