using System.CommandLine;

namespace Rialto.Cli;

/// <summary>What goes on until somebody has seen enough of it.</summary>
internal static class Watching
{
    public static readonly Option<TimeSpan?> For = Values.Time("--for", "End after this time, such as 10s.");
    public static readonly Option<long?> After = new("--after") { Description = "Begin after this place of the journal; 0 is the beginning. From now on without it.", HelpName = "seq" };
    public static readonly Option<int?> Count = new("--count") { Description = "End after so many events.", HelpName = "n" };

    /// <summary>Tells what happens in a stream, until there were <see cref="Count"/> events, the time of <see cref="For"/> is up, or it is cancelled.</summary>
    /// <param name="run">The command.</param>
    /// <param name="stream">The stream, such as <c>book/GME</c>.</param>
    /// <param name="after">The place after which it begins; null is now.</param>
    /// <param name="tell">An event in words.</param>
    public static Task FollowAsync(Run run, string stream, long? after, Func<StreamedEvent, string> tell) => UntilTimeIsUpAsync(run, async leaving =>
    {
        var left = run.Get(Count) ?? int.MaxValue;
        if (left <= 0) return;
        await foreach (var happened in run.Market.FollowAsync(Route.To($"/api/journal/stream", ("stream", stream)), after, leaving))
        {
            if (run.IsJson) run.Terminal.Output.WriteLine(happened.Text);
            else run.Screen.Say($"{happened.Item.Word("at")}  {tell(happened)}");
            if (--left == 0) return;
        }
    });

    /// <summary>Does something for the time of <see cref="For"/> at most. That it is up is no failure, and no cancellation.</summary>
    public static async Task UntilTimeIsUpAsync(Run run, Func<CancellationToken, Task> work)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(run.Ending);
        if (run.Get(For) is { } time) leaving.CancelAfter(time);
        try
        {
            await work(leaving.Token);
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested && !run.Ending.IsCancellationRequested)
        {
            // The time is up.
        }
    }
}
