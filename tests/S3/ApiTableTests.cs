using System.Runtime.CompilerServices;
using System.Text;
using RustFs.Http1;
using RustFs.S3;
using RustFs.S3.Routing;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>
/// docs/s3-compatibility.md says what the server does; it is generated from the operation table where it can be. RUSTFS_WRITE_DOCS=1
/// writes it.
/// </summary>
public sealed class ApiTableTests
{
    private const string Start = "<!-- operations: generated from src/S3/OperationTable.cs -->\n";
    private const string End = "<!-- end of operations -->\n";

    [Fact]
    public void The_page_lists_exactly_the_operations_of_the_table()
    {
        string page = File.ReadAllText(PagePath());
        int start = page.IndexOf(Start, StringComparison.Ordinal) + Start.Length;
        int end = page.IndexOf(End, StringComparison.Ordinal);
        Assert.True(start >= Start.Length && end >= start, "The page has lost its markers.");
        string table = Table();
        if (Environment.GetEnvironmentVariable("RUSTFS_WRITE_DOCS") == "1")
        {
            File.WriteAllText(PagePath(), page[..start] + table + page[end..]);
            return;
        }

        Assert.True(table == page[start..end], "Run the tests with RUSTFS_WRITE_DOCS=1 to write the table:\n" + table);
    }

    /// <summary>501 is an answer only where the page says why.</summary>
    [Fact]
    public void Every_sub_resource_is_an_operation_or_has_a_reason()
    {
        string[] lines = File.ReadAllLines(PagePath());
        foreach (string name in Router.SubResourceNames)
        {
            bool isOperation = OperationTable.All.Any(operation => operation.SubResource == name);
            string? row = lines.FirstOrDefault(line => line.StartsWith($"| `?{name}` |", StringComparison.Ordinal));
            Assert.True(isOperation || row is not null, $"?{name} is neither an operation nor listed with a reason.");
            Assert.True(row is null || row.Split('|')[3].Trim().Length > 20, $"?{name} is listed without a reason.");
        }
    }

    [Fact]
    public void No_two_operations_answer_the_same_request()
    {
        IEnumerable<string> places = OperationTable.All.Select(operation =>
            $"{operation.Method} {operation.Target} {operation.SubResource}={operation.SubResourceValue} {operation.RequiredHeader}");
        Assert.Empty(places.GroupBy(place => place).Where(group => group.Count() > 1).Select(group => group.Key));
        Assert.Empty(OperationTable.All.GroupBy(operation => operation.Name).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    [Fact]
    public void Every_operation_is_permitted_by_an_iam_action()
        => Assert.All(OperationTable.All, operation => Assert.Matches("^s3:[A-Z][A-Za-z]+$", operation.Permission));

    [Fact]
    public void Bodies_of_xml_are_bounded()
        => Assert.All(OperationTable.All, operation => Assert.Equal(operation.Body == BodyRule.Xml, operation.BodyLimitBytes > 0));

    private static string Table()
    {
        var table = new StringBuilder("| Operation | Request | Permission |\n|---|---|---|\n");
        foreach (OperationSpec operation in OperationTable.All.OrderBy(operation => operation.Name, StringComparer.Ordinal))
            table.Append($"| {operation.Name} | `{Request(operation)}` | {operation.Permission} |\n");
        return table.ToString();
    }

    private static string Request(OperationSpec operation)
    {
        string target = operation.Target switch { TargetKind.Service => "/", TargetKind.Bucket => "/bucket", _ => "/bucket/key" };
        string value = operation.SubResourceValue is null ? "" : "=" + operation.SubResourceValue;
        string query = operation.SubResource is null ? "" : "?" + operation.SubResource + value;
        string header = operation.RequiredHeader switch
        {
            KnownHeader.AmzCopySource => " with x-amz-copy-source",
            KnownHeader.AmzWriteOffsetBytes => " with x-amz-write-offset-bytes",
            _ => "",
        };
        return operation.Method.ToString().ToUpperInvariant() + " " + target + query + header;
    }

    private static string PagePath([CallerFilePath] string thisFile = "")
        => Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "docs", "s3-compatibility.md");
}
