// unsafe: pointers to the caller's state and message words, used only during the call.
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace RustFs.Checksums;

/// <summary>
/// What the MD5 steps need of a machine word: a single uint, or a vector with one message in each lane. The four functions add
/// their value to a sum, so that an implementation can add in two parts where that shortens the chain of dependent operations.
/// </summary>
internal interface IMd5Word<TWord> where TWord : unmanaged
{
    static abstract TWord Add(TWord a, TWord b);

    /// <summary>sum + message word k + sine.</summary>
    /// <param name="message">The block as <see cref="Md5Rounds{TWord,TOps}.Compress"/> was given it.</param>
    static abstract unsafe TWord AddMessage(TWord sum, void* message, int k, uint sine);

    /// <param name="bits">A constant at every call, so that it becomes an immediate operand.</param>
    static abstract TWord RotateLeft(TWord value, [ConstantExpected] byte bits);

    /// <summary>sum + ((b and c) or (not b and d)).</summary>
    static abstract TWord AddF(TWord sum, TWord b, TWord c, TWord d);

    /// <summary>sum + ((b and d) or (c and not d)).</summary>
    static abstract TWord AddG(TWord sum, TWord b, TWord c, TWord d);

    /// <summary>sum + (b xor c xor d).</summary>
    static abstract TWord AddH(TWord sum, TWord b, TWord c, TWord d);

    /// <summary>sum + (c xor (b or not d)).</summary>
    static abstract TWord AddI(TWord sum, TWord b, TWord c, TWord d);
}

/// <summary>
/// The 64 steps of MD5 (RFC 1321 §3.4), written once for one message or for as many side by side as a vector has lanes. Each
/// step is one entry of the RFC's table: [abcd k s i] with k the message word, s the rotation and the i-th sine constant,
/// floor(2^32 · |sin(i)|).
/// </summary>
internal static unsafe class Md5Rounds<TWord, TOps>
    where TWord : unmanaged
    where TOps : struct, IMd5Word<TWord>
{
    /// <summary>Runs one 64-byte block over a, b, c, d.</summary>
    /// <param name="x">The block's sixteen words, in the form that the word's AddMessage reads.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Compress(ref TWord stateA, ref TWord stateB, ref TWord stateC, ref TWord stateD, void* x)
    {
        TWord a = stateA, b = stateB, c = stateC, d = stateD;

        a = F(a, b, c, d, x, 0, 7, 0xD76AA478);     d = F(d, a, b, c, x, 1, 12, 0xE8C7B756);
        c = F(c, d, a, b, x, 2, 17, 0x242070DB);    b = F(b, c, d, a, x, 3, 22, 0xC1BDCEEE);
        a = F(a, b, c, d, x, 4, 7, 0xF57C0FAF);     d = F(d, a, b, c, x, 5, 12, 0x4787C62A);
        c = F(c, d, a, b, x, 6, 17, 0xA8304613);    b = F(b, c, d, a, x, 7, 22, 0xFD469501);
        a = F(a, b, c, d, x, 8, 7, 0x698098D8);     d = F(d, a, b, c, x, 9, 12, 0x8B44F7AF);
        c = F(c, d, a, b, x, 10, 17, 0xFFFF5BB1);   b = F(b, c, d, a, x, 11, 22, 0x895CD7BE);
        a = F(a, b, c, d, x, 12, 7, 0x6B901122);    d = F(d, a, b, c, x, 13, 12, 0xFD987193);
        c = F(c, d, a, b, x, 14, 17, 0xA679438E);   b = F(b, c, d, a, x, 15, 22, 0x49B40821);

        a = G(a, b, c, d, x, 1, 5, 0xF61E2562);     d = G(d, a, b, c, x, 6, 9, 0xC040B340);
        c = G(c, d, a, b, x, 11, 14, 0x265E5A51);   b = G(b, c, d, a, x, 0, 20, 0xE9B6C7AA);
        a = G(a, b, c, d, x, 5, 5, 0xD62F105D);     d = G(d, a, b, c, x, 10, 9, 0x02441453);
        c = G(c, d, a, b, x, 15, 14, 0xD8A1E681);   b = G(b, c, d, a, x, 4, 20, 0xE7D3FBC8);
        a = G(a, b, c, d, x, 9, 5, 0x21E1CDE6);     d = G(d, a, b, c, x, 14, 9, 0xC33707D6);
        c = G(c, d, a, b, x, 3, 14, 0xF4D50D87);    b = G(b, c, d, a, x, 8, 20, 0x455A14ED);
        a = G(a, b, c, d, x, 13, 5, 0xA9E3E905);    d = G(d, a, b, c, x, 2, 9, 0xFCEFA3F8);
        c = G(c, d, a, b, x, 7, 14, 0x676F02D9);    b = G(b, c, d, a, x, 12, 20, 0x8D2A4C8A);

        a = H(a, b, c, d, x, 5, 4, 0xFFFA3942);     d = H(d, a, b, c, x, 8, 11, 0x8771F681);
        c = H(c, d, a, b, x, 11, 16, 0x6D9D6122);   b = H(b, c, d, a, x, 14, 23, 0xFDE5380C);
        a = H(a, b, c, d, x, 1, 4, 0xA4BEEA44);     d = H(d, a, b, c, x, 4, 11, 0x4BDECFA9);
        c = H(c, d, a, b, x, 7, 16, 0xF6BB4B60);    b = H(b, c, d, a, x, 10, 23, 0xBEBFBC70);
        a = H(a, b, c, d, x, 13, 4, 0x289B7EC6);    d = H(d, a, b, c, x, 0, 11, 0xEAA127FA);
        c = H(c, d, a, b, x, 3, 16, 0xD4EF3085);    b = H(b, c, d, a, x, 6, 23, 0x04881D05);
        a = H(a, b, c, d, x, 9, 4, 0xD9D4D039);     d = H(d, a, b, c, x, 12, 11, 0xE6DB99E5);
        c = H(c, d, a, b, x, 15, 16, 0x1FA27CF8);   b = H(b, c, d, a, x, 2, 23, 0xC4AC5665);

        a = I(a, b, c, d, x, 0, 6, 0xF4292244);     d = I(d, a, b, c, x, 7, 10, 0x432AFF97);
        c = I(c, d, a, b, x, 14, 15, 0xAB9423A7);   b = I(b, c, d, a, x, 5, 21, 0xFC93A039);
        a = I(a, b, c, d, x, 12, 6, 0x655B59C3);    d = I(d, a, b, c, x, 3, 10, 0x8F0CCC92);
        c = I(c, d, a, b, x, 10, 15, 0xFFEFF47D);   b = I(b, c, d, a, x, 1, 21, 0x85845DD1);
        a = I(a, b, c, d, x, 8, 6, 0x6FA87E4F);     d = I(d, a, b, c, x, 15, 10, 0xFE2CE6E0);
        c = I(c, d, a, b, x, 6, 15, 0xA3014314);    b = I(b, c, d, a, x, 13, 21, 0x4E0811A1);
        a = I(a, b, c, d, x, 4, 6, 0xF7537E82);     d = I(d, a, b, c, x, 11, 10, 0xBD3AF235);
        c = I(c, d, a, b, x, 2, 15, 0x2AD7D2BB);    b = I(b, c, d, a, x, 9, 21, 0xEB86D391);

        stateA = TOps.Add(stateA, a);
        stateB = TOps.Add(stateB, b);
        stateC = TOps.Add(stateC, c);
        stateD = TOps.Add(stateD, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWord F(TWord a, TWord b, TWord c, TWord d, void* x, int k, [ConstantExpected] byte s, uint sine) =>
        TOps.Add(b, TOps.RotateLeft(TOps.AddF(TOps.AddMessage(a, x, k, sine), b, c, d), s));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWord G(TWord a, TWord b, TWord c, TWord d, void* x, int k, [ConstantExpected] byte s, uint sine) =>
        TOps.Add(b, TOps.RotateLeft(TOps.AddG(TOps.AddMessage(a, x, k, sine), b, c, d), s));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWord H(TWord a, TWord b, TWord c, TWord d, void* x, int k, [ConstantExpected] byte s, uint sine) =>
        TOps.Add(b, TOps.RotateLeft(TOps.AddH(TOps.AddMessage(a, x, k, sine), b, c, d), s));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWord I(TWord a, TWord b, TWord c, TWord d, void* x, int k, [ConstantExpected] byte s, uint sine) =>
        TOps.Add(b, TOps.RotateLeft(TOps.AddI(TOps.AddMessage(a, x, k, sine), b, c, d), s));
}
