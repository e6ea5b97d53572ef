using System.Text;

namespace RustFs.Tests.Tidy;

/// <summary>
/// Finds methods by their braces in files laid out as .editorconfig asks: a body's opening brace stands alone on its line, under the line
/// or lines of its signature, and its closing brace in the same column.
/// </summary>
internal static class MethodLengths
{
    private const int SignatureLinesMax = 12;
    private static readonly string[] Statements = ["if ", "for", "while ", "catch", "lock ", "using ", "fixed ", "else"];
    private static readonly string[] NotMethods =
        ["namespace ", "class ", "struct ", "interface ", "record ", "enum ", "get", "set", "init", "=>", "= new", "switch", "extension"];

    /// <summary>
    /// Yields the line number (from 1) and the number of lines, signature and braces included, of each method and accessor.
    /// </summary>
    public static IEnumerable<(int Line, int Length)> In(string[] lines)
    {
        string[] code = [.. lines.Select(WithoutLiterals)];
        for (int i = 1; i < code.Length; i++)
        {
            if (code[i].Trim() != "{" || !IsMethodSignature(code, i - 1, out int first))
                continue;
            int indent = code[i].IndexOf('{');
            int end = i + 1;
            while (end < code.Length && !(code[end].Length > indent && code[end].IndexOf('}') == indent))
                end++;
            yield return (first + 1, end - first + 1);
        }
    }

    /// <summary>A member's signature: four spaces in (or eight, nested), with parentheses, and no keyword of a type or statement.</summary>
    private static bool IsMethodSignature(string[] code, int last, out int first)
    {
        first = last;
        string text = code[last];
        while (first > 0 && last - first < SignatureLinesMax && text.Count(c => c == '(') < text.Count(c => c == ')'))
        {
            first--;
            text = code[first] + text;
        }

        int indent = code[first].Length - code[first].TrimStart().Length;
        string start = text.TrimStart();
        return indent is 4 or 8 && text.Contains('(')
            && !NotMethods.Any(word => text.Contains(word, StringComparison.Ordinal))
            && !Statements.Any(word => start.StartsWith(word, StringComparison.Ordinal));
    }

    /// <summary>The line with the content of its string and character literals and its comment blanked out.</summary>
    private static string WithoutLiterals(string line)
    {
        var text = new StringBuilder(line.Length);
        char quote = '\0';
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (quote == '\0' && c == '/' && i + 1 < line.Length && line[i + 1] == '/')
                break;
            if (quote != '\0' && c == '\\')
                i++;
            else if (quote != '\0' && c == quote)
                quote = '\0';
            else if (quote == '\0' && c is '"' or '\'')
                quote = c;
            else
                text.Append(quote == '\0' ? c : ' ');
        }

        return text.ToString();
    }
}
