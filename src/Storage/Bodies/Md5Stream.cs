using System.Diagnostics;
using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>
/// The MD5 of one large body. Few bodies at a time are hashed by whoever receives them, as the bytes arrive; more are hashed buffer by
/// buffer in the <see cref="Md5Stage"/>, side by side. A body may change between the two; its buffers are taken in order all the same.
/// </summary>
internal sealed class Md5Stream
{
    private readonly byte[] _tail = new byte[Md5State.BlockBytes - 1];
    private int _tailBytes;
    private int _pieceCount;
    private IMd5Piece? _first;
    private IMd5Piece? _last;

    /// <summary>Of the stage while a piece waits in it, else of who fills the body.</summary>
    public Md5State State = Md5State.Initial;

    /// <summary>Links the streams that have a piece waiting; the stage's own, as are all that follow.</summary>
    public Md5Stream? NextWaiting { get; set; }

    /// <summary>Somebody waits for its pieces: a writer that has no buffer left, or the commit.</summary>
    public bool IsHurried { get; set; }

    /// <summary>Counted among those for which a round is begun.</summary>
    public bool IsPressing { get; set; }

    /// <summary>Pieces that wait or are being hashed.</summary>
    public int PieceCount => Volatile.Read(ref _pieceCount);

    public IMd5Piece FirstPiece => _first!;

    public void AddPiece(IMd5Piece piece)
    {
        piece.NextPiece = null;
        if (_last is null) _first = piece;
        else _last.NextPiece = piece;
        _last = piece;
        Volatile.Write(ref _pieceCount, _pieceCount + 1);
    }

    public void RemoveFirstPiece()
    {
        _first = _first!.NextPiece;
        if (_first is null) _last = null;
        Volatile.Write(ref _pieceCount, _pieceCount - 1);
    }

    /// <summary>Keeps what stands behind the last whole block of the body.</summary>
    public void SetTail(ReadOnlySpan<byte> tail)
    {
        tail.CopyTo(_tail);
        _tailBytes = tail.Length;
    }

    /// <summary>Once all pieces are hashed.</summary>
    public ETag Finish()
    {
        Debug.Assert(PieceCount == 0);
        Span<byte> digest = stackalloc byte[Md5State.DigestBytes];
        State.Finish(_tail.AsSpan(0, _tailBytes), digest);
        return ETag.FromDigest(digest);
    }
}

/// <summary>A run of a body's bytes that waits to be hashed.</summary>
internal interface IMd5Piece
{
    IMd5Piece? NextPiece { get; set; }

    /// <summary>Whole 64-byte blocks in native memory; they stay until <see cref="Hashed"/>.</summary>
    ReadOnlySpan<byte> Md5Bytes { get; }

    void Hashed();
}
