namespace RustFs.Signing;

/// <summary>How far a call to <see cref="AwsChunkedDecoder.Decode"/> got.</summary>
public enum AwsChunkedStatus : byte
{
    /// <summary>All input is consumed and more is needed.</summary>
    NeedMore,

    /// <summary>The returned range of the input is payload.</summary>
    Payload,

    /// <summary>The final chunk and all trailers were read and verified.</summary>
    End,

    /// <summary>Framing that is not aws-chunked.</summary>
    Malformed,
    ChunkSignatureMismatch,
    TrailerSignatureMismatch,

    /// <summary>The payload is longer or shorter than x-amz-decoded-content-length.</summary>
    DecodedLengthMismatch,

    /// <summary>A chunk or the trailers are larger than their limit.</summary>
    ChunkTooLarge,

    /// <summary>A chunk other than the last is smaller than 8 KiB: S3's InvalidChunkSizeError.</summary>
    ChunkTooSmall,
}
