using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Orders;

namespace Rialto.Simulation.Workloads;

/// <summary>
/// A dealer's stock that runs out, and two books, one of them funded by the ledgers: orders that cross, rest, are replaced and cancelled, in
/// few prices, so that they meet; and a keeper who halts trading.
/// </summary>
internal sealed class OrdersWorkload : IWorkload
{
    private static readonly StreamId Stock = StreamId.Of("stock", "GameStart");
    private static readonly StreamId[] Books = [StreamId.Of("book", "FREE"), StreamId.Of("book", "PAID")];

    private readonly List<(StreamId Book, long Order)> _orders = [];

    /// <inheritdoc/>
    public async Task PrepareAsync(Actor founder, IReadOnlyList<string> names)
    {
        await founder.DoAsync(Stock, new ListStock(15_99, 1_000), givesUp: false);
        await founder.DoAsync(Books[0], new CreateBook("FREE", 2, 1, 0, 1), givesUp: false);
        await founder.DoAsync(Books[1], new CreateBook("EUR", 2, 100, 2, 100, new BookFunding("USD", true, true)), givesUp: false);
    }

    /// <inheritdoc/>
    public Task ActAsync(Actor actor)
    {
        var book = actor.Chance.Pick(Books);
        return actor.Chance.Below(10) switch
        {
            0 => actor.DoAsync(Stock, new TradeStock(Side(actor), actor.Chance.Between(1, 40))),
            1 => actor.AskAsync(Stock, new GetStock()),
            2 => CancelAsync(actor),
            3 => ReplaceAsync(actor),
            4 => actor.AskAsync(book, new GetBook()),
            5 => LookAsync(actor),
            6 when actor.Chance.Percent(20) => actor.DoAsync(book, actor.Chance.Percent(20) ? new HaltBook() : new ResumeBook()),
            _ => PlaceAsync(actor, book),
        };
    }

    private static OrderSide Side(Actor actor) => actor.Chance.Percent(50) ? OrderSide.Buy : OrderSide.Sell;

    private async Task PlaceAsync(Actor actor, StreamId book)
    {
        var isPaid = book == Books[1];
        var isMarket = actor.Chance.Percent(15);
        var place = new PlaceOrder(
            Side(actor), actor.Chance.Between(1, 9) * (isPaid ? 100 : 1), isMarket ? null : actor.Chance.Between(95, 105) * 100,
            isMarket ? OrderType.Market : OrderType.Limit, isMarket ? TimeInForce.Ioc : actor.Chance.Pick([TimeInForce.Gtc, TimeInForce.Gtc, TimeInForce.Ioc, TimeInForce.Fok]),
            Accounts: isPaid ? new OrderAccounts(actor.Name, true, true) : null);
        if (await actor.DoAsync(book, place) is { View: OrderView { } order }) _orders.Add((book, long.Parse(order.Id, System.Globalization.CultureInfo.InvariantCulture)));
    }

    private Task CancelAsync(Actor actor)
    {
        if (_orders.Count == 0) return Task.CompletedTask;
        var (book, order) = actor.Chance.Pick(_orders);
        return actor.DoAsync(book, new CancelOrder(order));
    }

    private Task ReplaceAsync(Actor actor)
    {
        if (_orders.Count == 0) return Task.CompletedTask;
        var (book, order) = actor.Chance.Pick(_orders);
        return actor.DoAsync(book, new ReplaceOrder(order, actor.Chance.Between(95, 105) * 100, actor.Chance.Percent(50) ? actor.Chance.Between(1, 9) * 100 : null));
    }

    private async Task LookAsync(Actor actor)
    {
        if (_orders.Count == 0) return;
        var (book, order) = actor.Chance.Pick(_orders);
        await actor.AskAsync(book, new GetOrder(order, new Viewer(actor.Name)));
        await actor.GlanceAsync(book, new GetBook(), actor.Newest);
    }
}
