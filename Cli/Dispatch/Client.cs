using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rialto.Cli.Dispatch;

/// <summary>
/// What the simulated clients have in common. Each says in lines what it does; of an incident it tells every step as the region notes it.
/// What they do next follows from what the region says now; its events only tell them to look. So a client that lost its connection, or was
/// started anew in the middle of an incident, goes on where the region knows it to be.
/// </summary>
internal sealed class Client
{
    private string _incident = "";
    private long _toldTo;

    public Client(Run run, string region, string name)
    {
        (Run, Region, Name) = (run, region, name);
        run.Market.OrAs(name);
    }

    public Run Run { get; }

    public string Region { get; }

    public string Name { get; }

    /// <summary>Says what this client does.</summary>
    public void Say(string sentence)
    {
        if (Run.IsJson) Run.Terminal.Output.WriteLine(Body.Of(("client", Name), ("says", sentence)).ToJsonString());
        else Run.Screen.Say($"{Name} {sentence}");
    }

    public async Task<JsonElement> GetAsync(FormattableString path, CancellationToken ending) => (await Run.Market.GetAsync(Route.To(path), ending)).Json;

    public async Task<JsonElement> PostAsync(FormattableString path, CancellationToken ending, params (string Name, JsonNode? Value)[] fields) =>
        (await Run.Market.SendAsync(HttpMethod.Post, Route.To(path), Body.Of(fields), Market.NewKey(), ending)).Json;

    /// <summary>Tells the steps of an incident that it has not told yet, and returns how it stands.</summary>
    public async Task<JsonElement> TellAsync(string id, CancellationToken ending)
    {
        if (_incident != id) (_incident, _toldTo) = (id, 0);
        var incident = await GetAsync($"/api/dispatch/{Region}/incidents/{id}", ending);
        foreach (var step in incident.Items("steps").Where(step => step.Number("version") > _toldTo))
        {
            if (Run.IsJson) Run.Terminal.Output.WriteLine(Told(id, step).ToJsonString());
            else Run.Screen.Say($"  {id}  {step.Word("note")}");
            _toldTo = step.Number("version");
        }
        return incident;
    }

    /// <summary>The region's events, but for those that say no more than that somebody is still there.</summary>
    public IAsyncEnumerable<StreamedEvent> FollowAsync(long after, CancellationToken ending) => Run.Market
        .FollowAsync(Route.To($"/api/journal/stream", ("stream", $"region/{Region}")), after, ending, isKnown: true)
        .Where(happened => happened.Type is not ("region.unit-moved" or "region.unit-seen"));

    /// <summary>
    /// Begins, serves, and takes its leave; also if it is ended before it knows whether it has begun. Who was refused has nothing to leave.
    /// </summary>
    public async Task ServeAsync(Func<Task<JsonElement>> begin, Func<JsonElement, Task> serve, Func<CancellationToken, Task> farewell)
    {
        var mayHaveBegun = true;
        try
        {
            JsonElement begun;
            try
            {
                begun = await begin();
            }
            catch (Failure)
            {
                mayHaveBegun = false;
                throw;
            }
            await serve(begun);
        }
        finally
        {
            if (mayHaveBegun) await LeaveAsync(farewell);
        }
    }

    /// <summary>Does the last thing before it ends, for which Ctrl-C leaves a moment.</summary>
    private async Task LeaveAsync(Func<CancellationToken, Task> farewell)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1.5));
        try
        {
            await farewell(patience.Token);
        }
        catch (Exception e) when (e is Failure or OperationCanceledException)
        {
            Run.Screen.Note($"{Name} could not take its leave: {(e is Failure ? e.Message : "no server answered in time.")}");
        }
    }

    private static JsonObject Told(string id, JsonElement step)
    {
        var told = JsonObject.Create(step)!;
        told["incident"] = id;
        return told;
    }
}
