using System.Xml.Linq;
using RustFs.S3;
using RustFs.S3.Locks;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.Tests.Hostile.Targets;

/// <summary>A document about locks: what is accepted is well formed, and what it says is what is said of it.</summary>
internal abstract class LockXmlTarget<T> : XmlTarget
    where T : struct, IEquatable<T>
{
    protected abstract S3Error? Read(ReadOnlyMemory<byte> document, out T value);

    /// <summary>Null for what has no document that tells it.</summary>
    protected abstract XmlBody? Write(T value);

    public override ulong Run(byte[] input)
    {
        S3Error? error = Read(input, out T value);
        XElement? root = Load(input, out string failure);
        Oracle.Holds(error is not null || root is not null, "What is accepted is well formed.");
        if (error is null && Write(value) is { } body)
        {
            using (body)
            {
                Oracle.Holds(Read(body.Written, out T again) is null && again.Equals(value), "What was read is told and read again.");
            }
        }

        var signature = new OutcomeSignature();
        signature.Add((long)Sign(error is null, root, failure, value.GetHashCode() & 15));
        signature.Add(error?.Code ?? "");
        return signature.Value;
    }
}

/// <summary>The body of PutObjectLockConfiguration.</summary>
internal sealed class ObjectLockXmlTarget : LockXmlTarget<DefaultRetention>
{
    public override string Name => "xml-object-lock";

    public override IEnumerable<byte[]> Seeds => All(
        "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>",
        "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode>"
        + "<Days>36500</Days></DefaultRetention></Rule></ObjectLockConfiguration>",
        "<ObjectLockConfiguration xmlns=\"u\">\n<Rule><DefaultRetention><Years> 1 </Years><Mode>COMPLIANCE</Mode></DefaultRetention></Rule>"
        + "<ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>");

    protected override S3Error? Read(ReadOnlyMemory<byte> document, out DefaultRetention value)
    {
        S3Error? error = ObjectLockDocument.Read(document, out value);
        Oracle.Holds(DefaultRetention.Decode(value.Encode()) == value, "What is read can be stored.");
        Oracle.Holds(value == default || (value.Days > 0) != (value.Years > 0), "A period is of days or of years.");
        return error;
    }

    protected override XmlBody Write(DefaultRetention value) => ObjectLockDocument.Write(value);
}

/// <summary>The body of PutObjectRetention.</summary>
internal sealed class RetentionXmlTarget : LockXmlTarget<Retention>
{
    public override string Name => "xml-retention";

    public override IEnumerable<byte[]> Seeds => All(
        "<Retention/>",
        "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2030-01-02T03:04:05Z</RetainUntilDate></Retention>",
        "<Retention xmlns=\"u\">\n<RetainUntilDate> 9999-12-31T23:59:59.999+00:00 </RetainUntilDate><Mode>COMPLIANCE</Mode></Retention>");

    protected override S3Error? Read(ReadOnlyMemory<byte> document, out Retention value) => RetentionDocument.Read(document, 0, out value);

    protected override XmlBody? Write(Retention value) => value == default ? null : RetentionDocument.Write(value);
}

/// <summary>The body of PutObjectLegalHold.</summary>
internal sealed class LegalHoldXmlTarget : LockXmlTarget<bool>
{
    public override string Name => "xml-legal-hold";

    public override IEnumerable<byte[]> Seeds => All(
        "<LegalHold><Status>ON</Status></LegalHold>", "<LegalHold xmlns=\"u\">\n<Status> OFF </Status></LegalHold>");

    protected override S3Error? Read(ReadOnlyMemory<byte> document, out bool value) => LegalHoldDocument.Read(document, out value);

    protected override XmlBody Write(bool value) => LegalHoldDocument.Write(value);
}
