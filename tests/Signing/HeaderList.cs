using System.Text;
using RustFs.Signing;

namespace RustFs.Tests.Signing;

/// <summary>Header fields in the order they were sent.</summary>
internal sealed class HeaderList : List<(string Name, string Value)>, IHeaderSource
{
    private readonly List<(byte[] Name, byte[] Value)> _bytes = [];

    public HeaderList()
    {
    }

    public HeaderList(IEnumerable<(string Name, string Value)> fields)
        : base(fields)
    {
    }

    int IHeaderSource.Count
    {
        get
        {
            Freeze();
            return _bytes.Count;
        }
    }

    ReadOnlySpan<byte> IHeaderSource.Name(int index) => _bytes[index].Name;

    ReadOnlySpan<byte> IHeaderSource.Value(int index) => _bytes[index].Value;

    public HeaderList With(string name, string value) => new([.. this.Where(f => f.Name != name), (name, value)]);

    public HeaderList Without(string name) => new(this.Where(f => f.Name != name));

    private void Freeze()
    {
        if (_bytes.Count == Count)
            return;
        _bytes.Clear();
        foreach ((string name, string value) in this)
            _bytes.Add((Encoding.Latin1.GetBytes(name), Encoding.Latin1.GetBytes(value)));
    }
}

/// <summary>A clock that stands still.</summary>
internal sealed class StoppedClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}

/// <summary>One request, and a server with one credential that checks it.</summary>
internal sealed record SignedRequest(string Method, string Path, string Query, HeaderList Headers)
{
    public static readonly Credential Example = new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    public static readonly DateTimeOffset ExampleTime = new(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);

    public SignatureVerdict Verify(SignatureContext? context = null, DateTimeOffset? now = null) =>
        Verify(new SignatureVerifier(new OneCredential(Example), new StoppedClock(now ?? ExampleTime)), context ?? new SignatureContext());

    public SignatureVerdict Verify(SignatureVerifier verifier, SignatureContext context)
    {
        byte[] method = Encoding.Latin1.GetBytes(Method);
        byte[] path = Encoding.Latin1.GetBytes(Path);
        byte[] query = Encoding.Latin1.GetBytes(Query);
        return verifier.Verify(new SignedRequestLine(method, path, query), Headers, context);
    }
}

internal sealed class OneCredential(Credential credential) : ICredentialSource
{
    private readonly byte[] _accessKey = Encoding.UTF8.GetBytes(credential.AccessKey);

    public Credential? Find(ReadOnlySpan<byte> accessKey) => accessKey.SequenceEqual(_accessKey) ? credential : null;
}
