using RustFs.Signing;
using Xunit;

namespace RustFs.Tests.Signing;

/// <summary>
/// Requests as botocore 1.43.11 put them on the wire at 2026-03-04 05:06:07 UTC for keys that try an encoder, with rustfsadmin and
/// rustfssecret: GetObject, ListObjectsV2, PutObject, and presigned GetObject. Fields that it does not sign are left out.
/// </summary>
public sealed class BotocoreRequestTests
{
    public static readonly TheoryData<string, string, (string Name, string Value)[]> Requests = new()
    {
        { "GET",
            "/bkt/plain.txt",
            [
                ("Host", "localhost:9000"),
                ("Range", "bytes=0-9"),
                ("x-amz-checksum-mode", "ENABLED"),
                ("X-Amz-Date", "20260304T050607Z"),
                ("X-Amz-Content-SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                ("Authorization", "AWS4-HMAC-SHA256 Credential=rustfsadmin/20260304/us-east-1/s3/aws4_request, SignedHeaders=host;range"
                    + ";x-amz-checksum-mode;x-amz-content-sha256;x-amz-date, Signature=26c5d87f1130da5c7a288fcc214a638131c2"
                    + "3c2c6901b0f36c063d9e82affd18"),
            ] },
        { "GET",
            "/bkt/a%20b%2Bc~d.txt",
            [
                ("Host", "localhost:9000"),
                ("Range", "bytes=0-9"),
                ("x-amz-checksum-mode", "ENABLED"),
                ("X-Amz-Date", "20260304T050607Z"),
                ("X-Amz-Content-SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                ("Authorization", "AWS4-HMAC-SHA256 Credential=rustfsadmin/20260304/us-east-1/s3/aws4_request, SignedHeaders=host;range"
                    + ";x-amz-checksum-mode;x-amz-content-sha256;x-amz-date, Signature=50aacbe0e1bcc6d4ce0ef1436b92821a9450"
                    + "250340a11a32456dcb2e7f044b86"),
            ] },
        { "GET",
            "/bkt/%C3%BCn%C3%AFcode/%E6%96%87%E4%BB%B6.bin",
            [
                ("Host", "localhost:9000"),
                ("Range", "bytes=0-9"),
                ("x-amz-checksum-mode", "ENABLED"),
                ("X-Amz-Date", "20260304T050607Z"),
                ("X-Amz-Content-SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                ("Authorization", "AWS4-HMAC-SHA256 Credential=rustfsadmin/20260304/us-east-1/s3/aws4_request, SignedHeaders=host;range"
                    + ";x-amz-checksum-mode;x-amz-content-sha256;x-amz-date, Signature=a6d502b6c03d603581cb37b437cb47206cac"
                    + "8d0c100d35026cb8982d2a9c04f2"),
            ] },
        { "GET",
            "/bkt/double//slash/./../x",
            [
                ("Host", "localhost:9000"),
                ("Range", "bytes=0-9"),
                ("x-amz-checksum-mode", "ENABLED"),
                ("X-Amz-Date", "20260304T050607Z"),
                ("X-Amz-Content-SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                ("Authorization", "AWS4-HMAC-SHA256 Credential=rustfsadmin/20260304/us-east-1/s3/aws4_request, SignedHeaders=host;range"
                    + ";x-amz-checksum-mode;x-amz-content-sha256;x-amz-date, Signature=1cf86efb3648c17852521cf8859b8692a95a"
                    + "1d60d3d5d5753c7d023aeb6e9e1e"),
            ] },
        { "GET",
            "/bkt/per%252Fcent%2520",
            [
                ("Host", "localhost:9000"),
                ("Range", "bytes=0-9"),
                ("x-amz-checksum-mode", "ENABLED"),
                ("X-Amz-Date", "20260304T050607Z"),
                ("X-Amz-Content-SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                ("Authorization", "AWS4-HMAC-SHA256 Credential=rustfsadmin/20260304/us-east-1/s3/aws4_request, SignedHeaders=host;range"
                    + ";x-amz-checksum-mode;x-amz-content-sha256;x-amz-date, Signature=42743e1f8aa6c452f2cf452007fb85ae17c9"
                    + "eb63ead4978ddb2b3f2e251001f6"),
            ] },
        { "GET",
            "/bkt/star%2Aquote%27%28paren%29%21%24%26%3D%40%3A%3B%2C%3F%23%5B%5D",
            [
                ("Host", "localhost:9000"),
                ("Range", "bytes=0-9"),
                ("x-amz-checksum-mode", "ENABLED"),
                ("X-Amz-Date", "20260304T050607Z"),
                ("X-Amz-Content-SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                ("Authorization", "AWS4-HMAC-SHA256 Credential=rustfsadmin/20260304/us-east-1/s3/aws4_request, SignedHeaders=host;range"
                    + ";x-amz-checksum-mode;x-amz-content-sha256;x-amz-date, Signature=26136ee35b9d7827c95722553599bcefd607"
                    + "7932791fa05b5614679052b1aa90"),
            ] },
        { "GET",
            "/bkt/trailing/",
            [
                ("Host", "localhost:9000"),
                ("Range", "bytes=0-9"),
                ("x-amz-checksum-mode", "ENABLED"),
                ("X-Amz-Date", "20260304T050607Z"),
                ("X-Amz-Content-SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                ("Authorization", "AWS4-HMAC-SHA256 Credential=rustfsadmin/20260304/us-east-1/s3/aws4_request, SignedHeaders=host;range"
                    + ";x-amz-checksum-mode;x-amz-content-sha256;x-amz-date, Signature=1697fa06f3ae123c3dc1777678b4b47a0790"
                    + "692eadd9b64fdfb31d8e7c39fbd7"),
            ] },
        { "GET",
            "/bkt//leading",
            [
                ("Host", "localhost:9000"),
                ("Range", "bytes=0-9"),
                ("x-amz-checksum-mode", "ENABLED"),
                ("X-Amz-Date", "20260304T050607Z"),
                ("X-Amz-Content-SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                ("Authorization", "AWS4-HMAC-SHA256 Credential=rustfsadmin/20260304/us-east-1/s3/aws4_request, SignedHeaders=host;range"
                    + ";x-amz-checksum-mode;x-amz-content-sha256;x-amz-date, Signature=dd9a0c53b72fdd68959cd436e084a681719f"
                    + "269e4f17ea5d897c39e3477a0bb5"),
            ] },
        { "GET",
            "/bkt?list-type=2&prefix=a%20b%2Bc~%2F%C3%A9%26%3D&delimiter=%2F&max-keys=7&encoding-type=url",
            [
                ("Host", "localhost:9000"),
                ("X-Amz-Date", "20260304T050607Z"),
                ("X-Amz-Content-SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
                ("Authorization", "AWS4-HMAC-SHA256 Credential=rustfsadmin/20260304/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz"
                    + "-content-sha256;x-amz-date, Signature=6d4b2db80b3dfefe9839f8eadbf619b4545755cbdd5d613b7d4c5ed5cb1503"
                    + "79"),
            ] },
        { "PUT",
            "/bkt/m",
            [
                ("Host", "localhost:9000"),
                ("x-amz-meta-a", "x  y   z"),
                ("x-amz-meta-b", " lead"),
                ("Content-Type", "text/plain; charset=utf-8"),
                ("x-amz-checksum-crc32", "NhCmhg=="),
                ("x-amz-sdk-checksum-algorithm", "CRC32"),
                ("X-Amz-Date", "20260304T050607Z"),
                ("X-Amz-Content-SHA256", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
                ("Authorization", "AWS4-HMAC-SHA256 Credential=rustfsadmin/20260304/us-east-1/s3/aws4_request, SignedHeaders=content-ty"
                    + "pe;host;x-amz-checksum-crc32;x-amz-content-sha256;x-amz-date;x-amz-meta-a;x-amz-meta-b;x-amz-sdk-che"
                    + "cksum-algorithm, Signature=25a95a2678f6de9ea5fd29de051d43463e5873dcd727e52422c9e30d67c4b3d4"),
            ] },
        { "GET",
            "/bkt/plain.txt?response-content-disposition=attachment%3B%20filename%3D%22a%2Bb%20c.txt%22&X-Amz-Algorithm=AWS"
            + "4-HMAC-SHA256&X-Amz-Credential=rustfsadmin%2F20260304%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260304T0506"
            + "07Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Signature=79e7615716f6a743f9b9e7ffc639b92dc214dd408fce292"
            + "3d018f1b5dd326b28",
            [
                ("Host", "localhost:9000"),
            ] },
        { "GET",
            "/bkt/a%20b%2Bc~d.txt?response-content-disposition=attachment%3B%20filename%3D%22a%2Bb%20c.txt%22&X-Amz-Algorit"
            + "hm=AWS4-HMAC-SHA256&X-Amz-Credential=rustfsadmin%2F20260304%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=2026030"
            + "4T050607Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Signature=0edfffe113a68b20f64be638cdf265c5fd0eddbb1"
            + "ffa5f3da3c9fc753df07d55",
            [
                ("Host", "localhost:9000"),
            ] },
        { "GET",
            "/bkt/%C3%BCn%C3%AFcode/%E6%96%87%E4%BB%B6.bin?response-content-disposition=attachment%3B%20filename%3D%22a%2Bb"
            + "%20c.txt%22&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=rustfsadmin%2F20260304%2Fus-east-1%2Fs3%2Faws4_r"
            + "equest&X-Amz-Date=20260304T050607Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Signature=ecfa32fc5ae2a098"
            + "f476ac1251dafd52abf0d10963b3117930d0a214a710a2c9",
            [
                ("Host", "localhost:9000"),
            ] },
        { "GET",
            "/bkt/double//slash/./../x?response-content-disposition=attachment%3B%20filename%3D%22a%2Bb%20c.txt%22&X-Amz-Al"
            + "gorithm=AWS4-HMAC-SHA256&X-Amz-Credential=rustfsadmin%2F20260304%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20"
            + "260304T050607Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Signature=d69c51244f6e06093c02660d8a4748a47302"
            + "fa730537377a5dd1af2a3624a609",
            [
                ("Host", "localhost:9000"),
            ] },
        { "GET",
            "/bkt/per%252Fcent%2520?response-content-disposition=attachment%3B%20filename%3D%22a%2Bb%20c.txt%22&X-Amz-Algor"
            + "ithm=AWS4-HMAC-SHA256&X-Amz-Credential=rustfsadmin%2F20260304%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260"
            + "304T050607Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Signature=8e11f11247155a2063c0a9b7f9306a6aa1716b2"
            + "9751b85a57127b7fe88cc2a5a",
            [
                ("Host", "localhost:9000"),
            ] },
        { "GET",
            "/bkt/star%2Aquote%27%28paren%29%21%24%26%3D%40%3A%3B%2C%3F%23%5B%5D?response-content-disposition=attachment%3B"
            + "%20filename%3D%22a%2Bb%20c.txt%22&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=rustfsadmin%2F20260304%2Fu"
            + "s-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260304T050607Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Sign"
            + "ature=b12dc6164f8b3f336d5a0788c2a47edfa079cc2a3c634dff6806afb758ae9e43",
            [
                ("Host", "localhost:9000"),
            ] },
        { "GET",
            "/bkt/trailing/?response-content-disposition=attachment%3B%20filename%3D%22a%2Bb%20c.txt%22&X-Amz-Algorithm=AWS"
            + "4-HMAC-SHA256&X-Amz-Credential=rustfsadmin%2F20260304%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260304T0506"
            + "07Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Signature=e1798b9a1356d7c7fe8f3635d5ac9f7d573da0b3b9076fc"
            + "7e6aa3bc15d0f2605",
            [
                ("Host", "localhost:9000"),
            ] },
        { "GET",
            "/bkt//leading?response-content-disposition=attachment%3B%20filename%3D%22a%2Bb%20c.txt%22&X-Amz-Algorithm=AWS4"
            + "-HMAC-SHA256&X-Amz-Credential=rustfsadmin%2F20260304%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260304T05060"
            + "7Z&X-Amz-Expires=600&X-Amz-SignedHeaders=host&X-Amz-Signature=514ef609c0de84c89c96d5a0847bd5092fd5bf3b4f01e6f8"
            + "48257c581dbe1699",
            [
                ("Host", "localhost:9000"),
            ] },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public void VerifiesAsSent(string method, string target, (string Name, string Value)[] headers)
    {
        int question = target.IndexOf('?');
        string path = question < 0 ? target : target[..question];
        var request = new SignedRequest(method, path, question < 0 ? "" : target[(question + 1)..], new HeaderList(headers));
        var credentials = new OneCredential(new Credential("rustfsadmin", "rustfssecret"));
        var clock = new StoppedClock(new DateTimeOffset(2026, 3, 4, 5, 6, 30, TimeSpan.Zero));
        var context = new SignatureContext();
        SignatureVerdict verdict = request.Verify(new SignatureVerifier(credentials, clock), context);
        Assert.True(verdict == SignatureVerdict.Valid, $"{verdict}\n{context.DescribeCanonicalRequest()}");

        // The verifier must read the path it was given, not accept any.
        var other = request with { Path = request.Path + "x" };
        Assert.Equal(SignatureVerdict.SignatureDoesNotMatch, other.Verify(new SignatureVerifier(credentials, clock), context));
    }
}
