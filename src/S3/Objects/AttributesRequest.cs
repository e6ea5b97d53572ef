using System.Globalization;
using System.Text;
using RustFs.Http1;

namespace RustFs.S3.Objects;

/// <summary>What GetObjectAttributes can be asked for.</summary>
[Flags]
internal enum ObjectAttribute : byte
{
    None = 0,
    ETag = 1,
    Checksum = 2,
    ObjectParts = 4,
    StorageClass = 8,
    ObjectSize = 16,
}

/// <summary>
/// The headers of GetObjectAttributes: x-amz-object-attributes = #name, x-amz-max-parts and x-amz-part-number-marker (S3 API reference).
/// </summary>
internal readonly struct AttributesRequest
{
    private static readonly S3Error Missing = S3Errors.InvalidRequest with
    {
        Message = "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty",
    };

    private static readonly S3Error UnknownName = S3Errors.InvalidArgument with
    {
        Message = "Invalid attribute name specified. Known are ETag, Checksum, ObjectParts, StorageClass and ObjectSize.",
        Details = [("ArgumentName", "x-amz-object-attributes")],
    };

    private ObjectAttribute Attributes { get; init; }

    /// <summary>0 to 1,000.</summary>
    public int MaxParts { get; private init; }

    /// <summary>The number after which parts are listed.</summary>
    public int PartNumberMarker { get; private init; }

    public bool Has(ObjectAttribute attribute) => (Attributes & attribute) != 0;

    public static S3Error? Read(RequestHead head, out AttributesRequest wanted)
    {
        wanted = default;
        var attributes = ObjectAttribute.None;
        for (int i = 0; i < head.HeaderCount; i++)
        {
            if (head.HeaderId(i) == KnownHeader.AmzObjectAttributes && !TryAdd(head.HeaderValue(i), ref attributes))
                return UnknownName;
        }

        if (attributes == ObjectAttribute.None)
            return Missing;
        S3Error? error = ReadNumber(head, "x-amz-max-parts"u8, S3Limits.PageKeys, out int maxParts);
        error = ReadNumber(head, "x-amz-part-number-marker"u8, 0, out int marker) ?? error;
        if (error is not null)
            return error;
        wanted = new AttributesRequest
        {
            Attributes = attributes,
            MaxParts = Math.Min(maxParts, S3Limits.PageKeys),
            PartNumberMarker = marker,
        };
        return null;
    }

    private static bool TryAdd(ReadOnlySpan<byte> names, ref ObjectAttribute attributes)
    {
        foreach (Range range in names.Split((byte)','))
        {
            ReadOnlySpan<byte> name = names[range].Trim(" \t"u8);
            if (name.IsEmpty)
                continue;
            ObjectAttribute attribute = Of(name);
            if (attribute == ObjectAttribute.None)
                return false;
            attributes |= attribute;
        }

        return true;
    }

    private static ObjectAttribute Of(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("ETag"u8))
            return ObjectAttribute.ETag;
        if (name.SequenceEqual("Checksum"u8))
            return ObjectAttribute.Checksum;
        if (name.SequenceEqual("ObjectParts"u8))
            return ObjectAttribute.ObjectParts;
        if (name.SequenceEqual("StorageClass"u8))
            return ObjectAttribute.StorageClass;
        return name.SequenceEqual("ObjectSize"u8) ? ObjectAttribute.ObjectSize : ObjectAttribute.None;
    }

    private static S3Error? ReadNumber(RequestHead head, ReadOnlySpan<byte> name, int absent, out int number)
    {
        number = absent;
        if (!head.TryGet(name, out ReadOnlySpan<byte> text)
            || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            return null;
        string header = Encoding.ASCII.GetString(name);
        return S3Errors.InvalidArgument with
        {
            Message = $"{header} must be an integer between 0 and 2147483647.",
            Details = [("ArgumentName", header)],
        };
    }
}
