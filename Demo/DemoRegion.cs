using System.Text.Json.Nodes;

namespace Rialto.Demo;

/// <summary>The region in which the bots crash cars and save people: the sample's, or one that is opened where there is no sample.</summary>
/// <param name="samples">The sample's ambulances and hospitals.</param>
internal sealed class DemoRegion(IEnumerable<string> samples)
{
    public const string Path = "/api/dispatch/stuttgart";

    /// <summary>What the bots play: the sample's ambulances and hospitals, or those that are opened where there is no sample. All others are somebody else's.</summary>
    private readonly HashSet<string> _bots = [.. samples, .. Enumerable.Range(1, Units).Select(Unit), .. Enumerable.Range(1, Hospitals).Select(Hospital)];

    private const decimal Lat = 48.778m;
    private const decimal Lon = 9.176m;
    private const int Spread = 60;
    private const int Units = 6;
    private const int Hospitals = 3;

    private static string Unit(int number) => $"amb-{number}";

    private static string Hospital(int number) => $"hospital-{number}";

    /// <summary>Whether a unit or a hospital is played by the bots.</summary>
    public bool IsBots(string name) => _bots.Contains(name);

    /// <summary>Somewhere in the region.</summary>
    public static (decimal Lat, decimal Lon) Somewhere(Random chance) => (Lat + (chance.Next(-Spread, Spread + 1) / 1_000m), Lon + (chance.Next(-Spread, Spread + 1) / 1_000m));

    /// <summary>Opens it if it is not there. The bots say nothing while they have nothing to do, so silence means nothing.</summary>
    public static async Task OpenAsync(BotCaller market, Random chance)
    {
        if (await market.ReadAsync(Path) is not null) return;
        await market.PostAsync($"{Path}/terms", new JsonObject { ["acknowledgeSeconds"] = 60, ["heartbeatSeconds"] = 0, ["positionSeconds"] = 0 });
        for (var i = 1; i <= Hospitals; i++) await market.PostAsync($"{Path}/hospitals", new JsonObject { ["hospital"] = Hospital(i), ["beds"] = 5 }.Placed(Somewhere(chance)));
        for (var i = 1; i <= Units; i++)
        {
            var skills = i % 2 == 0 ? new JsonArray() : new JsonArray("als");
            await market.PostAsync($"{Path}/units", new JsonObject { ["unit"] = Unit(i), ["kind"] = "ambulance", ["skills"] = skills }.Placed(Somewhere(chance)));
        }
    }

    /// <summary>Waits until somebody has opened it.</summary>
    public static async Task WaitAsync(BotCaller market)
    {
        while (await market.ReadAsync(Path) is null) await Task.Delay(500, market.Stopping);
    }
}

/// <summary>How a place is written.</summary>
internal static class Placing
{
    public static JsonObject Placed(this JsonObject body, (decimal Lat, decimal Lon) place)
    {
        (body["lat"], body["lon"]) = (place.Lat, place.Lon);
        return body;
    }
}
