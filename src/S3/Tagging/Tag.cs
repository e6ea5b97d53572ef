namespace RustFs.S3.Tagging;

/// <summary>One tag of an object or a bucket.</summary>
internal readonly record struct Tag(string Key, string Value);
