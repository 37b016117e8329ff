using System.Collections.Immutable;
using Rialto.Journal;

namespace Rialto.Markets.Orders;

/// <summary>
/// A node's own index over all exchanges: which there are, each one's trades, from which its candles are made, and who owns which orders. The newest
/// <see cref="MaxTradesPerBook"/> trades of a book are kept; what is older stands in the journal. Of orders it has the numbers alone: how they
/// stand is the book's to say.
/// </summary>
public sealed class BookTape : ReadModel
{
    /// <summary>The most trades that are kept of one book.</summary>
    public const int MaxTradesPerBook = 100_000;

    /// <summary>After so many orders (or as many as rest) those that are forgotten are dropped, so that looking through all costs next to nothing per order.</summary>
    private const int SweepAfter = 50_000;

    private readonly SortedDictionary<string, Tape> _tapes = new(StringComparer.Ordinal);

    private readonly record struct Entry(long Number, long Seq, long AtUnixMs, long Maker, long Taker, long PriceTicks, long Lots, OrderSide Side);

    private sealed class Tape(BookCreated created)
    {
        public readonly BookCreated Created = created;
        public readonly List<Entry> Trades = [];
        public BookListItem Line = null!;

        // Every number that its book may remember, and perhaps some that it has forgotten; in order.
        private Dictionary<string, List<long>> _ordersOf = new(StringComparer.Ordinal);
        private int _notedSinceSweep;

        public void Show(BookState state, Seq seq)
        {
            Line = new BookListItem(
                state.Symbol, Created.Asset, Created.Currency, state.Status, BookViews.Best(state, OrderSide.Buy), BookViews.Best(state, OrderSide.Sell), BookViews.Last(state));
            Line.PlacedAt(seq);
        }

        /// <summary>An owner's orders, in order.</summary>
        public List<long> OrdersOf(string owner) => _ordersOf.GetValueOrDefault(owner) ?? [];

        public void Note(OrderPlaced placed, BookState state)
        {
            Note(placed.Owner, placed.Order);
            if (++_notedSinceSweep > Math.Max(SweepAfter, state.OrderCount)) Sweep(state);
        }

        /// <summary>Keeps what the book remembers, and nothing else; so it follows from the book alone.</summary>
        public void Sweep(BookState state)
        {
            (_ordersOf, _notedSinceSweep) = (new Dictionary<string, List<long>>(StringComparer.Ordinal), 0);
            foreach (var side in new[] { OrderSide.Buy, OrderSide.Sell })
                foreach (var order in state.RestingOrders(side)) Note(state.OwnerOf(order), state.Book.NumberOf(order));
            foreach (var closed in state.Closed) Note(closed.Owner, closed.Number);
            foreach (var numbers in _ordersOf.Values) numbers.Sort();
        }

        private void Note(string owner, long order)
        {
            if (!_ordersOf.TryGetValue(owner, out var numbers)) _ordersOf.Add(owner, numbers = new List<long>(1));
            numbers.Add(order);
        }

        public decimal Price(long ticks) => Amounts.ToDecimal(ticks * Created.TickMinor, Created.PriceScale);

        public decimal Quantity(long lots) => lots * Amounts.ToDecimal(Created.LotMinor, Created.QuantityScale);
    }

    /// <inheritdoc/>
    public override string Category => "book";

    /// <summary>The books, by symbol.</summary>
    /// <param name="cursor">The page before's <c>Next</c> (a symbol), or null.</param>
    /// <param name="limit">How many at most.</param>
    public Page<BookListItem> List(string? cursor, int limit)
    {
        var size = Bounds.Page(limit);
        var found = _tapes.Values.Where(tape => string.CompareOrdinal(tape.Created.Symbol, cursor) > 0).Take(size + 1).ToList();
        return new Page<BookListItem>([.. found.Take(size).Select(tape => tape.Line with { })], found.Count > size ? found[size - 1].Created.Symbol : null);
    }

    /// <summary>A book's trades, newest first; null if there is no such book here.</summary>
    /// <param name="symbol">The book.</param>
    /// <param name="before">The page before's cursor: trades before this number.</param>
    /// <param name="limit">How many at most.</param>
    public Page<TradeView>? Trades(string symbol, long? before, int limit)
    {
        if (_tapes.GetValueOrDefault(symbol) is not { } tape) return null;
        var trades = tape.Trades;
        var end = trades.Count;
        // Numbers have no gap, so a trade's place follows from its number.
        if (before is { } number && trades.Count > 0) end = (int)Math.Clamp(number - trades[0].Number, 0, trades.Count);
        var start = Math.Max(0, end - Bounds.Page(limit));
        var items = new List<TradeView>(end - start);
        for (var i = end - 1; i >= start; i--) items.Add(Show(tape, trades[i]));
        return new Page<TradeView>(items, start > 0 ? Cursor.Write(trades[start].Number) : null);
    }

    /// <summary>The numbers of an owner's orders, newest first; null if there is no such book here. Some of them may be forgotten by the book.</summary>
    /// <param name="symbol">The book.</param>
    /// <param name="owner">Whose.</param>
    /// <param name="before">Only numbers below this one.</param>
    /// <param name="limit">How many at most.</param>
    public IReadOnlyList<long>? OrdersOf(string symbol, string owner, long? before, int limit)
    {
        if (_tapes.GetValueOrDefault(symbol) is not { } tape) return null;
        var numbers = tape.OrdersOf(owner);
        var end = before is { } number ? numbers.BinarySearch(number) : numbers.Count;
        if (end < 0) end = ~end;
        var start = Math.Max(0, end - Bounds.Page(limit));
        var newest = new List<long>(end - start);
        for (var i = end - 1; i >= start; i--) newest.Add(numbers[i]);
        return newest;
    }

    /// <summary>A book's candles, newest first, without those in which nothing was traded; null if there is no such book here.</summary>
    /// <param name="symbol">The book.</param>
    /// <param name="seconds">How long a candle is; each begins at a multiple of it since 1970.</param>
    /// <param name="before">The page before's cursor: candles before this one's beginning, in Unix seconds.</param>
    /// <param name="limit">How many at most.</param>
    public Page<CandleView>? Candles(string symbol, int seconds, long? before, int limit)
    {
        if (_tapes.GetValueOrDefault(symbol) is not { } tape) return null;
        var size = Bounds.Page(limit);
        var candles = new List<CandleView>();
        for (var last = FirstAtOrAfter(tape.Trades, before) - 1; last >= 0;)
        {
            var from = Math.DivRem(tape.Trades[last].AtUnixMs, seconds * 1000L).Quotient * seconds;
            if (candles.Count == size) return new Page<CandleView>(candles, Cursor.Write(candles[^1].From.ToUnixTimeSeconds()));
            var first = FirstAtOrAfter(tape.Trades, from);
            candles.Add(Candle(tape, first, last, from, seconds));
            last = first - 1;
        }
        return new Page<CandleView>(candles, null);
    }

    /// <inheritdoc/>
    public override void Apply(JournalRecord record, Event happened, object stateAfter)
    {
        var state = (BookState)stateAfter;
        if (happened is BookCreated created) _tapes.Add(state.Symbol, new Tape(created));
        var tape = _tapes[state.Symbol];
        if (happened is OrderPlaced placed) tape.Note(placed, state);
        switch (happened)
        {
            case OrderPlaced { Fills: { } fills } e:
                Add(tape, record, e.Order, e.Side, fills);
                break;
            case OrderReplaced { Fills: { } fills } e:
                Add(tape, record, e.Order, e.Side, fills);
                break;
        }
        tape.Show(state, record.Seq);
    }

    /// <inheritdoc/>
    public override void Save(BinaryWriter writer) => writer.WriteAll(_tapes.Count, _tapes.Values, (to, tape) =>
    {
        to.Write(tape.Created.Symbol);
        to.Write(tape.Line.Seq);
        to.WriteAll(tape.Trades.Count, tape.Trades, (into, trade) =>
        {
            ReadOnlySpan<long> fields = [trade.Number, trade.Seq, trade.AtUnixMs, trade.Maker, trade.Taker, trade.PriceTicks, trade.Lots];
            foreach (var field in fields) into.Write(field);
            into.Write((byte)trade.Side);
        });
    });

    /// <inheritdoc/>
    public override void Load(BinaryReader reader, Func<string, object> stateOf) => reader.ReadAll(from =>
    {
        var state = (BookState)stateOf(from.ReadString());
        var tape = new Tape(state.Created!);
        tape.Sweep(state);
        tape.Show(state, new Seq(from.ReadInt64()));
        from.ReadAll(trades => tape.Trades.Add(new Entry(
            trades.ReadInt64(), trades.ReadInt64(), trades.ReadInt64(), trades.ReadInt64(), trades.ReadInt64(), trades.ReadInt64(), trades.ReadInt64(), (OrderSide)trades.ReadByte())));
        _tapes.Add(state.Symbol, tape);
    });

    private static void Add(Tape tape, JournalRecord record, long taker, OrderSide side, ImmutableArray<Fill> fills)
    {
        foreach (var fill in fills) tape.Trades.Add(new Entry(fill.Trade, record.Seq.Value, record.AtUnixMs, fill.Maker, taker, fill.PriceTicks, fill.Lots, side));
        // A tenth at a time, so that forgetting costs next to nothing per trade.
        if (tape.Trades.Count > MaxTradesPerBook + (MaxTradesPerBook / 10)) tape.Trades.RemoveRange(0, tape.Trades.Count - MaxTradesPerBook);
    }

    /// <summary>The journal's times never go back, so trades are in their order.</summary>
    private static int FirstAtOrAfter(List<Entry> trades, long? unixSeconds)
    {
        if (unixSeconds is not { } seconds) return trades.Count;
        int low = 0, high = trades.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (trades[middle].AtUnixMs / 1000 < seconds) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private static CandleView Candle(Tape tape, int first, int last, long from, int seconds)
    {
        var (high, low, volume) = (long.MinValue, long.MaxValue, 0m);
        for (var i = first; i <= last; i++)
        {
            high = Math.Max(high, tape.Trades[i].PriceTicks);
            low = Math.Min(low, tape.Trades[i].PriceTicks);
            volume += tape.Quantity(tape.Trades[i].Lots);
        }
        return new CandleView(
            DateTimeOffset.FromUnixTimeSeconds(from), seconds, tape.Price(tape.Trades[first].PriceTicks), tape.Price(high), tape.Price(low), tape.Price(tape.Trades[last].PriceTicks), volume,
            last - first + 1)
        { Seq = tape.Trades[last].Seq };
    }

    private static TradeView Show(Tape tape, in Entry trade) => new(
        trade.Number, tape.Price(trade.PriceTicks), tape.Quantity(trade.Lots), trade.Side, BookViews.IdOf(trade.Maker), BookViews.IdOf(trade.Taker),
        DateTimeOffset.FromUnixTimeMilliseconds(trade.AtUnixMs))
    { Seq = trade.Seq };
}
