namespace RustFs.Storage;

/// <summary>
/// The storage class that a client asked for. It is kept and shown; all are stored alike. Stored by number: never renumber.
/// </summary>
public enum StorageClass : byte
{
    Standard = 0,
    ReducedRedundancy = 1,
    StandardIa = 2,
    OneZoneIa = 3,
    IntelligentTiering = 4,
    Glacier = 5,
    DeepArchive = 6,
    GlacierIr = 7,
}

/// <summary>How S3 names the classes.</summary>
public static class StorageClassNames
{
    public static ReadOnlySpan<byte> Of(StorageClass storageClass) => storageClass switch
    {
        StorageClass.ReducedRedundancy => "REDUCED_REDUNDANCY"u8,
        StorageClass.StandardIa => "STANDARD_IA"u8,
        StorageClass.OneZoneIa => "ONEZONE_IA"u8,
        StorageClass.IntelligentTiering => "INTELLIGENT_TIERING"u8,
        StorageClass.Glacier => "GLACIER"u8,
        StorageClass.DeepArchive => "DEEP_ARCHIVE"u8,
        StorageClass.GlacierIr => "GLACIER_IR"u8,
        _ => "STANDARD"u8,
    };

    public static bool TryParse(ReadOnlySpan<byte> name, out StorageClass storageClass)
    {
        for (storageClass = StorageClass.Standard; storageClass <= StorageClass.GlacierIr; storageClass++)
        {
            if (name.SequenceEqual(Of(storageClass)))
            {
                return true;
            }
        }
        storageClass = StorageClass.Standard;
        return false;
    }

    /// <summary>The class that stored fields name; STANDARD is never named.</summary>
    public static StorageClass Of(StoredFields fields) =>
        fields.TryGet(StoredFieldId.StorageClass, out ReadOnlySpan<byte> name) && TryParse(name, out StorageClass storageClass)
            ? storageClass
            : StorageClass.Standard;

    /// <summary>
    /// Whether the class in a record's head, which listings show, is the one that its fields name. Records that were written before heads
    /// had a class have none there.
    /// </summary>
    internal static bool IsConsistent(byte headClass, ReadOnlySpan<byte> encodedFields) =>
        headClass == (byte)StorageClass.Standard || headClass == (byte)Of(encodedFields);

    internal static StorageClass Of(ReadOnlySpan<byte> encodedFields)
    {
        var fields = StoredFields.Enumerate(encodedFields);
        while (fields.MoveNext())
        {
            if (fields.Current.Id == StoredFieldId.StorageClass && TryParse(fields.Current.Value, out StorageClass storageClass))
            {
                return storageClass;
            }
        }
        return StorageClass.Standard;
    }
}
