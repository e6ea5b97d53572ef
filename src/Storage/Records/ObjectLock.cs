using System.Buffers.Binary;

namespace RustFs.Storage;

/// <summary>What keeps a version from being deleted. Stored among its fields; the default is nothing.</summary>
/// <param name="IsHeld">Whether there is a legal hold; null when none was ever set or lifted.</param>
public readonly record struct ObjectLock(Retention Retention, bool? IsHeld)
{
    /// <summary>A retention as a stored field: mode (1), until ms (8, little-endian).</summary>
    public const int RetentionBytes = 9;

    /// <summary>A legal hold as a stored field: 1 while it is on, 0 when it was lifted.</summary>
    public const int HoldBytes = 1;

    /// <summary>Whether the version must stay at a time. Nobody may bypass a legal hold.</summary>
    public bool Forbids(long timeMs, bool bypassesGovernance) => IsHeld == true || Retention.Forbids(timeMs, bypassesGovernance);

    public static ObjectLock Of(StoredFields fields)
    {
        var found = default(ObjectLock);
        foreach (StoredField field in fields)
        {
            if (field.Id == StoredFieldId.Retention) found = found with { Retention = ReadRetention(field.Value) };
            else if (field.Id == StoredFieldId.LegalHold) found = found with { IsHeld = ReadHold(field.Value) };
        }
        return found;
    }

    /// <summary>Whether such a field says how a version is locked.</summary>
    public static bool IsPartOf(StoredFieldId id) => id is StoredFieldId.Retention or StoredFieldId.LegalHold;

    /// <param name="value">Of a field that <see cref="IsWellFormed"/>.</param>
    public static Retention ReadRetention(ReadOnlySpan<byte> value) =>
        new((RetentionMode)value[0], BinaryPrimitives.ReadInt64LittleEndian(value[1..]));

    /// <param name="value">Of a field that <see cref="IsWellFormed"/>.</param>
    public static bool ReadHold(ReadOnlySpan<byte> value) => value[0] == 1;

    /// <summary>False when the writer has no room.</summary>
    public static bool TryAdd(ref StoredFieldsWriter writer, Retention retention)
    {
        Span<byte> value = stackalloc byte[RetentionBytes];
        value[0] = (byte)retention.Mode;
        BinaryPrimitives.WriteInt64LittleEndian(value[1..], retention.UntilMs);
        return writer.TryAdd(StoredFieldId.Retention, default, value);
    }

    /// <summary>False when the writer has no room.</summary>
    public static bool TryAdd(ref StoredFieldsWriter writer, bool isHeld) =>
        writer.TryAdd(StoredFieldId.LegalHold, default, [isHeld ? (byte)1 : (byte)0]);

    /// <summary>Whether a stored field of a lock is one; true for all other fields.</summary>
    internal static bool IsWellFormed(StoredField field) => field.Id switch
    {
        StoredFieldId.Retention => field.Value.Length == RetentionBytes
            && field.Value[0] is (byte)RetentionMode.Governance or (byte)RetentionMode.Compliance
            && RecordTime.IsValid(BinaryPrimitives.ReadInt64LittleEndian(field.Value[1..])),
        StoredFieldId.LegalHold => field.Value is [0 or 1],
        _ => true,
    };
}
