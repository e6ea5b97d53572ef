using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace RustFs.S3.Forms;

/// <summary>
/// The policy of a form, which its signature covers: what the form may hold, and until when.
/// <code>
/// policy    = { "expiration": time, "conditions": [ condition* ] }
/// condition = { field: value } / [ "eq", "$" field, value ] / [ "starts-with", "$" field, prefix ]
///           / [ "content-length-range", min, max ]
/// </code>
/// JSON in base64 (S3 API reference, "POST Policy"). Names of fields and kinds of conditions are read in any case.
/// </summary>
internal sealed class FormPolicy
{
    // A policy is an object with a list of lists.
    private const int MaxDepth = 3;

    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];

    private static readonly S3Error BadJson = FormErrors.InvalidPolicy("Invalid JSON.");

    private readonly List<Condition> _conditions = [];
    private DateTimeOffset _expiration;

    private FormPolicy()
    {
    }

    /// <summary>Bytes that the file must have at least.</summary>
    public long MinFileBytes { get; private set; }

    /// <summary>Bytes that the file may have at most.</summary>
    public long MaxFileBytes { get; private set; } = S3Limits.PutBytes;

    /// <param name="text">In base64, as the form brings it.</param>
    public static S3Error? Parse(ReadOnlySpan<byte> text, out FormPolicy policy)
    {
        policy = new FormPolicy();
        byte[] json = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        if (Base64.DecodeFromUtf8(text, json, out int consumed, out int length) != OperationStatus.Done || consumed != text.Length)
            return FormErrors.InvalidPolicy("It is not base64.");
        if (!Utf8.IsValid(json.AsSpan(0, length)))
            return BadJson;
        var options = new JsonReaderOptions { MaxDepth = MaxDepth };
        var reader = new Utf8JsonReader(json.AsSpan(0, length), options);
        try
        {
            if (!JsonDocument.TryParseValue(ref reader, out JsonDocument? document))
                return BadJson;
            using (document)
                return reader.Read() ? BadJson : policy.Read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // System.Text.Json tells in no other way of broken text, and of an escape that is half a character.
            return BadJson;
        }
    }

    /// <summary>Whether the form is as the policy wants it. The length of its file is the caller's to compare.</summary>
    /// <param name="fields">With the file's name filled in.</param>
    public S3Error? Check(FormFields fields, ReadOnlySpan<byte> bucket, DateTimeOffset now)
    {
        if (now >= _expiration)
            return FormErrors.PolicyExpired;
        foreach (Condition condition in _conditions)
        {
            ReadOnlySpan<byte> value = condition.Field == "bucket" ? bucket : fields.ValueOf(condition.Field);
            bool isThere = condition.Field == "bucket" || fields.Has(condition.Field);
            if (!isThere || !condition.Holds(value))
                return FormErrors.AgainstPolicy($"Policy Condition failed: {condition}");
        }

        if (fields.TryGet("bucket", out byte[]? named) && !bucket.SequenceEqual(named))
            return FormErrors.AgainstPolicy("The bucket field names another bucket than the URL.");
        // The bucket is a field of every form, be it in the URL only.
        foreach (string name in fields.All.Select(field => field.Key).Append("bucket"))
        {
            if (!IsFree(name) && !_conditions.Any(condition => condition.Field.Equals(name, StringComparison.OrdinalIgnoreCase)))
                return FormErrors.AgainstPolicy($"Extra input fields: {name.ToLowerInvariant()}");
        }

        return null;
    }

    /// <summary>The fields that need no condition.</summary>
    private static bool IsFree(string field) =>
        field.Equals("x-amz-signature", StringComparison.OrdinalIgnoreCase) || field.Equals("policy", StringComparison.OrdinalIgnoreCase)
        || field.StartsWith("x-ignore-", StringComparison.OrdinalIgnoreCase);

    private S3Error? Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return BadJson;
        JsonElement? expiration = null;
        JsonElement? conditions = null;
        foreach (JsonProperty property in root.EnumerateObject())
        {
            // Twice, it would be one policy to us and another to who reads the first.
            if (property.Name == "expiration" && expiration is null)
                expiration = property.Value;
            else if (property.Name == "conditions" && conditions is null)
                conditions = property.Value;
            else
                return FormErrors.InvalidPolicy($"Unexpected: '{property.Name}'.");
        }

        if (expiration is not { ValueKind: JsonValueKind.String } time)
            return FormErrors.InvalidPolicy("Policy missing expiration.");
        if (!DateTimeOffset.TryParseExact(time.GetString(), TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
            out _expiration))
            return FormErrors.InvalidPolicy("The expiration must be a time such as 2030-01-01T12:00:00Z.");
        if (conditions is not { ValueKind: JsonValueKind.Array } list)
            return FormErrors.InvalidPolicy("Policy missing conditions.");
        if (list.GetArrayLength() > S3Limits.PolicyConditions)
            return FormErrors.InvalidPolicy("Too many conditions.");
        foreach (JsonElement condition in list.EnumerateArray())
        {
            S3Error? error = condition.ValueKind switch
            {
                JsonValueKind.Object => ReadSimple(condition),
                JsonValueKind.Array => ReadList([.. condition.EnumerateArray()]),
                _ => FormErrors.InvalidPolicy("Conditions are objects or lists."),
            };
            if (error is not null)
                return error;
        }

        return null;
    }

    private S3Error? ReadSimple(JsonElement condition)
    {
        JsonProperty[] properties = [.. condition.EnumerateObject()];
        if (properties.Length != 1 || properties[0].Value.ValueKind != JsonValueKind.String)
            return FormErrors.InvalidPolicy("Invalid Simple-Condition: it must have exactly one property, whose value is a string.");
        return Add(properties[0].Name, properties[0].Value.GetString()!, isPrefix: false);
    }

    private S3Error? ReadList(JsonElement[] items)
    {
        if (items.Length != 3 || items[0].ValueKind != JsonValueKind.String)
            return FormErrors.InvalidPolicy("Invalid Condition: it must have three items, the first of which names its kind.");
        string kind = items[0].GetString()!.ToLowerInvariant();
        if (kind == "content-length-range")
            return ReadRange(items[1], items[2]);
        if (kind is not ("eq" or "starts-with"))
            return FormErrors.InvalidPolicy($"Invalid Condition: unknown kind '{kind}'.");
        bool areStrings = items[1].ValueKind == JsonValueKind.String && items[2].ValueKind == JsonValueKind.String;
        if (!areStrings || items[1].GetString() is not ['$', _, ..] field)
            return FormErrors.InvalidPolicy("Invalid Condition: it must name a field that begins with $, and a value.");
        return Add(field[1..], items[2].GetString()!, isPrefix: kind == "starts-with");
    }

    private S3Error? Add(string field, string value, bool isPrefix)
    {
        _conditions.Add(new Condition(field.ToLowerInvariant(), value, Encoding.UTF8.GetBytes(value), isPrefix));
        return null;
    }

    /// <summary>Several ranges must all hold.</summary>
    private S3Error? ReadRange(JsonElement min, JsonElement max)
    {
        if (!TryReadNumber(min, out long minBytes) || !TryReadNumber(max, out long maxBytes) || maxBytes < minBytes)
            return FormErrors.InvalidPolicy("Invalid content-length-range: it must have two numbers, the second not below the first.");
        MinFileBytes = Math.Max(MinFileBytes, minBytes);
        MaxFileBytes = Math.Min(MaxFileBytes, maxBytes);
        return null;
    }

    private static bool TryReadNumber(JsonElement element, out long number)
    {
        number = 0;
        string text = element.ValueKind switch
        {
            JsonValueKind.Number => element.GetRawText(),
            JsonValueKind.String => element.GetString()!,
            _ => "",
        };
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private sealed record Condition(string Field, string Text, byte[] Value, bool IsPrefix)
    {
        public bool Holds(ReadOnlySpan<byte> value)
        {
            if (!IsPrefix)
                return value.SequenceEqual(Value);
            if (Field != "content-type")
                return value.StartsWith(Value);
            // A list of types: each must begin so.
            foreach (Range type in value.Split((byte)','))
            {
                if (!value[type].Trim((byte)' ').StartsWith(Value))
                    return false;
            }

            return true;
        }

        public override string ToString() => $"[\"{(IsPrefix ? "starts-with" : "eq")}\", \"${Field}\", \"{Text}\"]";
    }
}
