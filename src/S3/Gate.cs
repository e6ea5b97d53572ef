using RustFs.S3.Routing;
using RustFs.Signing;

namespace RustFs.S3;

/// <summary>Decides whether a principal may run an operation. Fails closed: what is not allowed here is denied.</summary>
internal static class Gate
{
    /// <summary>
    /// The server's own credentials may do everything; anonymous requests nothing (there are no bucket policies to permit them).
    /// </summary>
    public static bool Allows(Credential? principal, OperationSpec operation) => principal is not null && operation.Permission.Length > 0;
}
