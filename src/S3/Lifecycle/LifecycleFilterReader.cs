using System.Globalization;
using RustFs.S3.Tagging;
using RustFs.S3.Xml;

namespace RustFs.S3.Lifecycle;

/// <summary>
/// The Filter of a rule (AWS S3 API reference, LifecycleRuleFilter and LifecycleRuleAndOperator):
/// <code>
/// Filter = [ Prefix / Tag / ObjectSizeGreaterThan / ObjectSizeLessThan / And ]
/// And = [ Prefix ] *Tag [ ObjectSizeGreaterThan ] [ ObjectSizeLessThan ], at least two of them
/// </code>
/// </summary>
internal sealed class LifecycleFilterReader
{
    private readonly XmlElementReader _xml;
    private readonly List<Tag> _tags = [];
    private S3Error? _error;
    private byte[]? _prefix;
    private long? _largerThan;
    private long? _smallerThan;

    private LifecycleFilterReader(XmlElementReader xml) => _xml = xml;

    public static S3Error? Read(XmlElementReader xml, out LifecycleFilter? filter)
    {
        filter = null;
        var reader = new LifecycleFilterReader(xml);
        var form = FilterForm.Single;
        int count = 0;
        xml.Enter();
        while (reader._error is null && xml.NextChild())
        {
            if (++count > 1)
                return S3Errors.MalformedXml;
            if (xml.Name != "And")
            {
                reader.ReadCondition();
                continue;
            }

            form = FilterForm.And;
            if (reader.ReadAnd() < 2)
                reader._error ??= S3Errors.MalformedXml;
        }

        S3Error? error = reader._error ?? (xml.Failed ? S3Errors.MalformedXml : reader.Check());
        if (error is null)
        {
            filter = new LifecycleFilter
            {
                Form = form,
                Prefix = reader._prefix,
                Tags = reader._tags,
                LargerThanBytes = reader._largerThan,
                SmallerThanBytes = reader._smallerThan,
            };
        }

        return error;
    }

    private int ReadAnd()
    {
        int count = 0;
        _xml.Enter();
        while (_error is null && _xml.NextChild())
        {
            count++;
            ReadCondition();
        }

        return count;
    }

    private void ReadCondition()
    {
        switch (_xml.Name)
        {
            case "Prefix" when _prefix is null:
                _prefix = _xml.Utf8Text();
                break;
            case "Tag":
                if (TaggingDocument.TryReadTag(_xml, out Tag tag))
                    _tags.Add(tag);
                else
                    _error = S3Errors.MalformedXml;
                break;
            case "ObjectSizeGreaterThan" when _largerThan is null:
                _largerThan = ReadSize("ObjectSizeGreaterThan", 0);
                break;
            case "ObjectSizeLessThan" when _smallerThan is null:
                _smallerThan = ReadSize("ObjectSizeLessThan", 1);
                break;
            default:
                _error = S3Errors.MalformedXml;
                break;
        }
    }

    private long? ReadSize(string element, int minBytes)
    {
        if (!long.TryParse(_xml.Text().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long sizeBytes))
            _error = S3Errors.MalformedXml;
        else if (sizeBytes < minBytes || sizeBytes > LifecycleRuleReader.MaxSizeBytes)
            _error = LifecycleErrors.SizeOutOfRange(element, minBytes);
        return sizeBytes;
    }

    private S3Error? Check()
    {
        if (_largerThan >= _smallerThan)
            return LifecycleErrors.SizesContradict;
        S3Error? error = TagRules.Check(_tags, TagRules.MaxOfObject);
        return error ?? (TagRules.AreKeysDistinct(_tags) ? null : LifecycleErrors.SameTagKey);
    }
}
