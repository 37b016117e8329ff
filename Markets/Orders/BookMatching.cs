using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Rialto.Markets.Orders;

/// <summary>An order that comes in. The limit of a market order is one that everybody meets.</summary>
internal readonly record struct Ask(OrderSide Side, long LimitTicks, long Lots, string Owner, string Account, TimeInForce TimeInForce)
{
    /// <summary>The limit of a market order to buy.</summary>
    public const long AnyPrice = long.MaxValue;
}

/// <summary>What would become of it.</summary>
/// <param name="Fills">Its trades, or null.</param>
/// <param name="FilledLots">How much would trade.</param>
/// <param name="CostTicks">What that would cost, in ticks times lots.</param>
/// <param name="RestLots">How much would rest.</param>
/// <param name="Cancelled">Why what neither trades nor rests would be cancelled.</param>
internal readonly record struct Match(ImmutableArray<Fill>? Fills, long FilledLots, long CostTicks, long RestLots, CancelReason? Cancelled);

/// <summary>With whom an order would trade, by looking at the book only.</summary>
internal static class BookMatching
{
    private const long Endless = long.MaxValue;

    /// <summary>Whether the other side has a price that this order meets.</summary>
    public static bool MeetsOther(BookState state, in Ask ask)
    {
        var best = state.Book.Best(1 - ask.Side);
        return best != OrderBook.None && Meets(ask, state.Book.LevelAt(best).PriceTicks);
    }

    /// <summary>Its trades, best price first and oldest first, as far as its limit, its size and its funds go.</summary>
    /// <param name="state">The book.</param>
    /// <param name="ask">The order.</param>
    /// <param name="fundsMinor">What a market order to buy may cost, if it is known.</param>
    public static Match Match(BookState state, in Ask ask, long? fundsMinor)
    {
        if (!MeetsOther(state, ask)) return Rest(ask, ask.Lots, CancelReason.NotMatched);
        var fills = state.Scratch;
        fills.Clear();
        var (book, left, cost) = (state.Book, ask.Lots, 0L);
        var (owner, account) = (state.Parties.Find(ask.Owner), ask.Account == ask.Owner ? OrderBook.None : state.Parties.Find(ask.Account));
        var budget = state.UnitMinor == 0 || ask.LimitTicks != Ask.AnyPrice ? Endless : (fundsMinor ?? Amounts.MaxMinor) / state.UnitMinor;
        CancelReason? stopped = null;
        for (var at = book.Best(1 - ask.Side); at != OrderBook.None; at = left > 0 && stopped is null ? book.Worse(at) : OrderBook.None)
        {
            ref var level = ref book.LevelAt(at);
            if (!Meets(ask, level.PriceTicks)) break;
            foreach (var resting in book.QueueOf(at))
            {
                if (left == 0) break;
                ref var maker = ref book.OrderAt(resting);
                stopped = IsSame(state, maker.Party, owner, account) ? CancelReason.SelfTrade : fills.Count == BookBounds.MaxFillsPerOrder ? CancelReason.TooManyFills : null;
                if (stopped is not null) break;
                var lots = Math.Min(left, maker.Lots);
                if (budget != Endless && lots > (budget - cost) / level.PriceTicks)
                {
                    stopped = CancelReason.FundsSpent;
                    lots = (budget - cost) / level.PriceTicks;
                    if (lots == 0) break;
                }
                fills.Add(new Fill(state.LastTrade + fills.Count + 1, book.NumberOf(resting), level.PriceTicks, lots));
                left -= lots;
                cost += budget == Endless ? 0 : lots * level.PriceTicks;
                if (stopped is not null) break;
            }
        }
        if (ask.TimeInForce == TimeInForce.Fok && left > 0) return new Match(null, 0, 0, 0, stopped ?? CancelReason.NotFillable);
        var rest = Rest(ask, left, stopped ?? CancelReason.NotMatched, stopped is not null);
        if (fills.Count == 0) return rest;
        return rest with { Fills = ImmutableCollectionsMarshal.AsImmutableArray(fills.ToArray()), FilledLots = ask.Lots - left, CostTicks = cost };
    }

    private static Match Rest(in Ask ask, long left, CancelReason why, bool stopped = false)
    {
        if (left == 0) return default;
        if (!stopped && ask.TimeInForce == TimeInForce.Gtc) return new Match(null, 0, 0, left, null);
        return new Match(null, 0, 0, 0, ask.TimeInForce == TimeInForce.Fok && !stopped ? CancelReason.NotFillable : why);
    }

    private static bool Meets(in Ask ask, long priceTicks) => ask.Side == OrderSide.Buy ? priceTicks <= ask.LimitTicks : priceTicks >= ask.LimitTicks;

    private static bool IsSame(BookState state, int maker, int owner, int account) =>
        (owner >= 0 && state.Parties.Has(maker, owner)) || (account >= 0 && state.Parties.Has(maker, account));
}
