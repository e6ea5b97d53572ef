using System.Diagnostics;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

public sealed class EngineDiskFullTests
{
    [FactWithMounts]
    public async Task AFullFileSystemRefusesWritesServesReadsAndRecovers()
    {
        using var mount = new TemporaryMount(megabytes: 64);
        using var engine = new EngineHarness(segmentBytes: 4 << 20, options => options with
        {
            Directories = [Path.Combine(mount.Path, "volume")],
            ReserveBytes = 16 << 20,
        });
        Bucket bucket = await engine.BucketAsync();
        int stored = 0;
        StoreStatus status;
        while ((status = await PutAsync($"key{stored}", stored)) == StoreStatus.Ok && stored < 1000) stored++;
        Assert.Equal(StoreStatus.NoSpace, status);
        Assert.InRange(stored, 60, 300);
        for (int key = 0; key < stored; key++) Assert.Equal(Body(key), await engine.GetAsync(bucket, $"key{key}"));

        // Somebody else takes the rest: reads and deletes go on.
        string other = Path.Combine(mount.Path, "other");
        FillUp(other);
        // Free space is looked at a few times a second.
        Assert.True(SpinWait.SpinUntil(IsRefused, TimeSpan.FromSeconds(5)));
        Assert.True(engine.Store.Statistics.WritesRefused);
        Assert.Equal(Body(0), await engine.GetAsync(bucket, "key0"));
        File.Delete(other);

        for (int key = 0; key < stored; key++)
        {
            if (key % 10 == 0) continue;
            Assert.Equal(StoreStatus.Ok, await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key($"key{key}"), null));
        }
        var deadline = Stopwatch.StartNew();
        while ((status = await PutAsync("again", 1)) == StoreStatus.NoSpace && deadline.Elapsed.TotalSeconds < 10) await Task.Delay(50);
        Assert.Equal(StoreStatus.Ok, status);
        for (int key = 0; key < stored; key += 10) Assert.Equal(Body(key), await engine.GetAsync(bucket, $"key{key}"));
        engine.AssertAccounts();

        bool IsRefused()
        {
            StoreStatus opened = engine.Store.OpenWriter(10, out BodyWriter? writer);
            writer?.Dispose();
            return opened == StoreStatus.NoSpace;
        }

        async Task<StoreStatus> PutAsync(string key, int seed) => (await engine.TryPutAsync(bucket, key, Body(seed))).Status;
    }

    /// <summary>A delete marker takes room and gives none back; a version that is deleted by its id gives some.</summary>
    [FactWithMounts]
    public async Task AFullFileSystemTakesNoDeleteMarkersAndLosesVersions()
    {
        const long reserveBytes = 16 << 20;
        using var mount = new TemporaryMount(megabytes: 64);
        using var engine = new EngineHarness(segmentBytes: 4 << 20, options => options with
        {
            Directories = [Path.Combine(mount.Path, "volume")],
            ReserveBytes = reserveBytes,
        });
        Bucket bucket = await engine.BucketAsync();
        await engine.Store.SetVersioningAsync(bucket, BucketVersioning.Enabled);
        await engine.PutVersionAsync(bucket, "key", Body(1));
        VersionId newest = await engine.PutVersionAsync(bucket, "key", Body(2));

        // Below half of the reserve the index takes only what gives space back.
        long freeBytes = new DriveInfo(mount.Path).AvailableFreeSpace;
        File.OpenHandle(Path.Combine(mount.Path, "other"), FileMode.CreateNew, FileAccess.Write,
            preallocationSize: freeBytes - reserveBytes / 4).Dispose();
        // Free space is looked at a few times a second.
        var deadline = Stopwatch.StartNew();
        WriteResult deleted = default;
        while (deleted.Status == StoreStatus.Ok && deadline.Elapsed.TotalSeconds < 5)
        {
            deleted = await engine.Store.DeleteObjectAsync(bucket, EngineHarness.Key("key"), null, null);
            if (deleted.Status == StoreStatus.Ok) await engine.DeleteVersionAsync(bucket, "key", deleted.Version);
        }
        Assert.Equal(StoreStatus.NoSpace, deleted.Status);
        // Nor new buckets; one that exists is answered as ever.
        Assert.Equal(StoreStatus.NoSpace, await engine.Store.CreateBucketAsync("other", ""));
        Assert.Equal(StoreStatus.BucketAlreadyExists, await engine.Store.CreateBucketAsync("bucket", ""));
        Assert.Equal(Body(2), await engine.GetAsync(bucket, "key"));
        await engine.DeleteVersionAsync(bucket, "key", newest);
        Assert.Equal(Body(1), await engine.GetAsync(bucket, "key"));
    }

    private static byte[] Body(int seed) => EngineHarness.Bytes(200_000, seed);

    private static void FillUp(string path)
    {
        using var file = new FileStream(path, FileMode.Create);
        byte[] block = new byte[64 << 10];
        try
        {
            while (true)
            {
                file.Write(block);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // Full: what was wanted.
        }
    }
}

/// <summary>Skipped, with the reason, where this process may not mount.</summary>
internal sealed class FactWithMountsAttribute : FactAttribute
{
    public FactWithMountsAttribute()
    {
        try
        {
            new TemporaryMount(megabytes: 1).Dispose();
        }
        catch (InvalidOperationException exception)
        {
            Skip = $"A small tmpfs cannot be mounted here: {exception.Message}";
        }
    }
}

/// <summary>A tmpfs of a given size, gone afterwards.</summary>
internal sealed class TemporaryMount : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public TemporaryMount(int megabytes)
    {
        try
        {
            Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", Path);
        }
        catch (InvalidOperationException)
        {
            _directory.Dispose();
            throw;
        }
    }

    public string Path => _directory.Path;

    public void Dispose()
    {
        Run("umount", Path);
        _directory.Dispose();
    }

    private static void Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0) throw new InvalidOperationException($"{program}: {error.Trim()}");
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new InvalidOperationException(exception.Message, exception);
        }
    }
}
