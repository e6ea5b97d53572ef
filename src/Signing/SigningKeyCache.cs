namespace RustFs.Signing;

/// <summary>
/// Signing keys by credential and scope, a fixed number of them. Thread-safe without locks: a slot holds a whole immutable key or none,
/// and two threads that fill the same slot at once merely derive one key twice.
/// </summary>
internal sealed class SigningKeyCache
{
    /// <summary>Several slots for one hash, so that a few keys in use at once do not push each other out.</summary>
    private const int Ways = 4;

    /// <summary>With <see cref="Ways"/> room for 256 keys: every credential needs one a day and region.</summary>
    private const int Sets = 64;

    private readonly SigningKey?[] _keys = new SigningKey?[Sets * Ways];
    private int _nextWay;

    public SigningKey? Find(Credential credential, ReadOnlySpan<byte> scope)
    {
        foreach (ref SigningKey? slot in SetOf(credential, scope))
        {
            SigningKey? key = Volatile.Read(ref slot);
            if (key is not null && key.Credential.Equals(credential) && key.Scope.SequenceEqual(scope))
                return key;
        }

        return null;
    }

    /// <summary>Only keys that a valid request was signed with belong here, so that made-up scopes cannot push them out.</summary>
    public void Add(SigningKey key)
    {
        Span<SigningKey?> set = SetOf(key.Credential, key.Scope);
        foreach (ref SigningKey? slot in set)
        {
            if (Interlocked.CompareExchange(ref slot, key, null) is null)
                return;
        }

        Volatile.Write(ref set[(Interlocked.Increment(ref _nextWay) & int.MaxValue) % Ways], key);
    }

    private Span<SigningKey?> SetOf(Credential credential, ReadOnlySpan<byte> scope)
    {
        var hash = new HashCode();
        hash.Add(credential.AccessKey);
        hash.AddBytes(scope);
        int set = (int)((uint)hash.ToHashCode() % Sets);
        return _keys.AsSpan(set * Ways, Ways);
    }
}
