using System.Diagnostics;
using System.Runtime.CompilerServices;
using Rialto.Markets;
using Rialto.Markets.Orders;
using Rialto.Tests.Support;

namespace Rialto.Benchmarks;

/// <summary>
/// The exchange's rules on one core, in memory: commands are decided and their events evolved, nothing is written. Three tenths of the commands
/// cancel an order; the others rest one while there are fewer than the row says, and trade at once when there are as many: about a half and a
/// fifth. So every row does the same work on a book that keeps its size. What is cancelled is any order that rests, which is the hardest choice
/// for caches, or one of the newest, as most are on exchanges. The commands are made beforehand, as many in every row, so that only the book is
/// measured. <c>cost</c> is the time of an operation beside that with 1,000 resting orders. <c>a read</c> says what this machine's memory has to
/// do with it: the time of one read at random among as many bytes as the book takes, whose address is known only after the read before.
/// </summary>
internal static class BookBenchmark
{
    private const int Operations = 1_000_000;
    private const int Slices = 200;
    private const int MinTurns = 3;
    private const int Young = 1_000;
    private const int Everything = int.MaxValue;
    private const long Mid = 1_000_000;
    private static readonly string[] Owners = [.. Enumerable.Range(0, 1_000).Select(i => $"trader-{i}")];
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static void Run(TimeSpan time)
    {
        foreach (var (levels, young) in new[] { (1_000, Everything), (1_000, Young), (50_000, Everything), (50_000, Young) })
        {
            var table = new Table($"prices up to {levels:N0} ticks away, cancels of {(young == Everything ? "any order" : $"the newest {young:N0}")}", "ops/s", "ns/op", "trades/s", "bytes/op", "cost", "book MB", "a read ns");
            Scene[] scenes = [.. new[] { 1_000, 10_000, 100_000, 1_000_000 }.Select(depth => new Scene(depth, levels, young))];
            // In turns, so that a bad minute of the machine is no single row's.
            var until = Stopwatch.GetTimestamp() + (long)(scenes.Length * time.TotalSeconds * Stopwatch.Frequency);
            for (var turn = 0; turn < MinTurns || Stopwatch.GetTimestamp() < until; turn++)
                foreach (var scene in scenes) scene.Carry();
            foreach (var scene in scenes)
            {
                table.Row(
                    $"{scene.Depth:N0} resting orders", Table.Count(1e9 / scene.Nanoseconds), Table.Count(scene.Nanoseconds), Table.Count(scene.Trades * 1e9 / Operations / scene.Nanoseconds),
                    Table.Count((double)scene.Allocated / Operations), Table.Ratio(scene.Nanoseconds / scenes[0].Nanoseconds), Table.Ms(scene.Size / 1e6), Table.Ms(NanosecondsOfRead(scene.Size)));
            }
        }
    }

    /// <summary>One line of memory after the other, in a circle through all of them.</summary>
    private static double NanosecondsOfRead(long bytes)
    {
        const int line = 64 / sizeof(int);
        const int reads = 1_000_000;
        var lines = (int)Math.Max(1, bytes / (line * sizeof(int)));
        var (next, random) = (new int[lines * line], new SmallRandom(7));
        for (var i = 0; i < lines; i++) next[i * line] = i * line;
        // Each place is exchanged with one before it (Sattolo), which leaves one circle.
        for (var i = lines - 1; i > 0; i--)
        {
            var other = random.Between(0, i);
            (next[i * line], next[other * line]) = (next[other * line], next[i * line]);
        }
        var (at, shortest) = (0, long.MaxValue);
        for (var repetition = 0; repetition < 3; repetition++)
        {
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < reads; i++) at = next[at];
            shortest = Math.Min(shortest, Stopwatch.GetTimestamp() - started);
        }
        // Asked for, so that the reads are not left out.
        return at < 0 ? double.NaN : shortest * 1e9 / Stopwatch.Frequency / reads;
    }

    /// <summary>The same resting orders and the same commands, as often as wanted.</summary>
    private sealed class Scene
    {
        private static readonly Book Kind = new();
        private readonly List<(string Actor, Command Command)> _before = [];
        private readonly (string Actor, Command Command)[] _measured = new (string, Command)[Operations];
        private readonly SmallRandom _random = new(42);
        private readonly long[] _shortest = new long[Slices];
        private readonly int _levels;
        private readonly int _young;

        public Scene(int depth, int levels, int young)
        {
            (Depth, _levels, _young) = (depth, levels, young);
            Array.Fill(_shortest, long.MaxValue);
            var state = New();
            var resting = new Resting(depth);
            while (_before.Count < depth)
            {
                var command = Rest();
                _before.Add(command);
                Carry(ref state, command, resting);
            }
            for (var i = 0; i < Operations; i++)
            {
                _measured[i] = _random.Between(0, 10) < 3 ? Cancel(resting) : ((BookState)state).OrderCount < depth ? Rest() : Trade();
                Carry(ref state, _measured[i], resting);
            }
        }

        /// <summary>How many orders rest.</summary>
        public int Depth { get; }

        /// <summary>
        /// What an operation takes. The commands are timed in slices, and of each slice the shortest time of all turns counts: what others do on
        /// the machine meanwhile is left out, and what the book itself does is not.
        /// </summary>
        public double Nanoseconds => _shortest.Sum() * 1e9 / Stopwatch.Frequency / Operations;

        /// <summary>How many trades the commands make.</summary>
        public long Trades { get; private set; }

        /// <summary>How many bytes the commands allocate, beside what the book keeps of them.</summary>
        public long Allocated { get; private set; }

        /// <summary>How many bytes the book takes before the first command.</summary>
        public long Size { get; private set; }

        /// <summary>Carries out all commands on a new book.</summary>
        [MethodImpl(MethodImplOptions.NoInlining)]
        public void Carry()
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var state = New();
            foreach (var command in _before) Carry(ref state, command, null);
            Size = GC.GetTotalMemory(forceFullCollection: true) - before;
            var (tradesBefore, allocatedBefore) = (TradesOf(state), GC.GetAllocatedBytesForCurrentThread());
            for (var slice = 0; slice < Slices; slice++)
            {
                var started = Stopwatch.GetTimestamp();
                foreach (var command in _measured.AsSpan(slice * (Operations / Slices), Operations / Slices)) Carry(ref state, command, null);
                _shortest[slice] = Math.Min(_shortest[slice], Stopwatch.GetTimestamp() - started);
            }
            (Trades, Allocated) = (TradesOf(state) - tradesBefore, GC.GetAllocatedBytesForCurrentThread() - allocatedBefore);
        }

        private static long TradesOf(object state) => ((BookView)Kind.Query(state, new GetBook()).View!).TradeCount;

        private static object New() => Kind.Evolve(Kind.Unborn("BENCH"), new BookCreated("BENCH", "BENCH", null, 2, 1, 0, 1, "keeper"));

        private static void Carry(ref object state, in (string Actor, Command Command) asked, Resting? resting)
        {
            var decision = Kind.Decide(state, asked.Command, new CommandContext(default, asked.Actor, Noon));
            if (decision is not Decision.Accepted accepted) throw new InvalidOperationException($"{asked.Command} was refused: {decision}");
            foreach (var happened in accepted.Events)
            {
                state = Kind.Evolve(state, happened);
                if (resting is not null && happened is OrderPlaced placed) resting.Add(placed);
            }
        }

        private string Owner() => Owners[_random.Between(0, Owners.Length)];

        private (string, Command) Rest()
        {
            var buys = _random.Between(0, 2) == 0;
            var away = 1 + Math.Min(_random.Between(0, _levels), _random.Between(0, _levels));
            return (Owner(), new PlaceOrder(buys ? OrderSide.Buy : OrderSide.Sell, _random.Between(1, 100), buys ? Mid - away : Mid + away));
        }

        private (string, Command) Trade()
        {
            var buys = _random.Between(0, 2) == 0;
            return ("taker", new PlaceOrder(buys ? OrderSide.Buy : OrderSide.Sell, _random.Between(1, 100), buys ? Mid + _levels : Mid - _levels, TimeInForce: TimeInForce.Ioc));
        }

        private (string, Command) Cancel(Resting resting)
        {
            while (true)
            {
                // Some have traded meanwhile.
                if (resting.Take(_random.Between(Math.Max(0, resting.Count - _young), resting.Count)) is { } order) return (order.Owner, new CancelOrder(order.Number));
            }
        }
    }

    /// <summary>The orders that can be cancelled, while the commands are made.</summary>
    private sealed class Resting(int depth)
    {
        private readonly List<long> _numbers = new(depth);
        private readonly Dictionary<long, (string Owner, long Lots)> _orders = new(depth);

        /// <summary>How many numbers there are to choose from, those of orders that have traded since among them.</summary>
        public int Count => _numbers.Count;

        public void Add(OrderPlaced placed)
        {
            foreach (var fill in placed.Fills ?? [])
            {
                var (owner, lots) = _orders[fill.Maker];
                if (lots > fill.Lots) _orders[fill.Maker] = (owner, lots - fill.Lots);
                else _orders.Remove(fill.Maker);
            }
            if (placed.RestLots == 0) return;
            _orders.Add(placed.Order, (placed.Owner, placed.RestLots));
            _numbers.Add(placed.Order);
        }

        /// <summary>Takes a number out; null if its order rests no more.</summary>
        public (long Number, string Owner)? Take(int at)
        {
            var number = _numbers[at];
            _numbers[at] = _numbers[^1];
            _numbers.RemoveAt(_numbers.Count - 1);
            return _orders.Remove(number, out var order) ? (number, order.Owner) : null;
        }
    }
}
