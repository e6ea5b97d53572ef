using RustFs.Storage;
using RustFs.Tests.Storage;
using Xunit;

namespace RustFs.Tests.S3;

/// <summary>
/// Random histories of objects that are encrypted in every way, on the engine, with its bytes moved meanwhile: what is read, whole and in
/// ranges, is what a list of byte arrays says.
/// </summary>
public sealed class EncryptionHistoryTests
{
    private const int Steps = 60;
    private const int Customer = 4;

    private static readonly string[] Ways = ["plain", "s3", "kms", "customer"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task WhatIsReadIsWhatWasWritten(int seed)
    {
        using var engine = new EngineHarness(segmentBytes: 4 << 20);
        var history = new History(new S3TestServer(engine.Store, keys: TestKeys.Ring), new Random(seed));
        for (int step = 0; step < Steps; step++)
        {
            await history.StepAsync(step);
            if (step % 20 == 19)
                await engine.MoveAllAsync(await engine.BucketAsync());
            await history.CheckAsync();
        }

        engine.AssertAccounts();
    }

    private sealed class History(S3TestServer server, Random random)
    {
        private readonly Dictionary<string, (byte[] Body, string Way)> _objects = [];

        public async Task StepAsync(int step)
        {
            string key = $"key{random.Next(4)}", way = Ways[random.Next(Ways.Length)];
            (byte[] Body, string Way) made = ([], way);
            if (random.Next(5) == 0 && _objects.Count > 0)
            {
                (string source, (byte[] body, string from)) = _objects.ElementAt(random.Next(_objects.Count));
                if (source == key)
                    return;
                string[] read = from == "customer" ? TestKeys.CustomerOfSource(Customer) : [];
                await Ok("PUT", key, null, [$"x-amz-copy-source: bucket/{source}", .. read, .. Write(way)]);
                made.Body = body;
            }
            else if (random.Next(4) == 0)
            {
                made.Body = await UploadAsync(key, way);
            }
            else if (random.Next(2) == 0 && _objects.TryGetValue(key, out made))
            {
                byte[] added = Body(step);
                if (added.Length == 0)
                    return;
                await Ok("PUT", key, added, [$"x-amz-write-offset-bytes: {made.Body.Length}", .. Read(made.Way)]);
                made.Body = [.. made.Body, .. added];
            }
            else
            {
                made = (Body(step), way);
                await Ok("PUT", key, made.Body, Write(way));
            }

            _objects[key] = made;
        }

        public async Task CheckAsync()
        {
            foreach ((string key, (byte[] body, string way)) in _objects)
            {
                int first = random.Next(body.Length + 1), last = first + random.Next(200_000);
                bool isRange = random.Next(3) > 0 && first < body.Length;
                TestResponse get = await server.SendAsync(
                    "GET", "/bucket/" + key, null, [.. isRange ? (string[])[$"Range: bytes={first}-{last}"] : [], .. Read(way)]);
                ReadOnlyMemory<byte> expected = isRange ? body.AsMemory(first..Math.Min(body.Length, last + 1)) : body;
                Assert.Equal(isRange ? 206 : 200, get.Status);
                Assert.True(expected.Span.SequenceEqual(get.Body), $"{key}, {way}, {body.Length} bytes, {first} to {last}");
            }
        }

        private async Task<byte[]> UploadAsync(string key, string way)
        {
            string id = (await Ok("POST", key + "?uploads", null, Write(way))).Element("UploadId")!;
            byte[] large = new byte[5 << 20], small = Body(7);
            random.NextBytes(large);
            string list = "";
            foreach ((int number, byte[] part) in ((int, byte[])[])[(3, large), (8, small)])
            {
                string[] read = way == "customer" ? TestKeys.Customer(Customer) : [];
                TestResponse put = await Ok("PUT", $"{key}?partNumber={number}&uploadId={id}", part, read);
                list += $"<Part><PartNumber>{number}</PartNumber><ETag>{put["ETag"]}</ETag></Part>";
            }

            string document = $"<CompleteMultipartUpload>{list}</CompleteMultipartUpload>";
            await Ok("POST", $"{key}?uploadId={id}", System.Text.Encoding.UTF8.GetBytes(document), []);
            return [.. large, .. small];
        }

        private async Task<TestResponse> Ok(string method, string target, byte[]? body, string[] headers)
        {
            TestResponse response = await server.SendAsync(method, "/bucket/" + target, body, headers);
            Assert.True(response.Status == 200, response.ToString());
            return response;
        }

        private byte[] Body(int seed)
        {
            int[] lengths = [0, 1, 100, 65_487, 65_488, 65_489, 65_535, 65_536, 65_537, 131_072, 200_000, 700_001];
            byte[] body = new byte[lengths[random.Next(lengths.Length)]];
            new Random(seed).NextBytes(body);
            return body;
        }

        private static string[] Write(string way) => way switch
        {
            "s3" => ["x-amz-server-side-encryption: AES256"],
            "kms" => ["x-amz-server-side-encryption: aws:kms"],
            _ => Read(way),
        };

        private static string[] Read(string way) => way == "customer" ? TestKeys.Customer(Customer) : [];
    }
}
