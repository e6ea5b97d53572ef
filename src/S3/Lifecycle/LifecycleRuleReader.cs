using System.Globalization;
using System.Text;
using RustFs.S3.Locks;
using RustFs.S3.Tagging;
using RustFs.S3.Xml;

namespace RustFs.S3.Lifecycle;

/// <summary>
/// One Rule of a lifecycle document (AWS S3 API reference, LifecycleRule), its children in any order:
/// <code>
/// Rule = [ ID ] Status ( Filter / Prefix ) 1*( Expiration / NoncurrentVersionExpiration / AbortIncompleteMultipartUpload )
/// Expiration = Days / Date / ExpiredObjectDeleteMarker
/// NoncurrentVersionExpiration = NoncurrentDays [ NewerNoncurrentVersions ]
/// AbortIncompleteMultipartUpload = DaysAfterInitiation
/// </code>
/// Nothing may stand twice, and what is not known is refused: a rule of which a part is overlooked would delete too much.
/// </summary>
internal sealed class LifecycleRuleReader
{
    /// <summary>AWS: of a filter's sizes.</summary>
    public const long MaxSizeBytes = 1_099_511_627_776_000;

    private const string Expiration = "Expiration";
    private const string NoncurrentExpiration = "NoncurrentVersionExpiration";
    private const string Abort = "AbortIncompleteMultipartUpload";
    private const string DeleteMarker = "ExpiredObjectDeleteMarker";

    /// <summary>AWS.</summary>
    private const int MaxIdLength = 255;

    private readonly XmlElementReader _xml;
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private S3Error? _error;
    private LifecycleFilter? _filter;
    private string _id = "";
    private string _status = "";
    private int? _days;
    private long? _dateMs;
    private bool? _deleteMarker;
    private int? _noncurrentDays;
    private int? _newerVersions;
    private int? _abortDays;

    private LifecycleRuleReader(XmlElementReader xml) => _xml = xml;

    /// <summary>Reads the rule that was found; its id is empty when it has none.</summary>
    public static S3Error? Read(XmlElementReader xml, out LifecycleRule? rule)
    {
        var reader = new LifecycleRuleReader(xml);
        reader.ReadChildren();
        rule = null;
        S3Error? error = reader._error ?? (xml.Failed ? S3Errors.MalformedXml : reader.Check());
        if (error is not null)
            return error;
        rule = new LifecycleRule
        {
            Id = reader._id,
            IsEnabled = reader._status == "Enabled",
            Filter = reader._filter!,
            ExpirationDays = reader._days,
            ExpirationDateMs = reader._dateMs,
            ExpiredObjectDeleteMarker = reader._deleteMarker,
            NoncurrentDays = reader._noncurrentDays,
            NewerNoncurrentVersions = reader._newerVersions,
            AbortDays = reader._abortDays,
        };
        return null;
    }

    private void ReadChildren()
    {
        _xml.Enter();
        while (_error is null && _xml.NextChild())
        {
            string name = _xml.Name;
            if (name is "Transition" or "NoncurrentVersionTransition")
            {
                _error = LifecycleErrors.Transition;
                return;
            }

            if (!_seen.Add(name))
                _error = S3Errors.MalformedXml;
            else
                ReadChild(name);
        }
    }

    private void ReadChild(string name)
    {
        switch (name)
        {
            case "ID":
                // Half a character would come back as another.
                _id = Encoding.UTF8.GetString(_xml.Utf8Text() ?? []);
                break;
            case "Status":
                _status = _xml.Text().Trim();
                break;
            case "Prefix":
                _filter = new LifecycleFilter { Form = FilterForm.RulePrefix, Prefix = _xml.Utf8Text() };
                break;
            case "Filter":
                _error = LifecycleFilterReader.Read(_xml, out LifecycleFilter? filter);
                _filter = filter;
                break;
            case Expiration:
                ReadExpiration();
                break;
            case NoncurrentExpiration:
                ReadNoncurrentExpiration();
                break;
            case Abort:
                ReadAbort();
                break;
            default:
                _error = S3Errors.MalformedXml;
                break;
        }
    }

    private void ReadExpiration()
    {
        int count = 0;
        _xml.Enter();
        while (_error is null && _xml.NextChild())
        {
            count++;
            switch (_xml.Name)
            {
                case "Days":
                    _days = ReadPositive("Days", Expiration);
                    break;
                case "Date":
                    ReadDate();
                    break;
                case DeleteMarker:
                    ReadDeleteMarker();
                    break;
                default:
                    _error = S3Errors.MalformedXml;
                    break;
            }
        }

        if (count != 1)
            _error ??= S3Errors.MalformedXml;
    }

    private void ReadDate()
    {
        if (!LockNames.TryParseTime(Encoding.UTF8.GetBytes(_xml.Text().Trim()), out long dateMs))
            _error = S3Errors.MalformedXml;
        else if (dateMs % LifecycleTime.DayMs != 0)
            _error = LifecycleErrors.NotMidnight;
        _dateMs = dateMs;
    }

    /// <summary>xs:boolean.</summary>
    private void ReadDeleteMarker()
    {
        string text = _xml.Text().Trim();
        if (text is "true" or "1")
            _deleteMarker = true;
        else if (text is "false" or "0")
            _deleteMarker = false;
        else
            _error = S3Errors.MalformedXml;
    }

    private void ReadNoncurrentExpiration()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        _xml.Enter();
        while (_error is null && _xml.NextChild())
        {
            string name = _xml.Name;
            if (name is not ("NoncurrentDays" or "NewerNoncurrentVersions") || !seen.Add(name))
                _error = S3Errors.MalformedXml;
            else if (name == "NoncurrentDays")
                _noncurrentDays = ReadPositive(name, NoncurrentExpiration);
            else
                _newerVersions = ReadPositive(name, NoncurrentExpiration);
        }

        if (_noncurrentDays is null)
            _error ??= S3Errors.MalformedXml;
    }

    private void ReadAbort()
    {
        const string Days = "DaysAfterInitiation";
        _xml.Enter();
        while (_error is null && _xml.NextChild())
        {
            if (_xml.Name != Days || _abortDays is not null)
                _error = S3Errors.MalformedXml;
            else
                _abortDays = ReadPositive(Days, Abort);
        }

        if (_abortDays is null)
            _error ??= S3Errors.MalformedXml;
    }

    private int? ReadPositive(string element, string action)
    {
        bool isNumber = int.TryParse(_xml.Text().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number);
        if (!isNumber)
            _error = S3Errors.MalformedXml;
        else if (number <= 0)
            _error = LifecycleErrors.NotPositive(element, action);
        return number;
    }

    private S3Error? Check()
    {
        if (_filter is not { } filter || (_seen.Contains("Filter") && _seen.Contains("Prefix")) || _status is not ("Enabled" or "Disabled"))
            return S3Errors.MalformedXml;
        if (_id.Length > MaxIdLength)
            return LifecycleErrors.LongId;
        if (filter.Prefix?.Length > S3Limits.KeyBytes)
            return LifecycleErrors.LongPrefix;
        if (!_seen.Contains(Expiration) && !_seen.Contains(NoncurrentExpiration) && !_seen.Contains(Abort))
            return LifecycleErrors.NoAction;
        if (_newerVersions is not null && filter.Form == FilterForm.RulePrefix)
            return LifecycleErrors.NewerVersionsWithPrefix;
        return CheckFilter(filter, _deleteMarker is not null, DeleteMarker) ?? CheckFilter(filter, _abortDays is not null, Abort);
    }

    /// <summary>Delete markers and uploads have neither tags nor a size.</summary>
    private static S3Error? CheckFilter(LifecycleFilter filter, bool hasAction, string action)
    {
        if (!hasAction)
            return null;
        if (filter.Tags.Count > 0)
            return LifecycleErrors.NotWithTags(action);
        return filter.HasSizes ? LifecycleErrors.NotWithSizes(action) : null;
    }
}
