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

    private protected StoreTests(StoreKind kind)
    {
        if (kind == StoreKind.Memory)
        {
            Server = new S3TestServer();
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
        }));
    }

    private protected S3TestServer Server { get; }

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
