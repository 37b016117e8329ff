using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;

namespace Rialto.Api.Http;

/// <summary>
/// What HTTP lets a client ask of any address: HEAD wherever GET is, and an answer that takes less room. A condition on a write (<c>If-Match</c> and
/// its kin) is refused, not passed over: who sends it counts on it.
/// </summary>
internal static class Manners
{
    private static readonly string[] Conditions = ["If-Match", "If-None-Match", "If-Unmodified-Since", "If-Modified-Since"];

    /// <summary>Whether the client wants the headers alone: then nothing is to be streamed.</summary>
    public static bool WantsHeadersOnly(HttpContext http) => http.Features.Get<HeadersOnly>() is not null;

    public static void UseManners(this WebApplication server) => ((IApplicationBuilder)server).Use(next => http =>
    {
        var request = http.Request;
        if (HttpMethods.IsGet(request.Method)) return next(http);
        if (HttpMethods.IsHead(request.Method))
        {
            // The web server knows the method that it was asked with, and sends no body.
            http.Features.Set(HeadersOnly.Instance);
            request.Method = HttpMethods.Get;
            return next(http);
        }
        var condition = Array.Find(Conditions, request.Headers.ContainsKey);
        return condition is null ? next(http) : FaultShield.SayAsync(http, Problems.NoConditions(condition));
    });

    /// <summary>Names the methods of an address: HEAD is wherever GET is.</summary>
    public static void AllowHead(HttpResponse response)
    {
        var allowed = response.Headers.Allow.ToString();
        if (response.StatusCode == StatusCodes.Status405MethodNotAllowed && allowed.Split(',', StringSplitOptions.TrimEntries).Contains(HttpMethods.Get))
            response.Headers.Allow = allowed + ", HEAD";
    }

    private sealed class HeadersOnly
    {
        public static readonly HeadersOnly Instance = new();
    }
}

/// <summary>Compresses what is worth it: a small answer would grow, a stream would wait, and a no is read by people on the wire.</summary>
internal sealed class Compression(IServiceProvider services, IOptions<ResponseCompressionOptions> options) : ResponseCompressionProvider(services, options)
{
    private const int WorthIt = 1_024;

    public static void Add(IServiceCollection services)
    {
        services.AddResponseCompression(compression => compression.MimeTypes =
            ["application/json", "application/x-ndjson", "text/csv", "text/html", "text/css", "text/javascript", "text/plain"]);
        services.AddSingleton<IResponseCompressionProvider, Compression>();
    }

    public override bool ShouldCompressResponse(HttpContext context) =>
        context.Response.StatusCode < 300 && !(context.Response.ContentLength < WorthIt) && !Manners.WantsHeadersOnly(context) && base.ShouldCompressResponse(context);
}
