using System.Buffers.Binary;
using System.Security.Cryptography;
using RustFs.S3.Encryption;
using RustFs.Storage;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>
/// What is stored of an encrypted body is what docs/data-format.md says, and nothing else decrypts: every flipped bit, and every block that
/// is moved, swapped or cut off, is found out though no checksum of the store is in the way.
/// </summary>
public sealed class StretchTests
{
    private const string S3 = "x-amz-server-side-encryption: AES256";
    private const int Block = 64 * 1024;
    private const int StoredBlock = Block + 16;
    private const int Salt = 32;

    private readonly S3TestServer _server = new(keys: TestKeys.Ring);

    /// <summary>
    /// Made by another program, with Python's cryptography package, from the page alone: keys and salts are <see cref="TestKeys.Bytes"/> of
    /// 40 for the data key, 50 to 52 for wrapping it, 60 and 61 for the stretches, which are the object's parts 1 and 7.
    /// </summary>
    [Theory]
    [InlineData("010100000000c46b9b35a1075cb30e151c232a31383f464d545b626970777e858c939aa1a8afb6bdc4cbd2d9e0e7dc3220e2e1edbf99f1ebd0d0a624235b454c89"
        + "22ee5695c172dd19d0c2f69b48ba6971471c763c098e42692bf368f5f2", 0)]
    [InlineData("01020107090066696e616e63657b2261223a2262227da396450d3af10ea02d343b424950575e656c737a81888f969da4abb2b9c0c7ced5dce3eaf1f8ff0628075f08"
        + "64d5a9a2be64dfc33ccef9c69caf2c52fe0f9ad3eea7513d7dc6b45d6ef653fe2148ef327c91db87cc84d91f", 0)]
    [InlineData("01030000000000000000000000004c535a61686f767d848b9299a0a7aeb5bcc3cad1d8dfe6edf4fb020910171e259d6dc6719a93c15655f2393418e70a5ec6f5dcc5"
        + "a4d4346e0f8d2496fa2d5174d159d1476ffaa0a571d9d170b5627f25", 9)]
    public async Task WhatAnotherProgramEncryptedIsRead(string field, int customer)
    {
        const string one = "444b525960676e757c838a91989fa6adb4bbc2c9d0d7dee5ecf3fa01080f161dbc789ad5dad112aa429d33c6ef6fd1a8bae7a508ecb4116b260ee4d2";
        const string two = "636a71787f868d949ba2a9b0b7bec5ccd3dae1e8eff6fd040b121920272e353cc65e9689f9920f1dacb3d2621e926c4f03550c0f0c9882c653";
        byte[] fields = new byte[4 + field.Length / 2];
        var writer = new StoredFieldsWriter(fields);
        Assert.True(writer.TryAdd(StoredFieldId.Encryption, default, Convert.FromHexString(field)));
        Assert.True(StoredFields.IsWellFormed(fields));
        await _server.SendAsync("PUT", "/bucket/key", "put in place of it");
        MemoryObject record = Record("key");
        await PutAsync(new MemoryObject
        {
            Body = [.. Convert.FromHexString(one), .. Convert.FromHexString(two)],
            Size = 21,
            Tag = record.Tag,
            Sum = default,
            Encoded = fields,
            Parts = [new ObjectPart(1, 12, default), new ObjectPart(7, 9, default)],
        });
        string[] headers = customer == 0 ? [] : TestKeys.Customer(customer);
        Assert.Equal("in the clear and more", (await _server.SendAsync("GET", "/bucket/key", null, headers)).Text);
        Assert.Equal("ear an", (await _server.SendAsync("GET", "/bucket/key", null, ["Range: bytes=9-14", .. headers])).Text);
    }

    /// <summary>The other way round: what this program stores, by the framework's primitives and the page.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(Block)]
    [InlineData(2 * Block + 1)]
    public async Task WhatIsStoredIsOfThePagesForm(int size)
    {
        byte[] payload = AwsChunkedBody.Payload(size);
        await _server.SendAsync("PUT", "/bucket/key", payload, S3);
        MemoryObject record = Record("key");
        Assert.True(record.Fields.TryGet(StoredFieldId.Encryption, out ReadOnlySpan<byte> field));
        Assert.Equal([1, 1, 0, 0, 0, 0], field[..6].ToArray());
        byte[] check = HKDF.DeriveKey(HashAlgorithmName.SHA256, TestKeys.Bytes(1), 8, null, "RustFs key check"u8.ToArray());
        Assert.Equal(check, field[6..14].ToArray());
        byte[] wrapping = HKDF.DeriveKey(
            HashAlgorithmName.SHA256, TestKeys.Bytes(1), 32, field[14..46].ToArray(), "RustFs data key"u8.ToArray());
        byte[] dataKey = new byte[32];
        using (var unwrap = new AesGcm(wrapping, 16))
            unwrap.Decrypt(new byte[12], field[46..78], field[78..], dataKey, field[..6]);

        byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, dataKey, 32, record.Body[..Salt], "RustFs stretch"u8.ToArray());
        using var cipher = new AesGcm(key, 16);
        var clear = new List<byte>();
        for (int block = 0; Salt + block * StoredBlock < record.Body.Length; block++)
        {
            byte[] stored = record.Body[(Salt + block * StoredBlock)..Math.Min(record.Body.Length, Salt + (block + 1) * StoredBlock)];
            byte[] nonce = new byte[12];
            BinaryPrimitives.WriteInt32LittleEndian(nonce, 1);
            BinaryPrimitives.WriteInt32LittleEndian(nonce.AsSpan(4), block);
            BinaryPrimitives.WriteInt32LittleEndian(nonce.AsSpan(8), Salt + (block + 1) * StoredBlock >= record.Body.Length ? 1 : 0);
            byte[] opened = new byte[stored.Length - 16];
            cipher.Decrypt(nonce, stored[..^16], stored[^16..], opened);
            clear.AddRange(opened);
        }

        Assert.Equal(payload, clear);
    }

    [Fact]
    public async Task EveryFlippedBitIsFoundOut()
    {
        await _server.SendAsync("PUT", "/bucket/key", "hello", S3);
        MemoryObject record = Record("key");
        for (int bit = 0; bit < record.Body.Length * 8; bit++)
        {
            record.Body[bit / 8] ^= (byte)(1 << (bit % 8));
            await IsNotServed("/bucket/key", bit % 2 == 0);
            record.Body[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.Equal("hello", (await _server.SendAsync("GET", "/bucket/key")).Text);
        Assert.Equal(record.Body.Length * 8, _server.Memory.CorruptReports);
    }

    [Fact]
    public async Task EveryFlippedBitOfTheWrappedKeyIsFoundOut()
    {
        await _server.SendAsync("PUT", "/bucket/key", "hello", "x-amz-server-side-encryption: aws:kms",
            "x-amz-server-side-encryption-context: eyJhIjoiYiJ9");
        MemoryObject record = Record("key");
        // Behind the field's own head and the four bytes that say how long its parts are, a changed one of which is no field.
        int at = record.Encoded.AsSpan().IndexOf("first"u8);
        for (int bit = at * 8; bit < record.Encoded.Length * 8; bit++)
        {
            record.Encoded[bit / 8] ^= (byte)(1 << (bit % 8));
            TestResponse get = await _server.SendAsync("GET", "/bucket/key");
            Assert.True(get.Status is 500 or 400, get.ToString());
            Assert.DoesNotContain("hello", get.Text);
            record.Encoded[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.Equal("hello", (await _server.SendAsync("GET", "/bucket/key")).Text);
    }

    [Fact]
    public async Task BlocksThatAreMovedSwappedOrCutOffAreFoundOut()
    {
        byte[] payload = AwsChunkedBody.Payload(3 * Block + 100);
        await _server.SendAsync("PUT", "/bucket/key", payload, S3);
        MemoryObject record = Record("key");
        byte[] whole = record.Body;
        byte[] BlockOf(int block) => whole[(Salt + block * StoredBlock)..Math.Min(whole.Length, Salt + (block + 1) * StoredBlock)];

        async Task Try(long size, params byte[][] stored)
        {
            record.Body = [.. stored.SelectMany(part => part)];
            record.Size = size;
            TestResponse get = await _server.SendAsync("GET", "/bucket/key");
            // The first block is as it was in some of these: then the head is gone before the second is reached.
            Assert.True(get.Status == 500 || (get.IsBroken && get.Body.Length < size), get.Status.ToString());
            Assert.True(get.Status == 500 || payload.AsSpan(0, get.Body.Length).SequenceEqual(get.Body));
            Assert.Equal(0, _server.Memory.OpenBodies);
        }

        byte[] salt = whole[..Salt];
        await Try(payload.Length, salt, BlockOf(1), BlockOf(0), BlockOf(2), BlockOf(3));
        await Try(payload.Length, salt, BlockOf(0), BlockOf(0), BlockOf(2), BlockOf(3));
        await Try(payload.Length, salt, BlockOf(0), BlockOf(2), BlockOf(1), BlockOf(3));
        // Even where whoever cuts it off has changed the record's size too.
        await Try(3 * Block, salt, BlockOf(0), BlockOf(1), BlockOf(2));
        await Try(Block, salt, BlockOf(0));
        await Try(2 * Block + 100, salt, BlockOf(1), BlockOf(2), BlockOf(3));
        await Try(4 * Block + 100, salt, BlockOf(0), BlockOf(1), BlockOf(2), BlockOf(2), BlockOf(3));
        await Try(50, salt, BlockOf(3)[..50], BlockOf(3)[^16..]);
        record.Body = whole;
        record.Size = payload.Length;
        Assert.Equal(payload, (await _server.SendAsync("GET", "/bucket/key")).Body);
    }

    [Fact]
    public async Task AnotherObjectsBytesAreFoundOut()
    {
        await _server.SendAsync("PUT", "/bucket/a", "one", S3);
        await _server.SendAsync("PUT", "/bucket/b", "two", S3);
        (Record("a").Body, Record("b").Body) = (Record("b").Body, Record("a").Body);
        await IsNotServed("/bucket/a", ranged: false);
        await IsNotServed("/bucket/b", ranged: true);
    }

    [Fact]
    public async Task PartsThatChangePlacesAreFoundOut()
    {
        await _server.SendAsync("PUT", "/bucket/log", "one", S3);
        await _server.SendAsync("PUT", "/bucket/log", "two", "x-amz-write-offset-bytes: 3");
        MemoryObject record = Record("log");
        int half = record.Body.Length / 2;
        Assert.Equal("onetwo", (await _server.SendAsync("GET", "/bucket/log")).Text);
        record.Body = [.. record.Body[half..], .. record.Body[..half]];
        await IsNotServed("/bucket/log", ranged: false);
    }

    /// <summary>A fault that shows only when the head is gone ends the connection: what was not authenticated is never sent.</summary>
    [Fact]
    public async Task ALateFaultEndsTheConnection()
    {
        byte[] payload = AwsChunkedBody.Payload(20 * Block);
        await _server.SendAsync("PUT", "/bucket/key", payload, S3);
        MemoryObject record = Record("key");
        record.Body[Salt + 15 * StoredBlock + 7] ^= 1;
        TestResponse get = await _server.SendAsync("GET", "/bucket/key");
        Assert.True(get.IsBroken);
        Assert.InRange(get.Body.Length, 1, 15 * Block);
        Assert.True(payload.AsSpan(0, get.Body.Length).SequenceEqual(get.Body));
        // What is before and behind it is good.
        Assert.Equal(payload[..Block], (await _server.SendAsync("GET", "/bucket/key", null, $"Range: bytes=0-{Block - 1}")).Body);
        Assert.Equal(payload[^9..], (await _server.SendAsync("GET", "/bucket/key", null, "Range: bytes=-9")).Body);
        Assert.Equal(0, _server.Memory.OpenBodies);
    }

    [Fact]
    public async Task WhatIsHeldIsCountedAndGivenBack()
    {
        var memory = new MemoryBudget(16 << 20);
        var server = new S3TestServer(memory: memory, keys: TestKeys.Ring);
        byte[] payload = AwsChunkedBody.Payload(300_000);
        Assert.Equal(200, (await server.SendAsync("PUT", "/bucket/key", payload, S3)).Status);
        Assert.Equal(payload, (await server.SendAsync("GET", "/bucket/key")).Body);
        Assert.Equal(0, memory.UsedBytes);
        memory.Take(MemoryUse.Body, memory.LimitBytes);
        Assert.Equal("SlowDown", (await server.SendAsync("PUT", "/bucket/key", payload, S3)).ErrorCode);
        Assert.Equal("SlowDown", (await server.SendAsync("GET", "/bucket/key")).ErrorCode);
        memory.Give(MemoryUse.Body, memory.LimitBytes);
        Assert.Equal((0L, 0), (memory.UsedBytes, server.Memory.OpenBodies));
    }

    private async Task IsNotServed(string target, bool ranged)
    {
        _server.Memory.ReadsAtOnce = !ranged;
        TestResponse get = await _server.SendAsync("GET", target, null, ranged ? ["Range: bytes=1-2"] : []);
        _server.Memory.ReadsAtOnce = true;
        Assert.Equal((500, "InternalError"), (get.Status, get.ErrorCode));
        Assert.Equal(0, _server.Memory.OpenBodies);
    }

    private MemoryObject Record(string key)
    {
        byte[] name = System.Text.Encoding.UTF8.GetBytes(key);
        _server.Store.TryGetObject(_server.Store.FindBucket("bucket"u8)!, name, out ObjectRecord? record);
        return (MemoryObject)record!;
    }

    private Task PutAsync(MemoryObject value) =>
        _server.Memory.PutAsIsAsync(_server.Store.FindBucket("bucket"u8)!, "key"u8.ToArray(), value);
}
