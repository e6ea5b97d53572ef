using System.Text;

namespace RustFs.Tests.Clients;

/// <summary>
/// What the server must hold of a key: the version acknowledged last, and one that was under way and may be there instead.
/// </summary>
internal readonly record struct KillExpectation(int Acknowledged, int? UnderWay)
{
    public bool Allows(int version) => version == Acknowledged || version == UnderWay;
}

/// <summary>
/// The expected state as a file: a line before each write ("begin KEY VERSION") and one after its answer ("done KEY VERSION"). What is
/// checked after a restart is read from the file, not from what the writers remember.
/// </summary>
internal sealed class KillLedger(string path)
{
    private readonly Lock _lock = new();

    public void Begin(string key, int version) => Append($"begin {key} {version}\n");

    public void Acknowledge(string key, int version) => Append($"done {key} {version}\n");

    public Dictionary<string, KillExpectation> Read()
    {
        var expected = new Dictionary<string, KillExpectation>();
        if (!File.Exists(path))
            return expected;
        foreach (string line in File.ReadLines(path))
        {
            string[] words = line.Split(' ');
            (string key, int version) = (words[1], int.Parse(words[2]));
            expected[key] = words[0] == "done"
                ? new KillExpectation(version, null)
                : new KillExpectation(expected.GetValueOrDefault(key).Acknowledged, version);
        }

        return expected;
    }

    /// <summary>What was found is what later rounds build on.</summary>
    public void Replace(IEnumerable<(string Key, int Version)> found)
    {
        File.WriteAllLines(path + ".new", found.Select(entry => $"done {entry.Key} {entry.Version}"));
        File.Move(path + ".new", path, overwrite: true);
    }

    private void Append(string line)
    {
        lock (_lock)
            File.AppendAllText(path, line, Encoding.ASCII);
    }
}
