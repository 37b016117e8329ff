using Rialto.Journal;

namespace Rialto.Markets.Orders;

/// <summary>
/// A node's own index over the dealer: the catalog by name, and all orders by number. An order's number is its place among the orders of all
/// stocks in the journal's order: it follows from the journal alone, so every node gives the same one, none is left out and none is given
/// twice, whatever crashed. An order takes 40 bytes here.
/// </summary>
public sealed class StockBoard : ReadModel
{
    private readonly SortedDictionary<string, StockView> _stocks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _indexOf = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private readonly List<Entry> _orders = [];

    private readonly record struct Entry(long Seq, long AtUnixMs, long Quantity, long PriceMinor, int Stock, OrderSide Side);

    /// <inheritdoc/>
    public override string Category => "stock";

    /// <summary>How many orders there were: the newest one's number.</summary>
    public long OrderCount => _orders.Count;

    /// <summary>The stocks, by name.</summary>
    /// <param name="cursor">The page before's <c>Next</c> (a name), or null.</param>
    /// <param name="limit">How many at most.</param>
    public Page<StockView> List(string? cursor, int limit)
    {
        var size = Bounds.Page(limit);
        var found = _stocks.Values.Where(stock => string.CompareOrdinal(stock.Name, cursor) > 0).Take(size + 1).ToList();
        return new Page<StockView>([.. found.Take(size).Select(stock => stock with { })], found.Count > size ? found[size - 1].Name : null);
    }

    /// <summary>The orders after a number, ascending.</summary>
    /// <param name="after">A number; 0 for the beginning.</param>
    /// <param name="limit">How many at most.</param>
    public Page<StockOrderView> OrdersAfter(long after, int limit)
    {
        var start = (int)Math.Min(Math.Max(0, after), _orders.Count);
        var end = Math.Min(start + Bounds.Page(limit), _orders.Count);
        var items = new List<StockOrderView>(end - start);
        for (var i = start; i < end; i++) items.Add(Show(i));
        return new Page<StockOrderView>(items, end < _orders.Count ? Cursor.Write(end) : null);
    }

    /// <summary>The order with a number, or null.</summary>
    public StockOrderView? Find(long number) => number >= 1 && number <= _orders.Count ? Show((int)number - 1) : null;

    /// <summary>The order that stands at a place of the journal, or null.</summary>
    public StockOrderView? At(Seq seq)
    {
        int low = 0, high = _orders.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_orders[middle].Seq < seq.Value) low = middle + 1;
            else high = middle;
        }
        return low < _orders.Count && _orders[low].Seq == seq.Value ? Show(low) : null;
    }

    /// <inheritdoc/>
    public override void Apply(JournalRecord record, Event happened, object stateAfter)
    {
        var state = (StockState)stateAfter;
        var view = state.Show();
        view.PlacedAt(record.Seq);
        _stocks[state.Name] = view;
        if (happened is not StockTraded traded) return;
        if (!_indexOf.TryGetValue(state.Name, out var index))
        {
            _indexOf.Add(state.Name, index = _names.Count);
            _names.Add(state.Name);
        }
        _orders.Add(new Entry(record.Seq.Value, record.AtUnixMs, traded.Quantity, traded.PriceMinor, index, traded.Side));
    }

    /// <inheritdoc/>
    public override void Save(BinaryWriter writer)
    {
        writer.WriteAll(_stocks.Count, _stocks.Values, (to, stock) =>
        {
            to.Write(stock.Name);
            to.Write(stock.Seq);
        });
        writer.WriteAll(_names.Count, _names, (to, name) => to.Write(name));
        writer.WriteAll(_orders.Count, _orders, (to, order) =>
        {
            to.Write(order.Seq);
            to.Write(order.AtUnixMs);
            to.Write(order.Quantity);
            to.Write(order.PriceMinor);
            to.Write(order.Stock);
            to.Write((byte)order.Side);
        });
    }

    /// <inheritdoc/>
    public override void Load(BinaryReader reader, Func<string, object> stateOf)
    {
        reader.ReadAll(from =>
        {
            var view = ((StockState)stateOf(from.ReadString())).Show();
            view.PlacedAt(new Seq(from.ReadInt64()));
            _stocks.Add(view.Name, view);
        });
        reader.ReadAll(from =>
        {
            _names.Add(from.ReadString());
            _indexOf.Add(_names[^1], _names.Count - 1);
        });
        reader.ReadAll(from => _orders.Add(new Entry(from.ReadInt64(), from.ReadInt64(), from.ReadInt64(), from.ReadInt64(), from.ReadInt32(), (OrderSide)from.ReadByte())));
    }

    private StockOrderView Show(int index)
    {
        var order = _orders[index];
        return new StockOrderView(
            index + 1, _names[order.Stock], order.Side, order.Quantity, Amounts.ToDecimal(order.PriceMinor, StockBounds.PriceScale), DateTimeOffset.FromUnixTimeMilliseconds(order.AtUnixMs))
        { Seq = order.Seq };
    }
}
