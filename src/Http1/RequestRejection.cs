namespace RustFs.Http1;

/// <summary>Why a request head or a body's framing was refused. All but the first few are answered 400 and close.</summary>
public enum RequestRejection : byte
{
    None, RequestLineTooLong, HeadTooLarge, TooManyHeaders, UnsupportedVersion, TransferEncodingNotImplemented,
    BadRequestLine, BadMethod, BadTarget, BareCarriageReturn, BareLineFeed, ObsoleteFold, SpaceBeforeColon, BadHeaderName, BadHeaderValue,
    MissingHost, DuplicateHost, BadHost, DuplicateContentLength, BadContentLength, ContentLengthWithTransferEncoding, BadTransferEncoding,
    BadChunkSize, BadChunkExtension, BadChunkTerminator, BadTrailer, ChunkExtensionTooLong, TrailersTooLarge,
}
