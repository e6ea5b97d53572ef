using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace RustFs.S3.Forms;

/// <summary>The fields of a form before its file, by their names, in which case makes no difference; each stands once.</summary>
internal sealed class FormFields
{
    private readonly Dictionary<string, byte[]> _values = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<KeyValuePair<string, byte[]>> All => _values;

    /// <param name="name">As it stands between its quotes.</param>
    public S3Error? Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!Utf8.IsValid(name))
            return FormErrors.Malformed;
        if (_values.Count == S3Limits.FormFields)
            return FormErrors.FieldsTooLong;
        return _values.TryAdd(Encoding.UTF8.GetString(name), value.ToArray()) ? null : FormErrors.FieldTwice;
    }

    public bool Has(string name) => _values.ContainsKey(name);

    public bool TryGet(string name, [NotNullWhen(true)] out byte[]? value) => _values.TryGetValue(name, out value);

    /// <summary>Empty when there is no such field.</summary>
    public ReadOnlySpan<byte> ValueOf(string name) => _values.GetValueOrDefault(name);

    /// <summary>Null when there is no such field, or when its value is not UTF-8.</summary>
    public string? TextOf(string name) =>
        _values.TryGetValue(name, out byte[]? value) && Utf8.IsValid(value) ? Encoding.UTF8.GetString(value) : null;

    /// <summary>
    /// Puts the name of the file in the place of ${filename} in every field but the policy: what follows the last slash or backslash, since
    /// some browsers send a path (S3 API reference, "HTML Form Fields").
    /// </summary>
    /// <param name="sentName">As it stands between its quotes.</param>
    public void FillInFileName(string sentName)
    {
        string path = sentName.Replace("\\\"", "\"", StringComparison.Ordinal);
        byte[] fileName = Encoding.UTF8.GetBytes(path[(path.LastIndexOfAny(['/', '\\']) + 1)..]);
        foreach ((string name, byte[] value) in _values)
        {
            if (!name.Equals("policy", StringComparison.OrdinalIgnoreCase) && value.AsSpan().IndexOf("${filename}"u8) >= 0)
                _values[name] = Filled(value, fileName);
        }
    }

    private static byte[] Filled(byte[] value, byte[] fileName)
    {
        var filled = new List<byte>(value.Length + fileName.Length);
        ReadOnlySpan<byte> rest = value;
        for (int at = rest.IndexOf("${filename}"u8); at >= 0; at = rest.IndexOf("${filename}"u8))
        {
            filled.AddRange(rest[..at]);
            filled.AddRange(fileName);
            rest = rest[(at + "${filename}".Length)..];
        }

        filled.AddRange(rest);
        return [.. filled];
    }
}
