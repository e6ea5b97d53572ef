using System.Numerics;

namespace RustFs.Tests.Hostile;

/// <summary>
/// What an execution came to, as one number: the stand-in for code coverage. An input whose signature was never seen before is kept and
/// mutated further.
/// </summary>
internal struct OutcomeSignature
{
    // FNV-1a, 64 bits.
    private const ulong Basis = 0xCBF29CE484222325;
    private const ulong Prime = 0x100000001B3;

    private ulong _hash = Basis;

    public OutcomeSignature()
    {
    }

    public readonly ulong Value => _hash;

    public void Add(long value)
    {
        for (int shift = 0; shift < 64; shift += 16)
            _hash = (_hash ^ ((ulong)value >> shift & 0xFFFF)) * Prime;
    }

    public void Add(bool value) => Add(value ? 1 : 0);

    /// <summary>A size or count by its order of magnitude: exact numbers would make every input new.</summary>
    public void AddMagnitude(long value) => Add(value <= 0 ? value : 64 - BitOperations.LeadingZeroCount((ulong)value));

    public void Add(ReadOnlySpan<char> text)
    {
        foreach (char character in text)
            Add(character);
    }
}
