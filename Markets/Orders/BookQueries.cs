using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Rialto.Markets.Orders;

/// <summary>What can be asked about one exchange.</summary>
public abstract record BookQuery : Query
{
    private protected BookQuery()
    {
    }
}

/// <summary>How the book's numbers are to be read: a <see cref="BookTermsView"/>. They never change.</summary>
public sealed record GetBookTerms : BookQuery;

/// <summary>The best levels of both sides: a <see cref="BookView"/>.</summary>
/// <param name="Depth">How many levels of each side, 1 to 1,000.</param>
public sealed record GetBook(int Depth = 10) : BookQuery;

/// <summary>One order: an <see cref="OrderView"/>. Closed ones are remembered for a while; their history is in the journal.</summary>
/// <param name="Order">Its number.</param>
/// <param name="Viewer">Who looks: the client's own name for it is shown to its owner.</param>
public sealed record GetOrder(long Order, Viewer Viewer) : BookQuery;

/// <summary>Several orders: an <see cref="OrdersView"/> of those that are remembered. See <see cref="GetOrder"/>.</summary>
/// <param name="Orders">Their numbers, 1,000 at most.</param>
/// <param name="Viewer">Who looks.</param>
public sealed record GetOrders(ImmutableArray<long> Orders, Viewer Viewer) : BookQuery;

/// <summary>Whether a book trades.</summary>
[JsonConverter(typeof(LowerHyphen<BookStatus>))]
public enum BookStatus
{
    /// <summary>It does.</summary>
    Open,
    /// <summary>Nothing but cancelling is possible.</summary>
    Halted,
}

/// <summary>What has become of an order.</summary>
[JsonConverter(typeof(LowerHyphen<OrderStatus>))]
public enum OrderStatus
{
    /// <summary>It rests, and nothing of it has traded.</summary>
    Open,
    /// <summary>It rests, and some of it has traded.</summary>
    PartiallyFilled,
    /// <summary>All of it has traded.</summary>
    Filled,
    /// <summary>What was left of it was cancelled.</summary>
    Cancelled,
}

/// <summary>How a book's numbers are to be read.</summary>
/// <param name="Asset">What is traded.</param>
/// <param name="Currency">What is paid with, or null.</param>
/// <param name="PriceScale">Decimals of prices.</param>
/// <param name="QuantityScale">Decimals of quantities.</param>
/// <param name="Tick">The smallest step of a price.</param>
/// <param name="Lot">The smallest step of a quantity.</param>
public sealed record BookTermsView(string Asset, string? Currency, int PriceScale, int QuantityScale, decimal Tick, decimal Lot) : View;

/// <summary>A book's best levels.</summary>
/// <param name="Symbol">The book.</param>
/// <param name="Asset">What is traded.</param>
/// <param name="Currency">What is paid with, or null.</param>
/// <param name="Tick">The smallest step of a price.</param>
/// <param name="Lot">The smallest step of a quantity.</param>
/// <param name="Status">Whether it trades.</param>
/// <param name="Reason">Why it is halted, if somebody said so.</param>
/// <param name="Bids">Price and quantity of the best levels to sell to, best first.</param>
/// <param name="Asks">Price and quantity of the best levels to buy from, best first.</param>
/// <param name="Last">The last trade's price, or null.</param>
/// <param name="OrderCount">How many orders rest.</param>
/// <param name="TradeCount">How many trades there were.</param>
public sealed record BookView(
    string Symbol,
    string Asset,
    string? Currency,
    decimal Tick,
    decimal Lot,
    BookStatus Status,
    string? Reason,
    ImmutableArray<decimal[]> Bids,
    ImmutableArray<decimal[]> Asks,
    decimal? Last,
    int OrderCount,
    long TradeCount) : View;

/// <summary>A trade, seen from one of its orders.</summary>
public sealed record FillView(decimal Price, decimal Quantity, long Trade);

/// <summary>An order.</summary>
public sealed record OrderView : View
{
    /// <summary>Its number, as a text.</summary>
    public required string Id { get; init; }
    /// <summary>The book.</summary>
    public required string Symbol { get; init; }
    /// <summary>Whose it is.</summary>
    public required string Owner { get; init; }
    /// <summary>Which way.</summary>
    public required OrderSide Side { get; init; }
    /// <summary>The limit; null for a market order.</summary>
    public required decimal? Price { get; init; }
    /// <summary>How much was ordered.</summary>
    public required decimal Quantity { get; init; }
    /// <summary>What has become of it.</summary>
    public required OrderStatus Status { get; init; }
    /// <summary>How much has traded.</summary>
    public required decimal Filled { get; init; }
    /// <summary>How much still rests.</summary>
    public required decimal Remaining { get; init; }
    /// <summary>Why the rest was cancelled, while that is remembered.</summary>
    public CancelReason? Reason { get; init; }
    /// <summary>Its trades, as far as they are among the book's last 10,000.</summary>
    public required ImmutableArray<FillView> Fills { get; init; }
    /// <summary>Its owner's name for it; null for other viewers.</summary>
    public string? ClientOrderId { get; init; }
}

/// <summary>Several orders, as they were asked for.</summary>
/// <param name="Items">The orders, without those that the book does not remember.</param>
public sealed record OrdersView(ImmutableArray<OrderView> Items) : View
{
    private protected override IEnumerable<View> Parts => Items;
}

/// <summary>A trade.</summary>
/// <param name="Trade">Its number within the book: 1, 2, 3, …</param>
/// <param name="Price">The price.</param>
/// <param name="Quantity">How much.</param>
/// <param name="Side">Which way the incoming order went.</param>
/// <param name="Maker">The resting order.</param>
/// <param name="Taker">The incoming order.</param>
/// <param name="At">When it was ordered.</param>
public sealed record TradeView(long Trade, decimal Price, decimal Quantity, OrderSide Side, string Maker, string Taker, DateTimeOffset At) : View;

/// <summary>The trades of a stretch of time.</summary>
/// <param name="From">Its beginning.</param>
/// <param name="Seconds">Its length.</param>
/// <param name="Open">The first trade's price.</param>
/// <param name="High">The highest price.</param>
/// <param name="Low">The lowest price.</param>
/// <param name="Close">The last trade's price.</param>
/// <param name="Volume">The sum of quantities.</param>
/// <param name="Trades">How many trades.</param>
public sealed record CandleView(DateTimeOffset From, int Seconds, decimal Open, decimal High, decimal Low, decimal Close, decimal Volume, int Trades) : View;

/// <summary>A book in a list.</summary>
/// <param name="Symbol">The book.</param>
/// <param name="Asset">What is traded.</param>
/// <param name="Currency">What is paid with, or null.</param>
/// <param name="Status">Whether it trades.</param>
/// <param name="Bid">The best price to sell to.</param>
/// <param name="Ask">The best price to buy from.</param>
/// <param name="Last">The last trade's price.</param>
public sealed record BookListItem(string Symbol, string Asset, string? Currency, BookStatus Status, decimal? Bid, decimal? Ask, decimal? Last) : View;
