using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RustFs.Checksums;

namespace RustFs.Tests.S3;

/// <summary>Frames bodies as clients do.</summary>
internal static class AwsChunkedBody
{
    private const int ChunkBytes = 8 * 1024;

    /// <summary>STREAMING-UNSIGNED-PAYLOAD-TRAILER: chunks without signatures and one trailer.</summary>
    public static byte[] Unsigned(byte[] payload, string trailer, int chunkBytes = ChunkBytes)
    {
        var framed = new MemoryStream();
        foreach (byte[] chunk in payload.Chunk(chunkBytes))
            Write(framed, $"{chunk.Length:x}\r\n", chunk);
        framed.Write(Encoding.ASCII.GetBytes("0\r\n" + (trailer.Length == 0 ? "" : trailer + "\r\n") + "\r\n"));
        return framed.ToArray();
    }

    /// <summary>STREAMING-AWS4-HMAC-SHA256-PAYLOAD: each chunk signed on top of the one before.</summary>
    public static byte[] Signed(byte[] payload, string seedSignature, string secretKey, string amzDate, string region = "us-east-1")
    {
        string scope = $"{amzDate[..8]}/{region}/s3/aws4_request";
        byte[] key = Encoding.UTF8.GetBytes("AWS4" + secretKey);
        foreach (string step in scope.Split('/'))
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(step));
        string previous = seedSignature;
        var framed = new MemoryStream();
        foreach (byte[] chunk in payload.Chunk(ChunkBytes).Append([]))
        {
            string text = $"AWS4-HMAC-SHA256-PAYLOAD\n{amzDate}\n{scope}\n{previous}\n"
                + $"{Convert.ToHexStringLower(SHA256.HashData([]))}\n{Convert.ToHexStringLower(SHA256.HashData(chunk))}";
            previous = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
            Write(framed, $"{chunk.Length:x};chunk-signature={previous}\r\n", chunk);
        }

        return framed.ToArray();
    }

    /// <summary>Transfer-Encoding: chunked.</summary>
    public static byte[] TransferChunked(byte[] bytes, int chunkBytes)
    {
        var framed = new MemoryStream();
        foreach (byte[] chunk in bytes.Chunk(chunkBytes))
            Write(framed, chunk.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n", chunk);
        framed.Write("0\r\n\r\n"u8);
        return framed.ToArray();
    }

    /// <summary>The base64 form of one digest, as checksum headers carry it.</summary>
    public static string Checksum(ChecksumKind kind, byte[] payload)
    {
        using var set = new ChecksumSet();
        set.Reset(kind);
        set.Append(payload);
        byte[] digest = new byte[ChecksumSet.DigestBytes(kind)];
        set.Finish(kind, digest);
        return Convert.ToBase64String(digest);
    }

    public static byte[] Payload(int lengthBytes)
    {
        byte[] payload = new byte[lengthBytes];
        new Random(lengthBytes).NextBytes(payload);
        return payload;
    }

    private static void Write(MemoryStream framed, string line, byte[] chunk)
    {
        framed.Write(Encoding.ASCII.GetBytes(line));
        framed.Write(chunk);
        framed.Write("\r\n"u8);
    }
}
