using System.Text;
using RustFs.Checksums;
using RustFs.S3.Objects;
using RustFs.Storage;

namespace RustFs.S3.Multipart;

/// <summary>Matches the parts a client lists with the parts that were uploaded.</summary>
internal static class PartSelection
{
    private static readonly S3Error TooLarge = S3Errors.EntityTooLarge with
    {
        Message = "The parts together are larger than 50 TiB, the most for one object.",
    };

    /// <summary>The uploaded parts in the order listed, or what is wrong with the list.</summary>
    /// <param name="uploaded">All parts of the upload, in order of their numbers.</param>
    public static S3Error? Choose(
        IReadOnlyList<ListedPart> listed, IReadOnlyList<PartRecord> uploaded, out List<PartRecord> chosen, out long sizeBytes)
    {
        chosen = new List<PartRecord>(listed.Count);
        sizeBytes = 0;
        int next = 0;
        foreach (ListedPart part in listed)
        {
            while (next < uploaded.Count && uploaded[next].PartNumber < part.Number)
                next++;
            if (next == uploaded.Count || uploaded[next].PartNumber != part.Number || !Matches(part, uploaded[next]))
                return S3Errors.InvalidPart with { Details = [("PartNumber", Text(part.Number))] };
            chosen.Add(uploaded[next]);
            sizeBytes += uploaded[next].SizeBytes;
        }

        return FindTooSmall(chosen) ?? (sizeBytes > S3Limits.ObjectBytes ? TooLarge : null);
    }

    private static bool Matches(ListedPart listed, PartRecord uploaded)
    {
        if (listed.ETag is not { } tag || tag.Digest != uploaded.ETag.Digest)
            return false;
        if (listed.ChecksumKind == ChecksumKind.None)
            return true;
        return ChecksumNames.TryParse(listed.ChecksumKind, Encoding.UTF8.GetBytes(listed.Checksum), out ObjectChecksum checksum)
            && checksum.Equals(uploaded.Checksum);
    }

    private static S3Error? FindTooSmall(List<PartRecord> parts)
    {
        for (int i = 0; i < parts.Count - 1; i++)
        {
            if (parts[i].SizeBytes >= S3Limits.MinPartBytes)
                continue;
            Span<byte> tag = stackalloc byte[ETag.MaxTextBytes];
            return S3Errors.EntityTooSmall with
            {
                Details =
                [
                    ("ProposedSize", Text(parts[i].SizeBytes)),
                    ("MinSizeAllowed", Text(S3Limits.MinPartBytes)),
                    ("PartNumber", Text(parts[i].PartNumber)),
                    ("ETag", Encoding.ASCII.GetString(tag[..parts[i].ETag.Format(tag)])),
                ],
            };
        }

        return null;
    }

    private static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
