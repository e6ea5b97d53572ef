using System.Text;
using RustFs.S3.Encryption;
using Xunit;

namespace RustFs.Tests.S3;

public sealed class KeyRingTests
{
    [Fact]
    public void AFileNamesItsKeysNewestFirst()
    {
        KeyRing ring = TestKeys.Parse($"# keys\n\n new = {TestKeys.Text(3)}  # of this year\r\nfinance={TestKeys.Text(2)}\n"
            + $"finance = {TestKeys.Text(4)}\n a.b-c_D = {TestKeys.Text(5)}");
        Assert.Equal("new", ring.Master!.Name);
        Assert.Equal(ring.FindByCheck(new ServerKey("x", TestKeys.Bytes(2)).Check), ring.Find("finance"u8));
        Assert.Equal("finance", ring.FindByCheck(new ServerKey("x", TestKeys.Bytes(4)).Check)!.Name);
        Assert.NotNull(ring.Find("a.b-c_D"u8));
        Assert.Null(ring.Find("fin"u8));
        Assert.Null(ring.FindByCheck(new ServerKey("x", TestKeys.Bytes(6)).Check));
    }

    [Theory]
    [InlineData("", "no key")]
    [InlineData("# nothing\n", "no key")]
    [InlineData("name", "line 1")]
    [InlineData("ok = KEY1\nname = short", "line 2")]
    [InlineData("name = !!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!", "line 1")]
    [InlineData("na me = KEY1", "line 1")]
    [InlineData(" = KEY1", "line 1")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = KEY1", "line 1")]
    [InlineData("one = KEY1\ntwo = KEY1", "line 2")]
    public void WhatIsWrongIsToldByItsLineAndNothingOfAKey(string text, string said)
    {
        Assert.Null(KeyRing.Parse(text.Replace("KEY1", TestKeys.Text(1), StringComparison.Ordinal), out string error));
        Assert.Contains(said, error);
        Assert.DoesNotContain(TestKeys.Text(1)[..8], error);
        Assert.DoesNotContain("short", error);
    }

    [Fact]
    public void OneKeyByItselfIsTheMaster()
    {
        KeyRing ring = KeyRing.OfMaster(TestKeys.Text(1), out _)!;
        Assert.Equal(("master", "master"), (ring.Master!.Name, ring.Find("master"u8)!.Name));
        Assert.Null(KeyRing.OfMaster("c2hvcnQ=", out string error));
        Assert.Contains("openssl rand -base64 32", error);
    }

    [Theory]
    [InlineData("finance", "finance")]
    [InlineData("alias/finance", "finance")]
    [InlineData("arn:aws:kms:us-east-1:000000000000:key/finance", "finance")]
    [InlineData("arn:aws:kms:us-east-1:000000000000:alias/finance", "finance")]
    [InlineData("arn:", "")]
    [InlineData("key/finance", "key/finance")]
    public void KeyIdsOfEveryFormNameOneKey(string id, string name) =>
        Assert.Equal(name, Encoding.ASCII.GetString(KmsKeyId.NameIn(Encoding.ASCII.GetBytes(id))));
}
