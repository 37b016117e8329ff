using System.Text.Json.Nodes;

namespace Rialto.Demo;

/// <summary>Crashes cars, mostly lightly, somewhere in the region.</summary>
internal sealed class Driver(BotCaller market) : Bot(market, TimeSpan.FromSeconds(15))
{
    private const int Cars = 40;

    protected override Task PrepareAsync() => DemoRegion.WaitAsync(Market);

    protected override Task TakeTurnAsync()
    {
        // Of two, the milder one.
        var severity = Math.Max(Chance.Next(1, 6), Chance.Next(1, 6));
        var needs = Chance.Next(4) == 0 ? new JsonArray("als") : new JsonArray();
        return Market.PostAsync(
            $"{DemoRegion.Path}/incidents", new JsonObject { ["severity"] = severity, ["needs"] = needs, ["reporter"] = $"car-{Chance.Next(1, Cars + 1)}" }.Placed(DemoRegion.Somewhere(Chance)));
    }
}
