using System.Text;
using RustFs.Signing;

namespace RustFs.Server;

/// <summary>The one key pair that the server is started with.</summary>
internal sealed class RootCredentials(ServerOptions options) : ICredentialSource
{
    private readonly byte[] _accessKey = Encoding.ASCII.GetBytes(options.AccessKey);
    private readonly Credential _credential = new(options.AccessKey, options.SecretKey);

    public Credential? Find(ReadOnlySpan<byte> accessKey) => accessKey.SequenceEqual(_accessKey) ? _credential : null;
}
