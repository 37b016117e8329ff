using Rialto.Api.Original;
using Rialto.Journal;

namespace Rialto.Api.Http;

/// <summary>
/// The outermost layer: whatever happens further in, the client gets a problem document. What no route has answered (no such address, a
/// method that it does not take) is said here too; faults of the world are 503; what is left is our own fault, 500, and logged. A client
/// of an original system gets the same in that system's shape.
/// </summary>
internal sealed class FaultShield(RequestDelegate next, FrontDoor door, ILogger log)
{
    public Task InvokeAsync(HttpContext http)
    {
        Gate.Guard(http.Response);
        Task running;
        try
        {
            running = next(http);
        }
        catch (Exception e)
        {
            return AnswerAsync(http, e);
        }
        return running.IsCompletedSuccessfully && IsAnswered(http.Response) ? Finish(http.Response) : FinishAsync(http, running);
    }

    private async Task FinishAsync(HttpContext http, Task running)
    {
        try
        {
            await running;
            Manners.AllowHead(http.Response);
            if (!IsAnswered(http.Response)) await SayAsync(http, Problems.OfStatus(http.Response.StatusCode));
            await Finish(http.Response);
        }
        catch (Exception e)
        {
            await AnswerAsync(http, e);
        }
    }

    private static Task Finish(HttpResponse response)
    {
        HttpMetrics.Answered(response.StatusCode);
        return Task.CompletedTask;
    }

    private static bool IsAnswered(HttpResponse response) => response.StatusCode < 400 || response.HasStarted || response.ContentLength is not null;

    private async Task AnswerAsync(HttpContext http, Exception failure)
    {
        if (http.RequestAborted.IsCancellationRequested)
        {
            http.Abort();   // Nobody is there to be answered.
            return;
        }
        var problem = ProblemOf(http, failure);
        HttpMetrics.Answered(problem.Status);
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }
        http.Response.Clear();
        Gate.Guard(http.Response);
        await SayAsync(http, problem);
    }

    /// <summary>Says no in the shape of whoever's address it is.</summary>
    public static Task SayAsync(HttpContext http, Problem problem) =>
        OriginalRoutes.Own(http.Request.Path) ? ((OriginalAnswer)problem).WriteAsync(http.Response) : Answer.WriteAsync(http.Response, problem);

    private Problem ProblemOf(HttpContext http, Exception failure)
    {
        switch (failure)
        {
            case BadHttpRequestException bad:
                return Problems.OfStatus(bad.StatusCode);
            case JournalException e and not JournalDamagedException:
                log.JournalUnreachable(e.Message);
                return Problems.JournalUnreachable;
            case ObjectDisposedException or OperationCanceledException when door.Stopping.IsCancellationRequested:
                return Problems.Stopping;
            default:
                log.RequestFailed(failure, http.Request.Method, http.Request.Path);
                return Problems.Internal;
        }
    }
}
