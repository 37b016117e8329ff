using Rialto.Api.Http;

namespace Rialto.Api.Health;

/// <summary>For whoever watches over the process: is it there, can it take commands, how is it doing.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this Routes routes, Metrics metrics)
    {
        routes.Get("/health/live", Live).Says("GetLive", "200 as long as the process runs.").Returns<HealthShape>().Example(null, """{"status":"live"}""");
        routes.Get("/health/ready", Ready).Says("GetReady", "200 as long as commands can be taken.").Returns<HealthShape>().Refuses("not-ready").Example(null, """{"status":"ready"}""");
        routes.GetRaw("/metrics", call => WriteMetricsAsync(call, metrics)).Says("GetMetrics", "Metrics as Prometheus reads them.").Returns("text/plain");
    }

    private static ValueTask<Answer> Live(Call call) => ValueTask.FromResult(Say("live", call));

    private static ValueTask<Answer> Ready(Call call)
    {
        var why = call.Door.Stopping.IsCancellationRequested ? "This server is stopping." : call.Engine.NotReadyBecause;
        return ValueTask.FromResult(why is null ? Say("ready", call) : new Problem(503, "not-ready", why) { RetryAfter = 1 });
    }

    private static Answer Say(string status, Call call) => Answer.Of(
        json =>
        {
            json.WriteStartObject();
            json.WriteString("status"u8, status);
            json.WriteEndObject();
        },
        call.Engine.Replica.Applied);

    private static async Task<Problem?> WriteMetricsAsync(Call call, Metrics metrics)
    {
        call.Http.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await call.Http.Response.WriteAsync(metrics.Write(), call.Http.RequestAborted);
        return null;
    }
}

/// <summary>A word on health, as it is described to clients.</summary>
internal sealed record HealthShape(string Status);
