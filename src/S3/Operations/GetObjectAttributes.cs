using RustFs.Checksums;
using RustFs.Http1;
using RustFs.S3.Encryption;
using RustFs.S3.Objects;
using RustFs.S3.Routing;
using RustFs.S3.Xml;
using RustFs.Storage;

namespace RustFs.S3.Operations;

/// <summary>GET /bucket/key?attributes : what the client names of an object's ETag, checksum, parts, storage class and size.</summary>
internal static class GetObjectAttributes
{
    public static readonly OperationSpec Spec = new()
    {
        Name = "GetObjectAttributes",
        Method = RequestMethod.Get,
        Target = TargetKind.Object,
        SubResource = "attributes",
        Permission = "s3:GetObjectAttributes",
        Reads = IndexReads.Key,
        SuccessStatus = 200,
        Handler = RunAsync,
    };

    private static ValueTask<S3Error?> RunAsync(S3Request request)
    {
        S3Error? error = AttributesRequest.Read(request.Head, out AttributesRequest wanted);
        if (error is not null)
            return ValueTask.FromResult<S3Error?>(error);
        error = ObjectVersion.Find(request, out ObjectRecord? record);
        if (error is not null)
            return ValueTask.FromResult<S3Error?>(error);
        error = EncryptedObject.IsConcerned(request, record!) ? EncryptedObject.Check(request, record!) : null;
        if (error is not null)
            return ValueTask.FromResult<S3Error?>(error);
        XmlResponse.Begin(request);
        request.Response.DateHeader("Last-Modified"u8, record!.LastModifiedMs);
        ObjectVersion.WriteHeader(request, record.VersionId);
        return XmlResponse.SendAsync(request, Write(record, wanted));
    }

    /// <summary>What the object does not have, such as parts or a checksum, is left out.</summary>
    private static XmlBody Write(ObjectRecord record, in AttributesRequest wanted)
    {
        var body = new XmlBody();
        body.OpenRoot("GetObjectAttributesResponse"u8);
        if (wanted.Has(ObjectAttribute.ETag))
            WriteETag(body, record.ETag);
        if (wanted.Has(ObjectAttribute.Checksum) && record.Checksum.Kind != ChecksumKind.None)
        {
            // Without the number of parts that other answers put behind a composite one: it stands in ObjectParts.
            body.Open("Checksum"u8);
            ChecksumElements.WriteDigest(body, record.Checksum);
            body.Element("ChecksumType"u8, ChecksumNames.TypeName(record.Checksum.Type));
            body.Close("Checksum"u8);
        }

        if (wanted.Has(ObjectAttribute.ObjectParts) && record.PartCount > 0)
            WriteParts(body, record, wanted);
        if (wanted.Has(ObjectAttribute.StorageClass))
            body.Element("StorageClass"u8, StorageClassNames.Of(StorageClassNames.Of(record.Fields)));
        if (wanted.Has(ObjectAttribute.ObjectSize))
            body.Element("ObjectSize"u8, record.SizeBytes);
        body.Close("GetObjectAttributesResponse"u8);
        return body;
    }

    /// <summary>The one ETag of the S3 API that has no quotes.</summary>
    private static void WriteETag(XmlBody body, ETag tag)
    {
        Span<byte> text = stackalloc byte[ETag.MaxTextBytes];
        body.Element("ETag"u8, text[..tag.Format(text)]);
    }

    /// <summary>As on AWS, parts that came without checksums are only counted.</summary>
    private static void WriteParts(XmlBody body, ObjectRecord record, in AttributesRequest wanted)
    {
        body.Open("ObjectParts"u8);
        body.Element("PartsCount"u8, record.PartCount);
        if (record.Part(0).Checksum.Kind != ChecksumKind.None)
        {
            int first = 0;
            while (first < record.PartCount && record.Part(first).PartNumber <= wanted.PartNumberMarker)
                first++;
            int end = Math.Min(record.PartCount, first + wanted.MaxParts);
            body.Element("PartNumberMarker"u8, wanted.PartNumberMarker);
            body.Element("NextPartNumberMarker"u8, end > first ? record.Part(end - 1).PartNumber : 0);
            body.Element("MaxParts"u8, wanted.MaxParts);
            body.Element("IsTruncated"u8, end < record.PartCount && wanted.MaxParts > 0);
            for (int index = first; index < end; index++)
                WritePart(body, record.Part(index));
        }

        body.Close("ObjectParts"u8);
    }

    private static void WritePart(XmlBody body, in ObjectPart part)
    {
        body.Open("Part"u8);
        body.Element("PartNumber"u8, part.PartNumber);
        body.Element("Size"u8, part.SizeBytes);
        ChecksumElements.WriteDigest(body, part.Checksum);
        body.Close("Part"u8);
    }
}
