namespace RustFs.Signing;

/// <summary>
/// The text whose digest is signed.
/// <code>
/// canonical-request = method LF canonical-uri LF canonical-query LF 1*( name ":" value LF ) LF signed-headers LF payload-hash
/// value             = field values joined by ",", each trimmed, inner runs of white space made one space
/// </code>
/// S3 API reference, "Signature Calculations for the Authorization Header", Task 1.
/// </summary>
internal static class CanonicalRequest
{
    /// <summary>An upper bound on the text's length in bytes. A signed name that was not sent still takes its own line.</summary>
    public static int LengthBound(
        in SignedRequestLine line, int headerBytes, int headerCount, int signedHeadersBytes, int payloadHashBytes) =>
        line.Method.Length + UriEncoding.MaxLength(line.Path.Length) + CanonicalQuery.EncodedBound(line.Query)
        + headerBytes + 2 * headerCount + 4 * signedHeadersBytes + payloadHashBytes + 16;

    /// <param name="asSpelt">Writes the path and the field values as they came, trimmed but not encoded or folded.</param>
    public static void Write<THeaders>(
        ref CanonicalWriter writer,
        scoped in SignedRequestLine line,
        scoped in CanonicalQuery query,
        scoped in HeaderIndex index,
        THeaders headers,
        scoped ReadOnlySpan<byte> signedHeaders,
        scoped ReadOnlySpan<byte> payloadHash,
        bool asSpelt)
        where THeaders : IHeaderSource, allows ref struct
    {
        writer.Append(line.Method);
        writer.Append((byte)'\n');
        if (asSpelt)
            writer.Append(line.Path);
        else
            writer.AppendPath(line.Path);
        writer.Append((byte)'\n');
        query.WriteTo(ref writer);
        writer.Append((byte)'\n');

        scoped ReadOnlySpan<byte> names = signedHeaders;
        while (SignedHeaderNames.TryNext(ref names, out ReadOnlySpan<byte> name))
        {
            writer.Append(name);
            writer.Append((byte)':');
            int first = index.NextNamed(headers, name, 0);
            for (int i = first; i >= 0; i = index.NextNamed(headers, name, i + 1))
            {
                if (i != first)
                    writer.Append((byte)',');
                AppendValue(ref writer, headers.Value(i), isFolded: !asSpelt);
            }

            writer.Append((byte)'\n');
        }

        writer.Append((byte)'\n');
        writer.Append(signedHeaders);
        writer.Append((byte)'\n');
        writer.Append(payloadHash);
    }

    /// <summary>Tabs count as spaces: botocore and the Java SDK fold both.</summary>
    private static void AppendValue(ref CanonicalWriter writer, scoped ReadOnlySpan<byte> value, bool isFolded)
    {
        value = value.Trim(" \t"u8);
        while (true)
        {
            int blank = isFolded ? value.IndexOfAny((byte)' ', (byte)'\t') : -1;
            if (blank < 0)
            {
                writer.Append(value);
                return;
            }

            writer.Append(value[..blank]);
            writer.Append((byte)' ');
            value = value[blank..].TrimStart(" \t"u8);
        }
    }
}
