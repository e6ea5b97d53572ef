using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>Listings by folder with runs in memory, against the plainest model, while keys come and go.</summary>
public sealed class FolderListingTests
{
    // Folders of a few names, with names around the delimiter's place in the order, at two levels, with keys between groups.
    private static readonly string[] Tops = ["", "a", "a.", "a0", "b", "b/", "c\u007f", "d", "e", "f"];

    [Theory]
    [InlineData(1, 1 << 20)]
    [InlineData(2, 1 << 20)]
    [InlineData(3, 2000)]
    [InlineData(256, 1 << 20)]
    public void PagesAreOfOneStateWhileKeysComeAndGo(int maxNames, int capacityBytes)
    {
        for (int seed = 1; seed <= 80; seed++)
        {
            var random = new Random(seed);
            using var world = new FolderWorld(new PrefixRuns(capacityBytes, maxNames, keepsAll: seed % 4 != 0));
            bool isNested = false;
            world.Interruption = () =>
            {
                // Several at once: a whole commit, or one and a page that sees it.
                for (int acts = random.Next(8); acts > 4; acts--) Act();
            };
            for (int step = 0; step < 120; step++)
            {
                if (world.IsCommitting) world.GoOn();
                else if (random.Next(3) == 0) world.Begin(DrawChanges(random));
                Assert.InRange(world.Runs.Bytes, 0, capacityBytes);
                ListAndCompare(world, random, seed);
            }
            Assert.True(world.Runs.Hits > 0 || capacityBytes < 10_000);

            void Act()
            {
                if (world.IsCommitting) world.GoOn();
                else if (random.Next(2) == 0) world.Begin(DrawChanges(random));
                else if (!isNested)
                {
                    isNested = true;
                    ListAndCompare(world, random, seed);
                    isNested = false;
                }
            }
        }
    }

    private static void ListAndCompare(FolderWorld world, Random random, int seed)
    {
        string key = DrawKey(random);
        string prefix = random.Next(3) switch { 0 => "", 1 => key[..random.Next(key.Length + 1)], _ => "d/" };
        string after = random.Next(3) switch { 0 => DrawKey(random), 1 => Tops[random.Next(Tops.Length)] + "/", _ => "" };
        int maxKeys = random.Next(1, 14);
        int first = world.States.Count - 1;
        string[] page = world.List(prefix, after, maxKeys);
        for (int state = first; state < world.States.Count; state++)
        {
            if (FolderWorld.Page(world.States[state], prefix, after, maxKeys).SequenceEqual(page)) return;
        }
        Assert.Fail($"Seed {seed}: prefix {prefix}, after {after}, {maxKeys}: {string.Join(' ', page)}; "
            + string.Join(" or ", world.States[first..].Select(keys => string.Join(' ', FolderWorld.Page(keys, prefix, after, maxKeys)))));
    }

    private static List<(string, bool)> DrawChanges(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => (DrawKey(random), random.Next(5) < 2)).DistinctBy(change => change.Item1)];

    private static string DrawKey(Random random)
    {
        string top = Tops[random.Next(Tops.Length)];
        if (random.Next(5) == 0) return top + (random.Next(2) == 0 ? "x" : "/");
        string below = random.Next(4) == 0 ? Tops[random.Next(Tops.Length)] + "/" : "";
        return $"{top}/{below}{random.Next(3)}";
    }
}
