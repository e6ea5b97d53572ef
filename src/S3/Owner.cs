using RustFs.S3.Xml;

namespace RustFs.S3;

/// <summary>The one owner of all buckets and objects, as S3 answers show it: the server has a single account.</summary>
internal static class Owner
{
    // A canonical user id is 64 hex digits (AWS: "Canonical user ID"); clients compare it, nothing derives from it.
    private static ReadOnlySpan<byte> Content =>
        "<ID>75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a</ID><DisplayName>rustfs</DisplayName>"u8;

    public static ReadOnlySpan<byte> CanonicalId => Content["<ID>".Length..Content.IndexOf("</ID>"u8)];

    /// <summary>The account's number, which clients send where they expect an owner.</summary>
    public static ReadOnlySpan<byte> AccountId => "000000000000"u8;

    /// <summary>The owner's id and name under an element name such as Owner or Initiator.</summary>
    public static void Write(XmlBody body, ReadOnlySpan<byte> elementName)
    {
        body.Open(elementName);
        body.Raw(Content);
        body.Close(elementName);
    }

    /// <summary>The owner as an element Owner.</summary>
    public static void Write(ref XmlFragment fragment)
    {
        fragment.Raw("<Owner>"u8);
        fragment.Raw(Content);
        fragment.Raw("</Owner>"u8);
    }

    public static void WriteContent(XmlBody body) => body.Raw(Content);
}
