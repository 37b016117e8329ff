using System.Text.Json.Nodes;

namespace Rialto.Demo;

/// <summary>What is traded on the exchange of the bots, and what each of them begins with.</summary>
internal static class DemoExchange
{
    public const string Symbol = "GameStart";
    public const string Currency = "USD";
    public const decimal Cash = 10_000;
    public const decimal Pieces = 1_000;
    public const string Orders = $"/api/books/{Symbol}/orders";

    public static JsonObject Order(bool buys, decimal price, int quantity, string timeInForce) => new()
    {
        ["side"] = buys ? "buy" : "sell",
        ["type"] = "limit",
        ["price"] = price,
        ["quantity"] = quantity,
        ["timeInForce"] = timeInForce,
    };
}

/// <summary>
/// Makes the exchange's market: puts quotes on both sides of a price that wanders about and comes back, and takes the oldest out when there
/// are enough, so the book stays small.
/// </summary>
internal sealed class Quoter(BotCaller market) : Bot(market, TimeSpan.FromSeconds(4))
{
    private const int MaxQuotes = 12;
    private const decimal Home = 15.99m;

    private readonly Queue<string> _quotes = new();
    private decimal _price = Home;
    private bool _buys;

    protected override async Task PrepareAsync()
    {
        await OpenAccountAsync(DemoExchange.Currency, 2, DemoExchange.Cash);
        await OpenAccountAsync(DemoExchange.Symbol, 0, DemoExchange.Pieces);
        await OpenAsync("/api/books", new JsonObject { ["symbol"] = DemoExchange.Symbol, ["asset"] = DemoExchange.Symbol, ["currency"] = DemoExchange.Currency, ["tick"] = 0.01m, ["lot"] = 1 });
        // What an earlier run has left there is taken out in its turn; and whoever comes first finds both sides.
        foreach (var order in (await Market.ListAsync($"{DemoExchange.Orders}?open=true&limit=100")).Reverse()) _quotes.Enqueue(order.Text("id")!);
        while (_quotes.Count < MaxQuotes / 2) await QuoteAsync();
    }

    protected override async Task TakeTurnAsync()
    {
        if (_quotes.Count >= MaxQuotes) await Market.DeleteAsync($"{DemoExchange.Orders}/{_quotes.Dequeue()}");
        await QuoteAsync();
    }

    private async Task QuoteAsync()
    {
        _price += ((Home - _price) / 50) + (Chance.Next(-6, 7) / 100m);
        _buys = !_buys;
        var away = Chance.Next(1, 13) / 100m;
        var told = await Market.PostAsync(DemoExchange.Orders, DemoExchange.Order(_buys, decimal.Round(_buys ? _price - away : _price + away, 2), Chance.Next(2, 21), "gtc"));
        if (told.IsYes && told.Body.Text("status") is "open" or "partially-filled") _quotes.Enqueue(told.Body.Text("id")!);
    }
}
