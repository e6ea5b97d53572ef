namespace RustFs.Tests.S3;

/// <summary>What is said of a store in memory, said of the engine on real files.</summary>
public sealed class BucketsOnVolumeTests() : BucketsTests(StoreKind.Volume);

public sealed class ListingOnVolumeTests() : ListingTests(StoreKind.Volume);

public sealed class DeleteObjectsOnVolumeTests() : DeleteObjectsTests(StoreKind.Volume);

public sealed class MultipartOnVolumeTests() : MultipartTests(StoreKind.Volume);
