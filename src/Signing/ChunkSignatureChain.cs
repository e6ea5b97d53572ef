using System.Diagnostics;
using System.Security.Cryptography;
using RustFs.Checksums;

namespace RustFs.Signing;

/// <summary>
/// The chain of signatures over a streamed body: each covers its chunk and the signature before it, the first of which is the request's.
/// The texts signed are in <see cref="StringToSign"/>.
/// </summary>
internal sealed class ChunkSignatureChain
{
    private readonly byte[] _previous = new byte[32];
    private readonly byte[] _claimed = new byte[32];
    private SignatureContext? _context;
    private Sha256State _sha256;

    public void Reset(SignatureContext context)
    {
        _context = context;
        context.SeedSignature.CopyTo(_previous);
        _sha256.Reset();
    }

    /// <summary>Notes the signature that the coming chunk must have; false when it is none, or when nobody signed the request.</summary>
    public bool TryExpect(ReadOnlySpan<byte> signature) => _context!.Key is not null && Hex.TryDecodeLower(signature, _claimed);

    public void Append(ReadOnlySpan<byte> bytes) => _sha256.Append(bytes);

    /// <summary>Whether what was appended since the last check has the expected signature. The chain then goes on from it.</summary>
    public bool VerifyChunk() => Verify(isTrailer: false);

    public bool VerifyTrailer() => Verify(isTrailer: true);

    private bool Verify(bool isTrailer)
    {
        Debug.Assert(_context?.Key is not null);
        Span<byte> digest = stackalloc byte[32];
        _sha256.Finish(digest);
        _sha256.Reset();

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
