using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Storage;

/// <summary>What is known of folders: what a listing costs then, and what takes it back.</summary>
public sealed class PrefixRunsTests : IDisposable
{
    private const int Folders = 40;
    private readonly FolderWorld _world = new(new PrefixRuns(1 << 20, maxNames: 8, keepsAll: true));

    public void Dispose() => _world.Dispose();

    [Fact]
    public void WhatWasListedIsListedAgainWithoutTheIndex()
    {
        string[] all = Fill();
        Assert.Equal(all, _world.List());
        (int cursors, int seeks) = (_world.Cursors, _world.Seeks);
        Assert.Equal(all, _world.List());
        Assert.Equal(all[5..], _world.List(after: all[4]));
        Assert.Equal(all[5..], _world.List(after: all[4][..^1] + "0"));
        Assert.Equal(all[..7].Append("more after " + all[6]), _world.List(maxKeys: 7));
        Assert.Equal(all[8..16].Append("more after " + all[15]), _world.List(after: all[7], maxKeys: 8));
        Assert.Equal(all[10..20], _world.List("f01"));
        Assert.Equal([], _world.List("f01", after: "f020"));
        Assert.Equal((cursors, seeks), (_world.Cursors, _world.Seeks));
        Assert.Equal(40 + 35 + 35 + 7 + 8 + 10, _world.Runs.Hits);
    }

    [Fact]
    public void PagesOfAnySizeMakeTheSameRuns()
    {
        string[] all = Fill();
        for (string after = ""; ;)
        {
            string[] page = _world.List(after: after, maxKeys: 3);
            if (!page[^1].StartsWith("more", StringComparison.Ordinal)) break;
            after = page[^2];
        }
        AssertSeeks(0, all);
        // Pages of three are joined while eight fit.
        Assert.InRange(_world.Runs.Bytes, 1, Folders / 6 * 600);
    }

    [Fact]
    public void APrefixRangeMakesRunsOfTheFolderAboveIt()
    {
        string[] all = Fill();
        Assert.Equal(all[10..20], _world.List("f01"));
        int seeks = _world.Seeks;
        Assert.Equal(all[12..20], _world.List("f01", after: "f011/"));
        Assert.Equal(all[12..15].Append("more after f014/"), _world.List(after: "f011/", maxKeys: 3));
        Assert.Equal(seeks, _world.Seeks);
    }

    [Fact]
    public void AFolderBelowIsOneOfItsOwn()
    {
        _world.Put("a/b/c/1", "a/b/d/1", "a/e/1", "f/1");
        Assert.Equal(["a/b/c/", "a/b/d/"], _world.List("a/b/"));
        Assert.Equal(["a/b/", "a/e/"], _world.List("a/"));
        _world.Put("a/b/cc/1");
        int seeks = _world.Seeks;
        Assert.Equal(["a/b/", "a/e/"], _world.List("a/"));
        Assert.Equal(seeks, _world.Seeks);
        Assert.Equal(["a/b/c/", "a/b/cc/", "a/b/d/"], _world.List("a/b/"));
        _world.Delete("a/b/c/1", "a/b/cc/1", "a/b/d/1");
        Assert.Equal(["a/e/"], _world.List("a/"));
        Assert.Equal([], _world.List("a/b/"));
    }

    [Fact]
    public void AKeyUnderAListedPrefixTakesNothingBack()
    {
        string[] all = Known();
        _world.Put("f003/more");
        _world.Put("f003/1");
        AssertSeeks(0, all);
    }

    [Theory]
    [InlineData("f003a/1", "f003a/")]
    [InlineData("a/1", "a/")]
    [InlineData("z/1", "z/")]
    public void ANewPrefixCostsOneSeekAndIsKnownThen(string key, string prefix)
    {
        string[] all = [.. Known().Append(prefix).Order(StringComparer.Ordinal)];
        _world.Put(key);
        AssertSeeks(1, all);
        AssertSeeks(0, all);
    }

    [Fact]
    public void APrefixWhoseKeyGoesCostsOneSeek()
    {
        string[] all = Known();
        _world.Delete("f003/2");
        AssertSeeks(1, all);
        AssertSeeks(0, all);
        _world.Delete("f003/1");
        all = [.. all.Where(prefix => prefix != "f003/")];
        AssertSeeks(1, all);
        AssertSeeks(0, all);
    }

    [Fact]
    public void AKeyBetweenFoldersIsReadEachTime()
    {
        string[] all = [.. Known().Append("f003x").Order(StringComparer.Ordinal)];
        _world.Put("f003x");
        AssertSeeks(1, all);
        AssertSeeks(1, all);
        _world.Delete("f003x");
        all = [.. all.Where(key => key != "f003x")];
        AssertSeeks(1, all);
        AssertSeeks(0, all);
    }

    [Fact]
    public void AFoldersOwnKeyIsListedBeforeItsFolders()
    {
        _world.Put("a/b/1", "a/c/1");
        Assert.Equal(["a/b/", "a/c/"], _world.List("a/"));
        _world.Put("a/");
        Assert.Equal(["a/", "a/b/", "a/c/"], _world.List("a/"));
        Assert.Equal(["a/b/", "a/c/"], _world.List("a/", after: "a/"));
        _world.Delete("a/");
        Assert.Equal(["a/b/", "a/c/"], _world.List("a/"));
    }

    [Fact]
    public void AFoldersOwnKeyThatComesBeforeTheCursorDoesNotEndTheFolder()
    {
        _world.Put("a/b/1", "a/c/1", "a/d/1", "a/e/1");
        Assert.Equal(["a/b/", "a/c/", "more after a/c/"], _world.List("a/", maxKeys: 2));
        bool isPut = false;
        _world.Interruption = () =>
        {
            if (!isPut) _world.Put("a/");
            isPut = true;
        };
        Assert.Equal(["a/", "a/b/", "a/c/", "a/d/", "more after a/d/"], _world.List("a/", maxKeys: 4));
        _world.Interruption = null;
        Assert.Equal(["a/", "a/b/", "a/c/", "a/d/", "a/e/"], _world.List("a/"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WhatAPageFoundBeforeACommitGivesWayToIt(bool isDeleted)
    {
        string[] all = Fill();
        string key = isDeleted ? "f003/" : "f003a/";
        int seeks = 0;
        _world.Interruption = () =>
        {
            if (++seeks != 60) return;
            if (isDeleted) _world.Delete("f003/1", "f003/2");
            else _world.Put("f003a/1");
        };
        Assert.Equal(all, _world.List());
        _world.Interruption = null;
        AssertSeeks(1, isDeleted ? [.. all.Where(prefix => prefix != key)] : [.. all.Append(key).Order(StringComparer.Ordinal)]);
    }

    [Fact]
    public void AWriterElsewhereDoesNotKeepAPageFromBeingKept()
    {
        string[] all = Fill();
        int number = 0;
        _world.Interruption = () => _world.Put($"f{number++ % Folders:d3}/new");
        Assert.Equal(all, _world.List());
        _world.Interruption = null;
        AssertSeeks(0, all);
    }

    [Fact]
    public void APageThatBeginsWithinACommitIsToldOfIt()
    {
        string[] all = Known();
        _world.Begin([("f003a/1", false)]);
        AssertSeeks(1, all);
        _world.GoOn();
        _world.GoOn();
        AssertSeeks(1, [.. all.Append("f003a/").Order(StringComparer.Ordinal)]);
    }

    [Fact]
    public void APageThatBeginsWithinACommitNobodyHeardOfKeepsNothing()
    {
        string[] all = Fill();
        _world.Begin([("f003a/1", false)]);
        Assert.Equal(all, _world.List());
        Assert.Equal(0, _world.Runs.Bytes);
        _world.GoOn();
        _world.GoOn();
        Assert.Equal([.. all.Append("f003a/").Order(StringComparer.Ordinal)], _world.List());
        Assert.NotEqual(0, _world.Runs.Bytes);
    }

    [Fact]
    public void APageOlderThanTheChangesThatAreKeptKeepsNothing()
    {
        using var world = new FolderWorld(new PrefixRuns(1 << 20, keepsAll: true));
        world.Put("f0/1", "f1/1", "f2/1", "f3/1", "f4/1");
        string padding = new('k', 800);
        int accesses = 0;
        world.Interruption = () =>
        {
            if (++accesses == 3) world.Put("f0a/1");
            for (int other = 0; other < 10; other++) world.Put($"f1/{padding}{accesses}{other}");
        };
        Assert.DoesNotContain("f0a/", world.List());
        world.Interruption = null;
        Assert.Equal(0, world.Runs.Bytes);
        Assert.Contains("f0a/", world.List());
    }

    [Fact]
    public void NothingIsKnownOnceNobodyKnowsWhatTheIndexHas()
    {
        string[] all = Known();
        int accesses = 0;
        _world.Interruption = () =>
        {
            if (++accesses == 1) _world.Runs.Suspend();
            if (accesses == 5) _world.Runs.Resume();
        };
        Assert.Equal(all[3..], _world.List(after: "f002/2"));
        _world.Interruption = null;
        Assert.Equal(0, _world.Runs.Bytes);
        _world.Runs.Suspend();
        Assert.Equal(all, _world.List());
        Assert.Equal(0, _world.Runs.Bytes);
        _world.Runs.Resume();
        Assert.Equal(all, _world.List());
        AssertSeeks(0, all);
    }

    [Fact]
    public void MemoryIsBoundedAndWhatIsUsedStays()
    {
        using var world = new FolderWorld(new PrefixRuns(4000, maxNames: 8, keepsAll: true));
        world.Put([.. Enumerable.Range(0, 20).SelectMany(top => new[] { $"{top:d2}/a/1", $"{top:d2}/b/1" })]);
        for (int top = 0; top < 20; top++)
        {
            world.List("00/");
            world.List($"{top:d2}/");
            Assert.InRange(world.Runs.Bytes, 1, 4000);
        }
        int cursors = world.Cursors;
        world.List("00/");
        world.List("19/");
        Assert.Equal(cursors, world.Cursors);
        world.List("01/");
        Assert.Equal(cursors + 1, world.Cursors);
    }

    [Fact]
    public void GroupsOfFewKeysAreNotKept()
    {
        using var world = new FolderWorld(new PrefixRuns(1 << 20));
        world.Put([.. Enumerable.Range(0, Folders).SelectMany(folder => new[] { $"f{folder:d3}/1", $"f{folder:d3}/2" })]);
        Assert.Equal(Folders, world.List().Length);
        Assert.Equal(0, world.Runs.Bytes);
        world.Put([.. Enumerable.Range(0, Folders * 10).Select(key => $"f{key / 10:d3}/{key}")]);
        Assert.Equal(Folders, world.List().Length);
        Assert.NotEqual(0, world.Runs.Bytes);
    }

    [Fact]
    public void FoldersFarBelowAreLeftToTheIndex()
    {
        string deep = string.Concat(Enumerable.Repeat("d/", PrefixRuns.MaxDepth));
        Assert.True(FolderListing.Takes(QueryOf(deep)));
        Assert.False(FolderListing.Takes(QueryOf(deep + "d/")));
        _world.Put(deep + "a/1");
        Assert.Equal([deep + "a/"], _world.List(deep));
        _world.Put(deep + "b/1");
        Assert.Equal([deep + "a/", deep + "b/"], _world.List(deep));

        static ListQuery QueryOf(string prefix) =>
            new() { Prefix = System.Text.Encoding.UTF8.GetBytes(prefix), Delimiter = "/"u8, MaxKeys = 1 };
    }

    private string[] Fill()
    {
        _world.Put([.. Enumerable.Range(0, Folders).SelectMany(folder => new[] { $"f{folder:d3}/1", $"f{folder:d3}/2" })]);
        return [.. Enumerable.Range(0, Folders).Select(folder => $"f{folder:d3}/")];
    }

    private string[] Known()
    {
        string[] all = Fill();
        Assert.Equal(all, _world.List());
        AssertSeeks(0, all);
        return all;
    }

    private void AssertSeeks(int seeks, string[] expected)
    {
        int before = _world.Seeks;
        Assert.Equal(expected, _world.List());
        Assert.Equal(seeks, _world.Seeks - before);
    }
}
