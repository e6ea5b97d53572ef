namespace RustFs.Storage;

/// <summary>Hears of what a scrub or a verification finds, and says how fast it may go.</summary>
internal interface IScrubReport
{
    bool IsStopping { get; }

    /// <summary>So many bytes were just read; returns when more may be.</summary>
    void Advanced(long readBytes);

    /// <summary>Bytes that a record refers to do not match their checksum, or cannot be read.</summary>
    void CorruptBytes(Segment segment, in Extent extent, long offset, string owner, bool isUnreadable);

    /// <summary>A record of the index is damaged.</summary>
    /// <param name="owner">What it is of, in words.</param>
    void CorruptRecord(string owner);

    /// <summary>Anything else that is wrong, in words.</summary>
    void Fault(string message);
}
