using System.Runtime.CompilerServices;

namespace Rialto.Markets.Orders;

/// <summary>
/// The resting orders of one exchange: two sides, each a list of price levels from best to worst, each level a queue of orders, oldest first.
/// It is a data structure and knows no rules. Prices are ticks, quantities are lots, orders are named by number; parties are small numbers that
/// only its user can read. Made for millions of operations a second:
/// orders and levels lie in slabs and are linked by number, so nothing is allocated, moved or copied once it is warm; an order is found by its
/// number and a level by its price in a <see cref="SparseIndex"/>; the best levels are at hand, and the next one is a link away.
/// </summary>
internal sealed class OrderBook
{
    /// <summary>Stands where there is no order and no level.</summary>
    public const int None = -1;

    private readonly Slab<Order> _orders = new(chunkBits: 12);
    private readonly Slab<Level> _levels = new(chunkBits: 8);
    private readonly SparseIndex _byNumber = new();
    private readonly SparseIndex[] _byPrice = [new(), new()];
    private readonly int[] _best = [None, None];

    /// <summary>A resting order.</summary>
    public struct Order : ISlot
    {
        /// <summary>Its name.</summary>
        public long Number;
        /// <summary>What is still to trade.</summary>
        public long Lots;
        /// <summary>The level that it rests at.</summary>
        public int Level;
        /// <summary>The order that came just before it at this level.</summary>
        public int Previous;
        /// <summary>The order that came just after it at this level.</summary>
        public int Next;
        /// <summary>Whose it is, and on which account: see <see cref="Parties"/>.</summary>
        public int Party;
        /// <summary>All that was ordered.</summary>
        public long TotalLots;
        /// <summary>What few orders have.</summary>
        public OrderExtras? Extras;

        public int NextFree
        {
            readonly get => Next;
            set => Next = value;
        }
    }

    /// <summary>All orders of one side at one price.</summary>
    public struct Level : ISlot
    {
        /// <summary>The price.</summary>
        public long PriceTicks;
        /// <summary>The sum of its orders.</summary>
        public long Lots;
        /// <summary>The oldest order, which trades first.</summary>
        public int First;
        /// <summary>The newest order.</summary>
        public int Last;
        /// <summary>The next level nearer to the other side.</summary>
        public int Better;
        /// <summary>The next level farther from the other side.</summary>
        public int Worse;
        /// <summary>Which side.</summary>
        public OrderSide Side;
        /// <summary>How many orders it has.</summary>
        public int Count;

        public int NextFree
        {
            readonly get => Worse;
            set => Worse = value;
        }
    }

    /// <summary>How many orders rest.</summary>
    public int Count { get; private set; }

    /// <summary>The best level of a side.</summary>
    public int Best(OrderSide side) => _best[(int)side];

    /// <summary>An order by what <see cref="Find"/> or a link named.</summary>
    public ref Order OrderAt(int order) => ref _orders[order];

    /// <summary>A level by what <see cref="Best"/> or a link named.</summary>
    public ref Level LevelAt(int level) => ref _levels[level];

    /// <summary>The order with this number; <see cref="None"/> if none rests.</summary>
    public int Find(long number) => _byNumber.Get(number);

    /// <summary>Rests an order behind all others of its price. Its number is new here.</summary>
    public int Add(long number, OrderSide side, long priceTicks, long lots, long totalLots, int party, OrderExtras? extras = null)
    {
        var at = _byPrice[(int)side].Get(priceTicks);
        if (at == None) at = AddLevel(side, priceTicks);
        var added = _orders.Take();
        ref var order = ref _orders[added];
        ref var level = ref _levels[at];
        order.Number = number;
        order.Lots = lots;
        order.TotalLots = totalLots;
        order.Level = at;
        order.Previous = level.Last;
        order.Next = None;
        order.Party = party;
        order.Extras = extras;
        if (level.Last == None) level.First = added;
        else _orders[level.Last].Next = added;
        level.Last = added;
        level.Lots += lots;
        level.Count++;
        _byNumber.Add(number, added);
        Count++;
        return added;
    }

    /// <summary>Makes a resting order smaller; it keeps its place in the queue.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Reduce(int number, long lots)
    {
        ref var order = ref _orders[number];
        order.Lots -= lots;
        _levels[order.Level].Lots -= lots;
    }

    /// <summary>Takes an order out.</summary>
    public void Remove(int removed)
    {
        ref var order = ref _orders[removed];
        ref var level = ref _levels[order.Level];
        if (order.Previous == None) level.First = order.Next;
        else _orders[order.Previous].Next = order.Next;
        if (order.Next == None) level.Last = order.Previous;
        else _orders[order.Next].Previous = order.Previous;
        level.Lots -= order.Lots;
        level.Count--;
        _byNumber.Remove(order.Number);
        if (level.Count == 0) RemoveLevel(order.Level);
        order.Extras = null;
        _orders.Free(removed);
        Count--;
    }

    private int AddLevel(OrderSide side, long priceTicks)
    {
        var index = _byPrice[(int)side];
        var better = side == OrderSide.Buy ? index.Above(priceTicks) : index.Below(priceTicks);
        var added = _levels.Take();
        index.Add(priceTicks, added);
        ref var level = ref _levels[added];
        level.PriceTicks = priceTicks;
        level.Lots = 0;
        level.Count = 0;
        level.First = level.Last = None;
        level.Side = side;
        level.Better = better;
        level.Worse = better == None ? _best[(int)side] : _levels[better].Worse;
        if (level.Worse != None) _levels[level.Worse].Better = added;
        if (better == None) _best[(int)side] = added;
        else _levels[better].Worse = added;
        return added;
    }

    private void RemoveLevel(int removed)
    {
        ref var level = ref _levels[removed];
        if (level.Better == None) _best[(int)level.Side] = level.Worse;
        else _levels[level.Better].Worse = level.Worse;
        if (level.Worse != None) _levels[level.Worse].Better = level.Better;
        _byPrice[(int)level.Side].Remove(level.PriceTicks);
        _levels.Free(removed);
    }
}

/// <summary>What few resting orders have: their client's own name, and the holds that fund them.</summary>
internal sealed class OrderExtras
{
    public string? ClientOrderId;
    public List<OrderHold>? Holds;
}

/// <summary>What is left of one hold that funds an order.</summary>
internal struct OrderHold
{
    public string Transfer;
    public long LeftMinor;
}
