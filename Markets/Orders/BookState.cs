using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Rialto.Markets.Orders;

/// <summary>
/// An exchange in memory: the resting orders, what is remembered of closed ones and of trades, and what is still to be paid. It changes in
/// place; an event costs what its own trades cost, however many orders rest.
/// </summary>
public sealed class BookState
{
    private readonly OrderBook _book = new();
    private readonly Parties _parties = new();
    private readonly Dictionary<(string Owner, string ClientOrderId), long> _byClientOrderId = [];
    private readonly Ring<ClosedOrder> _closed = new(BookBounds.MaxRemembered);
    // Their numbers once more: side by side they are searched many at a time.
    private readonly Ring<long> _closedNumbers = new(BookBounds.MaxRemembered);
    private readonly Ring<Trade> _trades = new(BookBounds.MaxRemembered);
    private readonly PaymentQueue _inCurrency = new();
    private readonly PaymentQueue _inAsset = new();

    // How many resting orders and open payments need a hold.
    private readonly Dictionary<string, int> _holds = new(StringComparer.Ordinal);

    internal BookState(string symbol) => Symbol = symbol;

    /// <summary>The book's key.</summary>
    public string Symbol { get; }

    /// <summary>Whether it trades.</summary>
    public BookStatus Status { get; private set; }

    /// <summary>How many orders rest.</summary>
    public int OrderCount => _book.Count;

    /// <summary>How many payments wait to be made or confirmed.</summary>
    public int OpenPaymentCount => _inCurrency.Count + _inAsset.Count;

    internal BookCreated? Created { get; private set; }

    internal string? HaltReason { get; private set; }

    internal long LastOrder { get; private set; }

    internal long LastTrade { get; private set; }

    /// <summary>What one tick times one lot is worth, in minor units of the currency; 0 in an unfunded book.</summary>
    internal long UnitMinor { get; private set; }

    internal bool IsFunded => Created!.Currency is not null;

    internal OrderBook Book => _book;

    internal Ring<Trade> Trades => _trades;

    /// <summary>Used while deciding only; what it holds means nothing afterwards.</summary>
    internal List<Fill> Scratch { get; } = [];

    internal Parties Parties => _parties;

    internal string OwnerOf(int order) => _parties.OwnerOf(_book.OrderAt(order).Party);

    internal bool HasClientOrderId(string owner, string id) => _byClientOrderId.ContainsKey((owner, id));

    internal bool Knows(string transfer) => _holds.ContainsKey(transfer);

    /// <summary>What became of a closed order; null if it is not remembered.</summary>
    internal ClosedOrder? FindClosed(long number) => _closedNumbers.AgeOf(number) is >= 0 and var age ? _closed.Newest(age) : null;

    /// <summary>The closed orders that are remembered, oldest first.</summary>
    internal IEnumerable<ClosedOrder> Closed => _closed.OldestFirst();

    /// <summary>How much is held for a resting order beyond what was paid.</summary>
    internal long HeldFor(int order)
    {
        long held = 0;
        if (_book.ExtrasOf(order)?.Holds is { } holds)
            foreach (var hold in holds) held += hold.LeftMinor;
        return held;
    }

    internal long ValueMinor(OrderSide side, long priceTicks, long lots) => side == OrderSide.Buy ? priceTicks * lots * UnitMinor : lots * Created!.LotMinor;

    internal void Evolve(BookEvent happened)
    {
        if (Created is null && happened is not BookCreated) throw new InvalidOperationException($"{happened.GetType().Name} happens to book {Symbol}, which was not created.");
        switch (happened)
        {
            case OrderPlaced e:
                Place(e);
                break;
            case OrderCancelled e:
                Close(Resting(e.Order), e.Order, CancelReason.Asked);
                break;
            case OrderReplaced e:
                Replace(e);
                break;
            case PaymentsConfirmed e:
                Confirm(e);
                break;
            case BookCreated e:
                if (Created is not null) throw new InvalidOperationException($"Book {Symbol} is created twice.");
                Create(e);
                break;
            case BookHalted e:
                (Status, HaltReason) = (BookStatus.Halted, e.Reason);
                break;
            case BookResumed:
                (Status, HaltReason) = (BookStatus.Open, null);
                break;
        }
    }

    private void Create(BookCreated e)
    {
        Created = e;
        UnitMinor = e.Currency is null ? 0 : BookTerms.UnitMinor(e.TickMinor, e.LotMinor, e.QuantityScale)!.Value;
    }

    private void Place(OrderPlaced e)
    {
        if (e.Order != LastOrder + 1) throw new InvalidOperationException($"Order {e.Order} of book {Symbol} comes after order {LastOrder}.");
        LastOrder = e.Order;
        OrderExtras? extras = null;
        if (e.Hold is not null || e.ClientOrderId is not null)
        {
            extras = new OrderExtras { ClientOrderId = e.ClientOrderId };
            if (e.Hold is not null) AddHold(extras, e.Hold, e.HeldMinor!.Value);
        }
        var account = e.Account ?? e.Owner;
        if (e.Fills is { } fills) Trade(e.Order, e.Side, e.PriceTicks, account, extras, fills);
        if (e.RestLots > 0)
        {
            _book.Add(e.Order, e.Side, e.PriceTicks!.Value, e.RestLots, e.Lots, _parties.Enter(e.Owner, e.Account), extras);
            if (e.ClientOrderId is not null) _byClientOrderId.Add((e.Owner, e.ClientOrderId), e.Order);
            return;
        }
        Release(e.Side, extras);
        var filled = e.Cancelled is null ? e.Lots : LotsOf(e.Fills);
        Remember(new ClosedOrder(e.Order, e.Owner, e.Side, e.PriceTicks ?? 0, e.Lots, filled, e.Cancelled, e.ClientOrderId));
    }

    private void Replace(OrderReplaced e)
    {
        var found = Resting(e.Order);
        ref var order = ref _book.OrderAt(found);
        var (side, extras) = (e.Side, _book.ExtrasOf(found));
        if (e.Hold is not null) AddHold(extras!, e.Hold, e.HeldMinor!.Value);
        if (e.KeepsPlace)
        {
            _book.Reduce(found, order.Lots - e.RestLots);
            order.TotalLots = e.Lots;
        }
        else
        {
            var (party, filled) = (order.Party, order.TotalLots - order.Lots);
            _book.Remove(found);
            if (e.Fills is { } fills) Trade(e.Order, side, e.PriceTicks, _parties.AccountOf(party), extras, fills);
            if (e.RestLots > 0)
            {
                _book.Add(e.Order, side, e.PriceTicks, e.RestLots, e.Lots, party, extras);
            }
            else
            {
                Release(side, extras);
                Remember(new ClosedOrder(e.Order, _parties.OwnerOf(party), side, e.PriceTicks, e.Lots, filled + LotsOf(e.Fills), e.Cancelled, extras?.ClientOrderId));
                Leave(party, extras);
            }
        }
        if (e.RestLots > 0 && extras?.Holds is not null) ReleaseDownTo(side, extras, ValueMinor(side, e.PriceTicks, e.RestLots));
    }

    private void Confirm(PaymentsConfirmed e)
    {
        var queue = QueueOf(e.Asset);
        while (queue.Confirmed < e.UpTo) Forget(queue.Confirm().Transfer);
    }

    /// <summary>Trades an incoming order with the best of the other side, in order: what is not the best's has not happened by these rules.</summary>
    private void Trade(long taker, OrderSide side, long? limitTicks, string account, OrderExtras? extras, ImmutableArray<Fill> fills)
    {
        var other = 1 - side;
        foreach (var fill in fills)
        {
            var best = _book.Best(other);
            var maker = best == OrderBook.None ? OrderBook.None : _book.Oldest(best);
            if (maker == OrderBook.None || _book.NumberOf(maker) != fill.Maker || _book.OrderAt(maker).Lots < fill.Lots || fill.Trade != LastTrade + 1)
                throw new InvalidOperationException($"Trade {fill.Trade} of order {taker} with order {fill.Maker} cannot happen to book {Symbol}: that is not the best order, or not as large.");
            LastTrade = fill.Trade;
            _trades.Add(new Trade(fill.Trade, fill.Maker, taker, fill.PriceTicks, fill.Lots));
            ref var order = ref _book.OrderAt(maker);
            if (UnitMinor > 0) Owe(side, limitTicks, account, extras!, maker, fill);
            if (order.Lots == fill.Lots) Close(maker, fill.Maker, null, fill.Lots);
            else _book.Reduce(maker, fill.Lots);
        }
    }

    /// <summary>A trade's two payments: money for the seller, what is traded for the buyer. What a buyer would have paid more is released.</summary>
    private void Owe(OrderSide side, long? limitTicks, string takersAccount, OrderExtras takers, int maker, in Fill fill)
    {
        var (makersAccount, makers) = (_parties.AccountOf(_book.OrderAt(maker).Party), _book.ExtrasOf(maker)!);
        var (buyer, seller) = side == OrderSide.Buy ? (takers, makers) : (makers, takers);
        var (buyersAccount, sellersAccount) = side == OrderSide.Buy ? (takersAccount, makersAccount) : (makersAccount, takersAccount);
        var better = side == OrderSide.Buy && limitTicks is { } limit ? (limit - fill.PriceTicks) * fill.Lots * UnitMinor : 0;
        Draw(_inCurrency, buyer, sellersAccount, fill.PriceTicks * fill.Lots * UnitMinor, better);
        Draw(_inAsset, seller, buyersAccount, fill.Lots * Created!.LotMinor, 0);
    }

    /// <summary>Owes a payment out of an order's holds, oldest first.</summary>
    private void Draw(PaymentQueue queue, OrderExtras extras, string? credit, long amountMinor, long releasedMinor)
    {
        var holds = CollectionsMarshal.AsSpan(extras.Holds);
        for (var i = 0; i < holds.Length && amountMinor + releasedMinor > 0; i++)
        {
            ref var hold = ref holds[i];
            var paid = Math.Min(amountMinor, hold.LeftMinor);
            var released = Math.Min(releasedMinor, hold.LeftMinor - paid);
            if (paid + released == 0) continue;
            hold.LeftMinor -= paid + released;
            (amountMinor, releasedMinor) = (amountMinor - paid, releasedMinor - released);
            queue.Add(new HoldPayment(hold.Transfer, paid > 0 ? credit : null, paid, released));
            Keep(hold.Transfer);
        }
        if (amountMinor > 0) throw new InvalidOperationException($"The holds of an order of book {Symbol} do not cover its trades.");
    }

    /// <summary>Gives back all that is left of an order's holds.</summary>
    private void Release(OrderSide side, OrderExtras? extras)
    {
        if (extras?.Holds is not { } holds) return;
        foreach (var hold in holds)
        {
            if (hold.LeftMinor > 0)
            {
                QueueFor(side).Add(new HoldPayment(hold.Transfer, null, 0, hold.LeftMinor));
                Keep(hold.Transfer);
            }
            Forget(hold.Transfer);
        }
        extras.Holds = null;
    }

    /// <summary>Gives back what an order holds beyond what it needs, newest holds first.</summary>
    private void ReleaseDownTo(OrderSide side, OrderExtras extras, long neededMinor)
    {
        var holds = CollectionsMarshal.AsSpan(extras.Holds);
        var surplus = -neededMinor;
        foreach (var hold in holds) surplus += hold.LeftMinor;
        for (var i = holds.Length - 1; i >= 0 && surplus > 0; i--)
        {
            var released = Math.Min(surplus, holds[i].LeftMinor);
            if (released == 0) continue;
            holds[i].LeftMinor -= released;
            surplus -= released;
            QueueFor(side).Add(new HoldPayment(holds[i].Transfer, null, 0, released));
            Keep(holds[i].Transfer);
        }
    }

    private void AddHold(OrderExtras extras, string transfer, long heldMinor)
    {
        (extras.Holds ??= new List<OrderHold>(1)).Add(new OrderHold { Transfer = transfer, LeftMinor = heldMinor });
        Keep(transfer);
    }

    private void Keep(string transfer) => CollectionsMarshal.GetValueRefOrAddDefault(_holds, transfer, out _)++;

    private void Forget(string transfer)
    {
        ref var needed = ref CollectionsMarshal.GetValueRefOrNullRef(_holds, transfer);
        if (--needed == 0) _holds.Remove(transfer);
    }

    private void Close(int found, long number, CancelReason? reason, long filledNow = 0)
    {
        ref var order = ref _book.OrderAt(found);
        ref var level = ref _book.LevelAt(order.Level);
        var extras = _book.ExtrasOf(found);
        Release(level.Side, extras);
        Remember(new ClosedOrder(
            number, _parties.OwnerOf(order.Party), level.Side, level.PriceTicks, order.TotalLots, order.TotalLots - order.Lots + filledNow, reason, extras?.ClientOrderId));
        Leave(order.Party, extras);
        _book.Remove(found);
    }

    private void Remember(in ClosedOrder closed)
    {
        _closed.Add(closed);
        _closedNumbers.Add(closed.Number);
    }

    private void Leave(int party, OrderExtras? extras)
    {
        if (extras?.ClientOrderId is { } id) _byClientOrderId.Remove((_parties.OwnerOf(party), id));
        _parties.Leave(party);
    }

    private int Resting(long number)
    {
        var found = _book.Find(number);
        return found != OrderBook.None ? found : throw new InvalidOperationException($"Order {number} of book {Symbol} is changed and does not rest.");
    }

    internal PaymentQueue QueueFor(OrderSide side) => side == OrderSide.Buy ? _inCurrency : _inAsset;

    internal PaymentQueue QueueOf(string asset) =>
        asset == Created!.Currency ? _inCurrency : asset == Created.Asset ? _inAsset : throw new InvalidOperationException($"Book {Symbol} pays nothing in {asset}.");

    private static long LotsOf(ImmutableArray<Fill>? fills)
    {
        long lots = 0;
        if (fills is { } some)
            foreach (var fill in some) lots += fill.Lots;
        return lots;
    }

    /// <summary>The resting orders of a side, best first, and of one price oldest first.</summary>
    internal IEnumerable<int> RestingOrders(OrderSide side)
    {
        for (var level = _book.Best(side); level != OrderBook.None; level = _book.Worse(level))
            foreach (var order in _book.QueueOf(level)) yield return order;
    }

    internal IEnumerable<KeyValuePair<string, int>> Holds => _holds;

    internal static void Save(BookState state, BinaryWriter writer)
    {
        writer.Write(state.Created is not null);
        if (state.Created is not { } created) return;
        writer.Write(created.Asset);
        writer.WriteOptional(created.Currency);
        writer.Write(created.PriceScale);
        writer.Write(created.TickMinor);
        writer.Write(created.QuantityScale);
        writer.Write(created.LotMinor);
        writer.Write(created.Keeper);
        writer.Write((byte)state.Status);
        writer.WriteOptional(state.HaltReason);
        writer.Write(state.LastOrder);
        writer.Write(state.LastTrade);
        foreach (var side in new[] { OrderSide.Buy, OrderSide.Sell })
        {
            writer.Write7BitEncodedInt(state.RestingOrders(side).Count());
            foreach (var order in state.RestingOrders(side)) state.WriteOrder(writer, order);
        }
        writer.WriteAll(state._closed.Count, state._closed.OldestFirst(), static (to, closed) => closed.Write(to));
        writer.WriteAll(state._trades.Count, state._trades.OldestFirst(), static (to, trade) => trade.Write(to));
        state._inCurrency.Write(writer);
        state._inAsset.Write(writer);
        writer.WriteAll(state._holds.Count, state._holds.OrderBy(hold => hold.Key, StringComparer.Ordinal), static (to, hold) =>
        {
            to.Write(hold.Key);
            to.Write7BitEncodedInt(hold.Value);
        });
    }

    private void WriteOrder(BinaryWriter writer, int found)
    {
        ref var order = ref _book.OrderAt(found);
        writer.Write(_book.NumberOf(found));
        writer.Write(_book.LevelAt(order.Level).PriceTicks);
        writer.Write(order.Lots);
        writer.Write(order.TotalLots);
        writer.Write(_parties.OwnerOf(order.Party));
        writer.WriteOptional(order.Party >= 0 ? null : _parties.AccountOf(order.Party));
        var extras = _book.ExtrasOf(found);
        writer.WriteOptional(extras?.ClientOrderId);
        var holds = extras?.Holds;
        writer.Write7BitEncodedInt(holds?.Count ?? 0);
        foreach (var hold in holds ?? [])
        {
            writer.Write(hold.Transfer);
            writer.Write(hold.LeftMinor);
        }
    }

    internal static BookState Load(string symbol, ReadOnlySpan<byte> bytes)
    {
        using var reader = Checkpoint.Open(bytes);
        var state = new BookState(symbol);
        if (!reader.ReadBoolean()) return state;
        state.Create(new BookCreated(
            symbol, reader.ReadString(), reader.ReadOptionalText(), reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt32(), reader.ReadInt64(), reader.ReadString()));
        state.Status = (BookStatus)reader.ReadByte();
        state.HaltReason = reader.ReadOptionalText();
        state.LastOrder = reader.ReadInt64();
        state.LastTrade = reader.ReadInt64();
        foreach (var side in new[] { OrderSide.Buy, OrderSide.Sell }) reader.ReadAll(from => state.ReadOrder(from, side));
        reader.ReadAll(from => state.Remember(ClosedOrder.Read(from)));
        reader.ReadAll(from => state._trades.Add(Orders.Trade.Read(from)));
        state._inCurrency.Read(reader);
        state._inAsset.Read(reader);
        reader.ReadAll(from => state._holds.Add(from.ReadString(), from.Read7BitEncodedInt()));
        return state;
    }

    private void ReadOrder(BinaryReader reader, OrderSide side)
    {
        var (number, price, lots, totalLots) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
        var owner = reader.ReadString();
        var party = _parties.Enter(owner, reader.ReadOptionalText());
        var clientOrderId = reader.ReadOptionalText();
        List<OrderHold>? holds = null;
        reader.ReadAll(from => (holds ??= new List<OrderHold>(1)).Add(new OrderHold { Transfer = from.ReadString(), LeftMinor = from.ReadInt64() }));
        var extras = clientOrderId is null && holds is null ? null : new OrderExtras { ClientOrderId = clientOrderId, Holds = holds };
        _book.Add(number, side, price, lots, totalLots, party, extras);
        if (clientOrderId is not null) _byClientOrderId.Add((owner, clientOrderId), number);
    }
}

/// <summary>What is remembered of a closed order. <paramref name="PriceTicks"/> is 0 for a market order; <paramref name="Reason"/> is null if it was filled.</summary>
internal readonly record struct ClosedOrder(
    long Number, string Owner, OrderSide Side, long PriceTicks, long TotalLots, long FilledLots, CancelReason? Reason, string? ClientOrderId)
{
    public void Write(BinaryWriter writer)
    {
        writer.Write(Number);
        writer.Write(Owner);
        writer.Write((byte)Side);
        writer.Write(PriceTicks);
        writer.Write(TotalLots);
        writer.Write(FilledLots);
        writer.Write(Reason is { } reason ? (byte)reason : byte.MaxValue);
        writer.WriteOptional(ClientOrderId);
    }

    public static ClosedOrder Read(BinaryReader reader) => new(
        reader.ReadInt64(), reader.ReadString(), (OrderSide)reader.ReadByte(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(),
        reader.ReadByte() is var reason and not byte.MaxValue ? (CancelReason)reason : null, reader.ReadOptionalText());
}

/// <summary>What is remembered of a trade.</summary>
internal readonly record struct Trade(long Number, long Maker, long Taker, long PriceTicks, long Lots)
{
    public void Write(BinaryWriter writer)
    {
        writer.Write(Number);
        writer.Write(Maker);
        writer.Write(Taker);
        writer.Write(PriceTicks);
        writer.Write(Lots);
    }

    public static Trade Read(BinaryReader reader) => new(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
}

/// <summary>What a book's numbers mean.</summary>
internal static class BookTerms
{
    /// <summary>What one tick times one lot is worth, in minor units of the currency; null if that is no whole number or too large.</summary>
    public static long? UnitMinor(long tickMinor, long lotMinor, int quantityScale)
    {
        long one = 1;
        for (var i = 0; i < quantityScale; i++) one *= 10;
        var (unit, rest) = Int128.DivRem((Int128)tickMinor * lotMinor, one);
        return rest == 0 && unit <= Amounts.MaxMinor ? (long)unit : null;
    }
}
