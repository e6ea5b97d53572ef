using System.Security.Cryptography;
using RustFs.Storage;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>Steps that make records of bytes that are there already: appends, renames and copies that share.</summary>
internal sealed class SharingSteps(SimulatedWorld world, ObjectSteps objects)
{
    // Compaction may change a record between finding and sharing it, and does so rarely.
    private const int MaxRetries = 100;

    public async Task AppendAsync(Step step)
    {
        if (!world.TryGetBucket(step.Bucket, out Bucket bucket, out ModelBucket model)) return;
        byte[] key = ScriptNames.Keys[step.Key];
        if (model.StatesOf(key).Count != 1) return;
        (ModelObject State, ObjectRecord Record)? found = objects.Find(bucket, model, key);
        if (found is null && model.StatesOf(key)[0] is not null) return;
        // One in three of those that create an object.
        bool isEncrypted = found?.State.IsEncrypted ?? step.Id % 3 == 0;
        StoredFields fields = ObjectSteps.Fields(step.Id, isEncrypted);
        fields.TryGet(StoredFieldId.Encryption, out ReadOnlySpan<byte> encryption);
        var append = new ObjectAppend
        {
            OffsetBytes = (found?.State.SizeBytes ?? 0) + step.Number,
            Encryption = encryption.ToArray(),
        };
        ModelObject stored = new ModelObject(step.Id, step.Id, [new ModelBody(step.Id, step.LengthBytes)], 0)
        {
            IsEncrypted = isEncrypted,
        }.Stored;
        byte[] body = stored.Bytes(0, stored.SizeBytes);
        ModelCondition condition = ModelCondition.Draw(step, model.StatesOf(key));
        StoreStatus status = world.Store.OpenWriter(body.Length, out BodyWriter? writer);
        if (status != StoreStatus.Ok && world.IsUnknown(status, "Opening a writer")) return;
        using (writer)
        {
            status = await ObjectSteps.FillAsync(writer!, body, new Random(step.Seed), body.Length);
            if (status != StoreStatus.Ok && world.IsUnknown(status, "Filling a body")) return;
            var attributes = new ObjectAttributes
            {
                ETag = new ETag((UInt128)step.Id, 0),
                SizeBytes = isEncrypted ? step.LengthBytes : null,
                Fields = fields,
            };
            ValueTask<WriteResult> appending =
                world.Store.AppendObjectAsync(bucket, key, writer!, append, attributes, condition.ForEngine);
            status = (await world.InTimeAsync(appending, "Append")).Status;
        }
        bool isWrongOffset = status is StoreStatus.InvalidWriteOffset or StoreStatus.NoSuchKey;
        if (isWrongOffset && step.Number == 0) throw new SimulationException($"Append {step.Id} was refused its offset {append.OffsetBytes}.");
        if (isWrongOffset) return;
        if (status == StoreStatus.Ok && step.Number != 0) throw new SimulationException($"Append {step.Id} took a wrong offset.");
        if (step.Number == 0 || status == StoreStatus.PreconditionFailed)
            world.Judge(model, key, Appended(step, found) with { IsEncrypted = isEncrypted }, condition, status, $"Append {step.Id}");
        else if (!world.IsUnknown(status, "Append"))
            throw new SimulationException($"Append {step.Id} answered {status}.");
    }

    public async Task RenameAsync(Step step)
    {
        if (step.Key == step.OtherKey || !world.TryGetBucket(step.Bucket, out Bucket bucket, out ModelBucket model)) return;
        byte[] key = ScriptNames.Keys[step.Key], source = ScriptNames.Keys[step.OtherKey];
        if (model.StatesOf(source).Count != 1 || model.StatesOf(key).Count != 1) return;
        ModelObject? moved = model.StatesOf(source)[0];
        ModelCondition condition = ModelCondition.Draw(step, model.StatesOf(key));
        ValueTask<WriteResult> renaming = world.Store.RenameObjectAsync(
            bucket, new ObjectRename { Source = source, Key = key, Precondition = condition.ForEngine });
        StoreStatus status = (await world.InTimeAsync(renaming, "Rename")).Status;
        if (status == StoreStatus.NoSuchKey && moved is null) return;
        if (status == StoreStatus.Ok && moved is null) throw new SimulationException($"Rename {step.Id} moved what is not there.");
        // Whatever comes of the one key comes of the other.
        bool mayBeDone = status != StoreStatus.PreconditionFailed && moved is not null && model.StatesOf(key).Any(condition.Holds);
        if (moved is not null) world.Judge(model, key, moved, condition, status, $"Rename {step.Id}");
        else if (!world.IsUnknown(status, "Rename")) throw new SimulationException($"Rename {step.Id} answered {status}.");
        if (status == StoreStatus.Ok) model.Set(source, null);
        else if (mayBeDone) model.Add(source, null);
    }

    public async Task ShareAsync(Step step)
    {
        if (!world.TryGetBucket(step.Bucket, out Bucket bucket, out ModelBucket model)) return;
        byte[] key = ScriptNames.Keys[step.Key], source = ScriptNames.Keys[step.OtherKey];
        for (int attempt = 0; attempt < MaxRetries; attempt++)
        {
            if (objects.Find(bucket, model, source) is not (ModelObject state, ObjectRecord record)) return;
            var next = new ModelObject(step.Id, step.Id, state.Bodies, 0) { IsEncrypted = state.IsEncrypted };
            ModelCondition condition = ModelCondition.Draw(step, model.StatesOf(key));
            StoredFields fields = ObjectSteps.Fields(step.Id, state.IsEncrypted);
            var attributes = new ObjectAttributes { ETag = new ETag((UInt128)step.Id, 0), Fields = fields };
            ValueTask<WriteResult> sharing = world.Store.ShareObjectAsync(
                new ObjectPlace(bucket, source), record, new ObjectPlace(bucket, key), attributes, condition.ForEngine);
            StoreStatus status = (await world.InTimeAsync(sharing, "Share")).Status;
            if (status == StoreStatus.Changed) continue;
            world.Judge(model, key, next, condition, status, $"Share {step.Id}");
            return;
        }
        throw new SimulationException($"{ObjectSteps.Show(source)} changes for ever.");
    }

    private static ModelObject Appended(Step step, (ModelObject State, ObjectRecord Record)? found)
    {
        var body = new ModelBody(step.Id, step.LengthBytes);
        if (found is not (ModelObject state, ObjectRecord record)) return new ModelObject(step.Id, step.Id, [body], 0);
        if (state.SizeBytes == 0) return new ModelObject(step.Id, state.Fields, [body], 0);
        byte[] digests = new byte[32];
        record.ETag.WriteDigest(digests);
        new ETag((UInt128)step.Id, 0).WriteDigest(digests.AsSpan(16));
        long tag = (long)ETag.FromDigest(MD5.HashData(digests)).Digest;
        return new ModelObject(tag, state.Fields, [.. state.Bodies, body], Math.Max(1, state.PartCount) + 1);
    }
}
