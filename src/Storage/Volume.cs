namespace RustFs.Storage;
public static class Volume
{
    public static IObjectStore Open(VolumeOptions options) => throw new NotImplementedException();
}
