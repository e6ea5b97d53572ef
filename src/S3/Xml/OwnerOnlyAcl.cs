namespace RustFs.S3.Xml;

/// <summary>The access control list of everything here: FULL_CONTROL for the owner (AWS S3 API reference, AccessControlPolicy).</summary>
internal static class OwnerOnlyAcl
{
    public static XmlBody Write()
    {
        var body = new XmlBody();
        body.OpenRoot("AccessControlPolicy"u8);
        Owner.Write(body, "Owner"u8);
        body.Raw("<AccessControlList><Grant>"u8);
        body.Raw("<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\">"u8);
        Owner.WriteContent(body);
        body.Raw("</Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList>"u8);
        body.Close("AccessControlPolicy"u8);
        return body;
    }
}
