using BenchmarkDotNet.Running;
using RustFs.Bench.Load;

// `load …` is the load generator of the side-by-side runs; everything else goes to BenchmarkDotNet.
if (args is ["load", .. string[] arguments])
    return LoadCommand.Run(arguments);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
