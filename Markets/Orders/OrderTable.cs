using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Rialto.Markets.Orders;

/// <summary>
/// A resting order: 16 bytes, so that four of them are a line of the processor's cache. <see cref="BookBounds"/> says how large its numbers
/// can become; whose name they have no room for is its own place in the <see cref="OrderTable"/>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal struct Order
{
    private const int LotsBits = 40;
    private const long LotsMask = (1L << LotsBits) - 1;

    /// <summary>The greatest number of a level.</summary>
    public const int MaxLevel = (1 << 23) - 1;

    /// <summary>The greatest number of a party; the smallest is as far below zero.</summary>
    public const int MaxParty = (1 << 23) - 1;

    private long _lotsAndLevel;
    private long _totalLotsAndParty;

    public Order(long lots, long totalLots, int level, int party)
    {
        if ((lots | totalLots) >> LotsBits != 0 || level > MaxLevel || party is < -MaxParty or > MaxParty)
            throw new InvalidOperationException($"An order of {lots} of {totalLots} lots at level {level}, of party {party}, is larger than a book's bounds.");
        _lotsAndLevel = (long)level << LotsBits | lots;
        _totalLotsAndParty = (long)party << LotsBits | totalLots;
    }

    /// <summary>What is still to trade.</summary>
    public long Lots
    {
        readonly get => _lotsAndLevel & LotsMask;
        set => _lotsAndLevel = (_lotsAndLevel & ~LotsMask) | value;
    }

    /// <summary>All that was ordered.</summary>
    public long TotalLots
    {
        readonly get => _totalLotsAndParty & LotsMask;
        set => _totalLotsAndParty = (_totalLotsAndParty & ~LotsMask) | value;
    }

    /// <summary>The level that it rests at.</summary>
    public readonly int Level => (int)(_lotsAndLevel >> LotsBits);

    /// <summary>Whose it is, and on which account: see <see cref="Parties"/>.</summary>
    public readonly int Party => (int)(_totalLotsAndParty >> LotsBits);
}

/// <summary>
/// Resting orders by their numbers, which are given in a row and so are dense: 64 numbers share a leaf, and an order lies where its number says,
/// so that finding it reads no more memory than the order itself. A leaf of which few orders are left packs them into less room; then an order's
/// place is how many stand before it. Eight leaves are a page, and pages are found by number in a <see cref="SparseIndex"/>. An order is named here
/// by its page and its place among the page's numbers.
/// <para>The table also makes the entries that queues of orders consist of. An entry stays in its queue when its order is gone, since looking
/// for it there would cost more than all else; whoever comes upon it is told that it is stale. A page lasts as long as orders or
/// entries do.</para>
/// </summary>
internal sealed class OrderTable
{
    /// <summary>Stands where there is no order.</summary>
    public const int None = -1;

    private const int Step = 6;
    private const int PlaceMask = (1 << Step) - 1;
    private const int PageStep = 3;
    private const int LeavesOfPage = 1 << PageStep;
    private const int NumberMask = (1 << (Step + PageStep)) - 1;
    private const int FirstPages = 16;

    /// <summary>So many pages can be named; a book within its bounds has no more entries in its queues, and so no more pages.</summary>
    private const int MaxPages = int.MaxValue >> (Step + PageStep);

    private readonly Runs _runs = new();
    private readonly SparseIndex _byNumber = new();

    // Leaves of which any order has extras have a row of their own, as long as there is room for orders.
    private OrderExtras?[]?[] _extras = [];

    // A page's first number; of a free page, the next free one.
    private long[] _numbers = new long[FirstPages];
    private int _pages;
    private int _freePage = None;

    // What is known of each leaf, side by side, so that little is read of many. Where its orders lie (see Runs).
    private int[] _runOf = new int[FirstPages * LeavesOfPage];
    // A bit for each order that rests.
    private ulong[] _resting = new ulong[FirstPages * LeavesOfPage];
    // A bit for each order that has a place in the run: those that rest, and some that did. All bits, if each number has its place.
    private ulong[] _placed = new ulong[FirstPages * LeavesOfPage];
    // A bit for each order whose first entry still stands in a queue.
    private ulong[] _queued = new ulong[FirstPages * LeavesOfPage];

    // Numbers come in a row, so the leaf of the last one that was added is most often the next one's.
    private long _newest = None;
    private int _newestLeaf;

    // Orders that were taken out of a queue's middle and rest in another place: their first entries are stale, and the others stand here.
    private readonly Slab<Return> _returns = new(chunkBits: 6);
    private readonly SparseIndex _returnOf = new();
    private int _returnCount;

    private struct Return : ISlot
    {
        public int Order;

        public int NextFree
        {
            readonly get => Order;
            set => Order = value;
        }
    }

    /// <summary>How many pages there are.</summary>
    public int PageCount { get; private set; }

    /// <summary>How many orders there is room for.</summary>
    public int Room => _runs.Room;

    /// <summary>The order with this number; <see cref="None"/> if none rests.</summary>
    public int Find(long number)
    {
        var page = _byNumber.Get(number >> (Step + PageStep));
        if (page < 0) return None;
        var found = page << (Step + PageStep) | ((int)number & NumberMask);
        return (_resting[found >> Step] & BitOf(found)) != 0 ? found : None;
    }

    /// <summary>An order's number.</summary>
    public long NumberOf(int order) => _numbers[order >> (Step + PageStep)] | (long)(order & NumberMask);

    /// <summary>An order that rests.</summary>
    public ref Order this[int order]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            var run = _runOf[order >> Step];
            return ref _runs[run, PlaceOf(order, run)];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int PlaceOf(int order, int run) => Runs.SizeOf(run) == Runs.Largest ? order & PlaceMask : PlaceIn(_placed[order >> Step], order);

    private static int PlaceIn(ulong placed, int order) => BitOperations.PopCount(placed & (BitOf(order) - 1));

    private static ulong BitOf(int order) => 1UL << (order & PlaceMask);

    /// <summary>Has the processor fetch the order of an entry, for who will want it soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(int entry)
    {
        if (entry < 0) return;
        var run = _runOf[entry >> Step];
        if (run == None) return;
        _runs.Prefetch(run, PlaceOf(entry, run));
        Slab.Prefetch(ref _resting[entry >> Step]);
        Slab.Prefetch(ref _queued[entry >> Step]);
    }

    /// <summary>What few orders have; null for the others.</summary>
    public OrderExtras? ExtrasOf(int order) => order >> Step < _extras.Length && _extras[order >> Step] is { } row ? row[PlaceOf(order, _runOf[order >> Step])] : null;

    /// <summary>Puts an order in. No order of this number rests.</summary>
    public int Add(long number, in Order order, OrderExtras? extras)
    {
        var leaf = number >> Step == _newest ? _newestLeaf : LeafFor(number >> Step);
        var added = leaf << Step | ((int)number & PlaceMask);
        if ((_placed[leaf] & BitOf(added)) == 0) Place(leaf, BitOf(added));
        _resting[leaf] |= BitOf(added);
        this[added] = order;
        if (extras is not null) RowFor(leaf)[PlaceIn(_placed[leaf], added)] = extras;
        return added;
    }

    /// <summary>Takes an order out; its entry is stale then.</summary>
    public void Remove(int order)
    {
        var leaf = order >> Step;
        if (_returnCount > 0 && _returnOf.Get(order) is >= 0 and var again)
        {
            _returns[again].Order = None;
            _returnOf.Remove(order);
            _returnCount--;
        }
        if (leaf < _extras.Length && _extras[leaf] is { } row) row[PlaceIn(_placed[leaf], order)] = null;
        var left = _resting[leaf] &= ~BitOf(order);
        if (left == 0) Empty(leaf);
        else if (BitOperations.PopCount(left) <= Runs.Few(_runOf[leaf])) Move(leaf, left, Runs.SizeOf(_runOf[leaf]) - 1);
    }

    // Entries of queues.

    /// <summary>An entry for an order that rests, to be put into one queue.</summary>
    public int Enter(int order)
    {
        ref var queued = ref _queued[order >> Step];
        if ((queued & BitOf(order)) == 0)
        {
            queued |= BitOf(order);
            return order;
        }
        var again = _returns.Take();
        _returns[again].Order = order;
        _returnOf.Add(order, again);
        _returnCount++;
        return ~again;
    }

    /// <summary>The order of an entry; <see cref="None"/> if it is stale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int OrderOf(int entry)
    {
        if (entry < 0) return _returns[~entry].Order;
        return (_resting[entry >> Step] & BitOf(entry)) != 0 && (_returnCount == 0 || _returnOf.Get(entry) < 0) ? entry : None;
    }

    /// <summary>The order of an entry that is not stale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int RestingOrderOf(int entry) => entry >= 0 ? entry : _returns[~entry].Order;

    /// <summary>A stale entry has left its queue.</summary>
    public void Forget(int entry)
    {
        if (entry < 0)
        {
            _returns.Free(~entry);
            return;
        }
        var leaf = entry >> Step;
        if (((_queued[leaf] &= ~BitOf(entry)) | _resting[leaf]) == 0) LeafIsUnused(leaf);
    }

    // Pages and leaves.

    private int LeafFor(long key)
    {
        var page = _byNumber.Get(key >> PageStep);
        if (page < 0) page = AddPage(key >> PageStep);
        var leaf = page << PageStep | ((int)key & (LeavesOfPage - 1));
        if (key > _newest)
        {
            // Where nearly all numbers rest, the next leaf is made for all of them; elsewhere it grows as they come.
            if (_newest != None && _runOf[_newestLeaf] is not None and var before)
            {
                var fitting = Runs.SizeFor(BitOperations.PopCount(_resting[_newestLeaf]));
                if (fitting < Runs.SizeOf(before)) Move(_newestLeaf, _resting[_newestLeaf], fitting);
                else if (fitting == Runs.Largest && _runOf[leaf] == None) Move(leaf, 0, fitting);
            }
            (_newest, _newestLeaf) = (key, leaf);
        }
        return leaf;
    }

    private int AddPage(long key)
    {
        var added = _freePage;
        if (added != None) _freePage = (int)_numbers[added];
        else added = _pages++;
        if (added > MaxPages) throw new InvalidOperationException("There are more orders than a book's bounds say.");
        if (added == _numbers.Length)
        {
            var room = 2 * _numbers.Length;
            Array.Resize(ref _numbers, room);
            Array.Resize(ref _runOf, room * LeavesOfPage);
            Array.Resize(ref _resting, room * LeavesOfPage);
            Array.Resize(ref _placed, room * LeavesOfPage);
            Array.Resize(ref _queued, room * LeavesOfPage);
        }
        _byNumber.Add(key, added);
        _numbers[added] = key << (Step + PageStep);
        _runOf.AsSpan(added * LeavesOfPage, LeavesOfPage).Fill(None);
        PageCount++;
        return added;
    }

    private void LeafIsUnused(int leaf)
    {
        var page = leaf >> PageStep;
        for (var other = page << PageStep; other < (page + 1) << PageStep; other++)
            if ((_queued[other] | _resting[other]) != 0) return;
        var key = _numbers[page] >> (Step + PageStep);
        if (key == _newest >> PageStep) _newest = None;
        _byNumber.Remove(key);
        (_numbers[page], _freePage) = (_freePage, page);
        PageCount--;
    }

    private void Place(int leaf, ulong bit)
    {
        var (run, placed) = (_runOf[leaf], _placed[leaf]);
        // Most often it comes behind all others.
        if (run != None && BitOperations.PopCount(placed) < Runs.RoomOf(Runs.SizeOf(run)) && placed < bit) _placed[leaf] |= bit;
        else Move(leaf, _resting[leaf] | bit, Runs.SizeFor(BitOperations.PopCount(_resting[leaf]) + 1));
    }

    /// <summary>Gives a leaf's orders a run of another size, with places for these.</summary>
    private void Move(int leaf, ulong places, int size)
    {
        if (size == Runs.Largest) places = ulong.MaxValue;
        var (run, moved, placed) = (_runOf[leaf], _runs.Take(size), _placed[leaf]);
        var row = leaf < _extras.Length ? _extras[leaf] : null;
        var movedRow = row is null ? null : new OrderExtras?[Runs.RoomOf(size)];
        for (var left = _resting[leaf]; left != 0; left &= left - 1)
        {
            var place = BitOperations.TrailingZeroCount(left);
            _runs[moved, PlaceIn(places, place)] = _runs[run, PlaceIn(placed, place)];
            if (row is not null) movedRow![PlaceIn(places, place)] = row[PlaceIn(placed, place)];
        }
        if (run != None) _runs.Free(run);
        if (row is not null) _extras[leaf] = movedRow;
        (_placed[leaf], _runOf[leaf]) = (places, moved);
    }

    private void Empty(int leaf)
    {
        _runs.Free(_runOf[leaf]);
        (_placed[leaf], _runOf[leaf]) = (0, None);
        if (leaf < _extras.Length) _extras[leaf] = null;
        if (_queued[leaf] == 0) LeafIsUnused(leaf);
    }

    private OrderExtras?[] RowFor(int leaf)
    {
        if (leaf >= _extras.Length) Array.Resize(ref _extras, Math.Max(leaf + 1, 2 * _extras.Length));
        return _extras[leaf] ??= new OrderExtras?[Runs.RoomOf(Runs.SizeOf(_runOf[leaf]))];
    }

    /// <summary>Room for 4, 16 or 64 orders in a row, in whole lines of the cache. A run is named by its first line and its size. Larger runs are split when smaller ones are wanted, and used again as what they are.</summary>
    private sealed class Runs
    {
        public const int Largest = 2;
        private const int OrdersInLine = 4;
        private const int SizeBits = 2;
        private const int SizeMask = (1 << SizeBits) - 1;

        private readonly Slab<Line> _lines = new(chunkBits: 9);
        private readonly int[] _free = [None, None, None];

        [StructLayout(LayoutKind.Sequential, Size = 64)]
        private struct Line : ISlot
        {
            public Order First;
            public int NextFree { get; set; }
        }

        public int Room { get; private set; }

        public static int SizeOf(int run) => run & SizeMask;

        public static int RoomOf(int size) => OrdersInLine << (2 * size);

        public static int SizeFor(int orders) => orders <= RoomOf(0) ? 0 : orders <= RoomOf(1) ? 1 : Largest;

        /// <summary>With so few orders left, a run is too long. Fewer than fit into the next smaller one, so that it is not made long again at once.</summary>
        public static int Few(int run) => RoomOf(SizeOf(run)) * 3 / 16;

        public ref Order this[int run, int place]
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => ref Unsafe.Add(ref Unsafe.As<Line, Order>(ref _lines[run >> SizeBits]), place);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Prefetch(int run, int place) => _lines.Prefetch(run >> SizeBits, place * (64 / OrdersInLine), 1);

        public int Take(int size)
        {
            Room += RoomOf(size);
            return TakeLines(size) << SizeBits | size;
        }

        public void Free(int run)
        {
            Room -= RoomOf(SizeOf(run));
            FreeLines(run >> SizeBits, SizeOf(run));
        }

        private int TakeLines(int size)
        {
            var first = _free[size];
            if (first != None)
            {
                _free[size] = _lines[first].NextFree;
                return first;
            }
            if (size == Largest) return _lines.TakeRow(RoomOf(size) / OrdersInLine);
            first = TakeLines(size + 1);
            for (var part = 3; part > 0; part--) FreeLines(first + (part * RoomOf(size) / OrdersInLine), size);
            return first;
        }

        private void FreeLines(int first, int size)
        {
            _lines[first].NextFree = _free[size];
            _free[size] = first;
        }
    }
}
