using System.Net;
using RustFs.Server;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.Server;

public sealed class CommandLineTests
{
    [Fact]
    public void DefaultsAreThoseOfTheDocumentation()
    {
        ServerOptions options = Parse("server", "./data");

        Assert.Equal(["./data"], options.Directories);
        Assert.Equal(9000, options.Address.Port);
        Assert.Equal("rustfsadmin", options.AccessKey);
        Assert.Equal("rustfsadmin", options.SecretKey);
        Assert.Equal("us-east-1", options.Region);
        Assert.Equal(Durability.Synced, options.Durability);
        Assert.True(options.UsesDefaultKeys);
        Assert.Null(options.TlsPath);
    }

    [Theory]
    [InlineData("auto", IoMode.Auto)]
    [InlineData("uring", IoMode.Uring)]
    [InlineData("sockets", IoMode.Sockets)]
    public void InputAndOutputAreChosenByName(string word, object mode)
    {
        Assert.Equal(mode, Parse("server", "/a", "--io", word).Io);
        Assert.Equal(mode, Parse(["server", "/a"], new() { ["RUSTFS_IO"] = word }).Io);
    }

    [Fact]
    public void FlagsWinOverTheEnvironment()
    {
        ServerOptions options = Parse(
            ["server", "/a", "--address", "127.0.0.1:9100", "/b", "--region=eu-west-1"],
            new() { ["RUSTFS_ADDRESS"] = ":1", ["RUSTFS_SECRET_KEY"] = "rustfssecret", ["RUSTFS_VOLUMES"] = "/ignored" });

        Assert.Equal(["/a", "/b"], options.Directories);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 9100), options.Address);
        Assert.Equal("eu-west-1", options.Region);
        Assert.Equal("rustfssecret", options.SecretKey);
        Assert.False(options.UsesDefaultKeys);
    }

    [Fact]
    public void VolumesComeFromTheEnvironmentWhenNoneIsGiven()
    {
        ServerOptions options = Parse(["server"], new() { ["RUSTFS_VOLUMES"] = "/a /b" });

        Assert.Equal(["/a", "/b"], options.Directories);
    }

    [Theory]
    [InlineData("server", ServerCommand.Serve)]
    [InlineData("verify", ServerCommand.Verify)]
    [InlineData("scrub", ServerCommand.Scrub)]
    [InlineData("rewrap", ServerCommand.Rewrap)]
    public void CommandsTakeDirectoriesAndFlags(string word, object command)
    {
        ServerOptions options = Parse(word, "/a", "--scrub-rate", "32MiB", "/b");

        Assert.Equal(command, options.Command);
        Assert.Equal(["/a", "/b"], options.Directories);
        Assert.Equal(32L << 20, options.ScrubBytesPerSecond);
    }

    [Fact]
    public void AScrubRateOfNothingTurnsTheScrubberOff() =>
        Assert.Equal(0, Parse("server", "d", "--scrub-rate", "0").ScrubBytesPerSecond);

    [Theory]
    [InlineData("[::1]:9000", "::1", 9000)]
    [InlineData("localhost:0", "127.0.0.1", 0)]
    [InlineData("0.0.0.0:65535", "0.0.0.0", 65535)]
    public void AddressesAreRead(string text, string address, int port) =>
        Assert.Equal(new IPEndPoint(IPAddress.Parse(address), port), Parse("server", "d", "--address", text).Address);

    [Theory]
    [InlineData("--address", "9000")]
    [InlineData("--address", ":65536")]
    [InlineData("--address", ":-1")]
    [InlineData("--address", "no such host:9000")]
    [InlineData("--secret-key", "short")]
    [InlineData("--access-key", "a b c")]
    [InlineData("--region", "")]
    [InlineData("--region", "a/b")]
    [InlineData("--server-domains", "a b")]
    [InlineData("--io", "epoll")]
    [InlineData("--io", "Sockets")]
    [InlineData("--durability", "maybe")]
    [InlineData("--memory-limit", "255MiB")]
    [InlineData("--memory-limit", "512")]
    [InlineData("--reserve", "-1GiB")]
    [InlineData("--scrub-rate", "8")]
    [InlineData("--scrub-rate", "512KiB")]
    [InlineData("--shutdown-timeout", "3601")]
    public void AWrongValueIsAnErrorThatNamesTheSetting(string flag, string value)
    {
        SettingException byFlag = Assert.Throws<SettingException>(() => Parse("server", "d", flag, value));
        Assert.StartsWith(flag + ": ", byFlag.Message);
        if (value.Length == 0)
            return;

        string variable = ServerSetting.All.Single(setting => setting.Flag == flag).Variable;
        SettingException byVariable = Assert.Throws<SettingException>(() => Parse(["server", "d"], new() { [variable] = value }));
        Assert.StartsWith(variable + ": ", byVariable.Message);
    }

    [Theory]
    [InlineData("--adress")]
    [InlineData("-p")]
    public void AnUnknownFlagIsNamed(string flag) =>
        Assert.Contains($"'{flag}'", Assert.Throws<SettingException>(() => Parse("server", "d", flag, "x")).Message);

    [Fact]
    public void WhatIsMissingIsNamed()
    {
        Assert.Contains("RUSTFS_VOLUMES", Assert.Throws<SettingException>(() => Parse("server")).Message);
        Assert.Contains("--region", Assert.Throws<SettingException>(() => Parse("server", "d", "--region")).Message);
        Assert.Contains("'serve'", Assert.Throws<SettingException>(() => Parse("serve", "d")).Message);
    }

    [Fact]
    public void HelpNamesEverySetting()
    {
        Assert.Null(CommandLine.Parse(["--help"], _ => null, out string help));
        foreach (ServerSetting setting in ServerSetting.All)
        {
            Assert.Contains(setting.Flag, help);
            Assert.Contains(setting.Variable, help);
        }
    }

    [Theory]
    [InlineData("256MiB", 256L << 20)]
    [InlineData("2gib", 2L << 30)]
    public void SizesTakeBinaryUnits(string text, long bytes) =>
        Assert.Equal(bytes, Parse("server", "d", "--memory-limit", text).MemoryLimitBytes);

    private static ServerOptions Parse(params string[] arguments) => Parse(arguments, []);

    private static ServerOptions Parse(string[] arguments, Dictionary<string, string> environment) =>
        CommandLine.Parse(arguments, environment.GetValueOrDefault, out _)!;
}
