using System.Diagnostics;
using Rialto.Markets.Dispatch;

namespace Rialto.Cli.Dispatch;

/// <summary>A car: drives about until it crashes, calls for help, and follows what is done until the incident is over.</summary>
internal sealed class Car(Client client, Position start, TimeSpan crashAfter, int severity, string[] needs, int speedUp)
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    /// <summary>About 50 km/h: so many millionths of a degree in a second.</summary>
    private const double StepE6 = 125;

    private Position _place = start;

    /// <summary>Runs until it is ended, or until its first incident is over.</summary>
    public Task RunAsync(bool once) => Watching.UntilTimeIsUpAsync(client.Run, async leaving =>
    {
        do
        {
            client.Say($"sets out from {_place.Words()}.");
            await DriveAboutAsync(leaving);
            await BeHelpedAsync(leaving);
        }
        while (!once);
    });

    private async Task DriveAboutAsync(CancellationToken leaving)
    {
        var driven = Stopwatch.StartNew();
        while (crashAfter - driven.Elapsed is { Ticks: > 0 } left)
        {
            await Task.Delay(left < Step ? left : Step, leaving);
            var heading = Random.Shared.NextDouble() * Math.Tau;
            _place = new Position(
                Math.Clamp(_place.LatE6 + (int)(Math.Sin(heading) * StepE6 * speedUp), -Position.MaxLatE6, Position.MaxLatE6),
                Math.Clamp(_place.LonE6 + (int)(Math.Cos(heading) * StepE6 * speedUp), -Position.MaxLonE6, Position.MaxLonE6));
            if (crashAfter > driven.Elapsed) client.Say($"is at {_place.Words()}.");
        }
    }

    private async Task BeHelpedAsync(CancellationToken leaving)
    {
        // Who has crashed calls for help even if the time is up.
        var reported = await client.PostAsync(
            $"/api/dispatch/{client.Region}/incidents", client.Run.Ending,
            ("lat", _place.Lat()), ("lon", _place.Lon()), ("severity", severity), ("needs", Body.Words(needs)), ("reporter", client.Name));
        var id = reported.Word("id");
        client.Say($"has crashed at {_place.Words()}: incident {id}.");
        await client.TellAsync(id, client.Run.Ending);
        await foreach (var happened in client.FollowAsync(reported.Number("seq"), leaving).Where(happened => happened.Data.Word("incident") == id))
        {
            // Whether it is over is in the event; an answer that is lost is told with the next one.
            await TryTellAsync(id, leaving);
            if (happened.Type is not ("region.incident-completed" or "region.incident-cancelled")) continue;
            client.Say(happened.Type == "region.incident-completed" ? "has been helped." : "is not waiting any more.");
            return;
        }
    }

    private async Task TryTellAsync(string id, CancellationToken leaving)
    {
        try
        {
            await client.TellAsync(id, leaving);
        }
        catch (Failure lost) when (lost.ExitCode == ExitCode.Unavailable)
        {
            client.Run.Screen.Note(lost.Message);
        }
    }
}
