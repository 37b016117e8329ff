using System.Text.Json.Serialization.Metadata;

namespace Rialto.Api.Http;

/// <summary>Answers a read.</summary>
internal delegate ValueTask<Answer> Read(Call call);

/// <summary>Answers a write.</summary>
internal delegate ValueTask<Answer> Write<TBody>(WriteCall<TBody> call) where TBody : class;

/// <summary>
/// Binds routes to their handlers. What is the same for all of them is done here, in one place and without reflection: who calls, the body,
/// and how an answer is written.
/// </summary>
internal sealed class Routes(IEndpointRouteBuilder endpoints, FrontDoor door)
{
    public FrontDoor Door => door;

    /// <summary>A read.</summary>
    public MappedRoute Get(string pattern, Read handler)
    {
        return Map(HttpMethods.Get, pattern, async http =>
        {
            if (Caller.TryReadActor(http.Request, out var actor) is { } problem) await Answer.WriteAsync(http.Response, problem);
            else await (await handler(new Call(http, door, actor))).WriteAsync(http.Response);
        });
    }

    /// <summary>A read that writes its own answer, such as a stream; it answers with a problem if it has not begun.</summary>
    public MappedRoute GetRaw(string pattern, Func<Call, Task<Problem?>> handler)
    {
        return Map(HttpMethods.Get, pattern, async http =>
        {
            if (Caller.TryReadActor(http.Request, out var actor) is { } problem) await Answer.WriteAsync(http.Response, problem);
            else if (await handler(new Call(http, door, actor)) is { } no) await Answer.WriteAsync(http.Response, no);
        });
    }

    /// <summary>A write.</summary>
    /// <param name="pattern">Its path.</param>
    /// <param name="type">How its body is read.</param>
    /// <param name="handler">Who answers.</param>
    /// <param name="empty">What no body at all means; null if there must be one.</param>
    public MappedRoute Post<TBody>(string pattern, JsonTypeInfo<TBody> type, Write<TBody> handler, TBody? empty = null) where TBody : class =>
        MapWrite(HttpMethods.Post, pattern, type, handler, empty);

    /// <summary>A write that changes a part of something.</summary>
    public MappedRoute Patch<TBody>(string pattern, JsonTypeInfo<TBody> type, Write<TBody> handler) where TBody : class =>
        MapWrite(HttpMethods.Patch, pattern, type, handler, null);

    /// <summary>A write that ends something.</summary>
    public MappedRoute Delete<TBody>(string pattern, JsonTypeInfo<TBody> type, Write<TBody> handler, TBody empty) where TBody : class =>
        MapWrite(HttpMethods.Delete, pattern, type, handler, empty);

    private MappedRoute MapWrite<TBody>(string method, string pattern, JsonTypeInfo<TBody> type, Write<TBody> handler, TBody? empty) where TBody : class
    {
        return Map(method, pattern, async http => await (await HandleAsync(http)).WriteAsync(http.Response)).Accepts(typeof(TBody), required: empty is null);

        async ValueTask<Answer> HandleAsync(HttpContext http)
        {
            if (Caller.TryReadActor(http.Request, out var actor) is { } wrongActor) return wrongActor;
            if (actor is null) return Problems.ActorRequired;
            if (Caller.TryReadKey(http.Request, out var key) is { } wrongKey) return wrongKey;
            var (body, problem) = await BodyReader.ReadAsync(http.Request, type, empty);
            return problem is not null ? problem : await handler(new WriteCall<TBody>(http, door, actor, key, body!));
        }
    }

    /// <summary>A route whose handler does all by itself.</summary>
    public MappedRoute Map(string method, string pattern, RequestDelegate handler)
    {
        var notes = new RouteNotes();
        // The originals, pages and probes are asked in ways that are not ours to say.
        var isOurs = pattern.StartsWith("/api/", StringComparison.Ordinal);
        return new MappedRoute(endpoints.MapMethods(pattern, [method], isOurs ? HandleAsync : handler), handler, pattern, notes);

        Task HandleAsync(HttpContext http) =>
            http.Request.QueryString.HasValue && notes.CheckQuery(http.Request.Query) is { } problem ? Answer.WriteAsync(http.Response, problem) : handler(http);
    }
}
