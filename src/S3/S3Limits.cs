namespace RustFs.S3;

/// <summary>Every bound on what a request may ask for, with its reason. Sizes in bytes.</summary>
public static class S3Limits
{
    /// <summary>AWS: object keys are at most 1,024 bytes of UTF-8.</summary>
    public const int KeyBytes = 1024;

    /// <summary>AWS: names and values of user metadata together.</summary>
    public const int UserMetadataBytes = 2 * 1024;

    /// <summary>
    /// User metadata as header fields of a response, where bytes beyond ASCII grow to RFC 2047's form: leaves room for six content headers
    /// in <see cref="ResponseHeadBytes"/>. 2 KiB in one header always fit.
    /// </summary>
    public const int ReturnedMetadataBytes = 7680;

    /// <summary>AWS: one PUT and one part.</summary>
    public const long PutBytes = 5L << 30;

    /// <summary>AWS: every part but the last.</summary>
    public const long MinPartBytes = 5L << 20;

    /// <summary>AWS: part numbers are 1 to 10,000.</summary>
    public const int MaxPartNumber = 10_000;

    /// <summary>AWS, since December 2025: the largest object.</summary>
    public const long ObjectBytes = 50L << 40;

    /// <summary>AWS: the most keys in one page of a listing and in one DeleteObjects.</summary>
    public const int PageKeys = 1000;

    /// <summary>AWS: the most buckets in one page.</summary>
    public const int PageBuckets = 10_000;

    /// <summary>A thousand keys of 1,024 bytes, each character escaped as XML, with version ids and ETags, stay below it.</summary>
    public const int DeleteObjectsXmlBytes = 8 << 20;

    /// <summary>Ten thousand parts with their ETag and checksums take about 3 MB.</summary>
    public const int CompleteUploadXmlBytes = 8 << 20;

    /// <summary>A bucket configuration of one or two elements.</summary>
    public const int SmallXmlBytes = 64 << 10;

    /// <summary>Fifty tags of the longest keys and values, each character escaped as XML.</summary>
    public const int BucketTaggingXmlBytes = 256 << 10;

    /// <summary>A thousand lifecycle rules with filters of usual length; what is kept of them has the same bound in the store.</summary>
    public const int LifecycleXmlBytes = 1 << 20;

    /// <summary>
    /// What is left of a refused body is read up to here, so that the connection lives on; beyond it a new connection is cheaper.
    /// </summary>
    public const int DrainBytes = 1 << 20;

    /// <summary>AWS: what stands before a form's file, boundaries included.</summary>
    public const int FormFieldsBytes = 20 * 1024;

    /// <summary>
    /// What is held of a form at once: its fields, and more of its file than <see cref="Storage.IObjectStore.MaxInPlaceBodyBytes"/>, so
    /// that the length of a small file is known before it is stored.
    /// </summary>
    public const int FormWindowBytes = 128 * 1024;

    /// <summary>Fields of one form. As many as a request may have headers.</summary>
    public const int FormFields = Http1.Http1Limits.HeaderCount;

    /// <summary>Conditions of one policy: each of its fields with both kinds of condition, and the length.</summary>
    public const int PolicyConditions = 2 * FormFields + 1;

    /// <summary>More query parameters than any S3 operation has, with room for the clients' own.</summary>
    public const int QueryParameters = 64;

    /// <summary>
    /// All stored header fields of one object: 2 KiB of user metadata, six content headers of at most 1 KiB, and what encrypts it with as
    /// much.
    /// </summary>
    public const int StoredFieldsBytes = 14 * 1024;

    /// <summary>
    /// Those, and ten tags of the longest keys and values, which no header could bring: 384 characters of three bytes each.
    /// </summary>
    public const int TaggedFieldsBytes = 26 * 1024;

    /// <summary>Room for a response head: stored fields, checksums and the fixed fields.</summary>
    public const int ResponseHeadBytes = 16 * 1024;

    /// <summary>Of that, what must be left for a checksum, the version, the length and the end of the head.</summary>
    public const int LastFieldsBytes = 512;
}
