using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.S3.Transfer;
using RustFs.Tests.S3;
using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>Server-side encryption as boto3, AWSSDK.S3 for .NET and the operator see it.</summary>
public sealed class EncryptionTests : IDisposable
{
    private const string Bucket = "sdk-encrypted";
    private const string Lines = "x-amz-server-side-encryption";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [ClassData(typeof(IoModes))]
    public async Task The_boto3_cases_pass(string io)
    {
        string certificate = await TlsTests.CreateCertificateAsync(_folder);
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings
        {
            UsesTls = true,
            Io = io,
            Environment = new Dictionary<string, string> { ["RUSTFS_TLS_PATH"] = _folder.Path },
            Arguments = ["--encryption-keys", KeyFile($"first = {TestKeys.Master}", $"finance = {TestKeys.Finance}")],
        });
        Dictionary<string, string?> environment = ClientProgram.EnvironmentFor(server);
        environment["AWS_CA_BUNDLE"] = certificate;
        (await ClientProgram.RunScriptAsync(environment, "boto3_encryption.py")).Succeeded();
        // Nothing of a key is in the log, whatever was refused meanwhile.
        Assert.DoesNotContain(TestKeys.Master[..12], server.Output);
        Assert.DoesNotContain(Lines + "-customer-key:", server.Output);
    }

    [Fact]
    public async Task AWSSDK_encrypts_in_all_three_ways()
    {
        await TlsTests.CreateCertificateAsync(_folder);
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings
        {
            UsesTls = true,
            Environment = new Dictionary<string, string> { ["RUSTFS_TLS_PATH"] = _folder.Path, ["RUSTFS_MASTER_KEY"] = TestKeys.Master },
        });
        using var client = new AmazonS3Client(
            new BasicAWSCredentials(server.Settings.AccessKey, server.Settings.SecretKey),
            new AmazonS3Config
            {
                ServiceURL = server.Endpoint,
                ForcePathStyle = true,
                AuthenticationRegion = "us-east-1",
                MaxErrorRetry = 0,
                HttpClientFactory = new TrustingClients(),
            });
        await client.PutBucketAsync(Bucket);
        PutObjectResponse put = await client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = Bucket,
            Key = "s3",
            ContentBody = "body",
            ServerSideEncryptionMethod = ServerSideEncryptionMethod.AES256,
        });
        Assert.Equal(ServerSideEncryptionMethod.AES256, put.ServerSideEncryptionMethod);
        put = await client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = Bucket,
            Key = "kms",
            ContentBody = "body",
            ServerSideEncryptionMethod = ServerSideEncryptionMethod.AWSKMS,
            ServerSideEncryptionKeyManagementServiceKeyId = "master",
        });
        Assert.EndsWith(":key/master", put.ServerSideEncryptionKeyManagementServiceKeyId);
        using (GetObjectResponse get = await client.GetObjectAsync(Bucket, "kms"))
        using (var reader = new StreamReader(get.ResponseStream))
            Assert.Equal("body", await reader.ReadToEndAsync());

        await client.PutBucketEncryptionAsync(new PutBucketEncryptionRequest
        {
            BucketName = Bucket,
            ServerSideEncryptionConfiguration = new ServerSideEncryptionConfiguration
            {
                ServerSideEncryptionRules =
                [
                    new ServerSideEncryptionRule
                    {
                        ServerSideEncryptionByDefault = new ServerSideEncryptionByDefault
                        {
                            ServerSideEncryptionAlgorithm = ServerSideEncryptionMethod.AES256,
                        },
                    },
                ],
            },
        });
        Assert.Equal(ServerSideEncryptionMethod.AES256, (await client.PutObjectAsync(new PutObjectRequest
        {
            BucketName = Bucket,
            Key = "default",
            ContentBody = "body",
        })).ServerSideEncryptionMethod);
        await UploadWithCustomerKeyAsync(client);
    }

    [Fact]
    public async Task Keys_are_changed_and_old_ones_removed()
    {
        string first = $"first = {TestKeys.Master}", second = $"second = {TestKeys.Text(9)}";
        string data = _folder.File("data");
        async Task<ServerProcess> Start(params string[] keys) => await ServerProcess.StartAsync(new ServerSettings
        {
            Directory = data,
            Environment = new Dictionary<string, string> { ["RUSTFS_ENCRYPTION_KEYS"] = KeyFile(keys) },
        });

        DateTime? modified;
        await using (ServerProcess server = await Start(first))
        {
            using AmazonS3Client client = AwsSdkTests.ClientFor(server);
            await client.PutBucketAsync(Bucket);
            await PutAsync(client, "old");
            modified = (await client.GetObjectMetadataAsync(Bucket, "old")).LastModified;
            (int refused, string said) = await ServerProcess.RunAsync("rewrap", data, "--encryption-keys", KeyFile(second, first));
            Assert.Equal(3, refused);
            Assert.Contains("process", said, StringComparison.OrdinalIgnoreCase);
        }

        await using (ServerProcess server = await Start(second, first))
        {
            using AmazonS3Client client = AwsSdkTests.ClientFor(server);
            await PutAsync(client, "new");
            Assert.Equal("body of old", await ReadAsync(client, "old"));
        }

        (int exitCode, string output) = await ServerProcess.RunAsync("rewrap", data, "--encryption-keys", KeyFile(second));
        Assert.Equal(1, exitCode);
        Assert.Contains($"{Bucket}/old", output);
        (exitCode, output) = await ServerProcess.RunAsync("rewrap", data, "--encryption-keys", KeyFile(second, first));
        Assert.Equal(0, exitCode);
        Assert.Contains("done: 1 keys wrapped anew, 1 were", output);
        await using (ServerProcess server = await Start(second))
        {
            using AmazonS3Client client = AwsSdkTests.ClientFor(server);
            Assert.Equal(("body of old", "body of new"), (await ReadAsync(client, "old"), await ReadAsync(client, "new")));
            Assert.Equal(modified, (await client.GetObjectMetadataAsync(Bucket, "old")).LastModified);
        }

        (exitCode, output) = await ServerProcess.RunAsync("verify", data);
        Assert.True(exitCode == 0, output);
        (exitCode, output) = await ServerProcess.RunAsync("rewrap", _folder.Path, "--encryption-keys", KeyFile(second));
        Assert.Equal(3, exitCode);
        (exitCode, output) = await ServerProcess.RunAsync("rewrap", data);
        Assert.Equal(2, exitCode);
        Assert.Contains("RUSTFS_ENCRYPTION_KEYS", output);
    }

    [Theory]
    [InlineData("RUSTFS_ENCRYPTION_KEYS", "/no/such/file", "/no/such/file")]
    [InlineData("RUSTFS_ENCRYPTION_KEYS", "(file)", "line 1")]
    [InlineData("RUSTFS_MASTER_KEY", "c2VjcmV0IGJ1dCBzaG9ydA==", "openssl rand")]
    public async Task Keys_that_cannot_be_used_are_told_at_start(string variable, string value, string said)
    {
        if (value == "(file)")
            value = KeyFile("first = c2VjcmV0IGJ1dCBzaG9ydA==");
        (int exitCode, string output) = await ServerProcess.RunRefusedAsync(new ServerSettings
        {
            Directory = _folder.File("data"),
            Environment = new Dictionary<string, string> { [variable] = value },
        });
        Assert.Equal(2, exitCode);
        Assert.Contains(variable, output);
        Assert.Contains(said, output);
        Assert.DoesNotContain("c2VjcmV0", output);
    }

    [Fact]
    public async Task A_key_file_that_everyone_can_read_is_warned_of()
    {
        string keys = KeyFile($"first = {TestKeys.Master}");
        SetMode(keys, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings { Arguments = ["--encryption-keys", keys] });
        await server.WaitForOutputAsync("chmod o-r");
        (int exitCode, string output) = await ServerProcess.RunRefusedAsync(new ServerSettings
        {
            Directory = _folder.File("data"),
            Environment = new Dictionary<string, string> { ["RUSTFS_MASTER_KEY"] = TestKeys.Master },
            Arguments = ["--encryption-keys", keys],
        });
        Assert.Equal(2, exitCode);
        Assert.Contains("both set", output);
    }

    private async Task UploadWithCustomerKeyAsync(AmazonS3Client client)
    {
        string source = _folder.File("source"), target = _folder.File("target");
        await File.WriteAllBytesAsync(source, TemporaryFolder.RandomBytes(12 << 20, seed: 4));
        using var transfer = new TransferUtility(client);
        await transfer.UploadAsync(new TransferUtilityUploadRequest
        {
            BucketName = Bucket,
            Key = "own",
            FilePath = source,
            PartSize = 5 << 20,
            ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256,
            ServerSideEncryptionCustomerProvidedKey = TestKeys.Text(3),
        });
        await transfer.DownloadAsync(new TransferUtilityDownloadRequest
        {
            BucketName = Bucket,
            Key = "own",
            FilePath = target,
            ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256,
            ServerSideEncryptionCustomerProvidedKey = TestKeys.Text(3),
        });
        Assert.True(File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(target)));
        var other = new GetObjectRequest
        {
            BucketName = Bucket,
            Key = "own",
            ServerSideEncryptionCustomerMethod = ServerSideEncryptionCustomerMethod.AES256,
            ServerSideEncryptionCustomerProvidedKey = TestKeys.Text(4),
        };
        AmazonS3Exception denied = await Assert.ThrowsAsync<AmazonS3Exception>(() => client.GetObjectAsync(other));
        Assert.Equal((HttpStatusCode.Forbidden, "AccessDenied"), (denied.StatusCode, denied.ErrorCode));
    }

    private static Task PutAsync(AmazonS3Client client, string key) => client.PutObjectAsync(new PutObjectRequest
    {
        BucketName = Bucket,
        Key = key,
        ContentBody = "body of " + key,
        ServerSideEncryptionMethod = ServerSideEncryptionMethod.AES256,
    });

    private static async Task<string> ReadAsync(AmazonS3Client client, string key)
    {
        using GetObjectResponse get = await client.GetObjectAsync(Bucket, key);
        using var reader = new StreamReader(get.ResponseStream);
        return await reader.ReadToEndAsync();
    }

    private string KeyFile(params string[] lines)
    {
        string path = _folder.File($"keys-{Guid.NewGuid():N}");
        File.WriteAllLines(path, lines);
        SetMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }

    private sealed class TrustingClients : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator,
            UseProxy = false,
        });
    }
}
