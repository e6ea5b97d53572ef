// unsafe: pointers to the bytes of bodies, each held in place by the `fixed` of a frame that ends after the hash.
using RustFs.Checksums;

namespace RustFs.Storage;

/// <summary>
/// The MD5 of the small bodies of one batch, side by side in the lanes of a vector: sixteen of them take little longer than one.
/// Used by the placer's thread only.
/// </summary>
internal sealed unsafe class GroupMd5
{
    // Twice the widest vector, so that a lane whose body ends early finds another; each takes a small stack frame meanwhile.
    private const int RoundBodies = 32;

    private readonly List<CommittableBody> _bodies = new(RoundBodies);
    private readonly Md5Run[] _runs = new Md5Run[RoundBodies];
    private readonly byte[] _digests = new byte[RoundBodies * Md5.DigestBytes];

    /// <summary>Gives every small body its MD5 whose mutation asks for it.</summary>
    public void Compute(List<Mutation> batch)
    {
        foreach (Mutation mutation in batch)
        {
            if (!mutation.WantsMd5 || mutation.Body is not { IsSmall: true, Md5: null } body) continue;
            _bodies.Add(body);
            if (_bodies.Count == RoundBodies) HashRound();
        }
        if (_bodies.Count > 0) HashRound();
    }

    private void HashRound()
    {
        HashFrom(0);
        for (int body = 0; body < _bodies.Count; body++)
            _bodies[body].Md5 = ETag.FromDigest(_digests.AsSpan(body * Md5.DigestBytes, Md5.DigestBytes));
        _bodies.Clear();
    }

    // One frame for each body: a pin costs nothing on the stack, where a handle for each would cost a tenth of its hash.
    private void HashFrom(int body)
    {
        ReadOnlySpan<byte> bytes = _bodies[body].SmallBytes;
        fixed (byte* start = bytes)
        {
            _runs[body] = new Md5Run(start, bytes.Length);
            if (body + 1 < _bodies.Count) HashFrom(body + 1);
            else MultiLaneMd5.Hash(_runs.AsSpan(0, _bodies.Count), _digests);
        }
    }
}
