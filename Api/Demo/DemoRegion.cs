using System.Text.Json.Nodes;

namespace Rialto.Api.Demo;

/// <summary>The region in which the bots crash cars and save people: the sample's, or one that is opened where there is no sample.</summary>
internal static class DemoRegion
{
    public const string Path = "/api/dispatch/stuttgart";

    /// <summary>Ambulances of this region that nobody but the bots plays have names that begin so.</summary>
    public const string Unit = "amb-";

    private const decimal Lat = 48.778m;
    private const decimal Lon = 9.176m;
    private const int Spread = 60;

    /// <summary>Somewhere in the region.</summary>
    public static (decimal Lat, decimal Lon) Somewhere(Random chance) => (Lat + (chance.Next(-Spread, Spread + 1) / 1_000m), Lon + (chance.Next(-Spread, Spread + 1) / 1_000m));

    public static JsonObject Placed(this JsonObject body, (decimal Lat, decimal Lon) place)
    {
        (body["lat"], body["lon"]) = (place.Lat, place.Lon);
        return body;
    }

    /// <summary>Opens it if it is not there. The bots say nothing while they have nothing to do, so silence means nothing.</summary>
    public static async Task OpenAsync(BotCaller market, Random chance)
    {
        if (await market.ReadAsync(Path) is not null) return;
        await market.PostAsync($"{Path}/terms", new JsonObject { ["acknowledgeSeconds"] = 60, ["heartbeatSeconds"] = 0, ["positionSeconds"] = 0 });
        for (var i = 1; i <= 3; i++) await market.PostAsync($"{Path}/hospitals", new JsonObject { ["hospital"] = $"hospital-{i}", ["beds"] = 5 }.Placed(Somewhere(chance)));
        for (var i = 1; i <= 6; i++)
        {
            var skills = i % 2 == 0 ? new JsonArray() : new JsonArray("als");
            await market.PostAsync($"{Path}/units", new JsonObject { ["unit"] = $"{Unit}{i}", ["kind"] = "ambulance", ["skills"] = skills }.Placed(Somewhere(chance)));
        }
    }

    /// <summary>Waits until somebody has opened it.</summary>
    public static async Task WaitAsync(BotCaller market)
    {
        while (await market.ReadAsync(Path) is null) await Task.Delay(500, market.Stopping);
    }
}
