namespace RustFs.Storage;

/// <summary>How an access to the medium ended. Values, because a full or failing disk is an ordinary input of the engine.</summary>
internal enum IoError : byte
{
    None,
    /// <summary>ENOSPC or EDQUOT.</summary>
    NoSpace,
    /// <summary>The bytes are not in the page cache; only cached reads answer so.</summary>
    WouldBlock,
    NotFound,
    /// <summary>The file system has no such call; only punches answer so.</summary>
    NotSupported,
    /// <summary>Everything else: EIO, a file shorter than it must be, a lost mount.</summary>
    Failed,
}

internal static class IoErrors
{
    public static StoreStatus ToStatus(this IoError error) => error switch
    {
        IoError.None => StoreStatus.Ok,
        IoError.NoSpace => StoreStatus.NoSpace,
        _ => StoreStatus.IoFailed,
    };
}
