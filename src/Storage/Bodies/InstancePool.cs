namespace RustFs.Storage;

/// <summary>Keeps instances for reuse, a bounded number; beyond it they are left to the collector.</summary>
internal sealed class InstancePool<T>(Func<T> create) where T : class
{
    // As many as requests are in flight on a busy server; each is some hundred bytes.
    private const int Capacity = 1024;

    private readonly Lock _lock = new();
    private readonly T[] _instances = new T[Capacity];
    private int _count;

    public T Rent()
    {
        lock (_lock)
        {
            if (_count > 0) return _instances[--_count];
        }
        return create();
    }

    public void Return(T instance)
    {
        lock (_lock)
        {
            if (_count < Capacity) _instances[_count++] = instance;
        }
    }
}
