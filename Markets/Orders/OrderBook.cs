using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rialto.Markets.Orders;

/// <summary>
/// The resting orders of one exchange: two sides, each of price levels from best to worst, each level a queue of orders, oldest first.
/// It is a data structure and knows no rules. Prices are ticks, quantities are lots, orders are named by number; parties are small numbers that
/// only its user can read.
/// <para>Made for millions of operations a second: orders, levels and queues lie in slabs and are linked by number, so nothing is allocated
/// or copied once it is warm; an order is found by its number in an <see cref="OrderTable"/>, and a level by its price, or as the next one to
/// another, in a <see cref="SparseIndex"/>.</para>
/// <para>With a million orders it is trips to memory that cost. A level is one line of the processor's cache: its sums, its oldest order and
/// the entries of its newest ones; those between lie in blocks of a line. So adding reads the level and writes the order. Cancelling reads the
/// order and its level: its entry stays in the queue, until trading comes upon it, or until more entries are stale than not. Trading
/// takes orders in a known order, so what comes next is fetched before it is wanted.</para>
/// </summary>
internal sealed class OrderBook
{
    /// <summary>Stands where there is no order and no level.</summary>
    public const int None = -1;

    /// <summary>So many entries stand together.</summary>
    private const int Few = 7;

    /// <summary>So many trades ahead an order is fetched: it takes about as long as they do.</summary>
    private const int Ahead = 3;

    /// <summary>So few orders, with all that belongs to them, are in the cache already: fetching them ahead would cost more than it saves.</summary>
    private const int FitInCache = 8_192;

    private readonly OrderTable _orders = new();
    private readonly Slab<Block> _blocks = new(chunkBits: 7);
    private readonly Slab<Level> _levels = new(chunkBits: 6);
    private readonly SparseIndex[] _byPrice = [new(), new()];
    private readonly int[] _best = [None, None];

    // Where the next order is expected, so that its level is not looked for twice.
    private (OrderSide Side, long PriceTicks, int Level) _expected = (default, 0, None);

    /// <summary>All orders of one side at one price: a line of the cache.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4, Size = 64)]
    public struct Level : ISlot
    {
        /// <summary>The sum of its orders.</summary>
        public long Lots;
        /// <summary>How many orders it has.</summary>
        public int Count;
        internal int Price;
        /// <summary>How many entries stand in its queue, stale ones too.</summary>
        internal int Queued;
        /// <summary>The oldest order's entry, never a stale one. The others stand in blocks, and after those in the level.</summary>
        internal int Oldest;
        /// <summary>The block of the oldest of the others, and that of the newest.</summary>
        internal int FirstBlock;
        internal int LastBlock;
        internal byte SideByte;
        /// <summary>How many of the entries of the first block, or if there is none of the level, have left the queue already.</summary>
        internal byte Taken;
        /// <summary>How many entries stand in the level.</summary>
        internal byte Used;
        internal Entries Newest;

        /// <summary>The price.</summary>
        public readonly long PriceTicks => Price;

        /// <summary>Which side.</summary>
        public readonly OrderSide Side => (OrderSide)SideByte;

        public int NextFree
        {
            readonly get => FirstBlock;
            set => FirstBlock = value;
        }
    }

    [InlineArray(Few)]
    internal struct Entries
    {
        private int _first;
    }

    /// <summary>Entries of a queue that came one after the other: half a line of the cache, and always full.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Block : ISlot
    {
        public Entries Entries;

        /// <summary>The block after it at this level.</summary>
        public int Next;

        public int NextFree
        {
            readonly get => Next;
            set => Next = value;
        }
    }

    /// <summary>How many orders rest.</summary>
    public int Count { get; private set; }

    /// <summary>How many orders there is room for; it follows <see cref="Count"/>, however many were there before.</summary>
    public int Room => _orders.Room;

    /// <summary>In how many pages of numbers orders and stale entries are.</summary>
    public int PageCount => _orders.PageCount;

    /// <summary>The best level of a side.</summary>
    public int Best(OrderSide side) => _best[(int)side];

    /// <summary>The next level farther from the other side.</summary>
    public int Worse(int level) => WorseThan(_levels[level]);

    private int WorseThan(in Level level) => level.Side == OrderSide.Buy ? _byPrice[0].Below(level.Price) : _byPrice[1].Above(level.Price);

    /// <summary>An order by what <see cref="Find"/>, <see cref="Oldest"/> or <see cref="QueueOf"/> named.</summary>
    public ref Order OrderAt(int order) => ref _orders[order];

    /// <summary>An order's name.</summary>
    public long NumberOf(int order) => _orders.NumberOf(order);

    /// <summary>What few orders have; null for the others.</summary>
    public OrderExtras? ExtrasOf(int order) => _orders.ExtrasOf(order);

    /// <summary>A level's oldest order, which trades first.</summary>
    public int Oldest(int level) => _orders.RestingOrderOf(_levels[level].Oldest);

    /// <summary>A level's orders, oldest first.</summary>
    public Queue QueueOf(int level) => new(this, level);

    /// <summary>A level by what <see cref="Best"/> or an order named.</summary>
    public ref Level LevelAt(int level) => ref _levels[level];

    /// <summary>The order with this number; <see cref="None"/> if none rests.</summary>
    public int Find(long number) => _orders.Find(number);

    /// <summary>Rests an order behind all others of its price. None of its number rests.</summary>
    public int Add(long number, OrderSide side, long priceTicks, long lots, long totalLots, int party, OrderExtras? extras = null)
    {
        var at = _expected.Level != None && _expected.Side == side && _expected.PriceTicks == priceTicks ? _expected.Level : _byPrice[(int)side].Get(priceTicks);
        if (at == None) at = AddLevel(side, priceTicks);
        ref var level = ref _levels[at];
        var added = _orders.Add(number, new Order(lots, totalLots, at, party), extras);
        var entry = _orders.Enter(added);
        if (level.Queued++ == 0) level.Oldest = entry;
        else Enqueue(ref level, entry);
        level.Lots += lots;
        level.Count++;
        Count++;
        return added;
    }

    /// <summary>An order of this price may be added soon: has the processor fetch its level.</summary>
    public void ExpectAt(OrderSide side, long priceTicks)
    {
        var level = _byPrice[(int)side & 1].Get(priceTicks);
        _expected = (side, priceTicks, level);
        if (level != None) _levels.Prefetch(level);
    }

    /// <summary>This order may change soon: has the processor fetch its level.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Expect(int order) => _levels.Prefetch(_orders[order].Level);

    /// <summary>Makes a resting order smaller; it keeps its place in the queue.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Reduce(int order, long lots)
    {
        ref var reduced = ref _orders[order];
        reduced.Lots -= lots;
        _levels[reduced.Level].Lots -= lots;
    }

    /// <summary>Takes an order out.</summary>
    public void Remove(int removed)
    {
        ref var order = ref _orders[removed];
        var at = order.Level;
        ref var level = ref _levels[at];
        level.Lots -= order.Lots;
        level.Count--;
        Count--;
        var isOldest = _orders.RestingOrderOf(level.Oldest) == removed;
        _orders.Remove(removed);
        if (level.Count == 0)
        {
            RemoveLevel(at, ref level);
            return;
        }
        if (isOldest) Advance(ref level);
        if (!HasFewStale(level)) DropStale(ref level);
    }

    /// <summary>A level has no more stale entries than orders; so they take little room, and dropping them costs an order that is cancelled a few steps.</summary>
    public static bool HasFewStale(in Level level) => level.Queued <= 2 * level.Count;

    // Queues.

    private void Enqueue(ref Level level, int entry)
    {
        if (level.Used == Few) MakeRoom(ref level);
        level.Newest[level.Used++] = entry;
    }

    private void MakeRoom(ref Level level)
    {
        if (level.FirstBlock == None && level.Taken > 0)
        {
            ((ReadOnlySpan<int>)level.Newest)[level.Taken..].CopyTo(level.Newest);
            (level.Used, level.Taken) = ((byte)(Few - level.Taken), 0);
            return;
        }
        // Only written to, never read, so nobody waits for it.
        var added = _blocks.Take();
        _blocks[added] = new Block { Entries = level.Newest, Next = None };
        if (level.FirstBlock == None) level.FirstBlock = added;
        else _blocks[level.LastBlock].Next = added;
        (level.LastBlock, level.Used) = (added, 0);
    }

    /// <summary>Takes the oldest entry but one out of its queue.</summary>
    private int Dequeue(ref Level level)
    {
        int entry;
        if (level.FirstBlock != None)
        {
            var first = level.FirstBlock;
            ref var block = ref _blocks[first];
            entry = block.Entries[level.Taken++];
            if (level.Taken < Few) return entry;
            (level.FirstBlock, level.Taken) = (block.Next, 0);
            _blocks.Free(first);
            return entry;
        }
        entry = level.Newest[level.Taken++];
        if (level.Taken == level.Used) level.Taken = level.Used = 0;
        return entry;
    }

    /// <summary>The oldest order is gone, and others are there.</summary>
    private void Advance(ref Level level)
    {
        do
        {
            _orders.Forget(level.Oldest);
            level.Queued--;
            level.Oldest = Dequeue(ref level);
        }
        while (_orders.OrderOf(level.Oldest) == None);
        if (Count > FitInCache) PrefetchAhead(ref level);
    }

    /// <summary>A level's oldest order is gone: most often it traded, and then the next ones will.</summary>
    private void PrefetchAhead(ref Level level)
    {
        if (level.Count <= 2) PrefetchWorse(ref level);
        var ahead = level.Taken + Ahead;
        if (level.FirstBlock != None)
        {
            ref var block = ref _blocks[level.FirstBlock];
            if (ahead < Few)
            {
                _orders.Prefetch(block.Entries[ahead]);
                if (ahead == Few - 1 && block.Next != None) _blocks.Prefetch(block.Next);
                return;
            }
            ahead -= Few;
            if (block.Next != None)
            {
                _orders.Prefetch(_blocks[block.Next].Entries[ahead]);
                return;
            }
        }
        if (ahead < level.Used) _orders.Prefetch(level.Newest[ahead]);
    }

    /// <summary>When few orders are left at a level, the next level and its first orders will be wanted.</summary>
    private void PrefetchWorse(ref Level level)
    {
        var at = WorseThan(level);
        if (at == None) return;
        if (level.Count == 2)
        {
            _levels.Prefetch(at);
            return;
        }
        ref var worse = ref _levels[at];
        _orders.Prefetch(worse.Oldest);
        if (worse.FirstBlock != None) _blocks.Prefetch(worse.FirstBlock);
        else for (var next = worse.Taken; next < Math.Min(worse.Used, worse.Taken + Ahead); next++) _orders.Prefetch(worse.Newest[next]);
    }

    /// <summary>Each entry behind the oldest leaves the queue, and joins it again if its order rests.</summary>
    private void DropStale(ref Level level)
    {
        for (var left = level.Queued - 1; left > 0; left--)
        {
            var entry = Dequeue(ref level);
            if (_orders.OrderOf(entry) != None)
            {
                Enqueue(ref level, entry);
                continue;
            }
            _orders.Forget(entry);
            level.Queued--;
        }
    }

    // Levels.

    private int AddLevel(OrderSide side, long priceTicks)
    {
        var added = _levels.Take();
        ref var level = ref _levels[added];
        level = new Level { Price = checked((int)priceTicks), SideByte = (byte)side, FirstBlock = None };
        _byPrice[(int)side].Add(priceTicks, added);
        ref var best = ref _best[(int)side];
        if (best == None || (side == OrderSide.Buy ? priceTicks > _levels[best].Price : priceTicks < _levels[best].Price)) best = added;
        return added;
    }

    private void RemoveLevel(int removed, ref Level level)
    {
        _orders.Forget(level.Oldest);
        while (--level.Queued > 0) _orders.Forget(Dequeue(ref level));
        ref var best = ref _best[level.SideByte];
        if (best == removed) best = Worse(removed);
        _byPrice[level.SideByte].Remove(level.Price);
        if (_expected.Level == removed) _expected.Level = None;
        _levels.Free(removed);
    }

    /// <summary>A level's orders, oldest first, while none is added and none is taken out.</summary>
    public struct Queue(OrderBook book, int level)
    {
        private int _block = None;
        private int _next = -1;

        /// <summary>The order.</summary>
        public int Current { get; private set; }

        /// <summary>For <c>foreach</c>.</summary>
        public readonly Queue GetEnumerator() => this;

        /// <summary>Goes on to the next one.</summary>
        public bool MoveNext()
        {
            ref var at = ref book._levels[level];
            if (_next < 0)
            {
                _block = at.FirstBlock;
                _next = at.Taken;
                Current = book.Oldest(level);
                return true;
            }
            do
            {
                if (_block != None)
                {
                    ref var block = ref book._blocks[_block];
                    Current = book._orders.OrderOf(block.Entries[_next++]);
                    if (_next == Few) (_block, _next) = (block.Next, 0);
                }
                else
                {
                    if (_next >= at.Used) return false;
                    Current = book._orders.OrderOf(at.Newest[_next++]);
                }
            }
            while (Current == None);
            return true;
        }
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
