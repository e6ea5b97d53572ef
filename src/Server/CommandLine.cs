using System.Text;

namespace RustFs.Server;

/// <summary>Reads <c>rustfs server|verify|scrub|rewrap DIR… [flags]</c> and the environment.</summary>
internal static class CommandLine
{
    /// <summary>
    /// Null when help or the version was asked for (then it is in <paramref name="text"/>). Throws <see cref="SettingException"/>.
    /// </summary>
    public static ServerOptions? Parse(IReadOnlyList<string> arguments, Func<string, string?> environment, out string text)
    {
        text = "";
        if (arguments.Count == 0 || arguments.Contains("--help") || arguments.Contains("-h") || arguments[0] == "help")
        {
            text = Help();
            return null;
        }

        if (arguments[0] is "--version" or "version")
        {
            text = $"rustfs {typeof(CommandLine).Assembly.GetName().Version!.ToString(3)}";
            return null;
        }

        ServerCommand command = arguments[0] switch
        {
            "server" => ServerCommand.Serve,
            "verify" => ServerCommand.Verify,
            "scrub" => ServerCommand.Scrub,
            "rewrap" => ServerCommand.Rewrap,
            _ => throw new SettingException($"'{arguments[0]}' is not a command: see rustfs --help"),
        };
        return ParseServer(arguments, environment) with { Command = command };
    }

    private static ServerOptions ParseServer(IReadOnlyList<string> arguments, Func<string, string?> environment)
    {
        ServerOptions options = FromEnvironment(new ServerOptions(), environment);
        var directories = new List<string>();
        for (int i = 1; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            if (!argument.StartsWith('-'))
            {
                directories.Add(argument);
                continue;
            }

            int equals = argument.IndexOf('=');
            string flag = equals < 0 ? argument : argument[..equals];
            ServerSetting setting = ServerSetting.All.FirstOrDefault(candidate => candidate.Flag == flag)
                ?? throw new SettingException($"'{flag}' is not a flag: see rustfs --help");
            if (equals < 0 && i + 1 == arguments.Count)
                throw new SettingException($"{flag} needs a value: {setting.Value}");
            options = Apply(setting, flag, options, equals < 0 ? arguments[++i] : argument[(equals + 1)..]);
        }

        if (directories.Count == 0 && environment("RUSTFS_VOLUMES") is { Length: > 0 } volumes)
            directories.AddRange(volumes.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries));
        if (directories.Count == 0)
            throw new SettingException($"no directory: give one (rustfs {arguments[0]} ./data) or set RUSTFS_VOLUMES");
        return options with { Directories = directories };
    }

    private static ServerOptions FromEnvironment(ServerOptions options, Func<string, string?> environment)
    {
        foreach (ServerSetting setting in ServerSetting.All)
        {
            if (environment(setting.Variable) is { Length: > 0 } value)
                options = Apply(setting, setting.Variable, options, value);
        }

        return options;
    }

    private static ServerOptions Apply(ServerSetting setting, string name, ServerOptions options, string value)
    {
        try
        {
            return setting.Apply(options, value);
        }
        catch (SettingException exception)
        {
            throw new SettingException($"{name}: {exception.Message}");
        }
    }

    private static string Help()
    {
        var help = new StringBuilder();
        help.AppendLine("RustFs: an S3-compatible object server.");
        help.AppendLine();
        help.AppendLine("  rustfs server DIR... [flags]   serve the objects kept in DIR (several: segments are spread over all)");
        help.AppendLine("  rustfs verify DIR...           check everything kept in DIR while no server runs on it; changes nothing");
        help.AppendLine("  rustfs scrub DIR...            as verify, without the accounting that takes memory for each object");
        help.AppendLine("  rustfs rewrap DIR... [flags]   wrap the keys of all objects with the newest of the encryption keys, so that older "
            + "ones can go");
        help.AppendLine("  rustfs --version");
        help.AppendLine();
        help.AppendLine("verify, scrub and rewrap exit with 0 when all is well, 1 when something is damaged or left, 3 when the volume cannot be opened.");
        help.AppendLine();
        help.AppendLine("Flags (each also as an environment variable; the flag wins):");
        foreach (ServerSetting setting in ServerSetting.All)
        {
            string flag = setting.Flag.Length == 0 ? "(only as a variable)" : setting.Flag + " " + setting.Value;
            help.AppendLine($"  {flag,-28} {setting.Help}\n{"",-31}{setting.Variable}");
        }

        help.AppendLine();
        help.AppendLine("RUSTFS_VOLUMES names the directories, separated by spaces, when none is given.");
        return help.ToString();
    }
}
