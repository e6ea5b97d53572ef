using System.Buffers;
using System.Buffers.Binary;

namespace RustFs.Http1;

/// <summary>
/// request-line = method SP request-target SP HTTP-version (RFC 9112 §3), each space exactly one. The target is origin-form,
/// absolute-form or, for OPTIONS, asterisk-form (§3.2); CONNECT's authority-form has no meaning here.
/// </summary>
internal static class RequestLineParser
{
    private const int VersionBytes = 8;

    private static readonly ulong Http10 = BinaryPrimitives.ReadUInt64LittleEndian("HTTP/1.0"u8);
    private static readonly ulong Http11 = BinaryPrimitives.ReadUInt64LittleEndian("HTTP/1.1"u8);

    // A fragment is no part of a request target (RFC 9112 §3.2), and what is taken for one differs between servers.
    private static readonly SearchValues<byte> TargetStops = SearchValues.Create(" \t#"u8);
    private static readonly SearchValues<byte> PathStops = SearchValues.Create("? \t#"u8);

    public static ParseStatus Parse(
        ReadOnlySpan<byte> bytes, ref int position, RequestHead head, out AbsoluteTarget absolute, ref RequestRejection rejection)
    {
        absolute = default;
        ReadOnlySpan<byte> line = bytes[position..];
        int end = line.IndexOfAny(ByteClasses.Control);
        if ((end < 0 ? line.Length : end) > Http1Limits.RequestLineBytes)
        {
            return RequestHeadParser.Reject(RequestRejection.RequestLineTooLong, ref rejection);
        }

        if (end < 0)
        {
            return ParseStatus.NeedMore;
        }

        int lineStart = position;
        line = line[..end];
        ParseStatus status = RequestHeadParser.EndLine(bytes, lineStart + end, PlaceOfControl(line), ref rejection);
        if (status != ParseStatus.Done)
        {
            return status;
        }

        position = lineStart + end + 2;
        rejection = ParseParts(line, lineStart, head, out absolute);
        return rejection == RequestRejection.None ? ParseStatus.Done : ParseStatus.Rejected;
    }

    /// <summary>What a control character spoils, from what stands before it on the line.</summary>
    private static RequestRejection PlaceOfControl(ReadOnlySpan<byte> before) => before.Count(ByteClasses.Space) switch
    {
        0 => RequestRejection.BadMethod,
        1 => RequestRejection.BadTarget,
        _ => RequestRejection.BadRequestLine,
    };

    private static RequestRejection ParseParts(ReadOnlySpan<byte> line, int lineStart, RequestHead head, out AbsoluteTarget absolute)
    {
        absolute = default;
        int methodLength = line.IndexOf(ByteClasses.Space);
        int targetLength = line.Length - VersionBytes - 1 - (methodLength + 1);
        if (methodLength <= 0)
        {
            return methodLength == 0 || !ByteClasses.IsToken(line) ? RequestRejection.BadMethod : RequestRejection.BadRequestLine;
        }

        RequestMethod method = FindMethod(line, methodLength);
        if (method == RequestMethod.Other && !ByteClasses.IsToken(line[..methodLength]))
        {
            return RequestRejection.BadMethod;
        }

        if (targetLength <= 0 || line[^(VersionBytes + 1)] != ByteClasses.Space)
        {
            return RequestRejection.BadRequestLine;
        }

        RequestRejection rejection = ParseVersion(line[^VersionBytes..], head);
        if (rejection != RequestRejection.None)
        {
            return rejection;
        }

        head.SetMethod(method, lineStart, methodLength);
        int targetStart = methodLength + 1;
        return ParseTarget(line.Slice(targetStart, targetLength), lineStart + targetStart, head, out absolute);
    }

    /// <summary>Methods are case-sensitive (RFC 9110 §9.1).</summary>
    private static RequestMethod FindMethod(ReadOnlySpan<byte> line, int length) => length switch
    {
        3 when line.StartsWith("GET"u8) => RequestMethod.Get,
        3 when line.StartsWith("PUT"u8) => RequestMethod.Put,
        4 when line.StartsWith("HEAD"u8) => RequestMethod.Head,
        4 when line.StartsWith("POST"u8) => RequestMethod.Post,
        6 when line.StartsWith("DELETE"u8) => RequestMethod.Delete,
        7 when line.StartsWith("OPTIONS"u8) => RequestMethod.Options,
        _ => RequestMethod.Other,
    };

    /// <summary>HTTP-version = "HTTP" "/" DIGIT "." DIGIT (RFC 9112 §2.3), case-sensitive.</summary>
    private static RequestRejection ParseVersion(ReadOnlySpan<byte> version, RequestHead head)
    {
        ulong word = BinaryPrimitives.ReadUInt64LittleEndian(version);
        if (word == Http11 || word == Http10)
        {
            head.MinorVersion = word == Http11 ? 1 : 0;
            return RequestRejection.None;
        }

        bool wellFormed = version.StartsWith("HTTP/"u8)
            && char.IsAsciiDigit((char)version[5]) && version[6] == (byte)'.' && char.IsAsciiDigit((char)version[7]);
        return wellFormed ? RequestRejection.UnsupportedVersion : RequestRejection.BadRequestLine;
    }

    private static RequestRejection ParseTarget(ReadOnlySpan<byte> target, int offset, RequestHead head, out AbsoluteTarget absolute)
    {
        absolute = default;
        int pathStart = 0;
        if (target[0] != (byte)'/')
        {
            if (head.Method == RequestMethod.Options && target is [(byte)'*'])
            {
                head.SetPath(offset, 1);
                return RequestRejection.None;
            }

            absolute = AbsoluteTarget.Find(target, offset, out pathStart);
            if (!absolute.IsPresent)
            {
                bool isSplit = target.ContainsAny(ByteClasses.Space, ByteClasses.Tab);
                return isSplit ? RequestRejection.BadRequestLine : RequestRejection.BadTarget;
            }
        }

        ReadOnlySpan<byte> path = target[pathStart..];
        int stop = path.IndexOfAny(PathStops);
        int pathLength = stop < 0 ? path.Length : stop;
        if (pathLength > 0)
        {
            head.SetPath(offset + pathStart, pathLength);
        }
        else
        {
            // An absolute-form target without a path means "/" (RFC 9112 §3.2.1): the slash of its scheme serves as those bytes.
            head.SetPath(absolute.SlashOffset, 1);
        }

        if (stop < 0)
        {
            return RequestRejection.None;
        }

        if (path[stop] == (byte)'?')
        {
            int queryStart = pathStart + stop + 1;
            head.SetQuery(offset + queryStart, target.Length - queryStart);
            stop = path[(stop + 1)..].IndexOfAny(TargetStops) is var further and >= 0 ? stop + 1 + further : -1;
        }

        return stop < 0 ? RequestRejection.None
            : path[stop] == (byte)'#' ? RequestRejection.BadTarget : RequestRejection.BadRequestLine;
    }
}
