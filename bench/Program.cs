using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using RustFs.Bench.Load;

// The parts of the side-by-side runs that no ready-made tool offers; everything else goes to BenchmarkDotNet.
switch (args)
{
    case ["load", .. string[] arguments]:
        return LoadCommand.Run(arguments);
    case ["fill", .. string[] arguments]:
        return await FillCommand.RunAsync(arguments);
    case ["sink", .. string[] arguments]:
        return SinkCommand.Run(arguments);
}

// In this process: BenchmarkDotNet's own builds look for a project file named like the assembly, which ours is not.
IConfig config = DefaultConfig.Instance.AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
return 0;
