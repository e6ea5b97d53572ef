using System.Net.Sockets;
using RustFs.Signing;
using RustFs.Tests.Clients;
using Xunit;
using Xunit.Abstractions;

namespace RustFs.Tests.History;

/// <summary>
/// Connections to the real server on few keys, with kill -9 and a restart in the middle: what was under way then may have happened or not,
/// everything else must be explained. RUSTFS_HISTORY_OPERATIONS is the number of calls, RUSTFS_HISTORY_KILLS that of kills.
/// </summary>
public sealed class ServerHistoryTests(ITestOutputHelper output)
{
    // Some seconds, most of it for the starts of the server.
    private const int DefaultOperations = 8000;
    private const int DefaultKills = 2;
    private const int ClientCount = 8;
    private const int KeyCount = 3;

    // Calls until the next kill, so that kills come at every depth of the history.
    private readonly Random _killRandom = new(HistorySettings.Seed);
    private readonly SemaphoreSlim _kill = new(0);
    private TaskCompletionSource<(ServerProcess Server, long DiedAt)> _current = NewServer();
    private int _operationsLeft;
    private int _untilKill;
    private int _killsLeft;

    [Theory]
    [InlineData("synced")]
    [InlineData("none")]
    public async Task Every_answer_is_explained_across_kills(string durability)
    {
        int operations = HistorySettings.Operations(DefaultOperations) / (durability == "synced" ? 4 : 1);
        int kills = int.TryParse(Environment.GetEnvironmentVariable("RUSTFS_HISTORY_KILLS"), out int asked) ? asked : DefaultKills;
        using var folder = new TemporaryFolder();
        // A killed process loses nothing that its kernel has, synced or not.
        var settings = new ServerSettings { Directory = folder.Path, Arguments = [$"--durability={durability}"] };
        var history = new RegisterHistory(ClientCount, KeyCount);
        (_operationsLeft, _killsLeft) = (operations, kills);
        _untilKill = NextKill(operations, kills);
        ServerProcess server = await ServerProcess.StartAsync(settings);
        try
        {
            using (var client = AwsSdkTests.ClientFor(server)) await client.PutBucketAsync("registers");
            _current.SetResult((server, 0));
            Task[] clients = [.. Enumerable.Range(0, ClientCount).Select(client => Task.Run(() => RunAsync(history, client)))];
            Task all = Task.WhenAll(clients);
            for (int kill = 0; kill < kills; kill++)
            {
                if (await Task.WhenAny(all, _kill.WaitAsync()) == all) break;
                TaskCompletionSource<(ServerProcess, long)> next = NewServer();
                _current = next;
                await server.KillAsync();
                long diedAt = RegisterHistory.Now;
                await server.DisposeAsync();
                server = await ServerProcess.StartAsync(settings);
                next.SetResult((server, diedAt));
                _untilKill = NextKill(operations, kills);
            }
            await all;
        }
        finally
        {
            await server.DisposeAsync();
        }
        string? fault = history.Check();
        Assert.True(fault is null, $"seed {HistorySettings.Seed}: {fault}");
        Assert.True(history.CheckedCount >= operations * 9L / 10);
        Assert.Contains(history.Counts, count => count.Key.Outcome == RegisterOutcome.Unknown);
        output.WriteLine($"seed {HistorySettings.Seed}, {durability}, {kills} kills: {history.Summary()}");
    }

    private static TaskCompletionSource<(ServerProcess, long)> NewServer() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int NextKill(int operations, int kills) =>
        kills == 0 ? int.MaxValue : _killRandom.Next(operations / (kills + 1) / 2, operations / (kills + 1));

    private async Task RunAsync(RegisterHistory history, int client)
    {
        var signer = new RequestSigner(new Credential("rustfsadmin", "rustfssecret"), "us-east-1");
        var random = new Random(HashCode.Combine(HistorySettings.Seed, client));
        int[] lastSeen = new int[history.KeyCount];
        (ServerProcess server, _) = await _current.Task;
        RawS3Connection connection = await RawS3Connection.OpenAsync(signer, server.Port);
        while (Interlocked.Decrement(ref _operationsLeft) >= 0)
        {
            if (Interlocked.Decrement(ref _untilKill) == 0) _kill.Release();
            int key = random.Next(history.KeyCount);
            RegisterCall call = HistorySettings.NextCall(random, lastSeen[key]);
            var operation = new RegisterOperation
            {
                Call = call,
                Client = client,
                Value = call is RegisterCall.Get or RegisterCall.Delete ? 0 : history.NextValue(),
                Expected = lastSeen[key],
                CalledAt = RegisterHistory.Now,
                EndedAt = 0,
            };
            try
            {
                operation = await CallAsync(connection, key, operation) with { EndedAt = RegisterHistory.Now };
                if (operation.Outcome == RegisterOutcome.Ok) lastSeen[key] = operation.Value;
            }
            catch (Exception exception) when (exception is IOException or SocketException)
            {
                connection.Dispose();
                (ServerProcess next, long diedAt) = await _current.Task;
                Assert.True(next != server, $"The server closed a connection that was in use: {exception.Message}");
                (server, operation) = (next, operation with { Outcome = RegisterOutcome.Unknown, EndedAt = diedAt });
                connection = await RawS3Connection.OpenAsync(signer, server.Port);
            }
            history.Record(key, operation);
        }
        connection.Dispose();
    }

    private static async Task<RegisterOperation> CallAsync(RawS3Connection connection, int key, RegisterOperation operation)
    {
        string path = $"/registers/key-{key}";
        switch (operation.Call)
        {
            case RegisterCall.Get:
                (int statusCode, byte[] body) = await connection.SendAsync("GET", path, null);
                int found = RegisterOperation.Absent;
                Assert.True(statusCode == 404 || (statusCode == 200 && RegisterValues.TryRead(body, out found)), $"{path}: {statusCode}");
                return operation with { Value = found };
            case RegisterCall.Delete:
                Assert.Equal(204, (await connection.SendAsync("DELETE", path, null)).StatusCode);
                return operation;
            default:
                string[] condition = operation.Call switch
                {
                    RegisterCall.PutIfMatch => [$"If-Match: {RegisterValues.ETagOf(operation.Expected)}"],
                    RegisterCall.PutIfAbsent => ["If-None-Match: *"],
                    _ => [],
                };
                (statusCode, body) = await connection.SendAsync("PUT", path, RegisterValues.BodyOf(operation.Value), condition);
                // An If-Match on what does not exist is answered 404 (NoSuchKey).
                bool isRefused = statusCode == 412 || (statusCode == 404 && operation.Call == RegisterCall.PutIfMatch);
                Assert.True(isRefused || statusCode == 200, $"{operation}: {statusCode} {System.Text.Encoding.UTF8.GetString(body)}");
                return operation with { Outcome = isRefused ? RegisterOutcome.Refused : RegisterOutcome.Ok };
        }
    }
}
