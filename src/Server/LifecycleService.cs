using Microsoft.Extensions.Hosting;
using RustFs.S3.Lifecycle;

namespace RustFs.Server;

/// <summary>Keeps the lifecycle worker running while the server does; it ends before the volume is closed.</summary>
internal sealed class LifecycleService(LifecycleWorker worker) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => worker.RunAsync(stoppingToken);
}
