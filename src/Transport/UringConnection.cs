using System.Net;

namespace RustFs.Transport;

/// <summary>A connection over a ring. Its addresses are asked for when somebody wants them.</summary>
internal sealed class UringConnection(UringWire wire) : WireConnection(wire)
{
    private EndPoint? _local;
    private EndPoint? _remote;

    public override EndPoint? LocalEndPoint
    {
        get => _local ??= wire.Socket.LocalEndPoint;
        set => _local = value;
    }

    public override EndPoint? RemoteEndPoint
    {
        get => _remote ??= wire.Socket.RemoteEndPoint;
        set => _remote = value;
    }

    protected override Stream OpenStream() => new WireStream(wire);

    protected override ValueTask CloseWireAsync() => new(wire.CloseAsync());
}
