namespace RustFs.Storage;

/// <summary>What a key is within a listing.</summary>
internal enum ListEntry : byte
{
    /// <summary>Shown itself.</summary>
    Key,
    /// <summary>Stands for all keys under its common prefix.</summary>
    CommonPrefix,
    /// <summary>Under a common prefix that an earlier page has shown.</summary>
    ShownPrefix,
}

/// <summary>The rules of S3 listings that objects and uploads share. Keys are raw.</summary>
internal static class ListScan
{
    /// <param name="prefixLength">The common prefix's length, when there is one: through the first delimiter after the query's
    /// prefix.</param>
    public static ListEntry Classify(in ListQuery query, ReadOnlySpan<byte> key, out int prefixLength)
    {
        prefixLength = 0;
        int delimiterAt = query.Delimiter.IsEmpty ? -1 : key[query.Prefix.Length..].IndexOf(query.Delimiter);
        if (delimiterAt < 0)
        {
            return ListEntry.Key;
        }
        prefixLength = query.Prefix.Length + delimiterAt + query.Delimiter.Length;
        return key[..prefixLength].SequenceEqual(query.After) ? ListEntry.ShownPrefix : ListEntry.CommonPrefix;
    }
}
