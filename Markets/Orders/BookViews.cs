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
            GetOrders q => new OrdersView(FindAll(state, [.. (q.Orders.IsDefault ? [] : q.Orders).Take(Bounds.MaxPage)], q.Viewer)),
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

    private static OrderView? Find(BookState state, long number, Viewer viewer, bool newestOnly)
    {
        var found = state.Book.Find(number);
        if (found != OrderBook.None) return ShowResting(state, number, found, viewer, Fills(state, number, FilledLots(state, found), newestOnly));
        return state.FindClosed(number) is { } closed ? ShowClosed(state, closed, viewer, Fills(state, number, closed.FilledLots, newestOnly)) : null;
    }

    /// <summary>Many orders, in passes over what is remembered that are as long for all of them as for one.</summary>
    private static ImmutableArray<OrderView> FindAll(BookState state, ImmutableArray<long> numbers, Viewer viewer)
    {
        var (closed, fills) = (new Dictionary<long, ClosedOrder?>(), new Dictionary<long, ImmutableArray<FillView>.Builder>());
        foreach (var number in numbers)
        {
            var found = state.Book.Find(number);
            if (found == OrderBook.None) closed[number] = null;
            else if (FilledLots(state, found) > 0) fills.TryAdd(number, ImmutableArray.CreateBuilder<FillView>());
        }
        if (closed.Count > 0)
            foreach (var order in state.Closed)
            {
                if (!closed.ContainsKey(order.Number)) continue;
                closed[order.Number] = order;
                if (order.FilledLots > 0) fills.TryAdd(order.Number, ImmutableArray.CreateBuilder<FillView>());
            }
        if (fills.Count > 0)
            foreach (var trade in state.Trades.OldestFirst())
            {
                if (fills.TryGetValue(trade.Maker, out var makers)) makers.Add(Show(state, trade));
                if (fills.TryGetValue(trade.Taker, out var takers)) takers.Add(Show(state, trade));
            }
        var views = ImmutableArray.CreateBuilder<OrderView>(numbers.Length);
        foreach (var number in numbers)
        {
            var its = fills.TryGetValue(number, out var some) ? some.ToImmutable() : [];
            if (state.Book.Find(number) is var found && found != OrderBook.None) views.Add(ShowResting(state, number, found, viewer, its));
            else if (closed[number] is { } order) views.Add(ShowClosed(state, order, viewer, its));
        }
        return views.ToImmutable();
    }

    private static long FilledLots(BookState state, int found) => state.Book.OrderAt(found).TotalLots - state.Book.OrderAt(found).Lots;

    private static OrderView ShowResting(BookState state, long number, int found, Viewer viewer, ImmutableArray<FillView> fills)
    {
        ref var order = ref state.Book.OrderAt(found);
        ref var level = ref state.Book.LevelAt(order.Level);
        var owner = state.OwnerOf(found);
        return Show(
            state, number, owner, level.Side, level.PriceTicks, order.TotalLots, order.TotalLots - order.Lots, order.Lots,
            order.Lots < order.TotalLots ? OrderStatus.PartiallyFilled : OrderStatus.Open, null, viewer.MaySee(owner) ? state.Book.ExtrasOf(found)?.ClientOrderId : null, fills);
    }

    private static OrderView ShowClosed(BookState state, in ClosedOrder closed, Viewer viewer, ImmutableArray<FillView> fills) => Show(
        state, closed.Number, closed.Owner, closed.Side, closed.PriceTicks, closed.TotalLots, closed.FilledLots, 0, closed.Reason is null ? OrderStatus.Filled : OrderStatus.Cancelled,
        closed.Reason, viewer.MaySee(closed.Owner) ? closed.ClientOrderId : null, fills);

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
    private static ImmutableArray<FillView> Fills(BookState state, long number, long filledLots, bool newestOnly)
    {
        // Most orders have traded little or nothing, and the newest trades are nearest: what is left to find says when to stop.
        if (filledLots == 0) return [];
        var fills = ImmutableArray.CreateBuilder<FillView>();
        for (var age = 0; age < state.Trades.Count && filledLots > 0; age++)
        {
            ref readonly var trade = ref state.Trades.Newest(age);
            if (trade.Taker == number || (!newestOnly && trade.Maker == number))
            {
                fills.Add(Show(state, trade));
                filledLots -= trade.Lots;
            }
            else if (newestOnly) break;
        }
        fills.Reverse();
        return fills.ToImmutable();
    }
}
