using System.Text.RegularExpressions;
using System.Xml.Linq;
using RustFs.Tests.Clients;
using Xunit;

namespace RustFs.Tests.Tidy;

/// <summary>The house rules of CONTRIBUTING.md, enforced over every tracked file. A failure lists each place.</summary>
public sealed partial class TidyTests
{
    private const int FileLinesMax = 500;
    private const int MethodLinesMax = 70;
    private const int LineColumnsMax = 140;

    /// <summary>docs/architecture.md, "Projects": which project may use which. Any other edge is an error.</summary>
    private static readonly Dictionary<string, string[]> AllowedReferences = new()
    {
        ["Http1"] = [],
        ["Signing"] = ["Checksums"],
        ["Checksums"] = [],
        ["Uring"] = [],
        ["Transport"] = ["Http1", "Uring"],
        ["Storage"] = ["Checksums", "Uring"],
        ["S3"] = ["Http1", "Signing", "Checksums", "Storage"],
        ["Server"] = ["Http1", "Signing", "Checksums", "Uring", "Transport", "Storage", "S3"],
    };

    [Fact]
    public void Projects_reference_only_what_the_architecture_allows()
    {
        Assert.Equal(AllowedReferences.Keys.Order(), Projects().Select(project => project.Name).Order());
        var faults = new List<string>();
        foreach ((string name, XDocument document) in Projects())
        {
            foreach (XElement element in document.Descendants("ProjectReference"))
            {
                string reference = Path.GetFileNameWithoutExtension((string)element.Attribute("Include")!);
                if (!AllowedReferences[name].Contains(reference))
                    faults.Add($"{name} references {reference}");
            }

            if (document.Descendants("PackageReference").Any())
                faults.Add($"{name} references a package");
            if (document.Descendants("FrameworkReference").Any() && name is not ("Transport" or "Server"))
                faults.Add($"{name} references a shared framework");
        }

        AssertNone(faults);
    }

    [Fact]
    public void Package_versions_stand_in_one_file() => AssertNone(Places(
        SourceFile.All.Where(file => file.Path.EndsWith(".csproj", StringComparison.Ordinal)), line => PackageVersion().IsMatch(line)));

    [Fact]
    public void Files_stay_short() =>
        AssertNone(SourceFile.Code
            .Where(file => file.Lines.Length > FileLinesMax)
            .Select(file => $"{file.Path}: {file.Lines.Length} lines"));

    [Fact]
    public void Methods_stay_short() => AssertNone(SourceFile.Code.SelectMany(file => MethodLengths.In(file.Lines)
        .Where(method => method.Length > MethodLinesMax)
        .Select(method => $"{file.Path}:{method.Line}: {method.Length} lines")));

    [Fact]
    public void Method_lengths_are_really_measured()
    {
        string[] lines =
        [
            "internal sealed class A", "{", "    public int B(", "        int c)", "    {",
            .. Enumerable.Repeat("        D();", 71), "    }", "}",
        ];
        Assert.Equal([(3, 75)], MethodLengths.In(lines));
    }

    [Fact]
    public void Lines_fit_the_width() =>
        AssertNone(Places(SourceFile.Code.Where(file => !file.Name.EndsWith("Errors.cs", StringComparison.Ordinal)),
            line => line.Length > LineColumnsMax && !LongText().IsMatch(line)));

    [Fact]
    public void Nothing_is_left_for_later() => AssertNone(Places(TextFilesButThis(), line => Unfinished().IsMatch(line)));

    [Fact]
    public void Unsafe_code_says_what_its_pointers_live_on() => AssertNone(Places(
        SourceFile.Code.Where(file => file.Lines.Length > 0 && !file.Lines[0].StartsWith("// unsafe:", StringComparison.Ordinal)),
        line => UnsafeKeyword().IsMatch(line)));

    /// <summary>But for BenchmarkDotNet's classes, which it derives from.</summary>
    [Fact]
    public void Classes_are_sealed_static_or_abstract() => AssertNone(Places(
        SourceFile.Code.Where(file => !file.Name.EndsWith("Benchmarks.cs", StringComparison.Ordinal)),
        line => UnsealedClass().IsMatch(line)));

    [Fact]
    public void Namespaces_are_file_scoped() => AssertNone(Places(SourceFile.Code, line => BlockNamespace().IsMatch(line)));

    [Fact]
    public void Names_say_what_things_are() => AssertNone(
        [.. SourceFile.All.Where(file => EmptyName().IsMatch(Path.GetFileNameWithoutExtension(file.Name))).Select(file => file.Path),
         .. Places(SourceFile.Code, line => EmptyTypeName().IsMatch(line))]);

    /// <summary>A user's own mirrors and machine are theirs: no file names a package registry's host or a path of one machine.</summary>
    [Fact]
    public void No_file_names_a_registry_or_a_machine() =>
        AssertNone(Places(TextFilesButThis(), line => MachineOrRegistry().IsMatch(line)));

    [Fact]
    public void Links_in_documents_lead_somewhere()
    {
        var faults = new List<string>();
        foreach (SourceFile file in SourceFile.All.Where(file => file.Path.EndsWith(".md", StringComparison.Ordinal)))
        {
            string folder = Path.GetDirectoryName(RepositoryFolder.File(file.Path))!;
            foreach (Match link in file.Lines.SelectMany(line => MarkdownLink().Matches(line)))
            {
                string target = link.Groups[1].Value.Split('#')[0];
                if (target.Length == 0 || target.Contains("://", StringComparison.Ordinal))
                    continue;
                string path = Path.Combine(folder, target);
                if (!File.Exists(path) && !Directory.Exists(path))
                    faults.Add($"{file.Path}: {link.Groups[1].Value}");
            }
        }

        AssertNone(faults);
    }

    private static IEnumerable<(string Name, XDocument Document)> Projects() => SourceFile.All
        .Where(file => file.Path.StartsWith("src/", StringComparison.Ordinal) && file.Path.EndsWith(".csproj", StringComparison.Ordinal))
        .Select(file => (Path.GetFileNameWithoutExtension(file.Name), XDocument.Load(RepositoryFolder.File(file.Path))));

    private static IEnumerable<SourceFile> TextFilesButThis() =>
        SourceFile.All.Where(file => file.IsText && !file.Path.StartsWith("tests/Tidy/", StringComparison.Ordinal));

    private static IEnumerable<string> Places(IEnumerable<SourceFile> files, Func<string, bool> isFault) => files
        .SelectMany(file => file.Lines.Index()
            .Where(line => isFault(line.Item))
            .Select(line => $"{file.Path}:{line.Index + 1}: {line.Item.Trim()}"));

    private static void AssertNone(IEnumerable<string> faults)
    {
        List<string> found = [.. faults];
        Assert.True(found.Count == 0, string.Join('\n', found));
    }

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex Unfinished();

    /// <summary>A message or pattern that is one literal may run on: cutting it would hide it from a search.</summary>
    [GeneratedRegex(@"^[^""]*@?\$?""[^""]{60,}")]
    private static partial Regex LongText();

    [GeneratedRegex(@"^(?!\s*//).*\bunsafe\s+(static|partial|struct|class|void|int|uint|long|ulong|nint|nuint|byte|bool|fixed|private|public|internal|readonly|ref|\{)|^\s*unsafe\s*$")]
    private static partial Regex UnsafeKeyword();

    [GeneratedRegex(@"^\s*(?!.*\b(sealed|static|abstract)\b)(public |internal |private |protected |file |partial |unsafe )+(class|record(?! struct))\s+[A-Z]")]
    private static partial Regex UnsealedClass();

    [GeneratedRegex(@"<PackageReference.*\bVersion=")]
    private static partial Regex PackageVersion();

    [GeneratedRegex(@"^namespace [^;]*$")]
    private static partial Regex BlockNamespace();

    [GeneratedRegex(@"(Helpers?|Managers?|Utils?|Utilit(y|ies)|Common)$")]
    private static partial Regex EmptyName();

    [GeneratedRegex(@"^\s*(public |internal |private |file |sealed |static |abstract |partial |readonly |ref |unsafe )*(class|struct|interface|enum|record( struct)?)\s+\w*(Helpers?|Managers?|Utils?|Utilit(y|ies)|Common)\b")]
    private static partial Regex EmptyTypeName();

    [GeneratedRegex(@"(nuget|pypi|npmjs|crates|debian|ubuntu|pythonhosted)\.(org|com|io)|/(work|root|home)/[a-z]|/tmp/wt\b", RegexOptions.IgnoreCase)]
    private static partial Regex MachineOrRegistry();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex MarkdownLink();
}
