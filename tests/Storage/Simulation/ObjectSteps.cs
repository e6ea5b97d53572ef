using System.Buffers.Binary;
using RustFs.Storage;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>Steps on objects: each is done by the engine and judged by the model.</summary>
internal sealed class ObjectSteps(SimulatedWorld world)
{
    // Compaction may move an object between finding and reading it, and does so rarely.
    private const int MaxRetries = 100;

    public async Task PutAsync(Step step)
    {
        if (!world.TryGetBucket(step.Bucket, out Bucket bucket, out ModelBucket model)) return;
        byte[] key = ScriptNames.Keys[step.Key];
        ModelCondition condition = ModelCondition.Draw(step, model.StatesOf(key));
        var next = new ModelObject(step.Id, step.Id, [new ModelBody(step.Id, step.LengthBytes)], 0)
        {
            // One in three. What is put in place may have no room for more bytes.
            IsEncrypted = step.Kind != StepKind.PutInPlace && step.Id % 3 == 0,
        };
        await PutAsync(step, bucket, model, key, next, condition);
    }

    public async Task AbandonWriterAsync(Step step)
    {
        StoreStatus status = world.Store.OpenWriter(step.LengthBytes, out BodyWriter? writer);
        if (status != StoreStatus.Ok)
        {
            if (!world.IsUnknown(status, "Opening a writer")) throw new SimulationException($"Opening a writer answered {status}.");
            return;
        }
        using (writer) await FillAsync(writer!, new byte[step.LengthBytes], new Random(step.Seed), step.Seed % (step.LengthBytes + 1));
    }

    public async Task DeleteAsync(Step step)
    {
        if (!world.TryGetBucket(step.Bucket, out Bucket bucket, out ModelBucket model)) return;
        byte[] key = ScriptNames.Keys[step.Key];
        ModelCondition condition = ModelCondition.Draw(step, model.StatesOf(key));
        StoreStatus status = await world.InTimeAsync(world.Store.DeleteObjectAsync(bucket, key, condition.ForEngine), "Delete");
        world.Judge(model, key, null, condition, status, $"Delete {step.Id}");
    }

    public async Task GetAsync(Step step, bool isRange)
    {
        if (!world.TryGetBucket(step.Bucket, out Bucket bucket, out ModelBucket model)) return;
        await ReadAsync(bucket, model, ScriptNames.Keys[step.Key], isRange ? new Random(step.Seed) : null);
    }

    /// <summary>Reads a key, whole or in part, and holds it against what it may be. Null when it is absent or cannot be read now.</summary>
    public async Task<(ModelObject State, ObjectRecord Record)?> ReadAsync(Bucket bucket, ModelBucket model, byte[] key, Random? range)
    {
        for (int attempt = 0; attempt < MaxRetries; attempt++)
        {
            if (Find(bucket, model, key) is not (ModelObject state, ObjectRecord record)) return null;
            ModelObject stored = state.Stored;
            long offset = range is null ? 0 : range.NextInt64(stored.SizeBytes + 1);
            long length = range is null ? stored.SizeBytes : range.NextInt64(stored.SizeBytes - offset + 1);
            if (range is not null && range.Next(2) == 0) length = Math.Min(length, 500);
            (StoreStatus status, byte[] bytes) = await ReadBytesAsync(record, offset, length, tryAll: attempt % 2 == 0);
            if (status == StoreStatus.Changed) continue;
            if (status != StoreStatus.Ok)
            {
                if (!world.IsUnknown(status, "Get")) throw new SimulationException($"Reading {Show(key)} answered {status}.");
                return null;
            }
            if (!stored.Bytes(offset, length).AsSpan().SequenceEqual(bytes))
                throw new SimulationException($"{Show(key)} (tag {state.Tag}) gave wrong bytes in [{offset}, {offset + length}).");
            world.Counts.ObjectsChecked++;
            return (state, record);
        }
        throw new SimulationException($"{Show(key)} changes for ever.");
    }

    public (ModelObject State, ObjectRecord Record)? Find(Bucket bucket, ModelBucket model, byte[] key)
    {
        StoreStatus status = world.Store.TryGetObject(bucket, key, out ObjectRecord? record);
        IReadOnlyList<ModelObject?> states = model.StatesOf(key);
        if (status == StoreStatus.NoSuchKey)
        {
            if (!states.Contains(null)) throw new SimulationException($"{Show(key)} is lost; it was {states[^1]}.");
            return null;
        }
        if (status != StoreStatus.Ok)
        {
            if (!world.IsUnknown(status, "Find")) throw new SimulationException($"Finding {Show(key)} answered {status}.");
            return null;
        }
        ModelObject? state = states.FirstOrDefault(state => state is not null && IsSame(record!, state));
        if (state is null)
        {
            throw new SimulationException(
                $"{Show(key)} has tag {record!.ETag.Digest}, fields {FieldsOf(record)}, {record.SizeBytes} bytes; "
                + $"it may be {string.Join(" or ", states.Select(may => may?.ToString() ?? "absent"))}.");
        }
        return (state, record!);
    }

    public async Task ReplaceFieldsAsync(Step step)
    {
        if (!world.TryGetBucket(step.Bucket, out Bucket bucket, out ModelBucket model)) return;
        byte[] key = ScriptNames.Keys[step.Key];
        for (int attempt = 0; attempt < MaxRetries; attempt++)
        {
            if (Find(bucket, model, key) is not (ModelObject state, ObjectRecord record)) return;
            ModelCondition condition = ModelCondition.Draw(step, model.StatesOf(key));
            ValueTask<WriteResult> replacing =
                world.Store.ReplaceFieldsAsync(bucket, key, record, Fields(step.Id, state.IsEncrypted), condition.ForEngine);
            StoreStatus status = (await world.InTimeAsync(replacing, "ReplaceFields")).Status;
            if (status == StoreStatus.Changed) continue;
            if (status == StoreStatus.NoSuchKey && model.StatesOf(key).Contains(null)) return;
            world.Judge(model, key, state with { Fields = step.Id }, condition, status, $"ReplaceFields {step.Id}");
            return;
        }
        throw new SimulationException($"{Show(key)} changes for ever.");
    }

    public async Task CopyAsync(Step step)
    {
        if (!world.TryGetBucket(step.Bucket, out Bucket bucket, out ModelBucket model)) return;
        if (await ReadAsync(bucket, model, ScriptNames.Keys[step.OtherKey], range: null) is not (ModelObject source, _)) return;
        var next = new ModelObject(step.Id, step.Id, source.Bodies, 0);
        byte[] key = ScriptNames.Keys[step.Key];
        await PutAsync(step, bucket, model, key, next, ModelCondition.None);
    }

    /// <summary>Many writes at once, on few keys: the order in which they take place is the engine's to choose.</summary>
    public async Task BurstAsync(Step step)
    {
        if (!world.TryGetBucket(step.Bucket, out Bucket bucket, out ModelBucket model)) return;
        var random = new Random(step.Seed);
        var writes = new List<(byte[] Key, ModelObject? Next, Task<(StoreStatus Status, bool IsDecided)> Outcome)>();
        int count = random.Next(2, 24);
        for (int write = 0; write < count; write++)
        {
            byte[] key = ScriptNames.Keys[random.Next(ScriptNames.Keys.Length)];
            long id = (step.Id << 8) + write;
            int length = random.Next(6) == 0 ? random.Next(200_000) : random.Next(8_000);
            ModelObject? next = random.Next(5) == 0 ? null : new ModelObject(id, id, [new ModelBody(id, length)], 0);
            Random own = new(random.Next());
            writes.Add((key, next, SimulatedVolume.BeginAsync(() => WriteAsync(bucket, key, next, own))));
        }
        await Task.WhenAll(writes.Select(write => write.Outcome));
        world.Counts.Operations += count;
        foreach (var group in writes.GroupBy(write => write.Key))
        {
            var acknowledged = group.Where(write => write.Outcome.Result.Status == StoreStatus.Ok).Select(write => write.Next).ToList();
            IEnumerable<ModelObject?> before = acknowledged.Count > 0 ? [] : model.StatesOf(group.Key);
            IEnumerable<ModelObject?> open = group.Where(write => !write.Outcome.Result.IsDecided).Select(write => write.Next);
            model.Objects[group.Key] = [.. before.Concat(acknowledged).Concat(open).Distinct()];
            if (world.MayFail) continue;
            // The power may go at this very look, which then says nothing.
            ModelObject? found = Find(bucket, model, group.Key)?.State;
            if (!world.MayFail) model.Set(group.Key, found);
        }
    }

    public static StoredFields Fields(long id, bool isEncrypted = false)
    {
        byte[] buffer = new byte[256], value = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(value, id);
        var writer = new StoredFieldsWriter(buffer);
        writer.TryAdd(StoredFieldId.ContentType, default, value);
        if (isEncrypted)
        {
            byte[] encryption = new byte[ObjectEncryption.MaxBytes];
            int length = ObjectEncryption.WriteHead(EncryptionScheme.S3, hasBucketKey: false, default, default, encryption);
            writer.TryAdd(StoredFieldId.Encryption, default, encryption.AsSpan(0, length));
        }
        return new StoredFields(buffer.AsMemory(0, writer.WrittenBytes));
    }

    /// <summary>Fills a writer in pieces of odd sizes, up to a number of bytes.</summary>
    public static async Task<StoreStatus> FillAsync(BodyWriter writer, byte[] body, Random random, int upToBytes)
    {
        for (int at = 0; at < upToBytes;)
        {
            Memory<byte> room = writer.Room;
            if (room.IsEmpty) throw new SimulationException($"No room after {at} of {body.Length} bytes.");
            int length = Math.Min(Math.Min(room.Length, upToBytes - at), random.Next(3) == 0 ? random.Next(1, 70_000) : int.MaxValue);
            body.AsMemory(at, length).CopyTo(room);
            StoreStatus status = await SimulatedVolume.InTimeAsync(writer.AdvanceAsync(length));
            if (status != StoreStatus.Ok) return status;
            at += length;
        }
        return StoreStatus.Ok;
    }

    public async Task<(StoreStatus Status, byte[] Bytes)> ReadBytesAsync(ObjectRecord record, long offset, long lengthBytes, bool tryAll)
    {
        StoreStatus status = world.Store.OpenReader(record, offset, lengthBytes, out ObjectReader? reader);
        if (status != StoreStatus.Ok) return (status, []);
        using (reader)
        {
            byte[] bytes = new byte[lengthBytes];
            if (tryAll && reader!.TryReadAll(bytes, out status)) return (status, bytes);
            for (int at = 0; at < bytes.Length;)
            {
                ReadResult result = await world.InTimeAsync(reader!.ReadAsync(), "Read");
                if (result.Status != StoreStatus.Ok) return (result.Status, bytes[..at]);
                if (result.Bytes.IsEmpty || result.Bytes.Length > bytes.Length - at)
                    throw new SimulationException($"A read gave {result.Bytes.Length} bytes where {bytes.Length - at} are left.");
                result.Bytes.Span.CopyTo(bytes.AsSpan(at));
                at += result.Bytes.Length;
            }
            return (StoreStatus.Ok, bytes);
        }
    }

    public static string Show(byte[] key) =>
        key.Length > 40 ? $"key of {key.Length} bytes" : $"\"{System.Text.Encoding.Latin1.GetString(key)}\"";

    private static bool IsSame(ObjectRecord record, ModelObject state) =>
        (long)record.ETag.Digest == state.Tag && record.ETag.PartCount == state.PartCount && FieldsOf(record) == state.Fields
        && record.SizeBytes == state.SizeBytes && record.IsEncrypted == state.IsEncrypted && record.PartCount == state.PartCount;

    private static long FieldsOf(ObjectRecord record) =>
        record.Fields.TryGet(StoredFieldId.ContentType, out ReadOnlySpan<byte> value) ? BinaryPrimitives.ReadInt64LittleEndian(value) : 0;

    private async Task PutAsync(
        Step step, Bucket bucket, ModelBucket model, byte[] key, ModelObject next, ModelCondition condition)
    {
        ModelObject stored = next.Stored;
        byte[] body = stored.Bytes(0, stored.SizeBytes);
        BodyWriter? writer = null;
        if (step.Kind == StepKind.PutInPlace)
        {
            writer = world.Store.WriterOver(body);
        }
        else
        {
            StoreStatus opened = world.Store.OpenWriter(body.Length, out writer);
            if (opened != StoreStatus.Ok)
            {
                if (!world.IsUnknown(opened, "Opening a writer")) throw new SimulationException($"Opening a writer answered {opened}.");
                return;
            }
        }
        using (writer)
        {
            if (step.Kind != StepKind.PutInPlace)
            {
                StoreStatus filled = await FillAsync(writer!, body, new Random(step.Seed), body.Length);
                // Not handed over: it cannot have taken place.
                if (filled != StoreStatus.Ok && world.IsUnknown(filled, "Filling a body")) return;
            }
            var attributes = new ObjectAttributes
            {
                ETag = new ETag((UInt128)next.Tag, 0),
                SizeBytes = next.IsEncrypted ? next.SizeBytes : null,
                Fields = Fields(next.Fields, next.IsEncrypted),
            };
            ValueTask<WriteResult> putting = world.Store.PutObjectAsync(bucket, key, writer!, attributes, condition.ForEngine);
            WriteResult result = await world.InTimeAsync(putting, "Put");
            world.Judge(model, key, next, condition, result.Status, $"{step.Kind} {step.Id}");
        }
    }

    private async Task<(StoreStatus Status, bool IsDecided)> WriteAsync(Bucket bucket, byte[] key, ModelObject? next, Random random)
    {
        if (next is null)
        {
            StoreStatus deleted = await world.InTimeAsync(world.Store.DeleteObjectAsync(bucket, key, null), "Delete");
            return (deleted, deleted != StoreStatus.Ok && !world.IsUnknown(deleted, "Delete"));
        }
        byte[] body = next.Bytes(0, next.SizeBytes);
        StoreStatus status = world.Store.OpenWriter(body.Length, out BodyWriter? writer);
        if (status != StoreStatus.Ok && world.IsUnknown(status, "Opening a writer")) return (status, true);
        using (writer)
        {
            status = await FillAsync(writer!, body, random, body.Length);
            if (status != StoreStatus.Ok && world.IsUnknown(status, "Filling a body")) return (status, true);
            var attributes = new ObjectAttributes { ETag = new ETag((UInt128)next.Tag, 0), Fields = Fields(next.Fields) };
            status = (await world.InTimeAsync(world.Store.PutObjectAsync(bucket, key, writer!, attributes, null), "Put")).Status;
            if (status != StoreStatus.Ok && !world.IsUnknown(status, "Put")) throw new SimulationException($"Put answered {status}.");
            return (status, false);
        }
    }
}
