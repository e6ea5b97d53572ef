using System.Buffers.Binary;
using System.Security.Cryptography;

namespace RustFs.Tests.History;

/// <summary>The bytes of a value: its number, repeated, in a length that follows from it. So a torn body is no value.</summary>
internal static class RegisterValues
{
    // Packed, packed over several blocks, the longest packed one, and large ones of one and of two buffers.
    private static readonly int[] Lengths = [4, 400, 4096, 4, 30_000, 1000, 4, 65_536, 8, 4, 70_000, 100, 4, 2048, 4, 300_000];

    public static byte[] BodyOf(int value)
    {
        byte[] body = new byte[Lengths[value % Lengths.Length]];
        for (int at = 0; at + 4 <= body.Length; at += 4) BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(at), value);
        return body;
    }

    /// <summary>With its quotes.</summary>
    public static string ETagOf(int value) => $"\"{Convert.ToHexStringLower(MD5.HashData(BodyOf(value)))}\"";

    /// <summary>False when the bytes are of no value.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out int value)
    {
        value = 0;
        if (body.Length < 4) return false;
        value = BinaryPrimitives.ReadInt32LittleEndian(body);
        return value > 0 && body.SequenceEqual(BodyOf(value));
    }
}
