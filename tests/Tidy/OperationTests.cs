using System.Reflection;
using RustFs.S3;
using RustFs.S3.Routing;
using Xunit;

namespace RustFs.Tests.Tidy;

/// <summary>An operation lives in one file and stands in the table once.</summary>
public sealed class OperationTests
{
    [Fact]
    public void Every_operation_has_a_file_named_for_it_and_a_line_in_the_table()
    {
        List<Type> owners = [.. typeof(OperationTable).Assembly.GetTypes()
            .Where(type => type.Namespace == "RustFs.S3.Operations" && Specs(type).Any())];
        List<OperationSpec> declared = [.. owners.SelectMany(Specs)];
        Assert.Equal(declared.Select(spec => spec.Name).Order(), OperationTable.All.Select(spec => spec.Name).Order());
        Assert.All(OperationTable.All, spec => Assert.Contains(spec, declared));

        HashSet<string> files = [.. SourceFile.All.Where(file => file.Path.StartsWith("src/S3/Operations/", StringComparison.Ordinal))
            .Select(file => Path.GetFileNameWithoutExtension(file.Name))];
        Assert.All(owners, owner => Assert.Contains(owner.Name, files));
    }

    [Fact]
    public void No_two_operations_answer_the_same_request()
    {
        IEnumerable<string> routes = OperationTable.All.Select(spec =>
            $"{spec.Method} {spec.Target} ?{spec.SubResource}={spec.SubResourceValue} {spec.RequiredHeader}");
        Assert.Equal(OperationTable.All.Count, routes.Distinct().Count());
        Assert.Equal(OperationTable.All.Count, OperationTable.All.Select(spec => spec.Name).Distinct().Count());
    }

    [Fact]
    public void Every_operation_names_its_permission_and_bounds_its_body() => Assert.All(OperationTable.All, spec =>
    {
        Assert.StartsWith("s3:", spec.Permission, StringComparison.Ordinal);
        Assert.Equal(spec.Body == BodyRule.Xml, spec.BodyLimitBytes > 0);
        // Reads of configurations that no bucket here can have succeed as AWS's do for a bucket without one: with 404 and its own code.
        Assert.True(spec.SuccessStatus is 200 or 204 or 404, spec.Name);
        Assert.Equal(spec.Index, OperationTable.All.ToList().IndexOf(spec));
    });

    private static IEnumerable<OperationSpec> Specs(Type type) => type
        .GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        .Where(field => field.FieldType == typeof(OperationSpec))
        .Select(field => (OperationSpec)field.GetValue(null)!);
}
