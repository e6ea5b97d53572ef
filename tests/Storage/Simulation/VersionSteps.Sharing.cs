using System.Security.Cryptography;
using RustFs.Storage;

namespace RustFs.Tests.Storage.Simulation;

/// <summary>Appends and renames where older versions stay, and share the bytes.</summary>
internal sealed partial class VersionSteps
{
    // What appended objects are made of, by the lower half of the tags that the engine made.
    private readonly Dictionary<long, List<ModelBody>> _appended = [];

    private async Task AppendAsync(Step step)
    {
        (byte[] key, ModelVersions model) = Find(step);
        if (model.Known is not { } before) return;
        StoreStatus status = world.Store.TryGetObject(Bucket, key, out ObjectRecord? current);
        if (status != StoreStatus.Ok && status != StoreStatus.NoSuchKey && world.IsUnknown(status, "TryGetObject")) return;
        ModelVersion? newest = before is [{ IsDeleteMarker: false } known, ..] ? known : null;
        if ((current is null ? null : VersionOf(current)) != newest)
            throw new SimulationException($"{ObjectSteps.Show(key)} is not {newest}, to which {step.Id} is appended.");
        ModelVersion version = Appended(step, newest, current);
        ModelCondition condition = ModelCondition.Draw(step, [CurrentOf(before)]);
        bool isLocked = IsReplacedHeld(before);
        (WriteResult result, bool isDecided) = await AppendAsync(step, key, current?.SizeBytes ?? 0, condition);
        Judge(key, model, Written(before, version), condition, result, isDecided, $"AppendVersion {step.Id}", isLocked);
    }

    private async Task<(WriteResult Result, bool IsDecided)> AppendAsync(Step step, byte[] key, long offset, ModelCondition condition)
    {
        byte[] body = PatternedContent.Bytes(step.Id, step.LengthBytes);
        StoreStatus status = world.Store.OpenWriter(body.Length, out BodyWriter? writer);
        if (status != StoreStatus.Ok && world.IsUnknown(status, "Opening a writer")) return (new WriteResult(status, 0), true);
        using (writer)
        {
            status = await ObjectSteps.FillAsync(writer!, body, new Random(step.Seed), body.Length);
            if (status != StoreStatus.Ok && world.IsUnknown(status, "Filling a body")) return (new WriteResult(status, 0), true);
            ValueTask<WriteResult> appending = world.Store.AppendObjectAsync(
                Bucket, key, writer!, new ObjectAppend { OffsetBytes = offset },
                new ObjectAttributes { ETag = new ETag((UInt128)step.Id, 0) }, condition.ForEngine);
            return (await world.InTimeAsync(appending, "AppendVersion"), false);
        }
    }

    /// <summary>The source's newest version becomes one of the other key, and a delete marker stands over it where it was.</summary>
    private async Task RenameAsync(Step step)
    {
        (byte[] source, ModelVersions sourceModel) = Find(step);
        (byte[] key, ModelVersions model) = Find(step with { Key = step.Key + 1 + step.Number % (Keys.Length - 1) });
        if (sourceModel.Known is not { } sourceBefore || model.Known is not { } before) return;
        ModelVersion? moved = sourceBefore is [{ IsDeleteMarker: false } newest, ..] ? newest : null;
        bool isLocked = IsReplacedHeld(sourceBefore) || IsReplacedHeld(before);
        WriteResult result = await world.InTimeAsync(
            world.Store.RenameObjectAsync(Bucket, new ObjectRename { Source = source, Key = key }), "RenameVersion");
        if (moved is null)
        {
            bool isRight = result.Status == StoreStatus.NoSuchKey || world.IsUnknown(result.Status, "RenameVersion");
            if (!isRight) throw new SimulationException($"RenameVersion {step.Id} of nothing answered {result.Status}.");
            return;
        }
        ModelVersion[] sourceAfter = _versioning == BucketVersioning.Never ? [] : Written(sourceBefore, Marker());
        ModelVersion[] after = Written(before, moved with { IsNull = _versioning != BucketVersioning.Enabled });
        Judge(source, sourceModel, sourceAfter, ModelCondition.None, result, isDecided: false, $"RenameVersion {step.Id}", isLocked);
        Judge(key, model, after, ModelCondition.None, result, isDecided: false, $"RenameVersion {step.Id}", isLocked);
    }

    private ModelVersion Appended(Step step, ModelVersion? newest, ObjectRecord? current)
    {
        bool isNull = _versioning != BucketVersioning.Enabled;
        if (newest?.Body is not { } body || current is null)
            return new ModelVersion(step.Id, new ModelBody(step.Id, step.LengthBytes), isNull);
        long tag = step.Id;
        if (body.LengthBytes > 0)
        {
            byte[] digests = new byte[32];
            current.ETag.WriteDigest(digests);
            new ETag((UInt128)step.Id, 0).WriteDigest(digests.AsSpan(16));
            tag = (long)ETag.FromDigest(MD5.HashData(digests)).Digest;
            _appended[tag] = [.. PiecesOf(body), new ModelBody(step.Id, step.LengthBytes)];
        }
        // In a bucket without object lock fields are carried along, these among them.
        return newest with { Tag = tag, Body = new ModelBody(tag, body.LengthBytes + step.LengthBytes), IsNull = isNull };
    }

    private List<ModelBody> PiecesOf(ModelBody body) => _appended.GetValueOrDefault(body.Content) ?? [body];

    private byte[] BytesOf(ModelBody body) =>
        new ModelObject(body.Content, 0, PiecesOf(body), 0).Bytes(0, body.LengthBytes);
}
