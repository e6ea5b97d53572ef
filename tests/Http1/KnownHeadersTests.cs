using System.Text;
using RustFs.Http1;
using Xunit;

namespace RustFs.Tests.Http1;

public sealed class KnownHeadersTests
{
    private static readonly Dictionary<KnownHeader, string> Names = new()
    {
        [KnownHeader.Host] = "Host",
        [KnownHeader.ContentMd5] = "Content-MD5",
        [KnownHeader.AmzContentSha256] = "x-amz-content-sha256",
        [KnownHeader.AmzChecksumCrc32] = "x-amz-checksum-crc32",
        [KnownHeader.AmzChecksumCrc32C] = "x-amz-checksum-crc32c",
        [KnownHeader.AmzChecksumCrc64Nvme] = "x-amz-checksum-crc64nvme",
        [KnownHeader.AmzChecksumSha1] = "x-amz-checksum-sha1",
        [KnownHeader.AmzChecksumSha256] = "x-amz-checksum-sha256",
    };

    public static TheoryData<KnownHeader> All =>
        new(Enum.GetValues<KnownHeader>().Where(header => header is not (KnownHeader.Unknown or KnownHeader.Count)));

    [Theory]
    [MemberData(nameof(All))]
    public void A_known_name_is_found_in_any_case_and_nothing_near_it_is(KnownHeader header)
    {
        string name = NameOf(header);
        Assert.Equal(header, Find(name));
        Assert.Equal(header, Find(name.ToLowerInvariant()));
        Assert.Equal(header, Find(name.ToUpperInvariant()));
        Assert.NotEqual(header, Find(name + "x"));
        Assert.NotEqual(header, Find("x" + name));
        Assert.NotEqual(header, Find(name[1..]));
        Assert.NotEqual(header, Find(name[..^1]));
        for (int i = 0; i < name.Length; i++)
        {
            for (int code = 0x20; code < 0x100; code++)
            {
                string changed = name[..i] + (char)code + name[(i + 1)..];
                bool same = changed.Equals(name, StringComparison.OrdinalIgnoreCase);
                Assert.True(same == (Find(changed) == header), $"'{changed}' is taken for {Find(changed)}");
            }
        }
    }

    [Fact]
    public void Other_names_are_unknown()
    {
        Assert.Equal(KnownHeader.Unknown, Find(""));
        Assert.Equal(KnownHeader.Unknown, Find("te"));
        Assert.Equal(KnownHeader.Unknown, Find("x-amz-meta-colour"));
        Assert.Equal(KnownHeader.Unknown, Find(new string('x', 200)));
    }

    /// <summary>The name follows from the member's: a hyphen before each capital, "x-" before Amz.</summary>
    private static string NameOf(KnownHeader header)
    {
        if (Names.TryGetValue(header, out string? name))
        {
            return name;
        }

        var text = new StringBuilder();
        foreach (char letter in header.ToString())
        {
            text.Append(char.IsAsciiLetterUpper(letter) && text.Length > 0 ? "-" : "").Append(char.ToLowerInvariant(letter));
        }

        return text.ToString().StartsWith("amz-", StringComparison.Ordinal) ? "x-" + text : text.ToString();
    }

    private static KnownHeader Find(string name) => KnownHeaders.Find(Encoding.Latin1.GetBytes(name));
}
