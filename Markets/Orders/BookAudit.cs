namespace Rialto.Markets.Orders;

/// <summary>What must hold in every book, counted anew.</summary>
internal static class BookAudit
{
    public static IEnumerable<string> Problems(BookState state)
    {
        if (state.Created is null) yield break;
        var (bid, ask) = (state.Book.Best(OrderSide.Buy), state.Book.Best(OrderSide.Sell));
        if (bid != OrderBook.None && ask != OrderBook.None && state.Book.LevelAt(bid).PriceTicks >= state.Book.LevelAt(ask).PriceTicks)
            yield return $"Book {state.Symbol} is crossed: {state.Book.LevelAt(bid).PriceTicks} is bid and {state.Book.LevelAt(ask).PriceTicks} asked.";
        var orders = 0;
        var holds = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var side in new[] { OrderSide.Buy, OrderSide.Sell })
        {
            foreach (var problem in Levels(state, side)) yield return problem;
            foreach (var found in state.RestingOrders(side))
            {
                orders++;
                foreach (var hold in state.Book.ExtrasOf(found)?.Holds ?? []) holds[hold.Transfer] = holds.GetValueOrDefault(hold.Transfer) + 1;
                if (FundingProblem(state, side, found) is { } problem) yield return problem;
            }
            var queue = state.QueueFor(side);
            foreach (var payment in queue.First(queue.Count)) holds[payment.Transfer] = holds.GetValueOrDefault(payment.Transfer) + 1;
        }
        if (orders != state.OrderCount) yield return $"Book {state.Symbol} counts {state.OrderCount} orders and has {orders}.";
        if (holds.Count != state.Holds.Count() || state.Holds.Any(hold => holds.GetValueOrDefault(hold.Key) != hold.Value))
            yield return $"Book {state.Symbol} does not count its holds right.";
    }

    private static IEnumerable<string> Levels(BookState state, OrderSide side)
    {
        var better = OrderBook.None;
        for (var at = state.Book.Best(side); at != OrderBook.None; at = state.Book.Worse(at))
        {
            long lots = 0;
            var count = 0;
            foreach (var order in state.Book.QueueOf(at))
            {
                count++;
                lots += state.Book.OrderAt(order).Lots;
                if (state.Book.OrderAt(order).Lots <= 0) yield return $"Order {state.Book.NumberOf(order)} of book {state.Symbol} rests with nothing left.";
            }
            if (count == 0 || count != state.Book.LevelAt(at).Count || lots != state.Book.LevelAt(at).Lots)
                yield return $"Level {state.Book.LevelAt(at).PriceTicks} of book {state.Symbol} is not the sum of its orders.";
            if (!OrderBook.HasFewStale(state.Book.LevelAt(at))) yield return $"Level {state.Book.LevelAt(at).PriceTicks} of book {state.Symbol} has more stale entries than orders.";
            if (better != OrderBook.None && state.Book.LevelAt(better).PriceTicks.CompareTo(state.Book.LevelAt(at).PriceTicks) != (side == OrderSide.Buy ? 1 : -1))
                yield return $"Level {state.Book.LevelAt(at).PriceTicks} of book {state.Symbol} is out of order.";
            better = at;
        }
    }

    /// <summary>For a resting order exactly as much is held as it may still cost.</summary>
    private static string? FundingProblem(BookState state, OrderSide side, int found)
    {
        ref var order = ref state.Book.OrderAt(found);
        var needed = state.IsFunded ? state.ValueMinor(side, state.Book.LevelAt(order.Level).PriceTicks, order.Lots) : 0;
        var held = state.HeldFor(found);
        return held == needed ? null : $"Order {state.Book.NumberOf(found)} of book {state.Symbol} needs {needed} and has {held} held.";
    }
}
