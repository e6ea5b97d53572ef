using System.Diagnostics.CodeAnalysis;

namespace RustFs.Tests.Hostile;

/// <summary>Thrown when an input makes a target do what it must never do.</summary>
internal sealed class OracleException(string message) : Exception(message);

/// <summary>Statements that hold for every input. Cheaper than a test framework's, as they are asked millions of times.</summary>
internal static class Oracle
{
    public static void Holds([DoesNotReturnIf(false)] bool condition, string statement)
    {
        if (!condition)
            throw new OracleException(statement);
    }

    public static void Same(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, string statement) =>
        Holds(left.SequenceEqual(right), statement);
}
