using Rialto.Embedded;
using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Rialto.Markets.Orders;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Markets;

/// <summary>Funded orders on the embedded engine, from the hold to the last payment, on a clock that goes on only when told to.</summary>
public class OrdersEngineTests
{
    private static readonly StreamId Gme = StreamId.Of("book", "GME");
    private static readonly string[] Traders = ["ann", "bob", "cid", "dan"];

    [Fact]
    public async Task A_trade_moves_money_and_pieces_and_gives_back_what_was_not_needed()
    {
        await using var market = await Exchange.StartAsync();
        await market.PlaceAsync("ann", OrderSide.Sell, 10, 15_00);
        Assert.Equal(90m, (await market.AccountAsync("GME", "ann")).Available);
        var bought = await market.PlaceAsync("bob", OrderSide.Buy, 6, 16_00);
        Assert.Equal(OrderStatus.Filled, bought.Status);
        await market.UntilSettledAsync(heldCash: 0, heldPieces: 4);
        Assert.Equal((1_090m, 94m), ((await market.AccountAsync("USD", "ann")).Balance, (await market.AccountAsync("GME", "ann")).Balance));
        Assert.Equal((910m, 106m), ((await market.AccountAsync("USD", "bob")).Available, (await market.AccountAsync("GME", "bob")).Available));
        await market.DoAsync(Gme, new CancelOrder(1), "ann");
        await market.UntilSettledAsync();
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task An_order_names_its_hold_as_its_cause_and_who_cannot_pay_cannot_order()
    {
        await using var market = await Exchange.StartAsync();
        Assert.Equal("insufficient-funds", (await market.SendAsync(Gme, Exchange.Order("ann", OrderSide.Buy, 100, 10_01), "ann", "too much")).Refusal?.Code);
        Assert.Equal("account-not-found", (await market.SendAsync(Gme, Exchange.Order("eve", OrderSide.Buy, 1, 1) with { Accounts = new OrderAccounts("eve", true, false) }, "eve", "x")).Refusal?.Code);
        await market.PlaceAsync("ann", OrderSide.Buy, 100, 10_00);
        var events = await market.Journal.ReadAsync(Seq.None, int.MaxValue);
        var placed = events.Single(record => record.Type == "book.order-placed");
        Assert.Equal("ledger.funds-held", events.Single(record => record.Seq == Assert.Single(placed.Causes)).Type);
        await market.DoAsync(Gme, new ReplaceOrder(1, 5_00, 50), "ann");
        await market.UntilSettledAsync(heldCash: 250);
        await market.DoAsync(Gme, new ReplaceOrder(1, 9_00, null), "ann");
        Assert.Equal(550m, (await market.AccountAsync("USD", "ann")).Available);
        await market.DoAsync(Gme, new CancelOrder(1), "ann");
        await market.UntilSettledAsync();
    }

    [Fact]
    public async Task A_market_order_holds_what_it_costs_now()
    {
        await using var market = await Exchange.StartAsync();
        await market.PlaceAsync("ann", OrderSide.Sell, 5, 10_00);
        await market.PlaceAsync("cid", OrderSide.Sell, 5, 12_00);
        var bought = await market.PlaceAsync("bob", OrderSide.Buy, 20, null);
        Assert.Equal((OrderStatus.Cancelled, 10m), (bought.Status, bought.Filled));
        await market.UntilSettledAsync();
        Assert.Equal(890m, (await market.AccountAsync("USD", "bob")).Available);
    }

    [Fact]
    public async Task A_hold_whose_order_never_came_is_released_and_one_whose_order_came_is_not()
    {
        await using var market = await Exchange.StartAsync();
        var notAfter = market.Time.GetUtcNow().AddSeconds(15);
        await market.DoAsync(Exchange.Usd, HoldFunds.For(new FundsNeed("USD", "bob", LedgerBounds.Issuer, 30_00, false), Gme, CommandId.From("never sent"), notAfter), "bob");
        await market.PlaceAsync("ann", OrderSide.Buy, 1, 50_00);
        await market.StartAgainAsync();
        Assert.Equal(970m, (await market.AccountAsync("USD", "bob")).Available);
        market.Time.Advance(TimeSpan.FromSeconds(30));
        await market.UntilSettledAsync(heldCash: 50);
        Assert.Equal(950m, (await market.AccountAsync("USD", "ann")).Available);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public async Task Whatever_write_fails_or_is_cut_short_every_trade_is_paid_once(ulong seed)
    {
        var dice = new Dice(seed);
        await using var market = await Exchange.StartAsync();
        for (var step = 0; step < 120; step++)
        {
            if (dice.OneIn(6)) market.Journal.FailNext(dice.Of(FaultyJournal.Fault.AnswerLost, FaultyJournal.Fault.NotWritten), FaultyJournal.Fault.AnswerLost);
            var actor = dice.Of<string>(Traders);
            BookCommand command = dice.OneIn(4)
                ? new CancelOrder(1 + dice.Below(step + 1))
                : Exchange.Order(actor, dice.Of(OrderSide.Buy, OrderSide.Sell), 1 + dice.Below(5), dice.OneIn(8) ? null : 9_90 + dice.Below(20));
            await market.SendAsync(Gme, command, actor, $"step {step}");
            // A crash, with whatever was on its way to be paid: what is still to be done follows from the journal.
            if (dice.OneIn(20)) await market.StartAgainAsync();
        }
        market.Journal.Mend();
        var orders = (await market.BookAsync()).OrderCount;
        for (var order = 1; order <= 120; order++) await market.SendAsync(Gme, new CancelOrder(order), "operator", $"cancel {order}");
        Assert.True(orders > 0 && (await market.BookAsync()).TradeCount > 20, "The run says too little.");
        market.Time.Advance(TimeSpan.FromMinutes(1));
        await market.UntilSettledAsync();
        await market.StartAgainAsync();
        await market.UntilSettledAsync();
        await market.AssertSoundAsync();
        await market.AssertPaidAsTradedAsync();
    }

    [Fact]
    public async Task Numbers_of_the_dealers_orders_go_on_after_a_restart_without_a_gap()
    {
        await using var market = await Exchange.StartAsync();
        foreach (var stock in new[] { "A", "B" }) await market.DoAsync(StreamId.Of("stock", stock), new ListStock(10_00, 100), "eva");
        var numbers = new List<long>();
        for (var i = 0; i < 12; i++)
        {
            if (i % 4 == 3) await market.StartAgainAsync();
            if (i % 3 == 0) await market.DoAsync(StreamId.Of("stock", "A"), new AdjustStock(1), "eva");
            numbers.Add(await market.OrderStockAsync(i % 2 == 0 ? "A" : "B", $"order {i}"));
            Assert.Equal("insufficient-stock", (await market.SendAsync(StreamId.Of("stock", "A"), new TradeStock(OrderSide.Buy, 1_000), "ann", $"refused {i}")).Refusal?.Code);
            // Sent again, it is the order that it was.
            Assert.Equal(numbers[^1], await market.OrderStockAsync(i % 2 == 0 ? "A" : "B", $"order {i}"));
        }
        Assert.Equal(Enumerable.Range(1, 12).Select(number => (long)number), numbers);
    }

    private sealed class Exchange : IAsyncDisposable
    {
        public static readonly StreamId Usd = StreamId.Of("ledger", "USD");

        private readonly MemoryCheckpoints _checkpoints = new();
        private EmbeddedCluster _cluster = null!;
        private int _commands;

        public ManualTime Time { get; } = new();

        public FaultyJournal Journal { get; } = new(new MemoryJournal());

        public static async Task<Exchange> StartAsync()
        {
            var market = new Exchange();
            await market.StartAgainAsync();
            foreach (var (asset, initial) in new[] { ("USD", 1_000_00L), ("GME", 100L) })
            {
                var ledger = StreamId.Of("ledger", asset);
                await market.DoAsync(ledger, new CreateLedger(asset == "USD" ? 2 : 0), "eva");
                foreach (var trader in Traders) await market.DoAsync(ledger, new OpenAccount(trader, initial), trader);
            }
            await market.DoAsync(Gme, new CreateBook("GME", 2, 1, 0, 1, new BookFunding("USD", true, true)), "eva");
            return market;
        }

        public static PlaceOrder Order(string actor, OrderSide side, long quantity, long? price) =>
            new(side, quantity, price, price is null ? OrderType.Market : OrderType.Limit, Accounts: new OrderAccounts(actor, true, true));

        public async Task StartAgainAsync()
        {
            if (_cluster is not null) await _cluster.DisposeAsync();
            // What fails here is met again at once, on the clock of the tests.
            _cluster = await EmbeddedCluster.StartAsync(new EmbeddedSettings { Nodes = 1, Runtime = new RuntimeSettings { RetryAfterMs = 0 } }, Journal, _checkpoints, Time);
        }

        public async Task<OrderView> PlaceAsync(string actor, OrderSide side, long quantity, long? price) =>
            Assert.IsType<OrderView>((await DoAsync(Gme, Order(actor, side, quantity, price), actor)).View);

        public async Task<CommandReply> DoAsync(StreamId entity, Command command, string actor)
        {
            var reply = await SendAsync(entity, command, actor, $"do {_commands++}");
            Assert.True(reply.Refusal is null, $"{command} was refused: {reply.Refusal}");
            return reply;
        }

        public Task<CommandReply> SendAsync(StreamId entity, Command command, string actor, string id) =>
            _cluster.ExecuteAsync(new CommandRequest(entity, command, actor, CommandId.From(id))).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        public async Task<long> OrderStockAsync(string stock, string id)
        {
            var reply = await SendAsync(StreamId.Of("stock", stock), new TradeStock(OrderSide.Buy, 1), "ann", id);
            Assert.Null(reply.Refusal);
            await _cluster.Replica.WaitForAsync(reply.Receipt.Seq, TimeSpan.FromSeconds(30), CancellationToken.None);
            return _cluster.Replica.Ask((StockBoard board) => board.At(reply.Receipt.Seq), out _)!.Number;
        }

        public async Task<AccountView> AccountAsync(string asset, string account) => await AskAsync<AccountView>(StreamId.Of("ledger", asset), new GetAccount(account, Viewer.Operator));

        public async Task<BookView> BookAsync() => await AskAsync<BookView>(Gme, new GetBook());

        /// <summary>Waits, event by event, until no payment is open and exactly so much is held.</summary>
        public async Task UntilSettledAsync(decimal heldCash = 0, decimal heldPieces = 0)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (true)
            {
                var seen = _cluster.Replica.Applied;
                var cash = await AskAsync<TrialBalanceView>(Usd, new GetTrialBalance(Viewer.Operator));
                var pieces = await AskAsync<TrialBalanceView>(StreamId.Of("ledger", "GME"), new GetTrialBalance(Viewer.Operator));
                Assert.True(cash.Balanced && pieces.Balanced);
                if ((cash.PendingDebits, pieces.PendingDebits) == (heldCash, heldPieces)) return;
                Assert.False(limit.IsCancellationRequested, $"{cash.PendingDebits} cash and {pieces.PendingDebits} pieces stay held; {heldCash} and {heldPieces} should.");
                // What is looked at again after a while needs the clock to go on.
                Time.Advance(TimeSpan.FromMilliseconds(10));
                if (_cluster.Replica.Applied == seen)
                    await _cluster.Replica.FeedAsync(seen, 1, limit.Token).AsTask().WaitAsync(TimeSpan.FromSeconds(1)).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }

        public async Task AssertSoundAsync()
        {
            Assert.Empty((await JournalVerifier.VerifyAsync(Journal)).Problems);
            Assert.Empty(await MarketAudit.RunAsync(Journal, (await Journal.ReadEndAsync()).Seq));
        }

        /// <summary>Every account has what the trades alone say.</summary>
        public async Task AssertPaidAsTradedAsync()
        {
            var placed = (await Journal.ReadAsync(Seq.None, int.MaxValue)).Where(record => record.Type == "book.order-placed")
                .Select(record => (OrderPlaced)MarketCodec.Decode(record.Type, record.Data.Span)).ToList();
            var owners = placed.ToDictionary(order => order.Order, order => order.Owner);
            foreach (var trader in Traders)
            {
                decimal cash = 1_000, pieces = 100;
                foreach (var order in placed)
                    foreach (var fill in order.Fills?.ToArray() ?? [])
                    {
                        var (buyer, seller) = order.Side == OrderSide.Buy ? (order.Owner, owners[fill.Maker]) : (owners[fill.Maker], order.Owner);
                        var sign = (seller == trader ? 1 : 0) - (buyer == trader ? 1 : 0);
                        cash += sign * fill.PriceTicks * fill.Lots / 100m;
                        pieces -= sign * fill.Lots;
                    }
                Assert.Equal((trader, cash, pieces), (trader, (await AccountAsync("USD", trader)).Balance, (await AccountAsync("GME", trader)).Balance));
            }
        }

        public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

        private async Task<TView> AskAsync<TView>(StreamId entity, Query query) where TView : View =>
            Assert.IsType<TView>((await _cluster.QueryAsync(entity, query).AsTask().WaitAsync(TimeSpan.FromSeconds(30))).View);
    }
}
