namespace RustFs.Http1;

/// <summary>
/// The parameters of a Content-Type or Content-Disposition, one after the other:
/// <code>
/// parameters    = *( OWS ";" OWS [ token "=" ( token / quoted-string ) ] ) OWS
/// quoted-string = DQUOTE *( any byte but DQUOTE, CR, LF and NUL / "\" DQUOTE ) DQUOTE
/// </code>
/// RFC 9110 §5.6.6, with quoted strings as browsers write them: UTF-8 as it is, and a backslash that stands for itself unless a quote
/// follows, since it may be of a path.
/// </summary>
public ref struct FormParameters
{
    private ReadOnlySpan<byte> _rest;

    /// <param name="text">From the first semicolon on.</param>
    public FormParameters(ReadOnlySpan<byte> text) => _rest = text;

    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>Without its quotes; \" is still escaped.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The text does not follow the grammar: what was read before says nothing.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>False at the end, or where the text is broken.</summary>
    public bool Next()
    {
        while (true)
        {
            _rest = _rest.TrimStart(" \t"u8);
            if (_rest.IsEmpty)
                return false;
            if (_rest[0] != ';')
                return Break();
            _rest = _rest[1..].TrimStart(" \t"u8);
            // An empty parameter, as a semicolon at the end makes one, says nothing.
            if (!_rest.IsEmpty && _rest[0] != ';')
                return TryTake() || Break();
        }
    }

    private bool TryTake()
    {
        int equals = _rest.IndexOf((byte)'=');
        if (equals < 0 || !ByteClasses.IsToken(_rest[..equals]))
            return false;
        Name = _rest[..equals];
        _rest = _rest[(equals + 1)..];
        return _rest is [(byte)'"', ..] ? TryTakeQuoted() : TryTakeToken();
    }

    private bool TryTakeToken()
    {
        int length = _rest.IndexOfAnyExcept(ByteClasses.Token);
        Value = length < 0 ? _rest : _rest[..length];
        _rest = _rest[Value.Length..];
        return !Value.IsEmpty;
    }

    private bool TryTakeQuoted()
    {
        int end = 1;
        while (end < _rest.Length && _rest[end] != '"')
        {
            if (_rest[end] is ByteClasses.Cr or ByteClasses.Lf or 0)
                return false;
            end += _rest[end] == '\\' && end + 1 < _rest.Length && _rest[end + 1] == '"' ? 2 : 1;
        }

        if (end >= _rest.Length)
            return false;
        Value = _rest[1..end];
        _rest = _rest[(end + 1)..];
        return true;
    }

    private bool Break()
    {
        IsBroken = true;
        return false;
    }
}
