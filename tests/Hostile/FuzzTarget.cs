using System.Text;
using RustFs.Tests.Clients;

namespace RustFs.Tests.Hostile;

/// <summary>A parser, what it is given to begin with, and what must hold whatever it is given.</summary>
internal abstract class FuzzTarget
{
    /// <summary>Also the name of its folder in tests/Hostile/Corpus.</summary>
    public abstract string Name { get; }

    /// <summary>Inputs to begin with, besides the files of the corpus.</summary>
    public abstract IEnumerable<byte[]> Seeds { get; }

    /// <summary>Pieces that mean something to the target.</summary>
    public virtual IEnumerable<byte[]> Tokens => [];

    public virtual int MaxInputBytes => 2048;

    /// <summary>In the form that runs with the other tests: about half a second's worth.</summary>
    public virtual int ShortFormExecutions => 10_000;

    /// <summary>What one execution, oracles included, may allocate: so much, and so much more for each byte of input.</summary>
    public virtual long AllocationBytes => 128 * 1024;
    public virtual long AllocationBytesPerInputByte => 256;

    /// <summary>Executes one input; throws when an oracle does not hold.</summary>
    /// <returns>The outcome's signature.</returns>
    public abstract ulong Run(byte[] input);

    /// <summary>The files of the corpus by their names.</summary>
    public IEnumerable<(string Name, byte[] Bytes)> Corpus()
    {
        string folder = RepositoryFolder.File("tests", "Hostile", "Corpus", Name);
        if (!Directory.Exists(folder))
            return [];
        return Directory.GetFiles(folder).Order(StringComparer.Ordinal)
            .Select(file => (Path.GetFileName(file), File.ReadAllBytes(file)));
    }

    protected static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    protected static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    protected static IEnumerable<byte[]> All(params string[] texts) => texts.Select(Bytes);
}
