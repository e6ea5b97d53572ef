using System.Globalization;
using System.Security.Cryptography;

namespace RustFs.S3;

/// <summary>
/// Names one request in answers and logs: 16 upper-case hex digits. Unique within a run, and all but surely between runs.
/// </summary>
public readonly record struct RequestId(ulong Value)
{
    public const int TextBytes = 16;

    private static ulong _last = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    public static RequestId Next() => new(Interlocked.Increment(ref _last));

    public void Write(Span<byte> destination) => Value.TryFormat(destination, out _, "X16", CultureInfo.InvariantCulture);

    public override string ToString() => Value.ToString("X16", CultureInfo.InvariantCulture);
}
