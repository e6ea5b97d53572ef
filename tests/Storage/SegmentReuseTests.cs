using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>Blocks that were written before take a sync in half the time: files are used again where the bound on space allows.</summary>
public sealed class SegmentReuseTests
{
    [Fact]
    public async Task ASmallVolumeThatIsOverwrittenTakesTurnsWithTwoFiles()
    {
        using var directory = new TemporaryDirectory();
        using var device = new MemoryBlockDevice("memory");
        int created = 0;
        device.Fault = (call, _) =>
        {
            if (call == DeviceCall.Create) Interlocked.Increment(ref created);
            return IoError.None;
        };
        var options = new VolumeOptions
        {
            Directories = ["memory"],
            SegmentBytes = 1 << 20,
            ReserveBytes = 1 << 20,
            Durability = Durability.None,
        };
        await using ObjectStore store = EngineHarness.OpenOn(device, options, directory);
        Assert.Equal(StoreStatus.Ok, await store.CreateBucketAsync("bucket", ""));
        Bucket bucket = store.FindBucket("bucket"u8)!;

        // One block each, since each is alone in its group.
        byte[] body = EngineHarness.Bytes(3000);
        int bodiesPerSegment = (int)(options.SegmentBytes / 4096);
        for (int put = 0; put < 8 * bodiesPerSegment; put++)
        {
            using BodyWriter writer = store.WriterOver(body);
            WriteResult result = await store.PutObjectAsync(
                bucket, EngineHarness.Key($"key{put % 4}"), writer, EngineHarness.Attributes(body), null);
            Assert.Equal(StoreStatus.Ok, result.Status);
            // What is dead is free before the next file is wanted, however busy the machine.
            if (put % (bodiesPerSegment / 8) == 0) store.Reclaimer.RunOnce();
        }

        Assert.Equal(2, created);
        Assert.True(store.Segments.All().Max(segment => segment.Generation) >= 3);
    }
}
