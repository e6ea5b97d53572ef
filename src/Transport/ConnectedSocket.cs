// unsafe: pointers into locals for the length of one system call.
using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RustFs.Transport;

/// <summary>
/// The descriptor of an accepted TCP socket that io_uring reads and writes. Closed once nobody uses it: a watchdog may ask about it while
/// its connection ends.
/// </summary>
internal sealed unsafe partial class ConnectedSocket : SafeHandleMinusOneIsInvalid
{
    private const int SendSide = 1;
    private const int BothSides = 2;
    private const int ReceiveSide = 0;

    // struct sockaddr_in and sockaddr_in6 (ip(7), ipv6(7)): family, port, then the address.
    private const int MaxAddressBytes = 28;
    private const int PortOffset = 2;
    private const int IPv4Offset = 4;
    private const int IPv6Offset = 8;
    private const ushort FamilyIPv4 = 2;
    private const ushort FamilyIPv6 = 10;

    public ConnectedSocket(int descriptor)
        : base(ownsHandle: true)
    {
        SetHandle(descriptor);
    }

    /// <summary>For submissions, by the ring's thread, which is the one that closes it.</summary>
    public int Descriptor => (int)handle;

    public IPEndPoint? LocalEndPoint => EndPoint(isRemote: false);

    public IPEndPoint? RemoteEndPoint => EndPoint(isRemote: true);

    public void ShutdownSend() => Shutdown(SendSide);

    public void ShutdownReceive() => Shutdown(ReceiveSide);

    public void ShutdownBoth() => Shutdown(BothSides);

    /// <summary>The bytes that the peer has acknowledged; <paramref name="otherwise"/> where the kernel does not tell.</summary>
    public long AcknowledgedBytes(long otherwise)
    {
        Span<byte> info = stackalloc byte[TcpProgress.InfoBytes];
        int lengthBytes = info.Length;
        try
        {
            fixed (byte* start = info)
            {
                return GetSocketOption(this, TcpProgress.IpProtocolTcp, TcpProgress.TcpInfo, start, &lengthBytes) == 0
                    ? TcpProgress.AcknowledgedBytes(info[..lengthBytes], otherwise)
                    : otherwise;
            }
        }
        catch (ObjectDisposedException)
        {
            return otherwise;
        }
    }

    protected override bool ReleaseHandle() => CloseCall((int)handle) == 0;

    // An error means that the peer was quicker: there is nobody left to tell.
    private void Shutdown(int side) => _ = ShutdownCall(this, side);

    private IPEndPoint? EndPoint(bool isRemote)
    {
        Span<byte> address = stackalloc byte[MaxAddressBytes];
        int lengthBytes = address.Length;
        try
        {
            fixed (byte* start = address)
            {
                int error = isRemote ? GetPeerName(this, start, &lengthBytes) : GetSocketName(this, start, &lengthBytes);
                if (error != 0)
                    return null;
            }
        }
        catch (ObjectDisposedException)
        {
            return null;
        }

        int port = BinaryPrimitives.ReadUInt16BigEndian(address[PortOffset..]);
        return MemoryMarshal.Read<ushort>(address) switch
        {
            FamilyIPv4 => new IPEndPoint(new IPAddress(address.Slice(IPv4Offset, 4)), port),
            FamilyIPv6 => new IPEndPoint(new IPAddress(address.Slice(IPv6Offset, 16)), port),
            _ => null,
        };
    }

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseCall(int descriptor);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    private static partial int ShutdownCall(ConnectedSocket socket, int side);

    [LibraryImport("libc", EntryPoint = "getsockopt")]
    private static partial int GetSocketOption(ConnectedSocket socket, int level, int name, byte* value, int* lengthBytes);

    [LibraryImport("libc", EntryPoint = "getsockname")]
    private static partial int GetSocketName(ConnectedSocket socket, byte* address, int* lengthBytes);

    [LibraryImport("libc", EntryPoint = "getpeername")]
    private static partial int GetPeerName(ConnectedSocket socket, byte* address, int* lengthBytes);
}
