using RustFs.Tests.Clients;

namespace RustFs.Tests.Tidy;

/// <summary>A tracked file of the repository, with its path from the root (slashes forward).</summary>
internal sealed class SourceFile
{
    private static readonly string[] TextExtensions =
        [".cs", ".csproj", ".props", ".sln", ".md", ".sh", ".py", ".lua", ".json", ".conf", ".txt", ".yml", ".editorconfig", ".gitignore"];

    private string[]? _lines;

    private SourceFile(string path) => Path = path;

    public string Path { get; }
    public string Name => System.IO.Path.GetFileName(Path);
    public string[] Lines => _lines ??= File.ReadAllLines(RepositoryFolder.File(Path));
    public bool IsText => TextExtensions.Contains(System.IO.Path.GetExtension(Path)) || Path == ".ci/run";
    public bool IsCode => Path.EndsWith(".cs", StringComparison.Ordinal);

    /// <summary>What git tracks, and what it would track; in an export without git, every file outside bin and obj.</summary>
    public static IReadOnlyList<SourceFile> All { get; } =
        [.. Paths().Where(path => File.Exists(RepositoryFolder.File(path))).Select(path => new SourceFile(path))];

    public static IEnumerable<SourceFile> Code => All.Where(file => file.IsCode);

    /// <summary>Production code and its benches: tests may be looser in layout, never in what they say.</summary>
    public static IEnumerable<SourceFile> Production => Code.Where(file => file.Path.StartsWith("src/", StringComparison.Ordinal)
        || file.Path.StartsWith("bench/", StringComparison.Ordinal));

    private static IEnumerable<string> Paths()
    {
        if (IsPresent(".git"))
        {
            string[] list = ["-c", "core.quotePath=false", "-c", "safe.directory=*", "-C", RepositoryFolder.Root, "ls-files",
                "--cached", "--others", "--exclude-standard"];
            ClientRun run = ClientProgram.RunAsync("git", list).GetAwaiter().GetResult();
            return run.Succeeded().Lines;
        }

        return Directory.EnumerateFiles(RepositoryFolder.Root, "*", SearchOption.AllDirectories)
            .Select(path => System.IO.Path.GetRelativePath(RepositoryFolder.Root, path))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" or "artifacts" or "data"));
    }

    private static bool IsPresent(string name) => File.Exists(RepositoryFolder.File(name)) || Directory.Exists(RepositoryFolder.File(name));
}
