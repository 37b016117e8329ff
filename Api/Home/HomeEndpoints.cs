using System.Net;
using System.Net.Mime;
using System.Security.Cryptography;
using System.Text;
using Rialto.Api.Http;

namespace Rialto.Api.Home;

/// <summary>What somebody sees who opens the address in a browser.</summary>
internal static class HomeEndpoints
{
    // The page is one file: its style is let in by its hash.
    private const string Style = """
        body { font: 1.05rem/1.6 system-ui, sans-serif; max-width: 42rem; margin: 4rem auto; padding: 0 1.5rem; color: #1c2733; }
        code { background: #eef2f5; padding: .1em .35em; border-radius: .25em; }
        a { color: #0b5cad; }
        @media (prefers-color-scheme: dark) { body { background: #12181f; color: #d8e0e8; } code { background: #222c37; } a { color: #7ab8f5; } }
        """;

    public static readonly string Policy = $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string Body = """
        <h1>Rialto</h1>
        <p>A marketplace whose every change is one event on one line: durable before anyone is told about it, in one order for all.</p>
        <ul>
          <li><a href="docs">Try the API</a> (<a href="openapi/v1.json">OpenAPI</a>)</li>
          <li><a href="api/auctions">Auctions</a>, <a href="api/stocks">stocks</a>, <a href="api/books">order books</a> and <a href="api/ledgers">ledgers</a></li>
          <li><a href="api/journal">The journal</a>, <a href="api/journal/stream?after=0">as it goes on</a>, <a href="api/journal/verify">verified</a>; <a href="api/events">its events</a></li>
          <li><a href="api/cluster">The cluster</a>, <a href="health/ready">its health</a>, <a href="metrics">its metrics</a></li>
        </ul>
        <p>Say who you are with the header <code>X-Rialto-Actor</code>.</p>
        """;

    public static void MapHome(this Routes routes) =>
        routes.GetRaw("/", WriteAsync).Says("GetHome", "A page that says what this is.").Returns(MediaTypeNames.Text.Html);

    private static async Task<Problem?> WriteAsync(Call call)
    {
        call.Http.Response.ContentType = "text/html; charset=utf-8";
        call.Http.Response.Headers.ContentSecurityPolicy = Policy;
        await call.Http.Response.WriteAsync(Page("Rialto", Body), call.Http.RequestAborted);
        return null;
    }

    /// <summary>A page in this style.</summary>
    public static string Page(string title, string body) => $"""
        <!doctype html>
        <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <title>{WebUtility.HtmlEncode(title)}</title>
          <style>{Style}</style>
        </head>
        <body>
        {body}
        </body>
        </html>
        """;
}
