using System.Runtime.CompilerServices;

namespace RustFs.Storage;

/// <summary>
/// One page of a listing as <see cref="PrefixRuns"/> knows it. All that it shows is of one moment: that at which it found everything known,
/// or that of its cursor, where what is known was so before the cursor was opened and still is.
/// </summary>
internal struct PrefixPage
{
    /// <summary>
    /// Three times what a page of 1,000 finds in full runs. Where there are more, smaller ones, the others are looked up as the page comes
    /// to them.
    /// </summary>
    public const int MaxKnown = 16;

    /// <summary>Only runs with this number or a lower one may be used beside the page's cursor.</summary>
    public long Stamp { get; set; }

    /// <summary>How often something known had been taken back.</summary>
    public long Cuts { get; set; }

    /// <summary>The changes from this position on may be missing in what its cursor shows.</summary>
    public long Since { get; set; }

    /// <summary>It has a cursor, and may publish what that shows.</summary>
    public bool IsFilling { get; set; }

    /// <summary>What was known from its first position on, without a gap.</summary>
    public KnownRuns Known;
    public int KnownCount { get; set; }

    /// <summary>That is more than it can show, or all that there is.</summary>
    public bool IsWhole { get; set; }

    /// <summary>Common prefixes that were known.</summary>
    public int Hits { get; set; }

    /// <summary>Seeks in the index.</summary>
    public int Seeks { get; set; }

    /// <summary>Something was known.</summary>
    public readonly bool HasFound => KnownCount > 0 || Hits > 0;

    [InlineArray(MaxKnown)]
    public struct KnownRuns
    {
        private PrefixRun? _first;
    }
}
