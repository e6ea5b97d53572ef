using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using RustFs.Bench.Load;

// `load …` is the load generator of the side-by-side runs; everything else goes to BenchmarkDotNet.
if (args is ["load", .. string[] arguments])
    return LoadCommand.Run(arguments);
// In this process: BenchmarkDotNet's own builds look for a project file named like the assembly, which ours is not.
IConfig config = DefaultConfig.Instance.AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
return 0;
