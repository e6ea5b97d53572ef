using System.Text;
using System.Text.Unicode;
using RustFs.S3.Routing;

namespace RustFs.S3.Listing;

/// <summary>
/// Reads the query parameters of a listing. The first one that is wrong is kept in <see cref="Error"/>: ask once, after all were read.
/// </summary>
internal ref struct ListingQuery(QueryParameters query)
{
    public S3Error? Error { get; private set; }

    /// <summary>A name such as a prefix, a marker or a delimiter: at most 1,024 bytes of UTF-8. Null when absent.</summary>
    public byte[]? Name(ReadOnlySpan<byte> parameter)
    {
        if (!query.TryDecode(parameter, out byte[]? value) || (value is not null && !Utf8.IsValid(value)))
            Error ??= Wrong(parameter, "must be percent-encoded UTF-8");
        else if (value?.Length > S3Limits.KeyBytes)
            Error ??= S3Errors.KeyTooLong;
        else
            return value;
        return null;
    }

    /// <summary>A page size from 0 to <paramref name="most"/>; what is above is cut down to it, as AWS does, and absent means it.</summary>
    public int PageSize(ReadOnlySpan<byte> parameter, int most) => Math.Min(Number(parameter) ?? most, most);

    /// <summary>A number from 0 to 2^31−1; null when absent.</summary>
    public int? Number(ReadOnlySpan<byte> parameter)
    {
        if (!query.TryGetInt32(parameter, out int? number))
            Error ??= Wrong(parameter, "must be an integer between 0 and 2147483647");
        return number;
    }

    /// <summary>Whether encoding-type=url asks for percent-encoded names.</summary>
    public bool EncodesUrl()
    {
        if (!query.TryGetRaw("encoding-type"u8, out ReadOnlySpan<byte> value))
            return false;
        if (!value.SequenceEqual("url"u8))
            Error ??= Wrong("encoding-type"u8, "may only be url");
        return true;
    }

    /// <summary>The name that continuation-token continues after; null when absent.</summary>
    public byte[]? ContinuationToken()
    {
        if (!query.TryDecode("continuation-token"u8, out byte[]? token)
            || (token is not null && !Listing.ContinuationToken.TryDecode(token, out token)))
        {
            Error ??= Listing.ContinuationToken.Incorrect;
            return null;
        }

        return token;
    }

    private static S3Error Wrong(ReadOnlySpan<byte> parameter, string rule)
    {
        string name = Encoding.ASCII.GetString(parameter);
        return S3Errors.InvalidArgument with { Message = $"{name} {rule}.", Details = [("ArgumentName", name)] };
    }
}
