using System.Text;
using RustFs.S3;
using RustFs.S3.Encryption;
using RustFs.S3.Xml;
using RustFs.Storage;
using RustFs.Tests.S3;

namespace RustFs.Tests.Hostile.Targets;

/// <summary>The body of PutBucketEncryption.</summary>
internal sealed class EncryptionXmlTarget : LockXmlTarget<DefaultEncryption>
{
    public override string Name => "xml-encryption";

    public override IEnumerable<byte[]> Seeds => All(
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>"
        + "</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
        "<ServerSideEncryptionConfiguration xmlns=\"u\"><Rule><BucketKeyEnabled>true</BucketKeyEnabled><ApplyServerSideEncryptionByDefault>"
        + "<KMSMasterKeyID>alias/finance</KMSMasterKeyID><SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault>"
        + "<BlockedEncryptionTypes><EncryptionType>NONE</EncryptionType></BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>");

    protected override S3Error? Read(ReadOnlyMemory<byte> document, out DefaultEncryption value)
    {
        S3Error? error = EncryptionDocument.Read(document, out value);
        if (error is not null)
            return error;
        Oracle.Holds(DefaultEncryption.Decode(value.Encode()) == value, "What is read can be stored.");
        Oracle.Holds(value.Scheme is EncryptionScheme.S3 or EncryptionScheme.Kms, "A default is of the server's keys.");
        _ = value.Resolve(TestKeys.Ring, out _);
        return null;
    }

    protected override XmlBody Write(DefaultEncryption value) => EncryptionDocument.Write(value);
}

/// <summary>The file of keys: what is accepted has a first key, and an error shows nothing of what is in it.</summary>
internal sealed class KeyFileTarget : FuzzTarget
{
    public override string Name => "key-file";

    public override IEnumerable<byte[]> Seeds => All(
        $"# keys\nfirst = {TestKeys.Text(1)}\nfinance={TestKeys.Text(2)} # old\r\n\nfinance = {TestKeys.Text(3)}", "name = short");

    public override IEnumerable<byte[]> Tokens => All("=", "\n", "#", " ", TestKeys.Text(4), "a = ", "==");

    public override ulong Run(byte[] input)
    {
        var signature = new OutcomeSignature();
        KeyRing? ring = KeyRing.Parse(Encoding.UTF8.GetString(input), out string error);
        bool isFound = ring is null || ring.Find(Encoding.ASCII.GetBytes(ring.Master!.Name)) == ring.Master;
        Oracle.Holds(isFound, "The first key is found by its name.");
        signature.Add(ring is null ? error.Split(':')[^1] : "");
        return signature.Value;
    }
}
