using System.Runtime.CompilerServices;

namespace RustFs.Checksums;

/// <summary>
/// MD5 (RFC 1321) of one stream, fed in pieces of any length. As fast as OpenSSL's on long inputs and faster on short ones,
/// where entering native code costs more than the hash. Reusable; not thread-safe. For checksums such as ETags: MD5 protects
/// against accidents, not against forgery.
/// </summary>
public sealed class Md5
{
    public const int DigestBytes = Md5State.DigestBytes;

    [InlineArray(Md5State.BlockBytes)]
    private struct Block
    {
        private byte _first;
    }

    private Md5State _state = Md5State.Initial;
    private Block _partial;
    private int _partialBytes;

    /// <summary>Starts a new message.</summary>
    public void Reset()
    {
        _state = Md5State.Initial;
        _partialBytes = 0;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Span<byte> partial = _partial;
        if (_partialBytes != 0)
        {
            int taken = Math.Min(partial.Length - _partialBytes, bytes.Length);
            bytes[..taken].CopyTo(partial[_partialBytes..]);
            _partialBytes += taken;
            bytes = bytes[taken..];
            if (_partialBytes < partial.Length)
                return;
            _state.Append(partial);
            _partialBytes = 0;
        }

        int wholeBytes = bytes.Length & -Md5State.BlockBytes;
        _state.Append(bytes[..wholeBytes]);
        bytes[wholeBytes..].CopyTo(partial);
        _partialBytes = bytes.Length - wholeBytes;
    }

    /// <summary>Writes the 16-byte digest and starts a new message.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than 16 bytes.</exception>
    public void Finish(Span<byte> destination)
    {
        Span<byte> partial = _partial;
        _state.Finish(partial[.._partialBytes], destination);
        Reset();
    }

    /// <summary>The digest of one whole message.</summary>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than 16 bytes.</exception>
    public static void Hash(ReadOnlySpan<byte> message, Span<byte> destination)
    {
        Md5State state = Md5State.Initial;
        int wholeBytes = message.Length & -Md5State.BlockBytes;
        state.Append(message[..wholeBytes]);
        state.Finish(message[wholeBytes..], destination);
    }
}
