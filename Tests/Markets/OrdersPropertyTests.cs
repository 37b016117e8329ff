using FsCheck;
using FsCheck.Fluent;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Rialto.Markets.Orders;
using Xunit.Abstractions;

namespace Rialto.Tests.Markets;

/// <summary>
/// The exchange beside a slow book that is obviously right: a list of orders, sorted anew for every trade. And the funded exchange beside two
/// ledgers: whatever is cut short, money and goods go where the trades say, and nothing stays held.
/// </summary>
public sealed class OrdersPropertyTests(ITestOutputHelper output)
{
    private static readonly string[] Actors = ["a", "b", "c", "d"];

    /// <summary>One thing that is asked of a book, from a few bytes of chance.</summary>
    public readonly record struct Step(byte Kind, byte Actor, byte Price, byte Quantity, byte Order);

    private sealed class SlowOrder
    {
        public long Number;
        public required string Owner;
        public OrderSide Side;
        public long Price;
        public long Lots;
        public long Total;
        public int Arrival;
    }

    /// <summary>Price-time priority as one would write it down.</summary>
    private sealed class SlowBook
    {
        public readonly List<SlowOrder> Resting = [];
        private int _arrivals;
        private long _trades;

        public long Orders;

        public (List<Fill> Fills, long RestLots, bool IsCancelled) Take(SlowOrder order, TimeInForce time)
        {
            var fills = new List<Fill>();
            var left = order.Lots;
            var others = Resting.Where(other => other.Side != order.Side && (order.Side == OrderSide.Buy ? other.Price <= order.Price : other.Price >= order.Price))
                .OrderBy(other => order.Side == OrderSide.Buy ? other.Price : -other.Price).ThenBy(other => other.Arrival).ToList();
            var stopped = false;
            foreach (var other in others.TakeWhile(_ => left > 0))
            {
                if (stopped = other.Owner == order.Owner) break;
                var lots = Math.Min(left, other.Lots);
                fills.Add(new Fill(_trades + fills.Count + 1, other.Number, other.Price, lots));
                left -= lots;
            }
            if (time == TimeInForce.Fok && left > 0) return ([], 0, true);
            foreach (var fill in fills) Resting.Single(other => other.Number == fill.Maker).Lots -= fill.Lots;
            Resting.RemoveAll(other => other.Lots == 0);
            _trades += fills.Count;
            var rests = left > 0 && !stopped && time == TimeInForce.Gtc;
            if (rests)
            {
                order.Lots = left;
                order.Arrival = ++_arrivals;
                Resting.Add(order);
            }
            return (fills, rests ? left : 0, left > 0 && !rests);
        }
    }

    [Fact]
    public void The_book_does_what_a_slow_and_obviously_right_book_does() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(byte, byte, byte, byte, byte)[]>(), steps => Run(steps.Select(step => new Step(step.Item1, step.Item2, step.Item3, step.Item4, step.Item5))))
            .QuickCheckThrowOnFailure();

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6)]
    public void And_it_does_so_for_long(ulong seed)
    {
        output.WriteLine($"seed {seed}");
        var dice = new Dice(seed);
        byte Any() => (byte)dice.Below(256);
        Run(Enumerable.Range(0, 3_000).Select(_ => new Step(Any(), Any(), Any(), Any(), Any())));
    }

    private static void Run(IEnumerable<Step> steps)
    {
        var (book, slow) = (OrdersBookTests.Opened(), new SlowBook());
        long ordered = 0, cancelled = 0;
        foreach (var step in steps)
        {
            var actor = Actors[step.Actor % Actors.Length];
            switch (step.Kind % 10)
            {
                case 0 or 1:
                    cancelled += Cancel(book, slow, actor, step);
                    break;
                case 2:
                    var change = Replace(book, slow, actor, step);
                    ordered += change.Ordered;
                    cancelled += change.Cancelled;
                    break;
                default:
                    var placed = Place(book, slow, actor, step);
                    ordered += placed.Lots;
                    cancelled += placed.Lots - placed.RestLots - (placed.Fills?.Sum(fill => fill.Lots) ?? 0);
                    break;
            }
            AssertSame(book, slow);
        }
        // Nothing is lost and nothing made: what was ordered has traded, rests, or was cancelled. (The stage audits after every step that no book is crossed.)
        var traded = book.History.SelectMany(happened => happened switch { OrderPlaced { Fills: { } fills } => fills, OrderReplaced { Fills: { } fills } => fills, _ => [] }).Sum(fill => fill.Lots);
        Assert.Equal(ordered, (2 * traded) + slow.Resting.Sum(order => order.Lots) + cancelled);
        AssertShownAlike(book, ordered: slow.Orders, traded);
        book.HoldsItsMemory();
    }

    /// <summary>Orders are shown alike alone and with others, and with the trades that they made.</summary>
    private static void AssertShownAlike(Stage book, long ordered, long traded)
    {
        long[] numbers = [ordered + 1, .. Enumerable.Range(0, (int)ordered).Select(at => ordered - at), 1];
        var shown = new List<OrderView>();
        foreach (var some in numbers.Chunk(Bounds.MaxPage)) shown.AddRange(book.Ask<OrdersView>(new GetOrders([.. some], Viewer.Operator)).Items);
        var alone = numbers.Select(number => book.Kind.Query(book.State, new GetOrder(number, Viewer.Operator)).View as OrderView).OfType<OrderView>().ToList();
        Assert.Equal(alone.Select(order => Shown(order)), shown.Select(order => Shown(order)));
        Assert.All(shown, order => Assert.Equal(order.Filled, order.Fills.Sum(fill => fill.Quantity)));
        if (ordered > 0) Assert.Equal(2 * traded, shown.SkipLast(1).Sum(order => order.Filled));

        static string Shown(OrderView order) => $"{order with { Fills = [] }} {string.Join(' ', order.Fills)}";
    }

    private static OrderPlaced Place(Stage book, SlowBook slow, string actor, Step step)
    {
        var side = step.Kind % 2 == 0 ? OrderSide.Buy : OrderSide.Sell;
        var time = (step.Order % 8) switch { 0 => TimeInForce.Ioc, 1 => TimeInForce.Fok, _ => TimeInForce.Gtc };
        long? price = step.Order % 16 == 8 ? null : 1 + (step.Price % 24);
        var lots = 1 + (step.Quantity % 20);
        var placed = Assert.IsType<OrderPlaced>(Assert.Single(book.Accept(actor, new PlaceOrder(side, lots, price, price is null ? OrderType.Market : OrderType.Limit, time))));
        var order = new SlowOrder { Number = ++slow.Orders, Owner = actor, Side = side, Price = price ?? (side == OrderSide.Buy ? long.MaxValue : 0), Lots = lots, Total = lots };
        var (fills, rest, cancelled) = slow.Take(order, price is null && time == TimeInForce.Gtc ? TimeInForce.Ioc : time);
        Assert.Equal(fills, placed.Fills?.ToList() ?? []);
        Assert.Equal((rest, cancelled), (placed.RestLots, placed.Cancelled is not null));
        return placed;
    }

    private static long Cancel(Stage book, SlowBook slow, string actor, Step step)
    {
        var number = slow.Orders == 0 ? 1 : 1 + (step.Order % slow.Orders);
        var order = slow.Resting.SingleOrDefault(order => order.Number == number);
        var decision = book.When(actor, new CancelOrder(number));
        Assert.Equal(order?.Owner == actor, decision is Decision.Accepted);
        if (decision is not Decision.Accepted) return 0;
        slow.Resting.Remove(order!);
        return order!.Lots;
    }

    private static (long Ordered, long Cancelled) Replace(Stage book, SlowBook slow, string actor, Step step)
    {
        var order = slow.Resting.Count == 0 ? null : slow.Resting[step.Order % slow.Resting.Count];
        var (price, total) = (1 + (step.Price % 24), 1 + (step.Quantity % 20));
        var decision = book.When(actor, new ReplaceOrder(order?.Number ?? 1, price, total));
        var left = order is null ? 0 : total - (order.Total - order.Lots);
        Assert.Equal(order?.Owner == actor && left > 0, decision is Decision.Accepted);
        if (decision is not Decision.Accepted { Events: [OrderReplaced replaced] }) return default;
        var ordered = total - order!.Total;
        order.Total = total;
        if (order.Price == price && left <= order.Lots)
        {
            Assert.True(replaced.KeepsPlace);
            order.Lots = left;
            return (ordered, 0);
        }
        slow.Resting.Remove(order);
        (order.Price, order.Lots) = (price, left);
        var (fills, rest, _) = slow.Take(order, TimeInForce.Gtc);
        Assert.Equal(fills, replaced.Fills?.ToList() ?? []);
        Assert.Equal(rest, replaced.RestLots);
        return (ordered, left - rest - fills.Sum(fill => fill.Lots));
    }

    private static void AssertSame(Stage book, SlowBook slow)
    {
        var view = book.Ask<BookView>(new GetBook(BookBounds.MaxDepth));
        foreach (var (side, levels) in new[] { (OrderSide.Buy, view.Bids), (OrderSide.Sell, view.Asks) })
        {
            var expected = slow.Resting.Where(order => order.Side == side).GroupBy(order => order.Price).OrderBy(level => side == OrderSide.Buy ? -level.Key : level.Key)
                .Select(level => (level.Key / 100m, (decimal)level.Sum(order => order.Lots)));
            Assert.Equal(expected, levels.Select(level => (level[0], level[1])));
        }
        Assert.Equal(slow.Resting.Count, view.OrderCount);
    }

    // Funds.

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7), InlineData(8)]
    public void Funded_trades_are_paid_once_and_nothing_stays_held(ulong seed)
    {
        output.WriteLine($"seed {seed}");
        var market = new FundedMarket(new Dice(seed));
        for (var step = 0; step < 600; step++) market.Do();
        output.WriteLine(market.Finish());
    }

    private sealed class FundedMarket
    {
        private const long Cash = 5_000_00;
        private const long Pieces = 2_000;
        private readonly Dice _dice;
        private readonly Stage _book = new(new Book(), "GME");
        private readonly Dictionary<string, Stage> _ledgers = [];
        private int _orders;
        private int _refused;
        private int _inVain;

        public FundedMarket(Dice dice)
        {
            _dice = dice;
            _book.Accept("eva", new CreateBook("GME", 2, 2, 2, 50, new BookFunding("USD", true, true)));
            foreach (var (asset, initial) in new[] { ("USD", Cash), ("GME", Pieces) })
            {
                var ledger = _ledgers[asset] = new Stage(new Ledger(), asset);
                ledger.Accept("eva", new CreateLedger(2));
                foreach (var actor in Actors) ledger.Accept(actor, new OpenAccount(actor, initial));
            }
        }

        public void Do()
        {
            var actor = _dice.Of<string>(Actors);
            Ask(actor, _dice.Below(10) switch
            {
                0 or 1 => new CancelOrder(1 + _dice.Below(_orders + 1)),
                2 or 3 => new ReplaceOrder(1 + _dice.Below(_orders + 1), _dice.OneIn(3) ? null : Price(), _dice.OneIn(3) ? null : Quantity()),
                _ => _dice.OneIn(6)
                    ? new PlaceOrder(_dice.Of(OrderSide.Buy, OrderSide.Sell), Quantity(), null, OrderType.Market, Accounts: new OrderAccounts(actor, true, true))
                    : new PlaceOrder(
                        _dice.Of(OrderSide.Buy, OrderSide.Sell), Quantity(), Price(), TimeInForce: _dice.Of(TimeInForce.Gtc, TimeInForce.Gtc, TimeInForce.Gtc, TimeInForce.Ioc, TimeInForce.Fok),
                        PostOnly: false, Accounts: new OrderAccounts(actor, true, true)),
            });
            if (_dice.OneIn(4)) Settle();
        }

        /// <summary>As the runtime does it: what is needed is held, and then the book decides; or the command never comes.</summary>
        private void Ask(string actor, BookCommand command)
        {
            HeldFunds? held = null;
            if (_book.Kind.NeedOf(_book.State, command, _book.As(actor)) is { } need)
            {
                var ledger = _ledgers[need.Asset];
                if (ledger.When(actor, HoldFunds.For(need, StreamId.Of("book", "GME"), CommandId.None, Stage.Noon)) is Decision.Refused)
                {
                    _refused++;
                    return;
                }
                held = new HeldFunds(ledger.LastId.ToEntityKey(), need.AmountMinor);
                if (_dice.OneIn(20))
                {
                    _inVain++;
                    return;
                }
            }
            var decision = _book.When(actor, command, held);
            if (decision is Decision.Accepted && command is PlaceOrder) _orders++;
            // What would be refused asks for nothing.
            if (decision is Decision.Refused) Assert.Null(held);
        }

        /// <summary>As the reactor does it, and cut short anywhere: payments are made again, and confirmed late or not at all.</summary>
        private void Settle()
        {
            foreach (var due in _book.Kind.PaymentsDue(_book.State))
            {
                var ledger = _ledgers[due.Asset];
                var some = 1 + _dice.Below(due.Payments.Length);
                if (_dice.OneIn(3)) ledger.Accept("rialto", new PayFromHolds("book/GME", due.First, [.. due.Payments.Take(some)]));
                if (_dice.OneIn(6)) ledger.Refuse("rialto", new PayFromHolds("book/GME", due.First + due.Payments.Length + 1, [due.Payments[0]]), "payment-out-of-turn");
                if (_dice.OneIn(3)) continue;
                ledger.Accept("rialto", new PayFromHolds("book/GME", due.First, due.Payments));
                Assert.Empty(ledger.Accept("rialto", new PayFromHolds("book/GME", due.First, due.Payments)));
                if (!_dice.OneIn(3)) _book.Accept("rialto", due.Confirm);
            }
        }

        public string Finish()
        {
            for (var order = 1; order <= _orders; order++) _book.When("operator", new CancelOrder(order));
            while (!_book.Kind.PaymentsDue(_book.State).IsEmpty) Settle();
            foreach (var (asset, ledger) in _ledgers)
            {
                foreach (var hold in ((LedgerState)ledger.State).OpenHolds.ToList())
                {
                    Assert.Equal(HoldFateKind.Unknown, _book.Kind.FateOf(_book.State, hold.Transfer).Kind);
                    ledger.Accept("rialto", new ReleaseHold(hold.Transfer));
                    _inVain--;
                }
                ledger.HoldsItsMemory();
                var trial = ledger.Ask<TrialBalanceView>(new GetTrialBalance(Viewer.Operator));
                Assert.Equal((true, 0m, 0m), (trial.Balanced, trial.PendingDebits, trial.PendingCredits));
                foreach (var actor in Actors) Assert.Equal((asset == "USD" ? Cash : Pieces) + Moved(asset, actor), (long)(LedgerTests.Account(ledger, actor).Balance * 100));
            }
            Assert.Equal(0, _inVain);
            _book.HoldsItsMemory();
            var trades = _book.History.Sum(happened => happened switch { OrderPlaced { Fills: { } fills } => fills.Length, OrderReplaced { Fills: { } fills } => fills.Length, _ => 0 });
            Assert.True(trades > 100, $"{trades} trades say too little.");
            return $"{_orders} orders, {trades} trades, {_refused} not funded";
        }

        /// <summary>What the trades alone say that an account has got: a lot is half a piece and a tick two cents, so that one of each is worth one cent.</summary>
        private long Moved(string asset, string actor)
        {
            var owners = _book.History.OfType<OrderPlaced>().ToDictionary(order => order.Order, order => order.Owner);
            long moved = 0;
            foreach (var (taker, side, fills) in _book.History.Select(happened => happened switch
            {
                OrderPlaced { Fills: { } some } e => (e.Order, e.Side, some),
                OrderReplaced { Fills: { } some } e => (e.Order, e.Side, some),
                _ => (0, OrderSide.Buy, []),
            }))
                foreach (var fill in fills)
                {
                    var (buyer, seller) = side == OrderSide.Buy ? (owners[taker], owners[fill.Maker]) : (owners[fill.Maker], owners[taker]);
                    var amount = asset == "USD" ? fill.PriceTicks * fill.Lots : fill.Lots * 50;
                    var gets = asset == "USD" ? seller : buyer;
                    moved += (gets == actor ? amount : 0) - ((asset == "USD" ? buyer : seller) == actor ? amount : 0);
                }
            return moved;
        }

        private long Price() => 2 * (40 + _dice.Below(20));

        private long Quantity() => 50 * (1 + _dice.Below(8));
    }
}
