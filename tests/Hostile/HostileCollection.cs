using Xunit;

namespace RustFs.Tests.Hostile;

/// <summary>
/// Alone: fuzzing allocates and computes all the time, and other tests measure what the process allocates or how long something takes.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class HostileCollection
{
    public const string Name = "Hostile input";
}
