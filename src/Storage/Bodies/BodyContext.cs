namespace RustFs.Storage;

/// <summary>What bodies share while they are written and read.</summary>
internal sealed class BodyContext
{
    public BodyContext(VolumeOptions options, SegmentTable segments, SegmentAllocator allocator, WritePacer pacer, IIndex index)
    {
        (Options, Segments, Allocator, Pacer, Index) = (options, segments, allocator, pacer, index);
        Buffers = new AlignedBufferPool(options.Memory);
        Corruption = new CorruptionReport(index, segments.Devices[0].Directory, options.Events);
        Io = new IoThreads(IoThreadCount, options.Scheduler);
        IndexReads = new IoThreads(IndexReadThreadCount, options.Scheduler);
        Rings = new RingFiles(options.Rings);
        Md5 = new Md5Stage(Io);
        SmallBodies = new InstancePool<SmallBody>(() => new SmallBody(this));
        Hot = new BodyCache(options.BodyCacheBytes);
        Readers = new InstancePool<ExtentReader>(() => new ExtentReader(this));
    }

    // Enough that a few streams overlap their checksums with the device's work, which queues behind them anyway; and one that hashes.
    private const int IoThreadCount = 5;

    // Lookups and walks that left a ring: so many wait for the disk at once, and more would only queue there.
    private const int IndexReadThreadCount = 4;

    public VolumeOptions Options { get; }
    public SegmentTable Segments { get; }
    public SegmentAllocator Allocator { get; }
    public WritePacer Pacer { get; }
    public IIndex Index { get; }
    public AlignedBufferPool Buffers { get; }
    public CorruptionReport Corruption { get; }
    public IoThreads Io { get; }
    public IoThreads IndexReads { get; }
    public RingFiles Rings { get; }
    public Md5Stage Md5 { get; }
    public InstancePool<SmallBody> SmallBodies { get; }
    public BodyCache Hot { get; }
    public InstancePool<ExtentReader> Readers { get; }

    public bool IsClosed => _isClosed;

    /// <summary>Ends the I/O threads when what they and the rings have is done; later reads and writes of bodies answer Closed.</summary>
    public void Close()
    {
        _isClosed = true;
        Md5.Close();
        Rings.Close();
        Io.Dispose();
        IndexReads.Dispose();
        Buffers.Dispose();
    }

    private volatile bool _isClosed;
    public long BytesRead;
    public long BytesWritten;
}
