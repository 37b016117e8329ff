using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rialto.Demo;

/// <summary>
/// Plays the region's ambulances: acknowledges (or, rarely, declines), drives to the incident and on to the hospital step by step, and comes free
/// again. What each of them has to do next follows from what the region says of it.
/// </summary>
internal sealed class AmbulanceCrew(BotCaller market, DemoRegion region) : Bot(market, TimeSpan.FromSeconds(2))
{
    /// <summary>So near is there, in degrees.</summary>
    private const decimal Near = 0.004m;

    protected override Task PrepareAsync() => DemoRegion.OpenAsync(Market, Chance);

    protected override async Task TakeTurnAsync()
    {
        if (await Market.ReadAsync(DemoRegion.Path) is not { } shown) return;
        foreach (var unit in shown.Each("units"))
            if (region.IsBots(unit.Text("unit")!)) await PlayAsync(unit, shown);
    }

    private Task PlayAsync(JsonElement unit, JsonElement shown)
    {
        switch (unit.Text("status"))
        {
            case "dispatched" when unit.Text("acknowledgeBy") is not null:
                return SayAsync(unit, Chance.Next(25) == 0 ? "declined" : "acknowledged");
            case "dispatched":
                return DriveToIncidentAsync(unit);
            case "on-scene" when Chance.Next(6) == 0:
                return SayAsync(unit, "available");   // Nobody was hurt badly.
            case "on-scene" when unit.Text("hospital") is not null:
                return SayAsync(unit, "transporting");
            case "transporting" when unit.Text("hospital") is { } hospital:
                return DriveAsync(unit, PlaceOf(shown.Each("hospitals").First(one => one.Text("hospital") == hospital)), "at-hospital");
            case "at-hospital" or "off-duty":
                return SayAsync(unit, "available");
            case "available" when unit.Says("lost"):
                return SayAsync(unit, "available");
            default:
                return Task.CompletedTask;
        }
    }

    private async Task DriveToIncidentAsync(JsonElement unit)
    {
        if (await Market.ReadAsync($"{DemoRegion.Path}/incidents/{unit.Text("incident")}") is { } incident) await DriveAsync(unit, PlaceOf(incident), "on-scene");
    }

    /// <summary>Most of the way to a place; says so once it is there.</summary>
    private async Task DriveAsync(JsonElement unit, (decimal Lat, decimal Lon) goal, string there)
    {
        var (lat, lon) = PlaceOf(unit);
        if (Math.Abs(goal.Lat - lat) + Math.Abs(goal.Lon - lon) < Near)
        {
            await SayAsync(unit, there);
            return;
        }
        var next = (decimal.Round(lat + ((goal.Lat - lat) * 0.6m), 6), decimal.Round(lon + ((goal.Lon - lon) * 0.6m), 6));
        await Market.PostAsync($"{DemoRegion.Path}/units/{unit.Text("unit")}/position", new JsonObject().Placed(next));
    }

    private Task SayAsync(JsonElement unit, string status) =>
        Market.PostAsync($"{DemoRegion.Path}/units/{unit.Text("unit")}/status", new JsonObject { ["status"] = status, ["incident"] = unit.Text("incident") });

    private static (decimal Lat, decimal Lon) PlaceOf(JsonElement one) => (one.Amount("lat")!.Value, one.Amount("lon")!.Value);
}
