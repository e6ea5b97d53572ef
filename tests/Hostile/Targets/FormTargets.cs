using System.Text.RegularExpressions;
using RustFs.Http1;
using RustFs.S3;
using RustFs.S3.Forms;

namespace RustFs.Tests.Hostile.Targets;

/// <summary>FormDecoder: split anywhere it says the same, and what it accepts is what the grammar accepts.</summary>
internal sealed partial class FormTarget : FuzzTarget
{
    private const string Boundary = "xyz";
    private const string Delimiter = "\r\n--" + Boundary;
    private const string Field = "Content-Disposition: form-data; name=\"a\"\r\n\r\n";

    public override string Name => "form";

    public override IEnumerable<byte[]> Seeds => All(
        $"--xyz\r\n{Field}1{Delimiter}--\r\n", $"--xyz\r\n{Field}1{Delimiter}\r\n{Field}{Delimiter}--",
        $"--xyz\r\n{Field}\r\n--xy\r\n-{Delimiter} \t\r\n{Field}2{Delimiter}--epilogue", $"preamble{Delimiter}\r\n{Field}3{Delimiter}--",
        $"--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n{Delimiter}--", $"--xyz--", $"--xyz\r\n\r\nno head{Delimiter}--");

    public override IEnumerable<byte[]> Tokens => All(
        "\r\n", "\n", "\r", "--", "--xyz", Delimiter, Delimiter + "--", Delimiter + "\r\n", Field, "\r\n\r\n", " ", "\t", "-", "x", "xyz",
        "\r\n-", "\r\n--xy", "\r\n--xyzz");

    public override ulong Run(byte[] input)
    {
        FuzzRandom random = FuzzRandom.Of(input);
        Form whole = Decode(input, () => int.MaxValue);
        Form pieces = Decode(input, random.NextPieceBytes);
        bool isWhole = Reference(Text(input), out string parts);
        Oracle.Holds(whole.Status == pieces.Status && whole.Parts == pieces.Parts, "However a form is split, it is decoded the same.");
        Oracle.Holds(isWhole == (whole.Status == FormDecoder.Status.End), "The grammar and the decoder accept the same forms.");
        Oracle.Holds(!isWhole || whole.Parts == parts, "The parts are the grammar's.");

        var signature = new OutcomeSignature();
        signature.Add((int)whole.Status);
        signature.AddMagnitude(whole.Parts.Length);
        signature.Add(whole.Parts.Count(character => character == '|'));
        return signature.Value;
    }

    private static Form Decode(byte[] input, Func<int> nextPieceBytes)
    {
        var decoder = new FormDecoder();
        decoder.Reset("xyz"u8);
        var parts = new System.Text.StringBuilder();
        int start = 0;
        int end = 0;
        while (true)
        {
            FormDecoder.Status status = decoder.Decode(input.AsSpan(start..end), out int consumed, out Range payload);
            Oracle.Holds(consumed <= end - start, "No more is consumed than there is.");
            string text = Text(input.AsSpan(start..end)[payload]);
            start += consumed;
            switch (status)
            {
                case FormDecoder.Status.PartHead:
                    parts.Append('|').Append(text).Append('>');
                    break;
                case FormDecoder.Status.PartData:
                    Oracle.Holds(text.Length > 0, "Data is never empty.");
                    parts.Append(text);
                    break;
                case FormDecoder.Status.PartEnd:
                    parts.Append('<');
                    break;
                case FormDecoder.Status.NeedMore when end < input.Length:
                    end = (int)Math.Min(input.Length, (long)end + nextPieceBytes());
                    break;
                case FormDecoder.Status.NeedMore:
                    // What is held back of the last part depends on nothing but what came.
                    return new Form(status, parts.ToString());
                default:
                    return new Form(status, status == FormDecoder.Status.End ? parts.ToString() : "");
            }
        }
    }

    /// <summary>multipart-body of RFC 2046 §5.1.1 by searches in a text; false when the text is no whole form.</summary>
    private static bool Reference(string text, out string parts)
    {
        parts = "";
        int at = text.StartsWith(Delimiter[2..], StringComparison.Ordinal) ? -2 : text.IndexOf(Delimiter, StringComparison.Ordinal);
        if (at > 1024 || (at < 0 && at != -2))
            return false;
        while (true)
        {
            at += Delimiter.Length;
            if (text.AsSpan(at).StartsWith("--"))
                return true;
            Match line = LineEnd().Match(text, at);
            int head = at + line.Length;
            int empty = line.Success ? text.IndexOf("\r\n\r\n", head, StringComparison.Ordinal) : -1;
            if (empty < 0)
                return false;
            at = text.IndexOf(Delimiter, empty + 2, StringComparison.Ordinal);
            if (at < 0)
                return false;
            string data = at == empty + 2 ? "" : text[(empty + 4)..at];
            parts += $"|{text[head..(empty + 2)]}>{data}<";
        }
    }

    private sealed record Form(FormDecoder.Status Status, string Parts);

    [GeneratedRegex(@"\G[ \t]{0,64}\r\n", RegexOptions.CultureInvariant)]
    private static partial Regex LineEnd();
}

/// <summary>The head of a form's part, and the same text as a Content-Type: both hold quoted strings.</summary>
internal sealed partial class FormPartHeadTarget : FuzzTarget
{
    public override string Name => "form-part-head";

    public override IEnumerable<byte[]> Seeds => All(
        "Content-Disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".txt\"\r\nContent-Type: text/plain\r\n",
        "content-disposition: form-data; name=key\r\n", "Content-Disposition: form-data; filename=\"C:\\a\\\"; name=\"file\"\r\n",
        "multipart/form-data; boundary=\"a b\"", "multipart/form-data;boundary=abc;charset=utf-8;");

    public override IEnumerable<byte[]> Tokens => All(
        "\r\n", ";", "\"", "\\", "\\\"", "=", "name=", "name=\"", "filename=\"", "; name=\"a\"", "boundary=", ":", " ", "\t", "\0",
        "Content-Disposition: form-data", "Content-Transfer-Encoding: base64\r\n", "\u00ff");

    public override ulong Run(byte[] input)
    {
        var signature = new OutcomeSignature();
        bool isHead = FormPartHead.TryParse(input, out FormPartHead head);
        Oracle.Holds(!isHead || Lines().IsMatch(Text(input)), "A head that is accepted has field lines only.");
        Oracle.Holds(!isHead || !head.Name.IsEmpty, "A field has a name.");
        Oracle.Holds(!Quoted(head.Name).Contains('"') && !Quoted(head.FileName).Contains('"'), "No value goes beyond its quotes.");
        bool isBoundary = FormBoundary.TryParse(input, out ReadOnlySpan<byte> boundary);
        Oracle.Holds(!isBoundary || (boundary.Length is > 0 and <= FormBoundary.MaxBytes && FormBoundary.IsForm(input)),
            "A boundary has its length.");
        signature.Add(isHead);
        signature.Add(isBoundary);
        signature.AddMagnitude(head.Name.Length);
        signature.AddMagnitude(head.FileName.Length);
        signature.AddMagnitude(boundary.Length);
        return signature.Value;
    }

    private static string Quoted(ReadOnlySpan<byte> value) => Text(value).Replace("\\\"", "", StringComparison.Ordinal);

    [GeneratedRegex(@"\A(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0A-\x1F\x7F]*\r\n)+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Lines();
}

/// <summary>FormPolicy: any text is a policy or an InvalidPolicyDocument.</summary>
internal sealed class FormPolicyTarget : FuzzTarget
{
    public override string Name => "form-policy";

    public override IEnumerable<byte[]> Seeds => All(
        """{"expiration": "2099-01-01T00:00:00Z", "conditions": [{"bucket": "b"}, ["eq", "$key", "k"], ["starts-with", "$a", ""]]}""",
        """{"conditions": [["content-length-range", 1, "10"]], "expiration": "2099-01-01T00:00:00.000Z"}""");

    public override IEnumerable<byte[]> Tokens => All(
        "{", "}", "[", "]", ",", ":", "\"", "\\u0000", "\\", "null", "1e9", "-1", "9223372036854775808", "\"$key\"", "\"expiration\"",
        "\"conditions\"", "[[[[", "{\"a\":", "\"content-length-range\"", "\u00ff");

    public override ulong Run(byte[] input)
    {
        S3Error? error = FormPolicy.Parse(Bytes(Convert.ToBase64String(input)), out FormPolicy policy);
        Oracle.Holds(error is null or { Code: "InvalidPolicyDocument", StatusCode: 400 }, "A text is a policy or none.");
        Oracle.Holds(policy.MinFileBytes >= 0 && policy.MaxFileBytes <= S3Limits.PutBytes, "A length is within what a file may have.");
        _ = FormPolicy.Parse(input, out _);
        var signature = new OutcomeSignature();
        foreach (char character in error?.Message ?? "")
            signature.Add(character);
        signature.AddMagnitude((int)Math.Min(int.MaxValue, policy.MaxFileBytes));
        return signature.Value;
    }
}
