using System.Reflection;
using System.Runtime.InteropServices;

namespace RustFs.Storage;

/// <summary>Finds librocksdb: first the version this code is tested with, then whatever the system has.</summary>
internal static class RocksDbLibrary
{
    public const string Name = "rocksdb";

    // Debian's multiarch folders are not searched here by name; the loader finds the first two names in any of its own.
    private static readonly string[] PreferredNames = ["librocksdb.so.7.8", "librocksdb.so"];

    private static readonly Lazy<nint> Loaded = new(Load);

    /// <exception cref="VolumeException">The library is not installed.</exception>
    public static void EnsureLoaded() => _ = Loaded.Value;

    public static void UseAsResolver() => NativeLibrary.SetDllImportResolver(typeof(RocksDbLibrary).Assembly, Resolve);

    private static nint Resolve(string libraryName, Assembly assembly, DllImportSearchPath? searchPath) =>
        libraryName == Name ? Loaded.Value : 0;

    private static nint Load()
    {
        foreach (string name in PreferredNames.Concat(InstalledVersions()))
        {
            if (NativeLibrary.TryLoad(name, out nint handle))
            {
                return handle;
            }
        }
        throw new VolumeException(
            "librocksdb is not installed: run `apt-get install librocksdb7.8` "
            + "(on a newer Debian or Ubuntu: `apt-get install librocksdb-dev`)");
    }

    /// <summary>Versions whose names are not known beforehand, newest name first.</summary>
    private static IEnumerable<string> InstalledVersions()
    {
        string multiarch = RuntimeInformation.OSArchitecture switch
        {
            Architecture.X64 => "x86_64-linux-gnu",
            Architecture.Arm64 => "aarch64-linux-gnu",
            _ => string.Empty,
        };
        string[] folders = [Path.Combine("/usr/lib", multiarch), "/usr/lib64", "/usr/local/lib"];
        return folders
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "librocksdb.so.*"))
            .OrderDescending(StringComparer.Ordinal);
    }
}
