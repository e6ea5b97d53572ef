using System.Diagnostics;
using System.Security.Cryptography;

namespace RustFs.Signing;

/// <summary>
/// The chain of signatures over a streamed body: each covers its chunk and the signature before it, the first of which is the request's.
/// The texts signed are in <see cref="StringToSign"/>.
/// </summary>
internal sealed class ChunkSignatureChain : IDisposable
{
    private readonly byte[] _previous = new byte[32];
    private readonly byte[] _claimed = new byte[32];
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private SignatureContext? _context;
    private bool _hasHashed;

    public void Reset(SignatureContext context)
    {
        _context = context;
        context.SeedSignature.CopyTo(_previous);
        if (_hasHashed)
        {
            // What the body before left behind when it was given up in the middle of a chunk.
            Span<byte> discarded = stackalloc byte[32];
            _sha256.GetHashAndReset(discarded);
            _hasHashed = false;
        }
    }

    /// <summary>Notes the signature that the coming chunk must have; false when it is none, or when nobody signed the request.</summary>
    public bool TryExpect(ReadOnlySpan<byte> signature) => _context!.Key is not null && Hex.TryDecodeLower(signature, _claimed);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _hasHashed = true;
        _sha256.AppendData(bytes);
    }

    /// <summary>Whether what was appended since the last check has the expected signature. The chain then goes on from it.</summary>
    public bool VerifyChunk() => Verify(isTrailer: false);

    public bool VerifyTrailer() => Verify(isTrailer: true);

    public void Dispose() => _sha256.Dispose();

    private bool Verify(bool isTrailer)
    {
        Debug.Assert(_context?.Key is not null);
        Span<byte> digest = stackalloc byte[32];
        _sha256.GetHashAndReset(digest);
        _hasHashed = false;

        var text = new CanonicalWriter(stackalloc byte[StringToSign.MaxLength]);
        if (isTrailer)
            StringToSign.WriteTrailer(ref text, _context.Timestamp, _context.Scope, _previous, digest);
        else
            StringToSign.WriteChunk(ref text, _context.Timestamp, _context.Scope, _previous, digest);
        Span<byte> expected = stackalloc byte[32];
        _context.Key.Sign(text.Written, expected);
        _claimed.CopyTo(_previous, 0);
        return CryptographicOperations.FixedTimeEquals(expected, _claimed);
    }
}
