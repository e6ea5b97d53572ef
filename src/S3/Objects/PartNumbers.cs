using RustFs.S3.Routing;

namespace RustFs.S3.Objects;

/// <summary>The partNumber parameter.</summary>
internal static class PartNumbers
{
    /// <summary>A part that the object does not have.</summary>
    public static readonly S3Error NotSatisfiable = new("InvalidPartNumber", 416, "The requested partnumber is not satisfiable");

    private static readonly S3Error OutOfRange = S3Errors.InvalidArgument with
    {
        Message = "Part number must be an integer between 1 and 10000, inclusive",
        Details = [("ArgumentName", "partNumber")],
    };

    /// <summary>Reads a number from 1 to 10,000.</summary>
    public static S3Error? Read(QueryParameters query, out int partNumber)
    {
        partNumber = query.TryGetInt32("partNumber"u8, out int? number) ? number ?? 0 : 0;
        return partNumber is >= 1 and <= S3Limits.MaxPartNumber ? null : OutOfRange;
    }
}
