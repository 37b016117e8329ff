using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Rialto.Api.WebConsole;

/// <summary>A file of the console, in memory, as it is and as it was compressed when it was built.</summary>
/// <param name="ContentType">What it is.</param>
/// <param name="IsNamedByContent">Whether its name changes with its content, so that a browser need never ask for it again.</param>
/// <param name="Tag">A name of its content (RFC 9110, 8.8.3), in quotation marks.</param>
/// <param name="Plain">Its bytes.</param>
/// <param name="Brotli">The same, compressed; null if that was not worth it.</param>
/// <param name="Gzip">The same for older clients.</param>
internal sealed record ConsoleFile(string ContentType, bool IsNamedByContent, string Tag, byte[] Plain, byte[]? Brotli, byte[]? Gzip)
{
    public static ConsoleFile Read(string path, bool isNamedByContent)
    {
        var plain = File.ReadAllBytes(path);
        return new ConsoleFile(
            TypeOf(path), isNamedByContent, $"\"{Convert.ToHexStringLower(SHA256.HashData(plain).AsSpan(0, 12))}\"", plain,
            ReadIfThere(path + ".br"), ReadIfThere(path + ".gz"));
    }

    /// <summary>The best form that a client takes, and its name; no name for the plain one.</summary>
    public (byte[] Bytes, string? Encoding) For(IList<StringWithQualityHeaderValue> accepted)
    {
        if (Brotli is not null && Takes("br")) return (Brotli, "br");
        return Gzip is not null && Takes("gzip") ? (Gzip, "gzip") : (Plain, null);

        bool Takes(string encoding) => accepted.Any(one => one.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && one.Quality is not 0);
    }

    private static byte[]? ReadIfThere(string path) => File.Exists(path) ? File.ReadAllBytes(path) : null;

    private static string TypeOf(string path) => Path.GetExtension(path) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"The console has a file of a kind that is not known: {other}."),
    };
}
