using System.Collections.Immutable;
using System.Globalization;

namespace Rialto.Markets.Orders;

/// <summary>What a book shows: its ticks and lots as decimals.</summary>
internal static class BookViews
{
    private const int DefaultDepth = 10;

    public static decimal Price(BookState state, long ticks) => Amounts.ToDecimal(ticks * state.Created!.TickMinor, state.Created.PriceScale);

    /// <summary>A sum of lots may be larger than any single amount.</summary>
    public static decimal Quantity(BookState state, long lots) => lots * Amounts.ToDecimal(state.Created!.LotMinor, state.Created.QuantityScale);

    public static string IdOf(long order) => order.ToString(CultureInfo.InvariantCulture);

    public static View Answer(BookState state, Command command, in CommandContext context)
    {
        var viewer = new Viewer(context.Actor, context.Actor == Viewer.Operator.Actor);
        return command switch
        {
            // Told right after the command, so the newest order and the newest trades are its own.
            PlaceOrder => (View?)Find(state, state.LastOrder, viewer, newestOnly: true) ?? Show(state, DefaultDepth),
            ReplaceOrder c => (View?)Find(state, c.Order, viewer, newestOnly: true) ?? Show(state, DefaultDepth),
            CancelOrder c => (View?)Find(state, c.Order, viewer, newestOnly: false) ?? Show(state, DefaultDepth),
            _ => Show(state, DefaultDepth),
        };
    }

    public static Reply Reply(BookState state, Query query)
    {
        if (state.Created is not { } created) return BookRefusals.BookNotFound(state.Symbol);
        return query switch
        {
            GetOrder q => Find(state, q.Order, q.Viewer, newestOnly: false) is { } order ? order : BookRefusals.OrderNotFound(q.Order),
            GetOrders q => new OrdersView(FindAll(state, (q.Orders.IsDefault ? [] : q.Orders).Take(Bounds.MaxPage), q.Viewer)),
            GetBook q => Show(state, Math.Clamp(q.Depth, 1, BookBounds.MaxDepth)),
            GetBookTerms => new BookTermsView(created.Asset, created.Currency, created.PriceScale, created.QuantityScale, Price(state, 1), Quantity(state, 1)),
            _ => throw new InvalidOperationException($"A book cannot be asked {query.GetType().Name}."),
        };
    }

    private static BookView Show(BookState state, int depth) => new(
        state.Symbol, state.Created!.Asset, state.Created.Currency, Price(state, 1), Quantity(state, 1), state.Status, state.HaltReason,
        Levels(state, OrderSide.Buy, depth), Levels(state, OrderSide.Sell, depth), Last(state), state.OrderCount, state.LastTrade);

    public static decimal? Last(BookState state) => state.Trades.Count == 0 ? null : Price(state, state.Trades.Newest(0).PriceTicks);

    public static decimal? Best(BookState state, OrderSide side) => state.Book.Best(side) is var best && best == OrderBook.None ? null : Price(state, state.Book.LevelAt(best).PriceTicks);

    private static ImmutableArray<decimal[]> Levels(BookState state, OrderSide side, int depth)
    {
        var levels = ImmutableArray.CreateBuilder<decimal[]>();
        for (var at = state.Book.Best(side); at != OrderBook.None && levels.Count < depth; at = state.Book.Worse(at))
            levels.Add([Price(state, state.Book.LevelAt(at).PriceTicks), Quantity(state, state.Book.LevelAt(at).Lots)]);
        return levels.ToImmutable();
    }

    private static OrderView? Find(BookState state, long number, Viewer viewer, bool newestOnly) =>
        Look(state, number) is { } known ? Show(state, known, viewer, Fills(state, known, newestOnly)) : null;

    /// <summary>Many orders, in one walk through the trades for all of them.</summary>
    private static ImmutableArray<OrderView> FindAll(BookState state, IEnumerable<long> numbers, Viewer viewer)
    {
        var orders = numbers.Select(number => Look(state, number)).OfType<Known>().ToList();
        var fills = new Dictionary<long, ImmutableArray<FillView>.Builder>();
        foreach (var order in orders)
            if (order.FilledLots > 0) fills.TryAdd(order.Number, ImmutableArray.CreateBuilder<FillView>());
        if (fills.Count > 0)
            foreach (var trade in state.Trades.OldestFirst())
            {
                if (fills.TryGetValue(trade.Maker, out var makers)) makers.Add(Show(state, trade));
                if (fills.TryGetValue(trade.Taker, out var takers)) takers.Add(Show(state, trade));
            }
        return [.. orders.Select(order => Show(state, order, viewer, fills.TryGetValue(order.Number, out var its) ? its.ToImmutable() : []))];
    }

    /// <summary>What the book knows of an order: its place if it rests, else what is remembered of it.</summary>
    private readonly record struct Known(long Number, int Resting, ClosedOrder Closed, long FilledLots);

    private static Known? Look(BookState state, long number)
    {
        var found = state.Book.Find(number);
        if (found != OrderBook.None) return new Known(number, found, default, state.Book.OrderAt(found).TotalLots - state.Book.OrderAt(found).Lots);
        return state.FindClosed(number) is { } closed ? new Known(number, OrderBook.None, closed, closed.FilledLots) : null;
    }

    private static OrderView Show(BookState state, in Known known, Viewer viewer, ImmutableArray<FillView> fills)
    {
        var closed = known.Closed;
        if (known.Resting == OrderBook.None)
            return Show(
                state, known.Number, closed.Owner, closed.Side, closed.PriceTicks, closed.TotalLots, known.FilledLots, 0, closed.Reason is null ? OrderStatus.Filled : OrderStatus.Cancelled,
                closed.Reason, viewer.MaySee(closed.Owner) ? closed.ClientOrderId : null, fills);
        ref var order = ref state.Book.OrderAt(known.Resting);
        ref var level = ref state.Book.LevelAt(order.Level);
        var owner = state.OwnerOf(known.Resting);
        return Show(
            state, known.Number, owner, level.Side, level.PriceTicks, order.TotalLots, known.FilledLots, order.Lots, known.FilledLots > 0 ? OrderStatus.PartiallyFilled : OrderStatus.Open,
            null, viewer.MaySee(owner) ? state.Book.ExtrasOf(known.Resting)?.ClientOrderId : null, fills);
    }

    private static OrderView Show(
        BookState state, long number, string owner, OrderSide side, long priceTicks, long totalLots, long filledLots, long restLots, OrderStatus status, CancelReason? reason,
        string? clientOrderId, ImmutableArray<FillView> fills) => new()
        {
            Id = IdOf(number),
            Symbol = state.Symbol,
            Owner = owner,
            Side = side,
            Price = priceTicks == 0 ? null : Price(state, priceTicks),
            Quantity = Quantity(state, totalLots),
            Status = status,
            Filled = Quantity(state, filledLots),
            Remaining = Quantity(state, restLots),
            Reason = reason,
            Fills = fills,
            ClientOrderId = clientOrderId,
        };

    private static FillView Show(BookState state, in Trade trade) => new(Price(state, trade.PriceTicks), Quantity(state, trade.Lots), trade.Number);

    /// <summary>An order's trades, oldest first: all that are remembered, or only those that it has just made by coming in.</summary>
    private static ImmutableArray<FillView> Fills(BookState state, in Known order, bool newestOnly)
    {
        // Most orders have traded little or nothing, and the newest trades are nearest: what is left to find says when to stop.
        var left = order.FilledLots;
        if (left == 0) return [];
        var fills = ImmutableArray.CreateBuilder<FillView>();
        for (var age = 0; age < state.Trades.Count && left > 0; age++)
        {
            ref readonly var trade = ref state.Trades.Newest(age);
            if (trade.Taker == order.Number || (!newestOnly && trade.Maker == order.Number))
            {
                fills.Add(Show(state, trade));
                left -= trade.Lots;
            }
            else if (newestOnly) break;
        }
        fills.Reverse();
        return fills.ToImmutable();
    }
}
