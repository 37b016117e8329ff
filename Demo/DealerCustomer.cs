using System.Text.Json.Nodes;

namespace Rialto.Demo;

/// <summary>Buys from the dealer what it has much of, and sells it what it has little of, so its shelves never run empty or over.</summary>
internal sealed class DealerCustomer(BotCaller market) : Bot(market, TimeSpan.FromSeconds(5))
{
    private const int Usual = 100;

    protected override async Task PrepareAsync()
    {
        if ((await Market.ListAsync("/api/stocks?limit=1")).Count == 0)
            await OpenAsync("/api/stocks", new JsonObject { ["name"] = "GameStart", ["price"] = 15.99m, ["quantity"] = Usual });
    }

    protected override async Task TakeTurnAsync()
    {
        var stocks = await Market.ListAsync("/api/stocks?limit=50");
        if (stocks.Count == 0) return;
        var stock = stocks[Chance.Next(stocks.Count)];
        var buys = Chance.Next(2 * Usual) < stock.Amount("quantity");
        await Market.PostAsync($"/api/stocks/{stock.Text("name")}/orders", new JsonObject { ["side"] = buys ? "buy" : "sell", ["quantity"] = Chance.Next(1, 6) });
    }
}
