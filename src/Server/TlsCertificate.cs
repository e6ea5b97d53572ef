using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace RustFs.Server;

/// <summary>Loads the server's certificate: rustfs_cert.pem (leaf first, then intermediates) and rustfs_key.pem in one directory.</summary>
internal static class TlsCertificate
{
    public static void Configure(HttpsConnectionAdapterOptions https, string directory)
    {
        string certificatePath = Path.Combine(directory, "rustfs_cert.pem");
        string keyPath = Path.Combine(directory, "rustfs_key.pem");
        try
        {
            https.ServerCertificate = X509Certificate2.CreateFromPemFile(certificatePath, keyPath);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(certificatePath);
            https.ServerCertificateChain = chain;
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new SettingException(
                $"RUSTFS_TLS_PATH (--tls-path): cannot load {certificatePath} with {keyPath}: {exception.Message}. Both must be PEM "
                + $"files.");
        }
    }
}
