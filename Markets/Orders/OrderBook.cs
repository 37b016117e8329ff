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

    private const int NewestRoom = 7;
    private const int BlockRoom = 2 * NewestRoom;

    /// <summary>A level may have so many more stale entries than orders.</summary>
    private const int MaxMoreStale = 3;

    /// <summary>So many trades ahead an order is fetched: it takes about as long as they do.</summary>
    private const int Ahead = 3;

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
        internal int Entries;
        /// <summary>The oldest order's entry, never a stale one. The others stand in blocks, and after those in the level.</summary>
        internal int Oldest;
        /// <summary>The block of the oldest of the others, and that of the newest.</summary>
        internal int FirstBlock;
        internal int LastBlock;
        internal byte SideByte;
        /// <summary>How many of the entries in the level have left the queue already: none while there are blocks before them.</summary>
        internal byte Taken;
        internal byte Used;
        /// <summary>How many entries were put into the last block. Kept here, so that who comes last need not look at it.</summary>
        internal byte LastUsed;
        internal Newest Newest;

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

    [InlineArray(NewestRoom)]
    internal struct Newest
    {
        private int _first;
    }

    /// <summary>Entries of a queue that came one after the other: a line of the cache.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Block : ISlot
    {
        /// <summary>The block after it at this level.</summary>
        public int Next;
        /// <summary>How many of its entries have left the queue already: never all.</summary>
        public short Taken;
        public short Used;
        public BlockEntries Entries;

        public int NextFree
        {
            readonly get => Next;
            set => Next = value;
        }
    }

    [InlineArray(BlockRoom)]
    private struct BlockEntries
    {
        private int _first;
    }

    /// <summary>How many orders rest.</summary>
    public int Count { get; private set; }

    /// <summary>The best level of a side.</summary>
    public int Best(OrderSide side) => _best[(int)side];

    /// <summary>The next level farther from the other side.</summary>
    public int Worse(int level)
    {
        ref var at = ref _levels[level];
        return at.Side == OrderSide.Buy ? _byPrice[0].Below(at.Price) : _byPrice[1].Above(at.Price);
    }

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
        if (level.Entries++ == 0) level.Oldest = entry;
        else Enqueue(ref level, entry);
        level.Lots += lots;
        level.Count++;
        Count++;
        return added;
    }

    /// <summary>An order of this price may be added soon: has the processor fetch its level.</summary>
    public void ExpectAt(OrderSide side, long priceTicks)
    {
        var level = _byPrice[(int)side].Get(priceTicks);
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
        if (level.Count == 0) RemoveLevel(at, ref level);
        else if (isOldest) Advance(ref level);
        else if (level.Entries - level.Count > level.Count + MaxMoreStale) DropStale(ref level);
    }

    // Queues.

    private void Enqueue(ref Level level, int entry)
    {
        if (level.Used == NewestRoom) MakeRoom(ref level);
        level.Newest[level.Used++] = entry;
    }

    private void MakeRoom(ref Level level)
    {
        ReadOnlySpan<int> newest = level.Newest;
        if (level.Taken > 0)
        {
            newest[level.Taken..].CopyTo(level.Newest);
            (level.Used, level.Taken) = ((byte)(NewestRoom - level.Taken), 0);
            return;
        }
        if (level.LastBlock == None || level.LastUsed == BlockRoom) AddBlock(ref level);
        ref var block = ref _blocks[level.LastBlock];
        newest.CopyTo(((Span<int>)block.Entries)[level.LastUsed..]);
        level.LastUsed += NewestRoom;
        level.Used = 0;
        block.Used = level.LastUsed;
    }

    private void AddBlock(ref Level level)
    {
        var added = _blocks.Take();
        ref var block = ref _blocks[added];
        (block.Next, block.Taken, block.Used) = (None, 0, 0);
        if (level.LastBlock == None) level.FirstBlock = added;
        else _blocks[level.LastBlock].Next = added;
        (level.LastBlock, level.LastUsed) = (added, 0);
    }

    /// <summary>Takes the oldest entry but one out of its queue.</summary>
    private int Dequeue(ref Level level)
    {
        int entry;
        if (level.FirstBlock != None)
        {
            var first = level.FirstBlock;
            ref var block = ref _blocks[first];
            entry = block.Entries[block.Taken++];
            if (block.Taken < block.Used) return entry;
            level.FirstBlock = block.Next;
            if (level.FirstBlock == None) level.LastBlock = None;
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
            level.Entries--;
            level.Oldest = Dequeue(ref level);
        }
        while (_orders.OrderOf(level.Oldest) == None);
        PrefetchAhead(ref level);
    }

    /// <summary>A level's oldest order is gone: most often it traded, and then the next ones will.</summary>
    private void PrefetchAhead(ref Level level)
    {
        var ahead = Ahead;
        if (level.FirstBlock != None)
        {
            ref var block = ref _blocks[level.FirstBlock];
            ahead += block.Taken;
            if (ahead == block.Used - 1 && block.Next != None) _blocks.Prefetch(block.Next);
            if (ahead < block.Used)
            {
                _orders.Prefetch(block.Entries[ahead]);
                return;
            }
            ahead -= block.Used;
            if (block.Next != None)
            {
                _orders.Prefetch(_blocks[block.Next].Entries[ahead]);
                return;
            }
        }
        ahead += level.Taken;
        if (ahead < level.Used) _orders.Prefetch(level.Newest[ahead]);
    }

    /// <summary>Each entry behind the oldest leaves the queue, and joins it again if its order rests.</summary>
    private void DropStale(ref Level level)
    {
        for (var left = level.Entries - 1; left > 0; left--)
        {
            var entry = Dequeue(ref level);
            if (_orders.OrderOf(entry) != None)
            {
                Enqueue(ref level, entry);
                continue;
            }
            _orders.Forget(entry);
            level.Entries--;
        }
    }

    // Levels.

    private int AddLevel(OrderSide side, long priceTicks)
    {
        var added = _levels.Take();
        ref var level = ref _levels[added];
        level = new Level { Price = checked((int)priceTicks), SideByte = (byte)side, FirstBlock = None, LastBlock = None };
        _byPrice[(int)side].Add(priceTicks, added);
        ref var best = ref _best[(int)side];
        if (best == None || (side == OrderSide.Buy ? priceTicks > _levels[best].Price : priceTicks < _levels[best].Price)) best = added;
        return added;
    }

    private void RemoveLevel(int removed, ref Level level)
    {
        _orders.Forget(level.Oldest);
        while (--level.Entries > 0) _orders.Forget(Dequeue(ref level));
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
                _next = _block == None ? at.Taken : book._blocks[_block].Taken;
                Current = book.Oldest(level);
                return true;
            }
            do
            {
                if (_block != None)
                {
                    ref var block = ref book._blocks[_block];
                    Current = book._orders.OrderOf(block.Entries[_next++]);
                    if (_next == block.Used) (_block, _next) = (block.Next, 0);
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
