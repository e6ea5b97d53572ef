using System.Text;
using RustFs.Http1;

namespace RustFs.S3.Routing;

/// <summary>
/// Finds the operation: method × target × sub-resource (a query parameter) × selecting header. Built once from the table.
/// </summary>
internal sealed class Router
{
    private const int MethodCount = (int)RequestMethod.Options + 1;
    private const int TargetCount = (int)TargetKind.Object + 1;

    /// <summary>
    /// Every sub-resource keyword of the S3 API. A request that names one is never taken for the plain operation on the same target:
    /// GET /bucket/key?acl must not hand out the object.
    /// </summary>
    internal static readonly string[] SubResourceNames =
    [
        "abac", "accelerate", "acl", "analytics", "append", "attributes", "cors", "delete", "encryption",
        "intelligent-tiering", "inventory",
        "legal-hold", "lifecycle", "location", "logging", "metadataConfiguration", "metadataInventoryTable", "metadataJournalTable",
        "metadataTable", "metrics", "notification", "object-lock", "ownershipControls", "policy", "policyStatus", "publicAccessBlock",
        "renameObject", "replication", "requestPayment", "restore", "retention", "select", "session", "tagging", "torrent", "uploadId",
        "uploads", "versioning", "versions", "website",
    ];

    private readonly Route[][] _routes = new Route[MethodCount * TargetCount][];
    private readonly byte[][] _subResources = [.. SubResourceNames.Select(Encoding.ASCII.GetBytes)];

    public Router(IReadOnlyList<OperationSpec> operations)
    {
        for (int i = 0; i < _routes.Length; i++)
        {
            int slot = i;
            // The most specific first, so that a plain operation never hides one selected by a query parameter or header.
            _routes[i] = [.. operations
                .Where(operation => Slot(operation.Method, operation.Target) == slot)
                .Select(operation => new Route(operation))
                .OrderByDescending(route => route.Specificity)];
        }
    }

    /// <summary>The operation, or the error that tells why there is none.</summary>
    public OperationSpec? Find(RequestMethod method, TargetKind target, QueryParameters query, RequestHead head, out S3Error? error)
    {
        error = null;
        Route[] routes = _routes[Slot(method, target)];
        bool namesSubResource = query.Count > 0 && NamesSubResource(query);
        foreach (Route route in routes)
        {
            if (namesSubResource && route.SubResource is null)
                continue;
            if (route.Matches(query, head))
                return route.Operation;
        }

        error = namesSubResource ? S3Errors.NotImplemented with { Message = "This server does not implement that sub-resource." }
            : S3Errors.MethodNotAllowed;
        return null;
    }

    private bool NamesSubResource(QueryParameters query)
    {
        for (int i = 0; i < query.Count; i++)
        {
            ReadOnlySpan<byte> name = query.RawName(i);
            foreach (byte[] subResource in _subResources)
            {
                if (name.SequenceEqual(subResource))
                    return true;
            }
        }

        return false;
    }

    private static int Slot(RequestMethod method, TargetKind target) => ((int)target * MethodCount) + (int)method;

    private sealed class Route(OperationSpec operation)
    {
        private readonly byte[]? _value = operation.SubResourceValue is null ? null : Encoding.ASCII.GetBytes(operation.SubResourceValue);

        public OperationSpec Operation => operation;
        public byte[]? SubResource { get; } = operation.SubResource is null ? null : Encoding.ASCII.GetBytes(operation.SubResource);

        public int Specificity =>
            (SubResource is null ? 0 : 2) + (_value is null ? 0 : 1) + (operation.RequiredHeader == KnownHeader.Unknown ? 0 : 4);

        public bool Matches(QueryParameters query, RequestHead head)
        {
            if (operation.RequiredHeader != KnownHeader.Unknown && !head.TryGet(operation.RequiredHeader, out _))
                return false;
            if (SubResource is null)
                return true;
            int index = query.IndexOf(SubResource);
            return index >= 0 && (_value is null || query.RawValue(index).SequenceEqual(_value));
        }
    }
}
