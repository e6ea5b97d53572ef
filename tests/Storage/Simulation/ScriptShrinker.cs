namespace RustFs.Tests.Storage.Simulation;

/// <summary>Takes steps out of a failing script for as long as it still fails (Zeller's ddmin, by complements).</summary>
internal static class ScriptShrinker
{
    /// <param name="fails">Whether a script fails; engine threads are real, so a true failure may need several tries to show.</param>
    public static async Task<List<Step>> ShrinkAsync(List<Step> script, Func<IReadOnlyList<Step>, Task<bool>> fails, TimeSpan limit)
    {
        DateTime end = DateTime.UtcNow + limit;
        int pieces = 2;
        while (script.Count > 1 && DateTime.UtcNow < end)
        {
            int length = (script.Count + pieces - 1) / pieces;
            bool isShorter = false;
            for (int start = 0; start < script.Count && DateTime.UtcNow < end; start += length)
            {
                List<Step> rest = [.. script.Take(start), .. script.Skip(start + length)];
                if (rest.Count == 0 || !await fails(rest)) continue;
                (script, isShorter) = (rest, true);
                break;
            }
            if (isShorter) pieces = Math.Max(2, pieces - 1);
            else if (length == 1) break;
            else pieces = Math.Min(script.Count, pieces * 2);
        }
        return script;
    }
}
