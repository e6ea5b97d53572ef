using RustFs.S3.Operations;
using RustFs.S3.Routing;

namespace RustFs.S3;

/// <summary>Every operation this server has: one line each. Router, permissions, body limits, metrics and the API table derive from it.</summary>
public static class OperationTable
{
    public static IReadOnlyList<OperationSpec> All { get; } = Numbered(
    [
        ListBuckets.Spec,
        PutObject.Spec,
        GetObject.Spec,
        HeadObject.Spec,
        DeleteObject.Spec,
        CopyObject.Spec,
        UploadPart.Spec,
        UploadPartCopy.Spec,
    ]);

    private static OperationSpec[] Numbered(OperationSpec[] operations)
    {
        for (int i = 0; i < operations.Length; i++)
            operations[i].Index = i;
        return operations;
    }
}
