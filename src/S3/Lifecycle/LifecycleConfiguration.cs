using System.Runtime.CompilerServices;
using System.Text;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Lifecycle;

/// <summary>
/// A bucket's lifecycle configuration as it is kept: version (1), default minimum size (1), the document that is given back. The rules are
/// read from it once for each time that the bucket is configured.
/// </summary>
internal static class LifecycleConfiguration
{
    private const byte FormatVersion = 1;
    private const int HeadBytes = 2;

    /// <summary>
    /// x-amz-transition-default-minimum-object-size: which objects would be too small for a transition. There are none; SDKs and Terraform
    /// compare what they read with what they wrote. The first is the default (AWS S3 API reference).
    /// </summary>
    private static readonly byte[][] MinimumSizes = ["all_storage_classes_128K"u8.ToArray(), "varies_by_storage_class"u8.ToArray()];

    // Buckets are replaced when they are configured.
    private static readonly ConditionalWeakTable<Bucket, LifecycleRules> Read = [];

    /// <summary>The rules that are enabled; null when there are none, which costs a look into the bucket's configurations.</summary>
    public static LifecycleRules? RulesOf(Bucket bucket)
    {
        ReadOnlyMemory<byte> value = bucket.Configurations[BucketConfigurationKind.Lifecycle];
        if (value.IsEmpty)
            return null;
        LifecycleRules rules = Read.GetValue(bucket, static bucket => ReadRules(bucket.Configurations[BucketConfigurationKind.Lifecycle]));
        return rules.IsEmpty ? null : rules;
    }

    /// <summary>The document of a configuration that is not empty.</summary>
    public static ReadOnlyMemory<byte> DocumentOf(ReadOnlyMemory<byte> value) => value[HeadBytes..];

    public static ReadOnlySpan<byte> MinimumSizeHeader => "x-amz-transition-default-minimum-object-size"u8;

    public static ReadOnlySpan<byte> MinimumSizeOf(ReadOnlyMemory<byte> value) => MinimumSizes[value.Span[1] % MinimumSizes.Length];

    /// <param name="minimumSize">The header; empty for the default.</param>
    /// <param name="rules">Checked.</param>
    public static S3Error? TryEncode(string minimumSize, IReadOnlyList<LifecycleRule> rules, out byte[] value)
    {
        value = [];
        int mode = minimumSize.Length == 0 ? 0 : Array.FindIndex(MinimumSizes, size => Encoding.ASCII.GetString(size) == minimumSize);
        if (mode < 0)
            return LifecycleErrors.UnknownMinimumSize(minimumSize);
        using XmlBody document = LifecycleDocument.Write(rules);
        if (HeadBytes + document.Written.Length > BucketConfigurations.MaxValueBytes)
            return LifecycleErrors.TooLong;
        value = [FormatVersion, (byte)mode, .. document.Written.Span];
        return null;
    }

    // What was kept was checked: only another version's form cannot be read, and then nothing expires.
    private static LifecycleRules ReadRules(ReadOnlyMemory<byte> value) =>
        value.Span[0] == FormatVersion && LifecycleDocument.Read(DocumentOf(value), out List<LifecycleRule> rules) is null
            ? new LifecycleRules([.. rules.Where(rule => rule.IsEnabled)])
            : new LifecycleRules([]);
}
