using System.Text.Json.Serialization.Metadata;
using Rialto.Api.Http;

namespace Rialto.Api.Original;

/// <summary>Binds the routes of the original systems: as <see cref="Routes"/> does, but in their shapes, and for callers who name nobody.</summary>
internal sealed class OriginalRoutes(Routes routes, bool allowsAnonymous)
{
    /// <summary>Who acts if nobody is named, as nobody is on the original systems.</summary>
    private const string Anonymous = "anonymous";

    private static readonly string[] Beginnings =
        ["/stocks", "/orders", "/invalidate", "/update", "/replicate", "/leader", "/client", "/fetch", "/list-cache", "/cache-meta", "/get-cache-file", "/reconcile", "/set-leader"];

    /// <summary>Whether an address is one of the originals', so that a no is told in their shape also where no route was reached.</summary>
    public static bool Own(PathString path) => Beginnings.Any(beginning => path.StartsWithSegments(beginning, StringComparison.Ordinal));

    public MappedRoute Get(string pattern, Func<Call, ValueTask<OriginalAnswer>> handler) =>
        routes.Map(HttpMethods.Get, pattern, async http =>
        {
            if (Caller.TryReadActor(http.Request, out var actor) is { } problem) await ((OriginalAnswer)problem).WriteAsync(http.Response);
            else await (await handler(new Call(http, routes.Door, actor))).WriteAsync(http.Response);
        }).AsOriginal();

    /// <summary>A read that answers with a file of CSV.</summary>
    public MappedRoute GetFile(string pattern, Func<Call, (OriginalAnswer? No, string Text)> handler) =>
        routes.Map(HttpMethods.Get, pattern, async http =>
        {
            var (no, text) = Caller.TryReadActor(http.Request, out var actor) is { } problem ? (problem, "") : handler(new Call(http, routes.Door, actor));
            if (no is { } refused)
            {
                await refused.WriteAsync(http.Response);
                return;
            }
            http.Response.ContentType = "text/csv; charset=utf-8";
            await http.Response.WriteAsync(text, http.RequestAborted);
        }).AsOriginal();

    /// <summary>A write that nobody may ask for any more, whatever is sent.</summary>
    public MappedRoute Gone(string pattern, string whatInstead) =>
        routes.Map(HttpMethods.Post, pattern, http => OriginalAnswer.Error(StatusCodes.Status410Gone, whatInstead).WriteAsync(http.Response)).AsOriginal();

    /// <param name="pattern">Its path.</param>
    /// <param name="type">How its body is read.</param>
    /// <param name="handler">Who answers.</param>
    /// <param name="empty">What no body at all means; null if there must be one.</param>
    public MappedRoute Post<TBody>(string pattern, JsonTypeInfo<TBody> type, Func<WriteCall<TBody>, ValueTask<OriginalAnswer>> handler, TBody? empty = null) where TBody : class
    {
        return routes.Map(HttpMethods.Post, pattern, async http => await (await HandleAsync(http)).WriteAsync(http.Response)).Accepts(typeof(TBody), required: empty is null).AsOriginal();

        async ValueTask<OriginalAnswer> HandleAsync(HttpContext http)
        {
            if (Caller.TryReadActor(http.Request, out var actor) is { } wrongActor) return wrongActor;
            if (actor is null && !allowsAnonymous) return Problems.ActorRequired;
            if (Caller.TryReadKey(http.Request, out var key) is { } wrongKey) return wrongKey;
            // The originals' own words for a body that is not what they expect are few; ours say what is wrong with it.
            // Nor did they ask what a body is; a program may still leave that out, a page may not.
            var (body, problem) = empty is not null && http.Request.ContentLength is null or 0
                ? (empty, null) : await BodyReader.ReadAsync(http.Request, type, empty, allowsNoType: !Gate.IsFromBrowser(http.Request));
            return problem is not null ? problem : await handler(new WriteCall<TBody>(http, routes.Door, actor ?? Anonymous, key, body!));
        }
    }
}
