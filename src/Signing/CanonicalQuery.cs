using System.Diagnostics;

namespace RustFs.Signing;

/// <summary>One parameter inside <see cref="CanonicalQuery"/>'s encoded text, which reads name, "=", value.</summary>
internal struct QueryParameter
{
    public int NameOffset;
    public int NameLength;
    public int ValueLength;
}

/// <summary>Which kind of signature the query carries.</summary>
internal enum QuerySignature : byte { None, Version2, Version4 }

/// <summary>
/// The parameters of a query, each decoded and encoded again, sorted by name and then by value.
/// <code>
/// query     = parameter *( "&amp;" parameter )
/// parameter = name [ "=" value ]              ; no "=" means an empty value
/// </code>
/// S3 API reference, "Signature Calculations for the Authorization Header", Canonical Query String. Empty parameters
/// ("a&amp;&amp;b") count for nothing.
/// </summary>
internal ref struct CanonicalQuery
{
    private readonly Span<byte> _encoded;
    private readonly Span<QueryParameter> _parameters;

    private CanonicalQuery(Span<byte> encoded, Span<QueryParameter> parameters, QuerySignature signature)
    {
        _encoded = encoded;
        _parameters = parameters;
        Signature = signature;
    }

    public static ReadOnlySpan<byte> SignatureName => "X-Amz-Signature"u8;

    public readonly QuerySignature Signature { get; }
    public readonly int Count => _parameters.Length;

    /// <summary>An upper bound on the parameters, for the span that <see cref="Parse"/> fills.</summary>
    public static int CountBound(ReadOnlySpan<byte> query) => query.IsEmpty ? 0 : query.Count((byte)'&') + 1;

    /// <summary>An upper bound on the encoded text: every parameter may gain an equals sign.</summary>
    public static int EncodedBound(ReadOnlySpan<byte> query) => UriEncoding.MaxLength(query.Length) + CountBound(query);

    /// <param name="encoded">At least <see cref="EncodedBound"/> bytes, which the result keeps.</param>
    /// <param name="parameters">At least <see cref="CountBound"/> elements, which the result keeps.</param>
    public static CanonicalQuery Parse(ReadOnlySpan<byte> query, Span<byte> encoded, Span<QueryParameter> parameters)
    {
        var signature = QuerySignature.None;
        int count = 0;
        int end = 0;
        while (!query.IsEmpty)
        {
            int separator = query.IndexOf((byte)'&');
            ReadOnlySpan<byte> token = separator < 0 ? query : query[..separator];
            query = separator < 0 ? default : query[(separator + 1)..];
            if (token.IsEmpty)
                continue;

            int equals = token.IndexOf((byte)'=');
            var parameter = new QueryParameter { NameOffset = end };
            parameter.NameLength = UriEncoding.EncodeQueryComponent(equals < 0 ? token : token[..equals], encoded[end..]);
            end += parameter.NameLength;
            encoded[end++] = (byte)'=';
            if (equals >= 0)
                parameter.ValueLength = UriEncoding.EncodeQueryComponent(token[(equals + 1)..], encoded[end..]);
            end += parameter.ValueLength;
            QuerySignature named = SignatureOf(encoded.Slice(parameter.NameOffset, parameter.NameLength));
            if (named > signature)
                signature = named;
            parameters[count++] = parameter;
        }

        var result = new CanonicalQuery(encoded, parameters[..count], signature);
        result.Sort();
        return result;
    }

    public readonly ReadOnlySpan<byte> Name(int index) =>
        _encoded.Slice(_parameters[index].NameOffset, _parameters[index].NameLength);

    /// <summary>Still encoded.</summary>
    public readonly ReadOnlySpan<byte> Value(int index) =>
        _encoded.Slice(_parameters[index].NameOffset + _parameters[index].NameLength + 1, _parameters[index].ValueLength);

    /// <summary>Writes the canonical query string, without the signature itself.</summary>
    public readonly void WriteTo(ref CanonicalWriter writer)
    {
        bool isFirst = true;
        for (int i = 0; i < Count; i++)
        {
            if (Name(i).SequenceEqual(SignatureName))
                continue;
            if (!isFirst)
                writer.Append((byte)'&');
            isFirst = false;
            ref readonly QueryParameter parameter = ref _parameters[i];
            writer.Append(_encoded.Slice(parameter.NameOffset, parameter.NameLength + 1 + parameter.ValueLength));
        }
    }

    /// <summary>Names are compared as AWS spells them; any one parameter of a signature makes the request claim to be signed.</summary>
    private static QuerySignature SignatureOf(ReadOnlySpan<byte> name)
    {
        if (name.StartsWith("X-Amz-"u8))
        {
            ReadOnlySpan<byte> rest = name[6..];
            bool isVersion4 = rest.SequenceEqual("Algorithm"u8) || rest.SequenceEqual("Credential"u8) || rest.SequenceEqual("Signature"u8);
            return isVersion4 ? QuerySignature.Version4 : QuerySignature.None;
        }

        return name.SequenceEqual("AWSAccessKeyId"u8) || name.SequenceEqual("Signature"u8) ? QuerySignature.Version2 : QuerySignature.None;
    }

    /// <summary>Insertion sort: clients send nearly sorted queries of few parameters.</summary>
    private readonly void Sort()
    {
        Debug.Assert(_parameters.Length <= SigningLimits.QueryParameters);
        for (int i = 1; i < _parameters.Length; i++)
        {
            QueryParameter moving = _parameters[i];
            int at = i;
            while (at > 0 && Compare(_parameters[at - 1], moving) > 0)
            {
                _parameters[at] = _parameters[at - 1];
                at--;
            }

            _parameters[at] = moving;
        }
    }

    private readonly int Compare(in QueryParameter left, in QueryParameter right)
    {
        int byName = _encoded.Slice(left.NameOffset, left.NameLength)
            .SequenceCompareTo(_encoded.Slice(right.NameOffset, right.NameLength));
        return byName != 0
            ? byName
            : _encoded.Slice(left.NameOffset + left.NameLength + 1, left.ValueLength)
                .SequenceCompareTo(_encoded.Slice(right.NameOffset + right.NameLength + 1, right.ValueLength));
    }
}
