namespace RustFs.Storage;

/// <summary>Another retention or legal hold for a version that exists; what it does not speak of stays.</summary>
public readonly record struct LockChange
{
    private LockChange(Retention? retention, bool? isHeld, bool bypassesGovernance) =>
        (Retention, IsHeld, BypassesGovernance) = (retention, isHeld, bypassesGovernance);

    /// <summary>Null to leave it; the default of it to remove it.</summary>
    public Retention? Retention { get; }

    /// <summary>Null to leave it.</summary>
    public bool? IsHeld { get; }

    public bool BypassesGovernance { get; }

    public static LockChange Retain(Retention retention, bool bypassesGovernance) => new(retention, null, bypassesGovernance);

    public static LockChange Hold(bool isHeld) => new(null, isHeld, false);

    /// <summary>Whether a version that is locked so may be changed so at a time.</summary>
    internal bool IsPermitted(ObjectLock current, long timeMs) =>
        Retention is not { } next || current.Retention.Permits(next, timeMs, BypassesGovernance);

    /// <summary>The fields of a version after the change.</summary>
    internal byte[] ApplyTo(StoredFields fields)
    {
        byte[] changed = new byte[fields.Encoded.Length
            + StoredFields.FieldHeadBytes + ObjectLock.RetentionBytes + StoredFields.FieldHeadBytes + ObjectLock.HoldBytes];
        var writer = new StoredFieldsWriter(changed);
        foreach (StoredField field in fields)
        {
            bool isReplaced = (field.Id == StoredFieldId.Retention && Retention is not null)
                || (field.Id == StoredFieldId.LegalHold && IsHeld is not null);
            if (!isReplaced) writer.TryAdd(field.Id, field.Name, field.Value);
        }
        if (Retention is { Mode: not RetentionMode.None } retention) ObjectLock.TryAdd(ref writer, retention);
        if (IsHeld is { } isHeld) ObjectLock.TryAdd(ref writer, isHeld);
        return changed[..writer.WrittenBytes];
    }
}
