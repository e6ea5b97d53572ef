using System.Buffers.Text;
using RustFs.S3.Xml;

namespace RustFs.S3.Listing;

/// <summary>
/// An opaque token that continues a listing after a name: base64url of a format byte and the name's bytes, so that it survives URLs, XML
/// and any name.
/// </summary>
internal static class ContinuationToken
{
    // Tells our tokens from text that merely is base64, and leaves room for another form.
    private const byte Format = 0x01;

    public static readonly S3Error Incorrect = S3Errors.InvalidArgument with { Message = "The continuation token provided is incorrect" };

    public static string Encode(ReadOnlySpan<byte> name) => Base64Url.EncodeToString([Format, .. name]);

    /// <summary>Writes the token of a name as an element.</summary>
    public static void Write(XmlBody body, ReadOnlySpan<byte> elementName, ReadOnlySpan<byte> name)
    {
        Span<byte> bytes = stackalloc byte[1 + S3Limits.KeyBytes];
        bytes[0] = Format;
        name.CopyTo(bytes[1..]);
        body.Open(elementName);
        body.Advance(Base64Url.EncodeToUtf8(bytes[..(1 + name.Length)], body.Reserve(Base64Url.GetEncodedLength(1 + name.Length))));
        body.Close(elementName);
    }

    /// <summary>The name after which to go on; false when the token is not one of ours.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> token, out byte[] name)
    {
        name = [];
        if (token.IsEmpty || token.Length > Base64Url.GetEncodedLength(1 + S3Limits.KeyBytes) || !Base64Url.IsValid(token, out _))
            return false;
        byte[] decoded = Base64Url.DecodeFromUtf8(token);
        if (decoded.Length < 2 || decoded[0] != Format)
            return false;
        name = decoded[1..];
        return true;
    }
}
