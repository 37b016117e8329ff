namespace Rialto.Demo;

/// <summary>Takes what is offered on the exchange: buys while it has few pieces, sells while it has many, and in between as it pleases.</summary>
internal sealed class Taker(BotCaller market) : Bot(market, TimeSpan.FromSeconds(9))
{
    protected override async Task PrepareAsync()
    {
        await OpenAccountAsync(DemoExchange.Currency, 2, DemoExchange.Cash);
        await OpenAccountAsync(DemoExchange.Symbol, 0, DemoExchange.Pieces);
    }

    protected override async Task TakeTurnAsync()
    {
        if (await AvailableAsync(DemoExchange.Symbol) is not { } pieces || await Market.ReadAsync($"/api/books/{DemoExchange.Symbol}?depth=3") is not { } book) return;
        var buys = pieces < DemoExchange.Pieces / 2 || (pieces < DemoExchange.Pieces * 3 / 2 && Chance.Next(2) == 0);
        var offers = book.Each(buys ? "asks" : "bids").ToList();
        if (offers.Count > 0) await Market.PostAsync(DemoExchange.Orders, DemoExchange.Order(buys, offers[^1][0].GetDecimal(), Chance.Next(1, 13), "ioc"));
    }
}
