using System.Text.RegularExpressions;
using RustFs.Tests.Clients;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>docs/s3-cases.md names tests that exist, for every case from 1 to 38.</summary>
public sealed partial class CasesPageTests
{
    private const int Cases = 38;

    [Fact]
    public void Every_case_names_tests_that_exist()
    {
        Dictionary<string, string> files = Directory
            .EnumerateFiles(RepositoryFolder.File("tests"), "*.*", SearchOption.AllDirectories)
            .Where(path => Path.GetExtension(path) is ".cs" or ".py" && !path.Contains("/obj/") && !path.Contains("/bin/"))
            .GroupBy(path => Path.GetFileNameWithoutExtension(path))
            .ToDictionary(group => group.Key, group => string.Concat(group.Select(File.ReadAllText)));
        var faults = new List<string>();
        for (int number = 1; number <= Cases; number++)
        {
            string? row = File.ReadLines(RepositoryFolder.File("docs", "s3-cases.md"))
                .SingleOrDefault(line => line.StartsWith($"| {number} | ", StringComparison.Ordinal));
            string cell = row?.Split(" | ")[^1] ?? "";
            MatchCollection tests = Name().Matches(cell);
            if (tests.Count == 0 && !cell.StartsWith("not built yet", StringComparison.Ordinal))
                faults.Add($"Case {number} names no test.");
            faults.AddRange(tests.Where(test => !Exists(files, test)).Select(test => $"Case {number}: there is no {test.Value}."));
        }

        Assert.Empty(faults);
    }

    /// <summary>A method or function of a file; "cs" stands for all tests of the file.</summary>
    private static bool Exists(Dictionary<string, string> files, Match test) =>
        files.TryGetValue(test.Groups["file"].Value, out string? text)
        && (test.Groups["name"].Value == "cs" || Regex.IsMatch(text, $@"\b{test.Groups["name"].Value}\("));

    [GeneratedRegex("`(?<file>[A-Za-z0-9_]+)\\.(?<name>[A-Za-z0-9_]+)`")]
    private static partial Regex Name();
}
