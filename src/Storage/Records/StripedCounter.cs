using System.Runtime.InteropServices;

namespace RustFs.Storage;

/// <summary>A counter that many threads increment and few read: threads spread over cache lines of their own.</summary>
internal sealed class StripedCounter
{
    private const int Stripes = 16;

    private readonly Stripe[] _stripes = new Stripe[Stripes];

    public long Total
    {
        get
        {
            long total = 0;
            foreach (ref Stripe stripe in _stripes.AsSpan())
            {
                total += Volatile.Read(ref stripe.Count);
            }
            return total;
        }
    }

    public void Increment() => Add(1);

    public void Add(long count) => Interlocked.Add(ref _stripes[Environment.CurrentManagedThreadId % Stripes].Count, count);

    // Two cache lines: the prefetcher fetches them in pairs.
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Stripe
    {
        [FieldOffset(0)] public long Count;
    }
}
