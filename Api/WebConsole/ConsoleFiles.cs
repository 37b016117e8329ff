using System.Collections.Frozen;

namespace Rialto.Api.WebConsole;

/// <summary>
/// The console in the browser: a few files that the build made from Web, read once. The page itself is asked for anew at every visit;
/// what it refers to is named by its content and kept for a year.
/// </summary>
internal sealed class ConsoleFiles
{
    /// <summary>Everything comes from here, nothing is run that is not a file of ours, and nobody puts the page in a frame.</summary>
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly FrozenDictionary<string, ConsoleFile> _files;

    private ConsoleFiles(FrozenDictionary<string, ConsoleFile> files) => _files = files;

    /// <summary>Reads the console beside the program; null if it was not built.</summary>
    public static ConsoleFiles? Load(string programFolder)
    {
        var root = Path.Combine(programFolder, "wwwroot");
        var page = Path.Combine(root, "index.html");
        if (!File.Exists(page)) return null;
        var files = new Dictionary<string, ConsoleFile> { ["/"] = ConsoleFile.Read(page, isNamedByContent: false) };
        foreach (var path in Directory.EnumerateFiles(Path.Combine(root, "assets")).Where(path => Path.GetExtension(path) is not ".br" and not ".gz"))
            files.Add("/assets/" + Path.GetFileName(path), ConsoleFile.Read(path, isNamedByContent: true));
        return new ConsoleFiles(files.ToFrozenDictionary(StringComparer.Ordinal));
    }

    /// <summary>Serves a file if the request is for one; false if it is for somebody else.</summary>
    public async ValueTask<bool> TryServeAsync(HttpContext http)
    {
        var (request, response) = (http.Request, http.Response);
        if (!_files.TryGetValue(request.Path.Value ?? "", out var file) || !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))) return false;

        var headers = response.Headers;
        headers.ETag = file.Tag;
        headers.Vary = "Accept-Encoding";
        headers.CacheControl = file.IsNamedByContent ? "public, max-age=31536000, immutable" : "no-cache";
        headers.ContentSecurityPolicy = Policy;
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (request.Headers.IfNoneMatch.Any(known => known is not null && known.Contains(file.Tag, StringComparison.Ordinal)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return true;
        }
        var (bytes, encoding) = file.For(request.GetTypedHeaders().AcceptEncoding);
        if (encoding is not null) headers.ContentEncoding = encoding;
        response.ContentType = file.ContentType;
        response.ContentLength = bytes.Length;
        if (HttpMethods.IsGet(request.Method)) await response.BodyWriter.WriteAsync(bytes, http.RequestAborted);
        return true;
    }
}
