// unsafe: runs are raw pointers; the caller keeps what they point to in place until the call returns.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace RustFs.Checksums;

/// <summary>
/// MD5 of many independent messages side by side, one per vector lane. MD5 is one long chain of dependent operations, so a
/// single message leaves most of a core idle; sixteen in one vector take little longer than one. Lengths may differ: a lane
/// whose run ends takes the next one. Allocates nothing; any thread.
/// </summary>
public static unsafe class MultiLaneMd5
{
    /// <summary>AVX-512F: sixteen 32-bit lanes.</summary>
    private const int MaxLanes = 16;

    /// <summary>
    /// Below this many busy lanes, one after the other is faster: a vector block takes about as long as two scalar ones.
    /// </summary>
    private const int MinBusyLanes = 2;

    /// <summary>Messages of <see cref="Hash"/> whose padded tails are kept on the stack at once: 32 of them take 4 KiB.</summary>
    private const int GroupMessages = 32;

    /// <summary>How many messages this machine hashes at once: 16, 8, or 1 where it has no wide vectors.</summary>
    public static int Lanes => Avx512F.IsSupported ? 16 : Avx2.IsSupported ? 8 : 1;

    /// <summary>Appends run i to state i, for any number of streams.</summary>
    /// <param name="states">One per run; each is advanced.</param>
    /// <param name="runs">Whole 64-byte blocks, or nothing.</param>
    /// <exception cref="ArgumentException">Counts differ, or a length is not a multiple of 64.</exception>
    public static void Append(Span<Md5State> states, ReadOnlySpan<Md5Run> runs) => Append(states, runs, Lanes);

    /// <summary>Hashes whole messages and writes digest i at 16·i.</summary>
    /// <exception cref="ArgumentException"><paramref name="digests"/> is shorter than 16 bytes per message.</exception>
    public static void Hash(ReadOnlySpan<Md5Run> messages, Span<byte> digests) => Hash(messages, digests, Lanes);

    internal static void Append(Span<Md5State> states, ReadOnlySpan<Md5Run> runs, int lanes)
    {
        if (states.Length != runs.Length)
            throw new ArgumentException("One state per run.", nameof(states));
        foreach (ref readonly Md5Run run in runs)
        {
            if (run.LengthBytes % Md5State.BlockBytes != 0 || run.LengthBytes < 0)
                throw new ArgumentException("MD5 takes whole 64-byte blocks.", nameof(runs));
        }
        if (lanes == 1)
        {
            for (int i = 0; i < runs.Length; i++)
                states[i].Append(runs[i].Start, runs[i].LengthBytes / Md5State.BlockBytes);
            return;
        }
        AppendInLanes(states, runs, lanes);
    }

    [SkipLocalsInit]
    internal static void Hash(ReadOnlySpan<Md5Run> messages, Span<byte> digests, int lanes)
    {
        if (digests.Length < (long)messages.Length * Md5State.DigestBytes)
            throw new ArgumentException("Sixteen bytes per message.", nameof(digests));

        byte* tails = stackalloc byte[GroupMessages * Md5State.MaxPaddedBytes];
        Span<Md5State> states = stackalloc Md5State[GroupMessages];
        Span<Md5Run> runs = stackalloc Md5Run[GroupMessages];
        while (!messages.IsEmpty)
        {
            int count = Math.Min(messages.Length, GroupMessages);
            for (int i = 0; i < count; i++)
            {
                states[i] = Md5State.Initial;
                runs[i] = new Md5Run(messages[i].Start, messages[i].LengthBytes & -Md5State.BlockBytes);
            }
            Append(states[..count], runs[..count], lanes);

            for (int i = 0; i < count; i++)
            {
                byte* tail = tails + i * Md5State.MaxPaddedBytes;
                var rest = new ReadOnlySpan<byte>(
                    messages[i].Start + runs[i].LengthBytes, (int)(messages[i].LengthBytes - runs[i].LengthBytes));
                int padded = Md5State.Pad(rest, (ulong)messages[i].LengthBytes, new Span<byte>(tail, Md5State.MaxPaddedBytes));
                runs[i] = new Md5Run(tail, padded);
            }
            Append(states[..count], runs[..count], lanes);

            for (int i = 0; i < count; i++)
                states[i].WriteDigest(digests[(i * Md5State.DigestBytes)..]);
            messages = messages[count..];
            digests = digests[(count * Md5State.DigestBytes)..];
        }
    }

    [SkipLocalsInit]
    private static void AppendInLanes(Span<Md5State> states, ReadOnlySpan<Md5Run> runs, int lanes)
    {
        byte** at = stackalloc byte*[MaxLanes];
        nint* blocksLeft = stackalloc nint[MaxLanes];
        int* owner = stackalloc int[MaxLanes];
        byte* room = stackalloc byte[4 * 4 * MaxLanes + 63];
        var words = (uint*)(((nuint)room + 63) & ~(nuint)63);

        int busy = 0;
        int next = 0;
        while (true)
        {
            for (; busy < lanes && next < runs.Length; next++)
            {
                if (runs[next].LengthBytes == 0)
                    continue;
                at[busy] = runs[next].Start;
                blocksLeft[busy] = runs[next].LengthBytes / Md5State.BlockBytes;
                owner[busy] = next;
                LoadLane(words + busy, lanes, in states[next]);
                busy++;
            }
            if (busy < MinBusyLanes)
                break;

            nint blocks = blocksLeft[0];
            for (int lane = 1; lane < busy; lane++)
                blocks = Math.Min(blocks, blocksLeft[lane]);
            // Idle lanes read what lane 0 reads; nobody looks at their state.
            for (int lane = busy; lane < lanes; lane++)
                at[lane] = at[0];
            if (lanes == 16)
                Md5Lanes.Compress16(words, at, blocks);
            else
                Md5Lanes.Compress8(words, at, blocks);

            // From the top, so that the lane that fills a gap has been looked at already.
            for (int lane = busy - 1; lane >= 0; lane--)
            {
                ref Md5State state = ref states[owner[lane]];
                state.LengthBytes += (ulong)blocks * Md5State.BlockBytes;
                blocksLeft[lane] -= blocks;
                if (blocksLeft[lane] != 0)
                    continue;
                StoreLane(words + lane, lanes, ref state);
                busy--;
                at[lane] = at[busy];
                blocksLeft[lane] = blocksLeft[busy];
                owner[lane] = owner[busy];
                for (int word = 0; word < 4; word++)
                    words[word * lanes + lane] = words[word * lanes + busy];
            }
        }

        for (int lane = 0; lane < busy; lane++)
        {
            ref Md5State state = ref states[owner[lane]];
            StoreLane(words + lane, lanes, ref state);
            state.Append(at[lane], blocksLeft[lane]);
        }
    }

    private static void LoadLane(uint* lane, int lanes, in Md5State state)
    {
        lane[0] = state.A;
        lane[lanes] = state.B;
        lane[2 * lanes] = state.C;
        lane[3 * lanes] = state.D;
    }

    private static void StoreLane(uint* lane, int lanes, ref Md5State state)
    {
        state.A = lane[0];
        state.B = lane[lanes];
        state.C = lane[2 * lanes];
        state.D = lane[3 * lanes];
    }
}
