using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RustFs.Http1;
using RustFs.S3;
using RustFs.S3.Encryption;
using RustFs.S3.Lifecycle;
using RustFs.S3.Routing;
using RustFs.Signing;
using RustFs.Storage;
using RustFs.Transport;

namespace RustFs.Server;

/// <summary>Puts the server together on Kestrel's host and runs it until it is told to stop.</summary>
internal static partial class ServerHost
{
    /// <summary>
    /// Runs until SIGTERM or Ctrl-C; requests in flight are finished first. Throws <see cref="SettingException"/> and <see
    /// cref="VolumeException"/>.
    /// </summary>
    public static async Task RunAsync(ServerOptions options)
    {
        await using WebApplication application = Build(options, ConnectionTimeouts.Default);
        IoBackend io = application.Services.GetRequiredService<IoBackend>();
        ILogger logger = application.Services.GetRequiredService<ILoggerFactory>().CreateLogger("RustFs.Server");
        IObjectStore store = application.Services.GetRequiredService<IObjectStore>();
        try
        {
            await application.StartAsync().ConfigureAwait(false);
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            throw new SettingException($"RUSTFS_ADDRESS (--address): {options.Address} is in use by another process: stop it or choose "
                + $"another address");
        }

        foreach (string address in application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses)
            LogListening(logger, address, string.Join(' ', options.Directories), io.Name, options.Durability);
        if (io.Fault is not null)
            LogNoUring(logger, io.Fault);
        if (options.UsesDefaultKeys)
            LogDefaultKeys(logger);
        if (options.Durability == Durability.None)
            LogNotDurable(logger);
        if (EncryptionKeys.FindFault(options) is { } warning)
            LogKeysReadable(logger, warning);
        // The last connection may end on a ring's thread, which must not be the one that closes what it works for.
        await application.WaitForShutdownAsync().ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await store.DisposeAsync().ConfigureAwait(false);
        LogStopped(logger);
    }

    internal static WebApplication Build(ServerOptions options, ConnectionTimeouts timeouts)
    {
        // Keys that cannot be used are told before anything is opened.
        KeyRing keys = EncryptionKeys.Load(options);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            console.UseUtcTimestamp = true;
        });
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        AddServices(builder.Services, options, timeouts, keys);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        // After Kestrel's own registration: the last registered factory is asked first.
        builder.Services.AddSingleton<IConnectionListenerFactory>(
            provider => provider.GetRequiredService<IoBackend>().CreateTransport());
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(options.Address, listen => Configure(listen, options)));
        return builder.Build();
    }

    private static void AddServices(IServiceCollection services, ServerOptions options, ConnectionTimeouts timeouts, KeyRing keys)
    {
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);
        services.AddSingleton(options);
        services.AddSingleton(_ => IoBackend.Start(options.Io));
        services.AddSingleton(TimeProvider.System);
        var plan = new MemoryPlan(options.MemoryLimitBytes, isTls: options.TlsPath is not null);
        services.AddSingleton(plan);
        services.AddSingleton(timeouts);
        services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxConcurrentConnections = plan.Connections);
        services.AddSingleton<VolumeLog>();
        services.AddSingleton(provider => Volume.Open(new VolumeOptions
        {
            Directories = options.Directories,
            Durability = options.Durability,
            Memory = provider.GetRequiredService<MemoryPlan>().InFlight,
            IndexCacheBytes = provider.GetRequiredService<MemoryPlan>().IndexCacheBytes,
            RecordCacheBytes = provider.GetRequiredService<MemoryPlan>().RecordCacheBytes,
            BodyCacheBytes = provider.GetRequiredService<MemoryPlan>().BodyCacheBytes,
            PrefixRunBytes = provider.GetRequiredService<MemoryPlan>().PrefixRunBytes,
            ReserveBytes = options.ReserveBytes,
            // On one core a hop to another thread costs and gains nothing; on several the committer must not be held up by answers.
            CompletesInline = Environment.ProcessorCount == 1,
            Rings = provider.GetRequiredService<IoBackend>().Rings,
            ScrubBytesPerSecond = options.ScrubBytesPerSecond ?? ServerOptions.DefaultScrubBytesPerSecond,
            Events = provider.GetRequiredService<VolumeLog>(),
        }));
        services.AddSingleton<ICredentialSource, RootCredentials>();
        services.AddSingleton<SignatureVerifier>();
        services.AddSingleton(new ServerDomains(options.ServerDomains));
        services.AddSingleton<DateHeaderClock>();
        services.AddSingleton(provider => new S3Service(
            provider.GetRequiredService<IObjectStore>(),
            provider.GetRequiredService<SignatureVerifier>(),
            provider.GetRequiredService<ServerDomains>(),
            provider.GetRequiredService<DateHeaderClock>())
        {
            Region = options.Region,
            Keys = keys,
            Memory = provider.GetRequiredService<MemoryPlan>().InFlight,
        });
        services.AddSingleton(provider => new LifecycleWorker(
            provider.GetRequiredService<IObjectStore>(),
            provider.GetRequiredService<TimeProvider>(),
            new LifecycleOptions { Interval = options.LifecycleInterval, Events = provider.GetRequiredService<VolumeLog>() }));
        services.AddHostedService<LifecycleService>();
        services.AddSingleton<RequestStatePool>();
        services.AddSingleton<RequestMetrics>();
        services.AddSingleton<RequestObserver>();
        services.AddSingleton(plan.InFlight);
        services.AddSingleton(provider => new PrometheusPage(
            provider.GetRequiredService<RequestMetrics>(),
            provider.GetRequiredService<ConnectionTable>(),
            provider.GetRequiredService<IObjectStore>(),
            provider.GetRequiredService<MemoryBudget>())
        {
            Io = provider.GetRequiredService<IoBackend>().Name,
            Lifecycle = provider.GetRequiredService<LifecycleWorker>(),
        });
        services.AddSingleton<OperatorEndpoints>();
        services.AddSingleton<ConnectionTable>();
        services.AddHostedService(provider => provider.GetRequiredService<ConnectionTable>());
    }

    private static void Configure(ListenOptions listen, ServerOptions options)
    {
        // Without this UseHttps would offer h2 to clients, which this handler does not speak.
        listen.Protocols = HttpProtocols.Http1;
        if (options.TlsPath is { } tlsPath)
            listen.UseHttps(https => TlsCertificate.Configure(https, tlsPath));
        listen.UseConnectionHandler<HttpConnectionHandler>();
    }

    [LoggerMessage(1, LogLevel.Information, "serving {Directories} on {Address} (io: {Io}, durability: {Durability})")]
    private static partial void LogListening(ILogger logger, string address, string directories, string io, Durability durability);

    [LoggerMessage(2, LogLevel.Warning, "the default keys rustfsadmin/rustfsadmin are in use: set RUSTFS_ACCESS_KEY and RUSTFS_SECRET_KEY")]
    private static partial void LogDefaultKeys(ILogger logger);

    [LoggerMessage(3, LogLevel.Warning, "durability is none: a crash may lose acknowledged writes")]
    private static partial void LogNotDurable(ILogger logger);

    [LoggerMessage(6, LogLevel.Warning, "encryption keys: {Warning}")]
    private static partial void LogKeysReadable(ILogger logger, string warning);

    [LoggerMessage(5, LogLevel.Warning, "io_uring is not used: {Reason}")]
    private static partial void LogNoUring(ILogger logger, string reason);

    [LoggerMessage(4, LogLevel.Information, "stopped: all acknowledged writes are on disk")]
    private static partial void LogStopped(ILogger logger);
}
