using RustFs.S3.Encryption;
using RustFs.Storage;
using RustFs.Tests.Storage;
using Xunit;

namespace RustFs.Tests.S3;

internal enum StoreKind { Memory, Volume }

/// <summary>
/// Tests of S3 that hold for any store: run over one in memory, and by their derived classes over the engine on real files.
/// </summary>
public abstract class StoreTests : IAsyncLifetime
{
    private readonly TemporaryDirectory? _directory;

    private protected StoreTests(StoreKind kind, KeyRing? keys = null)
    {
        if (kind == StoreKind.Memory)
        {
            Server = new S3TestServer(keys: keys);
            return;
        }

        _directory = new TemporaryDirectory();
        Server = new S3TestServer(Volume.Open(new VolumeOptions
        {
            Directories = [_directory.Path],
            SegmentBytes = 16 << 20,
            ReserveBytes = 1 << 20,
            // What survives a power cut is the engine's own tests' business.
            Durability = Durability.None,
        }), keys: keys);
    }

    private protected S3TestServer Server { get; }

    private protected ObjectRecord RecordOf(string key)
    {
        Assert.Equal(StoreStatus.Ok, Server.Store.TryGetObject(
            Server.Store.FindBucket("bucket"u8)!, System.Text.Encoding.UTF8.GetBytes(key), out ObjectRecord? record));
        return record!;
    }

    /// <summary>What the store has of an object, from its start.</summary>
    private protected async Task<byte[]> StoredBytes(ObjectRecord record, int lengthBytes)
    {
        Assert.Equal(StoreStatus.Ok, Server.Store.OpenReader(record, 0, lengthBytes, out ObjectReader? reader));
        using (reader)
        {
            var stored = new List<byte>();
            while (reader!.RemainingBytes > 0)
            {
                ReadResult read = await reader.ReadAsync();
                Assert.Equal(StoreStatus.Ok, read.Status);
                stored.AddRange(read.Bytes.Span);
            }

            return [.. stored];
        }
    }

    /// <summary>Ranges that begin and end in, before and behind the blocks of an encrypted body.</summary>
    private protected async Task RangesAreRight(string target, byte[] payload, params string[] headers)
    {
        const int block = 64 * 1024;
        int[] places = [0, 1, block - 1, block, block + 1, 2 * block - 1, 2 * block, 5_299_999, 5_300_000, 5_300_001, payload.Length / 2,
            payload.Length - 2, payload.Length - 1];
        foreach (int first in places.Where(place => place >= 0 && place < payload.Length).Distinct())
        {
            foreach (int last in places.Where(place => place >= first && place < payload.Length && place - first < 400_000).Distinct())
            {
                TestResponse get = await Server.SendAsync("GET", target, null, [$"Range: bytes={first}-{last}", .. headers]);
                Assert.Equal((206, $"bytes {first}-{last}/{payload.Length}"), (get.Status, get["Content-Range"]));
                Assert.True(payload.AsSpan(first, last - first + 1).SequenceEqual(get.Body), $"{first} to {last}");
            }
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Server.Store.DisposeAsync();
        _directory?.Dispose();
    }
}

public sealed class BucketsInMemoryTests() : BucketsTests(StoreKind.Memory);

public sealed class BucketsOnVolumeTests() : BucketsTests(StoreKind.Volume);

public sealed class ListingInMemoryTests() : ListingTests(StoreKind.Memory);

public sealed class ListingOnVolumeTests() : ListingTests(StoreKind.Volume);

public sealed class DeleteObjectsInMemoryTests() : DeleteObjectsTests(StoreKind.Memory);

public sealed class DeleteObjectsOnVolumeTests() : DeleteObjectsTests(StoreKind.Volume);

public sealed class VersioningInMemoryTests() : VersioningTests(StoreKind.Memory);

public sealed class VersioningOnVolumeTests() : VersioningTests(StoreKind.Volume);

public sealed class MultipartInMemoryTests() : MultipartTests(StoreKind.Memory);

public sealed class MultipartOnVolumeTests() : MultipartTests(StoreKind.Volume);

public sealed class TaggingInMemoryTests() : TaggingTests(StoreKind.Memory);

public sealed class TaggingOnVolumeTests() : TaggingTests(StoreKind.Volume);

public sealed class ObjectAttributesInMemoryTests() : ObjectAttributesTests(StoreKind.Memory);

public sealed class ObjectAttributesOnVolumeTests() : ObjectAttributesTests(StoreKind.Volume);

public sealed class LifecycleConfigurationInMemoryTests() : LifecycleConfigurationTests(StoreKind.Memory);

public sealed class LifecycleConfigurationOnVolumeTests() : LifecycleConfigurationTests(StoreKind.Volume);

public sealed class AppendsInMemoryTests() : AppendsTests(StoreKind.Memory);

public sealed class AppendsOnVolumeTests() : AppendsTests(StoreKind.Volume);

public sealed class RenamesInMemoryTests() : RenamesTests(StoreKind.Memory);

public sealed class RenamesOnVolumeTests() : RenamesTests(StoreKind.Volume);

public sealed class EncryptionInMemoryTests() : EncryptionTests(StoreKind.Memory);

public sealed class EncryptionOnVolumeTests() : EncryptionTests(StoreKind.Volume);

public sealed class CustomerKeysInMemoryTests() : CustomerKeysTests(StoreKind.Memory);

public sealed class CustomerKeysOnVolumeTests() : CustomerKeysTests(StoreKind.Volume);

public sealed class EncryptedCopiesInMemoryTests() : EncryptedCopiesTests(StoreKind.Memory);

public sealed class EncryptedCopiesOnVolumeTests() : EncryptedCopiesTests(StoreKind.Volume);
