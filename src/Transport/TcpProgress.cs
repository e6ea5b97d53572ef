using System.Buffers.Binary;
using System.Net.Sockets;

namespace RustFs.Transport;

/// <summary>
/// What the kernel knows of a send that has not completed: <c>tcpi_bytes_acked</c> of struct tcp_info (linux/tcp.h, since Linux 4.1).
/// </summary>
internal static class TcpProgress
{
    public const int IpProtocolTcp = 6;
    public const int TcpInfo = 11;
    public const int InfoBytes = BytesAckedOffset + 8;

    // Eight 8-bit and twenty-four 32-bit fields, then two 64-bit pacing rates stand before it.
    private const int BytesAckedOffset = 8 + (24 * 4) + (2 * 8);

    /// <param name="info">As much of struct tcp_info as the kernel gave.</param>
    /// <param name="otherwise">Given where the kernel does not tell.</param>
    public static long AcknowledgedBytes(ReadOnlySpan<byte> info, long otherwise) =>
        info.Length == InfoBytes ? BinaryPrimitives.ReadInt64LittleEndian(info[BytesAckedOffset..]) : otherwise;

    public static long AcknowledgedBytes(Socket socket, long otherwise)
    {
        Span<byte> info = stackalloc byte[InfoBytes];
        try
        {
            return AcknowledgedBytes(info[..socket.GetRawSocketOption(IpProtocolTcp, TcpInfo, info)], otherwise);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or PlatformNotSupportedException)
        {
            return otherwise;
        }
    }
}
