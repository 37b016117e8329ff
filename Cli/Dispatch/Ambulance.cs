using System.Globalization;
using System.Text.Json;
using Rialto.Markets.Dispatch;

namespace Rialto.Cli.Dispatch;

/// <summary>
/// An ambulance: comes on duty, gives signs of life, acknowledges what it is sent to, drives there, and brings the patient to the hospital.
/// In every turn it asks the region what it has to do and does the next piece of it; when something happens meanwhile, it asks anew.
/// </summary>
internal sealed class Ambulance(Client client, Position start, string[] skills, TimeSpan heartbeat, int speedUp)
{
    private const double MetresPerSecond = 60 / 3.6;
    private const int RefusalsMax = 5;
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan OnScene = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan HandingOver = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.5);

    /// <summary>A position is told anew so often that it stays fresh.</summary>
    private static readonly TimeSpan PositionEvery = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _news = new(0);
    private Position _place = start;
    private string _job = "";
    private string _goal = "";
    private bool _hasDelivered;

    /// <summary>Runs until it is ended, or until its first patient is in the hospital.</summary>
    public Task RunAsync(bool once) => client.ServeAsync(
        () => client.PostAsync(
            $"/api/dispatch/{client.Region}/units", client.Run.Ending, ("unit", client.Name), ("lat", _place.Lat()), ("lon", _place.Lon()), ("skills", Body.Words(skills))),
        registered =>
        {
            client.Say($"is on duty at {_place.Words()}.");
            return Watching.UntilTimeIsUpAsync(client.Run, leaving => ServeAsync(registered.Number("seq"), once, leaving));
        },
        async patience =>
        {
            await ReportAsync("off-duty", patience);
            client.Say("goes off duty.");
        });

    private async Task ServeAsync(long after, bool once, CancellationToken leaving)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(leaving);
        var (listening, beating) = (ListenAsync(after, ending.Token), BeatAsync(ending.Token));
        try
        {
            var refusals = 0;
            var noted = "";
            while (!(once && _hasDelivered))
            {
                // A stream that cannot be followed ends it: it would wait in vain.
                if (listening.IsCompleted) await listening;
                try
                {
                    await TakeTurnAsync(leaving);
                    (refusals, noted) = (0, "");
                }
                // What it was about to say may not hold any more: it looks anew. So it does when the server was gone for a while.
                catch (Failure no) when (no.ExitCode == ExitCode.Unavailable || (no.ExitCode == ExitCode.Refused && ++refusals < RefusalsMax))
                {
                    if (noted != no.Message) client.Run.Screen.Note(noted = no.Message);
                    await Task.Delay(Pause, leaving);
                }
            }
        }
        finally
        {
            await ending.CancelAsync();
            await Task.WhenAll(listening, beating).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Does what is next.</summary>
    private async Task TakeTurnAsync(CancellationToken leaving)
    {
        var unit = await client.GetAsync($"/api/dispatch/{client.Region}/units/{client.Name}", leaving);
        var (job, status, hospital) = (unit.Word("incident"), unit.Word("status"), unit.Word("hospital"));
        if (_job.Length > 0 && _job != job)
        {
            var left = await client.TellAsync(_job, leaving);
            _job = "";
            if (left.Word("status") == "completed") _hasDelivered = true;
            else client.Say("is not needed there any more.");
            return;
        }
        _job = job;
        var incident = job.Length > 0 ? await client.TellAsync(job, leaving) : default;
        switch (status)
        {
            case "dispatched" when unit.Word("acknowledgeBy").Length > 0:
                await ReportAsync("acknowledged", leaving);
                break;
            case "dispatched":
                if (await DriveAsync("the incident", PlaceOf(incident), leaving)) await ReportAsync("on-scene", leaving);
                break;
            // Without a bed nobody leaves; and who is on the way when the hospital closes waits to be told of another one.
            case "on-scene" or "transporting" when hospital.Length == 0:
                await HasNewsAsync(PositionEvery, leaving);
                break;
            case "on-scene":
                if (!await HasNewsAsync(OnScene / speedUp, leaving)) await ReportAsync("transporting", leaving);
                break;
            case "transporting":
                var goal = await client.GetAsync($"/api/dispatch/{client.Region}/hospitals/{hospital}", leaving);
                if (await DriveAsync(hospital, PlaceOf(goal), leaving)) await ReportAsync("at-hospital", leaving);
                break;
            case "at-hospital":
                await Task.Delay(HandingOver / speedUp, leaving);
                await ReportAsync("available", leaving);
                break;
            case "off-duty":
                await ReportAsync("available", leaving);
                break;
            default:
                if (!await HasNewsAsync(PositionEvery, leaving)) await MoveAsync(_place, leaving);
                break;
        }
    }

    /// <summary>Drives straight to a place and says on the way where it is. False if something happened before it was there.</summary>
    private async Task<bool> DriveAsync(string where, Position goal, CancellationToken leaving)
    {
        var (from, metres) = (_place, _place.MetresTo(goal));
        var time = TimeSpan.FromSeconds(metres / MetresPerSecond / speedUp);
        if (_goal != goal.Words())
        {
            _goal = goal.Words();
            client.Say(string.Create(CultureInfo.InvariantCulture, $"drives {metres / 1_000.0:0.0} km to {where} at {_goal}."));
        }
        var steps = (int)Math.Max(1, Math.Ceiling(time / Step));
        for (var step = 1; step <= steps; step++)
        {
            if (await HasNewsAsync(time / steps, leaving)) return false;
            await MoveAsync(Between(from, goal, (double)step / steps), leaving);
        }
        return true;
    }

    private async Task MoveAsync(Position place, CancellationToken leaving)
    {
        await client.PostAsync($"/api/dispatch/{client.Region}/units/{client.Name}/position", leaving, ("lat", place.Lat()), ("lon", place.Lon()));
        _place = place;
    }

    private Task<JsonElement> ReportAsync(string status, CancellationToken ending) => client.PostAsync($"/api/dispatch/{client.Region}/units/{client.Name}/status", ending, ("status", status));

    /// <summary>Waits, but not longer than until something happens to this ambulance or to its incident.</summary>
    private async Task<bool> HasNewsAsync(TimeSpan atMost, CancellationToken leaving)
    {
        if (!await _news.WaitAsync(atMost, leaving)) return false;
        while (_news.Wait(0, CancellationToken.None))
        {
            // However much happened: one look is enough.
        }
        return true;
    }

    private async Task ListenAsync(long after, CancellationToken ending)
    {
        await foreach (var happened in client.FollowAsync(after, ending))
        {
            if (happened.Data.Word("unit") == client.Name || (_job.Length > 0 && happened.Data.Word("incident") == _job)) _news.Release();
        }
    }

    private async Task BeatAsync(CancellationToken ending)
    {
        while (true)
        {
            await Task.Delay(heartbeat, ending);
            try
            {
                await client.PostAsync($"/api/dispatch/{client.Region}/units/{client.Name}/heartbeat", ending);
            }
            catch (Failure)
            {
                // The next one may get through.
            }
        }
    }

    private static Position PlaceOf(JsonElement view) => Values.PlaceAt(view.At("lat").GetDecimal(), view.At("lon").GetDecimal());

    private static Position Between(Position from, Position to, double share) =>
        new((int)Math.Round(from.LatE6 + ((to.LatE6 - from.LatE6) * share)), (int)Math.Round(from.LonE6 + ((to.LonE6 - from.LonE6) * share)));
}
