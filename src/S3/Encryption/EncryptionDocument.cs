using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Encryption;

/// <summary>
/// ServerSideEncryptionConfiguration = Rule; Rule = [ ApplyServerSideEncryptionByDefault ] [ BucketKeyEnabled ] [ BlockedEncryptionTypes ];
/// ApplyServerSideEncryptionByDefault = SSEAlgorithm [ KMSMasterKeyID ] (AWS S3 API reference, PutBucketEncryption). A rule without a
/// default sets nothing here and is refused.
/// </summary>
internal static class EncryptionDocument
{
    /// <summary>An ARN with the longest name has some 140.</summary>
    private const int MaxKeyIdCharacters = 2048;

    private static readonly S3Error KeyIdWithoutKms = S3Errors.InvalidArgument with
    {
        Message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
    };

    private static readonly S3Error Blocked = S3Errors.NotImplemented with
    {
        Message = "BlockedEncryptionTypes other than NONE are not implemented: a bucket takes every encryption that the server has.",
    };

    public static S3Error? Read(ReadOnlyMemory<byte> document, out DefaultEncryption encryption)
    {
        encryption = default;
        if (document.IsEmpty)
            return S3Errors.MissingRequestBody;
        using var xml = new XmlElementReader(document);
        if (!xml.EnterRoot("ServerSideEncryptionConfiguration"))
            return S3Errors.MalformedXml;
        Rule? rule = null;
        while (xml.NextChild())
        {
            if (xml.Name != "Rule")
                continue;
            if (rule is not null)
                return S3Errors.MalformedXml;
            rule = ReadRule(xml);
        }

        return xml.AtEnd() && rule is { IsRepeated: false } ? rule.Check(out encryption) : S3Errors.MalformedXml;
    }

    public static XmlBody Write(DefaultEncryption encryption)
    {
        var body = new XmlBody();
        body.OpenRoot("ServerSideEncryptionConfiguration"u8);
        body.Open("Rule"u8);
        body.Open("ApplyServerSideEncryptionByDefault"u8);
        body.Element("SSEAlgorithm"u8, encryption.Scheme == EncryptionScheme.Kms ? "aws:kms"u8 : "AES256"u8);
        if (encryption.KeyId.Length > 0)
            body.Element("KMSMasterKeyID"u8, encryption.KeyId);
        body.Close("ApplyServerSideEncryptionByDefault"u8);
        body.Element("BucketKeyEnabled"u8, encryption.HasBucketKey);
        body.Close("Rule"u8);
        body.Close("ServerSideEncryptionConfiguration"u8);
        return body;
    }

    private static Rule ReadRule(XmlElementReader xml)
    {
        var rule = new Rule();
        xml.Enter();
        while (xml.NextChild())
        {
            switch (xml.Name)
            {
                case "ApplyServerSideEncryptionByDefault":
                    ReadDefault(xml, rule);
                    break;
                case "BucketKeyEnabled":
                    rule.IsRepeated |= rule.BucketKey is not null;
                    rule.BucketKey = xml.Text().Trim();
                    break;
                case "BlockedEncryptionTypes":
                    xml.Enter();
                    while (xml.NextChild())
                        rule.IsBlocking |= xml.Name == "EncryptionType" && xml.Text().Trim() != "NONE";
                    break;
            }
        }

        return rule;
    }

    private static void ReadDefault(XmlElementReader xml, Rule rule)
    {
        xml.Enter();
        while (xml.NextChild())
        {
            switch (xml.Name)
            {
                case "SSEAlgorithm":
                    rule.IsRepeated |= rule.Algorithm is not null;
                    rule.Algorithm = xml.Text().Trim();
                    break;
                case "KMSMasterKeyID":
                    rule.IsRepeated |= rule.KeyId is not null;
                    rule.KeyId = xml.Text().Trim();
                    break;
            }
        }
    }

    private sealed class Rule
    {
        public string? Algorithm { get; set; }
        public string? KeyId { get; set; }
        public string? BucketKey { get; set; }
        public bool IsBlocking { get; set; }

        /// <summary>An element stands twice, and may be read in two ways.</summary>
        public bool IsRepeated { get; set; }

        private static bool IsKeyId(string id) =>
            id.Length <= MaxKeyIdCharacters && id.All(character => character is > ' ' and <= '~');

        public S3Error? Check(out DefaultEncryption encryption)
        {
            encryption = default;
            if (IsBlocking)
                return Blocked;
            if (Algorithm == "aws:kms:dsse")
                return EncryptionErrors.DualLayer;
            bool isKms = Algorithm == "aws:kms";
            if ((!isKms && Algorithm != "AES256") || BucketKey is not (null or "true" or "false") || !IsKeyId(KeyId ?? ""))
                return S3Errors.MalformedXml;
            if (!isKms && KeyId is { Length: > 0 })
                return KeyIdWithoutKms;
            encryption = new DefaultEncryption(
                isKms ? EncryptionScheme.Kms : EncryptionScheme.S3, BucketKey == "true", KeyId ?? "");
            return null;
        }
    }
}
