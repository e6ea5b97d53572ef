namespace RustFs.Tests.Hostile;

/// <summary>
/// A seeded sequence (xorshift64*). The same on every platform and version, so that a seed printed today finds the same input later, and
/// cheap enough to make one per execution.
/// </summary>
internal sealed class FuzzRandom(ulong seed)
{
    // Zero would stay zero.
    private ulong _state = seed == 0 ? 0x9E3779B97F4A7C15 : seed;

    public ulong Next()
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return _state * 0x2545F4914F6CDD1D;
    }

    /// <summary>From 0 to <paramref name="limit"/> − 1.</summary>
    public int Next(int limit) => (int)((Next() >> 32) * (ulong)limit >> 32);

    public bool OneIn(int count) => Next(count) == 0;

    /// <summary>How long the next piece of an input that arrives in pieces is: mostly a few bytes, now and then many.</summary>
    public int NextPieceBytes() => OneIn(8) ? 1 + Next(4096) : 1 + Next(24);

    /// <summary>A sequence that depends on the input alone, so that a finding is reproduced from its file.</summary>
    public static FuzzRandom Of(ReadOnlySpan<byte> input)
    {
        var signature = new OutcomeSignature();
        foreach (byte value in input)
            signature.Add(value);
        return new FuzzRandom(signature.Value);
    }
}
