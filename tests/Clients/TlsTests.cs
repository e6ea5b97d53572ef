using Xunit;

namespace RustFs.Tests.Clients;

/// <summary>TLS with a certificate made by openssl, verified by boto3 and curl against it.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [ClassData(typeof(IoModes))]
    public async Task The_boto3_cases_pass_over_tls(string io)
    {
        string certificate = await CreateCertificateAsync(_folder);
        await using ServerProcess server = await ServerProcess.StartAsync(new ServerSettings
        {
            UsesTls = true,
            Io = io,
            Environment = new Dictionary<string, string> { ["RUSTFS_TLS_PATH"] = _folder.Path },
        });
        Dictionary<string, string?> environment = ClientProgram.EnvironmentFor(server);
        environment["AWS_CA_BUNDLE"] = certificate;
        environment["SSL_CERT_FILE"] = certificate;
        (await ClientProgram.RunScriptAsync(environment, "boto3_objects.py")).Succeeded();
        (await ClientProgram.RunScriptAsync(environment, "boto3_multipart.py")).Succeeded();
        string[] live = ["-sSf", "--noproxy", "*", "--cacert", certificate, server.Endpoint + "/health/live"];
        (await ClientProgram.RunAsync("curl", live)).Succeeded();
    }

    /// <summary>Makes a certificate and its key under the names that the server looks for.</summary>
    internal static async Task<string> CreateCertificateAsync(TemporaryFolder folder)
    {
        string certificate = folder.File("rustfs_cert.pem");
        string[] request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", folder.File("rustfs_key.pem"), "-out", certificate];
        (await ClientProgram.RunAsync("openssl", request)).Succeeded();
        return certificate;
    }
}
