using Microsoft.AspNetCore.Http.Features;

namespace Rialto.Api.Http;

/// <summary>What all streams of server-sent events have in common.</summary>
internal static class EventStream
{
    /// <summary>An event's line for browsers' <c>onmessage</c>, which hears only of events without a name.</summary>
    public static readonly QueryNote Names = new("names", false, "off: events come without their names, for a browser's onmessage.", ["on", "off"]);

    private const string ContentType = "text/event-stream";

    /// <summary>Whether events are to come with their names.</summary>
    public static Problem? WantsNames(Call call, out bool wanted)
    {
        wanted = true;
        if (call.Text(Names.Name, out var text) is { } wrong) return wrong;
        wanted = text is not "off";
        return text is null or "on" or "off" ? null : Problems.InvalidParameter(Names.Name, "on or off");
    }

    /// <summary>Begins a stream: nothing on the way is to keep it back, and whoever loses it is to come back after a second.</summary>
    public static async Task BeginAsync(HttpContext http, CancellationToken ending)
    {
        var response = http.Response;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-cache, no-transform";
        response.Headers["X-Accel-Buffering"] = "no";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        await response.BodyWriter.WriteAsync("retry: 1000\n\n"u8.ToArray(), ending);
    }

    /// <summary>Runs a stream until its client goes away or the server stops, if there is room for one more.</summary>
    public static async Task<Problem?> ServeAsync(Call call, Func<CancellationToken, Task> run)
    {
        if (Manners.WantsHeadersOnly(call.Http))
        {
            call.Http.Response.ContentType = ContentType;
            return null;
        }
        if (call.Door.Streams.TryTake(call.Http.Connection.RemoteIpAddress, call.Viewer.Actor, out var place) is { } full) return full;
        using var mine = place;
        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(call.Http.RequestAborted, call.Door.Stopping);
            await run(ending.Token);
        }
        catch (OperationCanceledException)
        {
            // The client went away, or the server stops: either way the stream just ends.
        }
        return null;
    }
}
