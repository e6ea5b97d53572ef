using System.Globalization;
using System.Text;

namespace RustFs.S3.Tagging;

/// <summary>
/// AWS's rules for tags (S3 user guide, "Categorizing your objects using tags"): how many, how long, of which characters. Codes and
/// messages are those that AWS gives, which clients show.
/// </summary>
internal static class TagRules
{
    public const int MaxOfObject = 10;
    public const int MaxOfBucket = 50;

    // In units of UTF-16, as AWS counts them.
    private const int MaxKeyLength = 128;
    private const int MaxValueLength = 256;

    private static readonly S3Error BadKey = new("InvalidTag", 400,
        "The TagKey you have provided is invalid: 1 to 128 letters, digits, spaces and + - = . _ : / @.");

    private static readonly S3Error BadValue = new("InvalidTag", 400,
        "The TagValue you have provided is invalid: up to 256 letters, digits, spaces and + - = . _ : / @.");

    private static readonly S3Error SystemKey = new("InvalidTag", 400, "System tags cannot be added/updated by requester");

    private static readonly S3Error TooManyOfObject = S3Errors.BadRequest with
    {
        Message = "Object tags cannot be greater than 10",
        ClosesConnection = false,
    };

    private static readonly S3Error TooManyOfBucket = TooManyOfObject with { Message = "Bucket tag count cannot be greater than 50" };

    /// <summary>The first rule that the tags break; null for none. Whether a key stands twice is asked apart.</summary>
    public static S3Error? Check(IReadOnlyList<Tag> tags, int maxTags)
    {
        if (tags.Count > maxTags)
            return maxTags == MaxOfBucket ? TooManyOfBucket : TooManyOfObject;
        foreach (Tag tag in tags)
        {
            if (tag.Key.Length is 0 or > MaxKeyLength || !HasAllowedCharacters(tag.Key))
                return BadKey;
            if (tag.Value.Length > MaxValueLength || !HasAllowedCharacters(tag.Value))
                return BadValue;
            if (tag.Key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
                return SystemKey;
        }

        return null;
    }

    /// <summary>Keys are compared as they are: case makes a difference.</summary>
    public static bool AreKeysDistinct(IReadOnlyList<Tag> tags) =>
        tags.DistinctBy(tag => tag.Key, StringComparer.Ordinal).Count() == tags.Count;

    /// <summary>Letters, separators and numbers of Unicode, and a few signs.</summary>
    private static bool HasAllowedCharacters(string text)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isAllowed = Rune.GetUnicodeCategory(rune) switch
            {
                <= UnicodeCategory.OtherLetter => true,
                >= UnicodeCategory.DecimalDigitNumber and <= UnicodeCategory.OtherNumber => true,
                UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
                _ => rune.IsAscii && "+-=._:/@".Contains((char)rune.Value),
            };
            if (!isAllowed)
                return false;
        }

        return true;
    }
}
