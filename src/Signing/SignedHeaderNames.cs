using System.Buffers;

namespace RustFs.Signing;

/// <summary>
/// The list of signed header names.
/// <code>
/// signed-headers = name *( ";" name )     ; lower case, ascending, each once
/// </code>
/// S3 API reference, "Signature Calculations for the Authorization Header", SignedHeaders.
/// </summary>
internal static class SignedHeaderNames
{
    /// <summary>RFC 9110 §5.6.2 token characters without the upper-case letters.</summary>
    private static readonly SearchValues<byte> LowerCaseToken =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Whether the list has the form above. One that is empty has not.</summary>
    public static bool AreWellFormed(ReadOnlySpan<byte> list)
    {
        ReadOnlySpan<byte> previous = default;
        foreach (Range range in list.Split((byte)';'))
        {
            ReadOnlySpan<byte> name = list[range];
            if (name.IsEmpty || name.ContainsAnyExcept(LowerCaseToken) || previous.SequenceCompareTo(name) >= 0)
                return false;
            previous = name;
        }

        return true;
    }

    public static int Count(ReadOnlySpan<byte> list) => list.Count((byte)';') + 1;

    /// <summary>Takes the first name off a well-formed list; false once it is used up.</summary>
    public static bool TryNext(ref ReadOnlySpan<byte> list, out ReadOnlySpan<byte> name)
    {
        int end = list.IndexOf((byte)';');
        name = end < 0 ? list : list[..end];
        list = end < 0 ? default : list[(end + 1)..];
        return !name.IsEmpty;
    }
}
