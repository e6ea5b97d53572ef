namespace RustFs.Tests.Clients;

/// <summary>The folder that holds RustFs.sln, found upwards from the tests' own binaries.</summary>
internal static class RepositoryFolder
{
    public static string Root { get; } = Find();

    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "RustFs.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds RustFs.sln.");
    }
}
