using System.Buffers;
using System.Text;
using System.Text.Unicode;
using System.Xml;

namespace RustFs.S3.Xml;

/// <summary>
/// Walks a request document element by element: enter the root, ask for each child, read its text, enter it or leave it alone (then it is
/// skipped). Names are compared without their namespace, since clients send AWS's, an older one or none. What is not well formed ends the
/// walk and sets
/// <see cref="Failed"/>; nothing is thrown.
/// </summary>
internal sealed class XmlElementReader : IDisposable
{
    // The deepest document of the S3 API has four levels; the bound keeps the reader's stack of open elements small.
    private const int MaxDepth = 16;

    private readonly XmlReader _reader;

    // True while the reader stands on a start tag that nobody has read yet.
    private bool _isPending;
    private bool _enteredEmpty;

    public XmlElementReader(ReadOnlyMemory<byte> document)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            // Object keys may hold control characters, which clients send as references that XML 1.0 does not allow (&#x1;).
            CheckCharacters = false,
            MaxCharactersInDocument = document.Length + 1L,
            MaxCharactersFromEntities = document.Length + 1L,
        };
        var segment = System.Runtime.InteropServices.MemoryMarshal.TryGetArray(document, out ArraySegment<byte> array)
            ? array
            : new ArraySegment<byte>(document.ToArray());
        try
        {
            _reader = XmlReader.Create(new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false), settings);
        }
        catch (XmlException)
        {
            // The first bytes are read here already, and may not be of the encoding that a byte order mark named.
            _reader = XmlReader.Create(TextReader.Null);
            Failed = true;
        }
    }

    /// <summary>True once the document was found malformed.</summary>
    public bool Failed { get; private set; }

    /// <summary>The local name of the child that <see cref="NextChild"/> found.</summary>
    public string Name => _reader.LocalName;

    /// <summary>Moves to the document element and into it; false when it has another name.</summary>
    public bool EnterRoot(string localName)
    {
        try
        {
            if (_reader.MoveToContent() == XmlNodeType.Element && _reader.LocalName == localName)
            {
                Enter();
                return !Failed;
            }
        }
        catch (XmlException)
        {
        }

        Failed = true;
        return false;
    }

    /// <summary>Moves to the next child of the element last entered; false at its end, which leaves that element.</summary>
    public bool NextChild()
    {
        if (Failed)
            return false;
        try
        {
            return TryNextChild();
        }
        catch (XmlException)
        {
            return Fail();
        }
    }

    /// <summary>Enters the child found; its own children follow.</summary>
    public void Enter()
    {
        _isPending = false;
        try
        {
            _enteredEmpty = _reader.IsEmptyElement;
            _reader.Read();
            Failed |= _reader.Depth > MaxDepth;
        }
        catch (XmlException)
        {
            Failed = true;
        }
    }

    /// <summary>The text of the child found; empty when it fails or holds elements, which sets <see cref="Failed"/>.</summary>
    public string Text()
    {
        _isPending = false;
        try
        {
            return _reader.ReadElementContentAsString();
        }
        catch (Exception exception) when (exception is XmlException or InvalidOperationException or FormatException)
        {
            Failed = true;
            return "";
        }
    }

    /// <summary>The text of the child found as UTF-8; null when it cannot be (a lone surrogate), which sets <see cref="Failed"/>.</summary>
    public byte[]? Utf8Text()
    {
        string text = Text();
        byte[] utf8 = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        if (Utf8.FromUtf16(text, utf8, out _, out int written, replaceInvalidSequences: false) == OperationStatus.Done)
            return utf8[..written];
        Failed = true;
        return null;
    }

    /// <summary>True when the document element was left, nothing but white space follows it and nothing failed.</summary>
    public bool AtEnd()
    {
        try
        {
            while (!Failed && !_reader.EOF)
                Failed |= _reader.NodeType is not XmlNodeType.None and not XmlNodeType.Whitespace || (!_reader.Read() && !_reader.EOF);
        }
        catch (XmlException)
        {
            Failed = true;
        }

        return !Failed;
    }

    public void Dispose() => _reader.Dispose();

    private bool TryNextChild()
    {
        if (_enteredEmpty)
        {
            _enteredEmpty = false;
            return false;
        }

        if (_isPending && !Skip())
            return false;
        // Between elements only: the reader would otherwise drop it from texts too, and a key may consist of it.
        while (_reader.NodeType is XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace)
            _reader.Read();
        switch (_reader.NodeType)
        {
            case XmlNodeType.Element when _reader.Depth <= MaxDepth:
                _isPending = true;
                return true;
            case XmlNodeType.EndElement:
                _reader.Read();
                return false;
            default:
                // Text between elements, or the end of the document inside an element.
                return Fail();
        }
    }

    /// <summary>Passes over the pending element with all that is in it.</summary>
    private bool Skip()
    {
        _isPending = false;
        int depth = _reader.Depth;
        bool isEmpty = _reader.IsEmptyElement;
        while (!isEmpty && _reader.Read() && _reader.Depth > depth)
        {
            if (_reader.Depth > MaxDepth)
                return Fail();
        }

        return _reader.Read() || Fail();
    }

    private bool Fail()
    {
        Failed = true;
        return false;
    }
}
