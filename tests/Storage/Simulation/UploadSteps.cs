using RustFs.Checksums;
using RustFs.Storage;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>Steps of multipart uploads: each is done by the engine and judged by the model.</summary>
internal sealed class UploadSteps(SimulatedWorld world, ObjectSteps objects)
{
    private const int MaxRetries = 100;

    // What parts are made of that were not written but share an object's bytes, by their tags.
    private readonly Dictionary<long, List<ModelBody>> _shared = [];

    // Slots of both buckets: the uploads that scripts know.
    private readonly ModelUpload?[,] _slots = new ModelUpload?[2, ScriptGenerator.Slots];

    public async Task CreateAsync(Step step)
    {
        if (!world.TryGetBucket(step.Bucket, out Bucket bucket, out ModelBucket model)) return;
        if (_slots[step.Bucket, step.Slot] is { } present && model.Uploads.Contains(present)) return;
        byte[] key = ScriptNames.Keys[step.Key];
        ValueTask<(StoreStatus, UploadId)> creating =
            world.Store.CreateUploadAsync(bucket, key, ObjectSteps.Fields(step.Id), ChecksumKind.None, ChecksumType.FullObject);
        (StoreStatus status, UploadId id) = await world.InTimeAsync(creating, "CreateUpload");
        if (status == StoreStatus.Ok)
        {
            var upload = new ModelUpload(key, id);
            model.Uploads.Add(upload);
            _slots[step.Bucket, step.Slot] = upload;
        }
        else if (world.IsUnknown(status, "CreateUpload"))
        {
            model.UploadsInDoubt++;
        }
        else
        {
            throw new SimulationException($"CreateUpload answered {status}.");
        }
    }

    public async Task PutPartAsync(Step step)
    {
        if (Find(step) is not (ModelUpload upload, UploadRecord record)) return;
        byte[] body = PatternedContent.Bytes(step.Id, step.LengthBytes);
        StoreStatus status = world.Store.OpenWriter(body.Length, out BodyWriter? writer);
        if (status != StoreStatus.Ok && world.IsUnknown(status, "Opening a writer")) return;
        using (writer)
        {
            status = await ObjectSteps.FillAsync(writer!, body, new Random(step.Seed), body.Length);
            if (status != StoreStatus.Ok && world.IsUnknown(status, "Filling a part")) return;
            var attributes = new ObjectAttributes { ETag = new ETag((UInt128)step.Id, 0) };
            ValueTask<WriteResult> putting = world.Store.PutPartAsync(record, step.Number, writer!, attributes);
            status = (await world.InTimeAsync(putting, "PutPart")).Status;
        }
        Judge(upload, step, new ModelBody(step.Id, step.LengthBytes), status);
    }

    /// <summary>A part of whole blocks of an object: they begin within any extent, and end within that one or the next.</summary>
    public async Task SharePartAsync(Step step)
    {
        for (int attempt = 0; attempt < MaxRetries; attempt++)
        {
            if (Find(step) is not (ModelUpload upload, UploadRecord record)) return;
            if (!world.TryGetBucket(step.Bucket, out Bucket bucket, out ModelBucket model)) return;
            byte[] key = ScriptNames.Keys[step.OtherKey];
            if (objects.Find(bucket, model, key) is not (ModelObject state, ObjectRecord source)) return;
            (long offset, long lengthBytes) = DrawRange((StoredObjectRecord)source, new Random(step.Seed));
            if (!world.Store.CanShare(source, offset, lengthBytes)) return;
            var attributes = new ObjectAttributes { ETag = new ETag((UInt128)step.Id, 0) };
            ValueTask<WriteResult> sharing = world.Store.SharePartAsync(
                record, step.Number, new ObjectPlace(bucket, key), source, offset, lengthBytes, attributes);
            StoreStatus status = (await world.InTimeAsync(sharing, "SharePart")).Status;
            if (status == StoreStatus.Changed) continue;
            _shared[step.Id] = state.Stored.Slice(offset, lengthBytes);
            Judge(upload, step, new ModelBody(step.Id, lengthBytes), status);
            if (status == StoreStatus.Ok) world.Counts.SharedParts++;
            return;
        }
        throw new SimulationException("A source changes for ever.");
    }

    private static (long Offset, long LengthBytes) DrawRange(StoredObjectRecord source, Random random)
    {
        if (source.ExtentCount == 0) return (0, 0);
        int first = random.Next(source.ExtentCount), last = Math.Min(source.ExtentCount - 1, first + random.Next(2));
        long start = 0, end = 0;
        for (int index = 0; index <= last; index++)
        {
            if (index == first) start = end;
            end += source.Extent(index).LengthBytes;
        }
        long lastStart = end - source.Extent(last).LengthBytes;
        start += random.Next(BlockChecksums.BlockCount(source.Extent(first).LengthBytes)) * (long)Extent.BlockBytes;
        if (random.Next(2) == 0) return (start, end - start);
        long from = Math.Max(start, lastStart);
        long blocks = (end - from) / Extent.BlockBytes;
        return (start, from - start + (blocks == 0 ? end - from : random.NextInt64(1, blocks + 1) * Extent.BlockBytes));
    }

    private void Judge(ModelUpload upload, Step step, ModelBody next, StoreStatus status)
    {
        if (status == StoreStatus.Ok) upload.Parts[step.Number] = [next];
        else if (!world.IsUnknown(status, "PutPart")) throw new SimulationException($"{step.Kind} {step.Id} answered {status}.");
        else if (upload.Parts.TryGetValue(step.Number, out List<ModelBody?>? states)) states.Add(next);
        else upload.Parts[step.Number] = [null, next];
    }

    public async Task CompleteAsync(Step step, bool all = false)
    {
        for (int attempt = 0; attempt < MaxRetries; attempt++)
        {
            if (Find(step) is not (ModelUpload upload, UploadRecord record)) return;
            if (!world.TryGetBucket(step.Bucket, out Bucket _, out ModelBucket model)) return;
            if (ReadParts(upload, record) is not { } parts || parts.Count == 0) return;
            var random = new Random(step.Seed);
            List<PartRecord> chosen = all ? parts : [.. parts.Where(_ => random.Next(3) != 0)];
            if (chosen.Count == 0) chosen = [parts[^1]];
            List<ModelBody> bodies = [.. chosen.SelectMany(part =>
                _shared.GetValueOrDefault((long)part.ETag.Digest) ?? [new ModelBody((long)part.ETag.Digest, part.SizeBytes)])];
            var next = new ModelObject(step.Id, step.Id, bodies, chosen.Count);
            ModelCondition condition = ModelCondition.Draw(step, model.StatesOf(upload.Key));
            var attributes = new ObjectAttributes { ETag = new ETag((UInt128)step.Id, chosen.Count), Fields = ObjectSteps.Fields(step.Id) };
            ValueTask<WriteResult> completing = world.Store.CompleteUploadAsync(record, chosen, attributes, condition.ForEngine);
            StoreStatus status = (await world.InTimeAsync(completing, "Complete")).Status;
            if (status == StoreStatus.Changed) continue;
            world.Judge(model, upload.Key, next, condition, status, $"Complete {step.Id}");
            if (status == StoreStatus.Ok) model.Uploads.Remove(upload);
            else if (status != StoreStatus.PreconditionFailed) (upload.IsInDoubt, upload.CompletingTag) = (true, step.Id);
            return;
        }
        throw new SimulationException("An upload changes for ever.");
    }

    public async Task AbortAsync(Step step)
    {
        if (Find(step) is not (ModelUpload upload, UploadRecord record)) return;
        StoreStatus status = await world.InTimeAsync(world.Store.AbortUploadAsync(record.Bucket, record.Key, record.Id), "Abort");
        if (status == StoreStatus.Ok) world.Model(step.Bucket)!.Uploads.Remove(upload);
        else if (world.IsUnknown(status, "Abort")) upload.IsInDoubt = true;
        else throw new SimulationException($"Abort answered {status}.");
    }

    public void ListParts(Step step)
    {
        if (Find(step) is not (ModelUpload upload, UploadRecord record)) return;
        if (upload.Parts.Values.Any(states => states.Count > 1)) return;
        var page = new List<PartRecord>();
        StoreStatus status = world.Store.ListParts(record, step.Number - 1, step.Max, page, out bool isTruncated);
        if (status != StoreStatus.Ok && world.IsUnknown(status, "ListParts")) return;
        var expected = upload.Parts.Where(part => part.Key >= step.Number).ToList();
        bool isRight = status == StoreStatus.Ok && isTruncated == expected.Count > step.Max
            && page.Select(part => (part.PartNumber, new ModelBody((long)part.ETag.Digest, part.SizeBytes)))
                .SequenceEqual(expected.Take(step.Max).Select(part => (part.Key, part.Value[0]!.Value)));
        if (!isRight) throw new SimulationException($"ListParts gave {page.Count} parts ({status}), {expected.Count} are expected.");
    }

    /// <summary>After a restart: finds which uploads and parts there are, and drops those nobody heard of.</summary>
    public async Task ResolveAsync(int bucketIndex, Bucket bucket, ModelBucket model)
    {
        var found = new ListingSteps.UploadSink();
        StoreStatus status = world.Store.ListUploads(bucket, new ListQuery { MaxKeys = 10_000 }, null, ref found, out _, out _, out _);
        if (status != StoreStatus.Ok) throw new SimulationException($"ListUploads answered {status} after a restart.");
        foreach ((byte[] key, UploadId id) in found.Uploads)
        {
            if (model.Uploads.Any(upload => upload.Id == id)) continue;
            if (model.UploadsInDoubt-- <= 0) throw new SimulationException($"Upload {id} of {ObjectSteps.Show(key)} came back.");
            status = await world.InTimeAsync(world.Store.AbortUploadAsync(bucket, key, id), "Abort");
            if (status != StoreStatus.Ok) throw new SimulationException($"Aborting an upload in doubt answered {status}.");
        }
        model.UploadsInDoubt = 0;
        foreach (ModelUpload upload in model.Uploads.ToArray())
        {
            bool exists = found.Uploads.Any(shown => shown.Id == upload.Id);
            if (!exists && !upload.IsInDoubt) throw new SimulationException($"Upload {upload.Id} is lost.");
            bool isCompleted = model.StatesOf(upload.Key)[0]?.Tag == upload.CompletingTag && upload.CompletingTag != 0;
            if (exists && isCompleted) throw new SimulationException($"Upload {upload.Id} is complete and still there.");
            upload.IsInDoubt = false;
            if (!exists) model.Uploads.Remove(upload);
            else ResolveParts(bucket, upload);
        }
        for (int slot = 0; slot < ScriptGenerator.Slots; slot++)
        {
            if (_slots[bucketIndex, slot] is { } upload && !model.Uploads.Contains(upload)) _slots[bucketIndex, slot] = null;
        }
    }

    private void ResolveParts(Bucket bucket, ModelUpload upload)
    {
        StoreStatus status = world.Store.TryGetUpload(bucket, upload.Key, upload.Id, out UploadRecord? record);
        if (status != StoreStatus.Ok) throw new SimulationException($"Upload {upload.Id} answered {status} after a restart.");
        List<PartRecord> parts = ReadParts(upload, record!) ?? throw new SimulationException("ListParts fails after a restart.");
        foreach (int number in upload.Parts.Keys.ToArray())
        {
            PartRecord? part = parts.Find(part => part.PartNumber == number);
            if (part is null) upload.Parts.Remove(number);
            else upload.Parts[number] = [new ModelBody((long)part.ETag.Digest, part.SizeBytes)];
        }
    }

    /// <summary>All parts, each of which must be one that the model allows; null when they cannot be read now.</summary>
    private List<PartRecord>? ReadParts(ModelUpload upload, UploadRecord record)
    {
        var parts = new List<PartRecord>();
        StoreStatus status = world.Store.ListParts(record, 0, 10_000, parts, out _);
        if (status != StoreStatus.Ok)
        {
            if (world.IsUnknown(status, "ListParts")) return null;
            throw new SimulationException($"ListParts answered {status}.");
        }
        if (upload.IsInDoubt && parts.Count == 0) return parts;
        foreach ((int number, List<ModelBody?> states) in upload.Parts)
        {
            PartRecord? part = parts.Find(part => part.PartNumber == number);
            ModelBody? shown = part is null ? null : new ModelBody((long)part.ETag.Digest, part.SizeBytes);
            if (!states.Contains(shown))
                throw new SimulationException($"Part {number} is {shown}; it may be {string.Join(" or ", states)}.");
        }
        if (parts.Exists(part => !upload.Parts.ContainsKey(part.PartNumber))) throw new SimulationException("A part came from nowhere.");
        return parts;
    }

    private (ModelUpload Upload, UploadRecord Record)? Find(Step step)
    {
        if (!world.TryGetBucket(step.Bucket, out Bucket bucket, out ModelBucket model)) return null;
        if (_slots[step.Bucket, step.Slot] is not { } upload || !model.Uploads.Contains(upload)) return null;
        StoreStatus status = world.Store.TryGetUpload(bucket, upload.Key, upload.Id, out UploadRecord? record);
        if (status == StoreStatus.Ok) return (upload, record!);
        if (status == StoreStatus.NoSuchUpload && upload.IsInDoubt) return null;
        if (!world.IsUnknown(status, "TryGetUpload")) throw new SimulationException($"TryGetUpload answered {status}.");
        return null;
    }
}
