using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rialto.Markets.Orders;

/// <summary>
/// The resting orders of one exchange: two sides, each a list of price levels from best to worst, each level a queue of orders, oldest first, in blocks of a few.
/// It is a data structure and knows no rules. Prices are ticks, quantities are lots, orders are named by number; parties are small numbers that
/// only its user can read.
/// <para>Made for millions of operations a second: blocks and levels lie in slabs and are linked by number, so nothing is allocated, moved or
/// copied once it is warm; an order is found by its number and a level by its price in a <see cref="SparseIndex"/>; the best levels are at
/// hand, and the next one is a link away.</para>
/// <para>With a million orders it is trips to memory that cost. Four orders and what links them are two lines of the processor's cache; what
/// few orders have lies apart. Adding reads the level and writes the order. Cancelling reads a line of the index and the order's block, and
/// none of its neighbours. Trading takes orders in a known order, so what comes next is fetched before it is wanted.</para>
/// </summary>
internal sealed class OrderBook
{
    /// <summary>Stands where there is no order and no level.</summary>
    public const int None = -1;

    /// <summary>Four orders share a block: more would leave more room empty when single ones are left.</summary>
    private const int BlockBits = 2;
    private const int PlaceMask = (1 << BlockBits) - 1;

    private readonly Slab<Block> _blocks = new(chunkBits: 8);
    private readonly Slab<Level> _levels = new(chunkBits: 6);
    private readonly SparseIndex _byNumber = new();
    private readonly SparseIndex[] _byPrice = [new(), new()];
    private readonly int[] _best = [None, None];

    // What few orders have, in chunks of so many orders; those of which none has anything are null.
    private const int ExtrasBits = 12;
    private OrderExtras?[]?[] _extras = [];

    /// <summary>A resting order: 28 bytes.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    public struct Order
    {
        /// <summary>Its name.</summary>
        public long Number;
        /// <summary>What is still to trade.</summary>
        public long Lots;
        /// <summary>All that was ordered.</summary>
        public long TotalLots;
        /// <summary>Whose it is, and on which account: see <see cref="Parties"/>.</summary>
        public int Party;
    }

    /// <summary>
    /// A few orders of one level that came one after the other: 128 bytes. To take one out of the middle, only its own block is touched.
    /// </summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4, Size = 128)]
    private struct Block : ISlot
    {
        /// <summary>The level that they rest at.</summary>
        public int Level;
        /// <summary>The block before it at this level.</summary>
        public int Previous;
        /// <summary>The block after it at this level.</summary>
        public int Next;
        /// <summary>A bit for each order that still rests: never none.</summary>
        public int Live;
        public Places Orders;

        public int NextFree
        {
            readonly get => Next;
            set => Next = value;
        }
    }

    [InlineArray(1 << BlockBits)]
    private struct Places
    {
        private Order _first;
    }

    /// <summary>All orders of one side at one price: a line of the cache.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    public struct Level : ISlot
    {
        /// <summary>The price.</summary>
        public long PriceTicks;
        /// <summary>The sum of its orders.</summary>
        public long Lots;
        /// <summary>The block of the oldest orders.</summary>
        internal int FirstBlock;
        /// <summary>The block of the newest orders.</summary>
        internal int LastBlock;
        /// <summary>How many places of the last block were given out. Kept here, so that who comes last need not look at the others.</summary>
        internal int LastUsed;
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

    /// <summary>An order by what <see cref="Find"/>, <see cref="First"/> or <see cref="Next"/> named.</summary>
    public ref Order OrderAt(int order) => ref _blocks[order >> BlockBits].Orders[order & PlaceMask];

    /// <summary>What few orders have; null for the others.</summary>
    public OrderExtras? ExtrasOf(int order) => order >> ExtrasBits < _extras.Length ? _extras[order >> ExtrasBits]?[order & ((1 << ExtrasBits) - 1)] : null;

    /// <summary>The level that an order rests at.</summary>
    public int LevelOf(int order) => _blocks[order >> BlockBits].Level;

    /// <summary>A level's oldest order, which trades first.</summary>
    public int First(int level) => FirstOf(_levels[level].FirstBlock);

    /// <summary>The order that came just after another one at its level; <see cref="None"/> if that is the newest.</summary>
    public int Next(int order)
    {
        ref var block = ref _blocks[order >> BlockBits];
        var later = block.Live >> (order & PlaceMask) >> 1;
        return later != 0 ? order + 1 + BitOperations.TrailingZeroCount(later) : block.Next == None ? None : FirstOf(block.Next);
    }

    private int FirstOf(int block) => (block << BlockBits) + BitOperations.TrailingZeroCount(_blocks[block].Live);

    /// <summary>A level by what <see cref="Best"/> or a link named.</summary>
    public ref Level LevelAt(int level) => ref _levels[level];

    /// <summary>The order with this number; <see cref="None"/> if none rests.</summary>
    public int Find(long number) => _byNumber.Get(number);

    /// <summary>Rests an order behind all others of its price. Its number is new here.</summary>
    public int Add(long number, OrderSide side, long priceTicks, long lots, long totalLots, int party, OrderExtras? extras = null)
    {
        var at = _byPrice[(int)side].Get(priceTicks);
        if (at == None) at = AddLevel(side, priceTicks);
        ref var level = ref _levels[at];
        var last = level.LastBlock;
        if (level.LastUsed > PlaceMask) last = AddBlock(at, ref level);
        ref var block = ref _blocks[last];
        var place = level.LastUsed++;
        block.Live |= 1 << place;
        ref var order = ref block.Orders[place];
        order.Number = number;
        order.Lots = lots;
        order.TotalLots = totalLots;
        order.Party = party;
        level.Lots += lots;
        level.Count++;
        var added = (last << BlockBits) + place;
        if (extras is not null) SetExtras(added, extras);
        _byNumber.Add(number, added);
        Count++;
        return added;
    }

    /// <summary>Makes a resting order smaller; it keeps its place in the queue.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Reduce(int order, long lots)
    {
        OrderAt(order).Lots -= lots;
        _levels[LevelOf(order)].Lots -= lots;
    }

    /// <summary>Takes an order out.</summary>
    public void Remove(int removed)
    {
        ref var block = ref _blocks[removed >> BlockBits];
        ref var order = ref block.Orders[removed & PlaceMask];
        ref var level = ref _levels[block.Level];
        level.Lots -= order.Lots;
        level.Count--;
        _byNumber.Remove(order.Number);
        if (ExtrasOf(removed) is not null) SetExtras(removed, null);
        block.Live &= ~(1 << (removed & PlaceMask));
        Count--;
        if (block.Previous == None) PrefetchNext(ref block);
        if (block.Live == 0) RemoveBlock(removed >> BlockBits, ref block, ref level);
    }

    /// <summary>A level's first block lost an order: most often it traded, and then the next one will.</summary>
    private void PrefetchNext(ref Block first)
    {
        ref var block = ref first;
        if (block.Live == 0)
        {
            if (block.Next == None) return;
            block = ref _blocks[block.Next];
        }
        _byNumber.Prefetch(block.Orders[BitOperations.TrailingZeroCount(block.Live)].Number);
        if (block.Next != None) _blocks.Prefetch(block.Next);
    }

    private void RemoveBlock(int removed, ref Block block, ref Level level)
    {
        var at = block.Level;
        if (block.Previous == None) level.FirstBlock = block.Next;
        else _blocks[block.Previous].Next = block.Next;
        if (block.Next == None) (level.LastBlock, level.LastUsed) = (block.Previous, PlaceMask + 1);
        else _blocks[block.Next].Previous = block.Previous;
        _blocks.Free(removed);
        if (level.Count == 0) RemoveLevel(at);
    }

    private void SetExtras(int order, OrderExtras? extras)
    {
        var chunk = order >> ExtrasBits;
        if (chunk >= _extras.Length) Array.Resize(ref _extras, chunk + 1);
        (_extras[chunk] ??= new OrderExtras[1 << ExtrasBits])[order & ((1 << ExtrasBits) - 1)] = extras;
    }

    private int AddBlock(int at, ref Level level)
    {
        var added = _blocks.Take();
        ref var block = ref _blocks[added];
        block.Level = at;
        block.Previous = level.LastBlock;
        block.Next = None;
        block.Live = 0;
        if (level.LastBlock == None) level.FirstBlock = added;
        else _blocks[level.LastBlock].Next = added;
        (level.LastBlock, level.LastUsed) = (added, 0);
        return added;
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
        level.FirstBlock = level.LastBlock = None;
        level.LastUsed = PlaceMask + 1;
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
