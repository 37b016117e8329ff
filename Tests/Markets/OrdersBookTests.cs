using System.Collections.Immutable;
using Rialto.Markets;
using Rialto.Markets.Orders;

namespace Rialto.Tests.Markets;

/// <summary>The exchange's rules, by example. Ticks are cents and lots are pieces, so a price of 10_00 is 1,000 ticks.</summary>
public sealed class OrdersBookTests
{
    internal static Stage Opened()
    {
        var book = new Stage(new Book(), "GME");
        book.Accept("eva", new CreateBook("GME", 2, 1, 0, 1));
        return book;
    }

    internal static PlaceOrder Buy(long quantity, long? price, TimeInForce time = TimeInForce.Gtc, bool postOnly = false, string? name = null) =>
        new(OrderSide.Buy, quantity, price, price is null ? OrderType.Market : OrderType.Limit, time, postOnly, name);

    internal static PlaceOrder Sell(long quantity, long? price, TimeInForce time = TimeInForce.Gtc, bool postOnly = false, string? name = null) =>
        new(OrderSide.Sell, quantity, price, price is null ? OrderType.Market : OrderType.Limit, time, postOnly, name);

    private static OrderPlaced Place(Stage book, string actor, PlaceOrder order) => Assert.IsType<OrderPlaced>(Assert.Single(book.Accept(actor, order)));

    private static OrderView See(Stage book, long order, string viewer = "operator") => book.Ask<OrderView>(new GetOrder(order, new Viewer(viewer, viewer == "operator")));

    private static string Depth(Stage book)
    {
        var view = book.Ask<BookView>(new GetBook());
        return FormattableString.Invariant($"{Side(view.Bids)} | {Side(view.Asks)}");

        static string Side(ImmutableArray<decimal[]> levels) => string.Join(' ', levels.Select(level => FormattableString.Invariant($"{level[1]}@{level[0]}")));
    }

    [Fact]
    public void The_best_price_trades_first_and_of_one_price_the_oldest_order_at_the_resting_price()
    {
        var book = Opened();
        Place(book, "a", Sell(5, 10_10));
        Place(book, "b", Sell(5, 10_00));
        Place(book, "c", Sell(5, 10_00));
        var taker = Place(book, "t", Buy(12, 10_10));
        Assert.Equal([new Fill(1, 2, 10_00, 5), new Fill(2, 3, 10_00, 5), new Fill(3, 1, 10_10, 2)], taker.Fills!.Value.AsEnumerable());
        Assert.Equal(" | 3@10.10", Depth(book));
        Assert.Equal((OrderStatus.Filled, OrderStatus.PartiallyFilled, 2m), (See(book, 4).Status, See(book, 1).Status, See(book, 1).Filled));
        Assert.Equal([1L, 2, 3], See(book, 4).Fills.Select(fill => fill.Trade));
        Assert.Equal(10.10m, book.Ask<BookView>(new GetBook()).Last);
        book.HoldsItsMemory();
    }

    [Fact]
    public void What_is_left_of_a_limit_order_rests_and_of_others_is_cancelled()
    {
        var book = Opened();
        Place(book, "a", Sell(5, 10_00));
        Assert.Equal((3L, (CancelReason?)null), Of(Place(book, "b", Buy(8, 10_00))));
        Assert.Equal("3@10.00 | ", Depth(book));
        Assert.Equal((0L, (CancelReason?)CancelReason.NotMatched), Of(Place(book, "c", Sell(4, 10_00, TimeInForce.Ioc))));
        Assert.Equal(3m, See(book, 3).Filled);
        Assert.Equal((0L, (CancelReason?)CancelReason.NotMatched), Of(Place(book, "c", Sell(1, null))));
        Assert.Equal((OrderStatus.Cancelled, 0m, 0m), (See(book, 4).Status, See(book, 4).Filled, See(book, 4).Remaining));

        static (long, CancelReason?) Of(OrderPlaced placed) => (placed.RestLots, placed.Cancelled);
    }

    [Fact]
    public void Fill_or_kill_trades_in_full_or_not_at_all()
    {
        var book = Opened();
        Place(book, "a", Sell(5, 10_00));
        Place(book, "b", Sell(5, 10_05));
        var killed = Place(book, "t", Buy(11, 10_05, TimeInForce.Fok));
        Assert.Equal((null, CancelReason.NotFillable), (killed.Fills, killed.Cancelled));
        Assert.Equal(" | 5@10.00 5@10.05", Depth(book));
        Assert.Equal(2, Place(book, "t", Buy(10, 10_05, TimeInForce.Fok)).Fills!.Value.Length);
        Assert.Equal(" | ", Depth(book));
    }

    [Fact]
    public void An_order_never_trades_with_one_of_the_same_actor_or_account()
    {
        var book = Opened();
        Place(book, "a", Sell(5, 10_00));
        Place(book, "t", Sell(5, 10_01));
        var stopped = Place(book, "t", Buy(20, 10_02));
        Assert.Equal((1, 0L, CancelReason.SelfTrade), (stopped.Fills!.Value.Length, stopped.RestLots, stopped.Cancelled));
        Assert.Equal(CancelReason.SelfTrade, Place(book, "u", Buy(1, 10_01) with { Accounts = new OrderAccounts("t", true, true) }).Cancelled);
        Assert.Equal(CancelReason.SelfTrade, Place(book, "t", Buy(5, 10_01, TimeInForce.Fok)).Cancelled);
        Assert.Equal(" | 5@10.01", Depth(book));
    }

    [Fact]
    public void A_post_only_order_rests_or_is_refused()
    {
        var book = Opened();
        Place(book, "a", Sell(5, 10_00));
        Assert.Equal(10.00m, book.Refuse("b", Buy(5, 10_00, postOnly: true), "would-trade").Fields.Single().Number);
        Place(book, "b", Buy(5, 9_99, postOnly: true));
        Assert.Equal("5@9.99 | 5@10.00", Depth(book));
    }

    [Fact]
    public void An_order_keeps_its_place_only_if_nothing_but_its_size_shrinks()
    {
        var book = Opened();
        foreach (var seller in new[] { "a", "b", "c" }) Place(book, seller, Sell(5, 10_00));
        Assert.True(Assert.IsType<OrderReplaced>(Assert.Single(book.Accept("a", new ReplaceOrder(1, null, 3)))).KeepsPlace);
        Assert.False(Assert.IsType<OrderReplaced>(Assert.Single(book.Accept("b", new ReplaceOrder(2, 10_00, 6)))).KeepsPlace);
        Assert.Empty(book.Accept("c", new ReplaceOrder(3, 10_00, 5)));
        Assert.Equal([1L, 3, 2], Place(book, "t", Buy(10, 10_00)).Fills!.Value.Select(fill => fill.Maker));
        // What has traded counts: four more of the six are left, and one less is asked for.
        Assert.Equal((4m, 6m), (See(book, 2).Remaining, See(book, 2).Quantity));
        book.Refuse("b", new ReplaceOrder(2, null, 2), "below-filled");
        book.Accept("b", new ReplaceOrder(2, null, 5));
        Assert.Equal(3m, See(book, 2).Remaining);
        book.HoldsItsMemory();
    }

    [Fact]
    public void A_replaced_order_may_trade_at_once()
    {
        var book = Opened();
        Place(book, "a", Buy(5, 9_00));
        Place(book, "b", Sell(3, 10_00));
        var replaced = Assert.IsType<OrderReplaced>(Assert.Single(book.Accept("a", new ReplaceOrder(1, 10_00, null))));
        Assert.Equal([new Fill(1, 2, 10_00, 3)], replaced.Fills!.Value.AsEnumerable());
        Assert.Equal("2@10.00 | ", Depth(book));
        Assert.Equal((OrderStatus.PartiallyFilled, 10.00m), (See(book, 1).Status, See(book, 1).Price));
    }

    [Fact]
    public void A_cancelled_order_is_gone_and_only_its_owner_or_the_operator_can_cancel_it()
    {
        var book = Opened();
        Place(book, "a", Buy(5, 9_00));
        book.Refuse("b", new CancelOrder(1), "not-owner");
        Assert.Equal(new OrderCancelled(1, 5, "a"), Assert.Single(book.Accept("a", new CancelOrder(1))));
        Assert.Equal((OrderStatus.Cancelled, CancelReason.Asked), (See(book, 1).Status, See(book, 1).Reason));
        book.Refuse("a", new CancelOrder(1), "order-cancelled");
        Place(book, "a", Buy(5, 9_00));
        Place(book, "b", Sell(5, 9_00));
        book.Refuse("a", new CancelOrder(2), "order-filled");
        book.Refuse("a", new ReplaceOrder(2, 9_00, null), "order-filled");
        book.Refuse("a", new CancelOrder(99), "order-not-found");
        Place(book, "a", Buy(5, 9_00));
        book.Accept("operator", new CancelOrder(4));
    }

    [Fact]
    public void A_halted_book_takes_nothing_but_cancelling()
    {
        var book = Opened();
        Place(book, "a", Buy(5, 9_00));
        book.Refuse("a", new HaltBook(), "not-keeper");
        book.Accept("eva", new HaltBook("News are due."));
        Assert.Empty(book.Accept("eva", new HaltBook()));
        Assert.Equal((BookStatus.Halted, "News are due."), (book.Ask<BookView>(new GetBook()).Status, book.Ask<BookView>(new GetBook()).Reason));
        book.Refuse("b", Sell(5, 9_00), "halted");
        book.Refuse("a", new ReplaceOrder(1, null, 4), "halted");
        book.Accept("a", new CancelOrder(1));
        book.Refuse("b", new ResumeBook(), "not-keeper");
        book.Accept("operator", new ResumeBook());
        Place(book, "b", Sell(5, 9_00));
    }

    [Fact]
    public void A_client_order_id_is_its_owners_alone_and_free_again_when_the_order_is_closed()
    {
        var book = Opened();
        Place(book, "a", Buy(5, 9_00, name: "mine"));
        book.Refuse("a", Buy(5, 9_00, name: "mine"), "client-order-id-taken");
        Place(book, "b", Buy(5, 9_00, name: "mine"));
        Assert.Equal(("mine", null), (See(book, 1, "a").ClientOrderId, See(book, 1, "b").ClientOrderId));
        var placed = book.History.OfType<OrderPlaced>().First();
        Assert.Equal("mine", ((OrderPlaced)book.Kind.Conceal(book.State, placed, new Viewer("a"))).ClientOrderId);
        Assert.Null(((OrderPlaced)book.Kind.Conceal(book.State, placed, new Viewer("b"))).ClientOrderId);
        book.Accept("a", new CancelOrder(1));
        Place(book, "a", Buy(5, 9_00, name: "mine"));
        book.HoldsItsMemory();
    }

    [Fact]
    public void An_order_that_meets_too_many_stops_there()
    {
        var book = Opened();
        for (var i = 0; i < BookBounds.MaxFillsPerOrder + 1; i++) Place(book, "a", Sell(1, 10_00));
        var stopped = Place(book, "t", Buy(5_000, 10_00));
        Assert.Equal((BookBounds.MaxFillsPerOrder, 0L, CancelReason.TooManyFills), (stopped.Fills!.Value.Length, stopped.RestLots, stopped.Cancelled));
        Assert.Equal(" | 1@10.00", Depth(book));
    }

    public static TheoryData<string, PlaceOrder> Malformed => new()
    {
        { "out-of-range", Buy(0, 10_00) },
        { "out-of-range", Buy(-1, 10_00) },
        { "out-of-range", Buy(BookBounds.MaxLots + 1, 10_00) },
        { "out-of-range", Buy(1, 0) },
        { "out-of-range", Buy(1, long.MaxValue) },
        { "price-missing", Buy(1, null) with { Type = OrderType.Limit } },
        { "price-of-market-order", Buy(1, 10_00) with { Type = OrderType.Market } },
        { "post-only-must-rest", Buy(1, 10_00, TimeInForce.Ioc, postOnly: true) },
        { "post-only-must-rest", Buy(1, null, postOnly: true) },
        { "invalid-name", Buy(1, 10_00, name: "a b") },
    };

    [Theory, MemberData(nameof(Malformed))]
    public void A_malformed_order_is_refused(string code, PlaceOrder order) => Opened().Refuse("a", order, code);

    [Fact]
    public void Prices_are_multiples_of_the_tick_and_quantities_of_the_lot()
    {
        var book = new Stage(new Book(), "GME");
        book.Refuse("eva", new CreateBook("GME", 2, 0, 0, 1), "out-of-range");
        book.Refuse("eva", new CreateBook("GME", 10, 1, 0, 1), "out-of-range");
        book.Accept("eva", new CreateBook("GME", 2, 25, 3, 500));
        book.Refuse("eva", new CreateBook("GME", 2, 25, 3, 500), "book-exists");
        Assert.Equal(0.25m, book.Refuse("a", Buy(500, 10_10), "off-tick").Fields.Single().Number);
        Assert.Equal(0.5m, book.Refuse("a", Buy(750, 10_00), "off-lot").Fields.Single().Number);
        Place(book, "a", Buy(1_500, 10_25));
        Assert.Equal("1.500@10.25 | ", Depth(book));
    }

    [Fact]
    public void A_funded_book_needs_its_ledgers_and_whole_amounts()
    {
        var book = new Stage(new Book(), "GME");
        book.Refuse("eva", new CreateBook("GME", 2, 1, 0, 1, new BookFunding("USD", false, true)), "ledger-not-found");
        book.Refuse("eva", new CreateBook("GME", 2, 1, 0, 1, new BookFunding("USD", true, false)), "ledger-not-found");
        book.Refuse("eva", new CreateBook("USD", 2, 1, 0, 1, new BookFunding("USD", true, true)), "same-asset");
        book.Refuse("eva", new CreateBook("GME", 2, 1, 3, 1, new BookFunding("USD", true, true)), "tick-lot-not-exact");
        book.Accept("eva", new CreateBook("GME", 2, 1, 3, 1_000, new BookFunding("USD", true, true)));
    }

    [Fact]
    public void Trades_and_candles_are_told_from_the_tape()
    {
        var book = Opened();
        foreach (var (quantity, price) in new[] { (5, 10_00), (3, 10_20), (1, 9_90) })
        {
            Place(book, "a", Sell(quantity, price));
            Place(book, "b", Buy(quantity, price));
        }
        var tape = new BookTape();
        Feed.Into(tape, book);
        var first = tape.Trades("GME", null, 2)!;
        Assert.Equal([3L, 2], first.Items.Select(trade => trade.Trade));
        Assert.Equal("2", first.Next);
        Assert.Equal([1L], tape.Trades("GME", 2, 2)!.Items.Select(trade => trade.Trade));
        Assert.Null(tape.Trades("none", null, 1));
        var candle = Assert.Single(tape.Candles("GME", 60, null, 10)!.Items);
        Assert.Equal((10.00m, 10.20m, 9.90m, 9.90m, 9m, 3), (candle.Open, candle.High, candle.Low, candle.Close, candle.Volume, candle.Trades));
        Assert.Equal(Stage.Noon, candle.From);
        Assert.Empty(tape.Candles("GME", 60, Stage.Noon.ToUnixTimeSeconds(), 10)!.Items);
        Assert.Equal(("GME", 9.90m), tape.List(null, 10).Items.Select(line => (line.Symbol, line.Last!.Value)).Single());
    }

    [Fact]
    public void The_tape_knows_whose_orders_are_whose_also_where_it_begins_elsewhere()
    {
        var book = Opened();
        for (var i = 0; i < 5; i++) Place(book, i % 2 == 0 ? "a" : "b", Buy(1, 10_00 + i));
        var tape = new BookTape();
        Feed.Into(tape, book);
        var bytes = new MemoryStream();
        tape.Save(new BinaryWriter(bytes));
        bytes.Position = 0;
        var other = new BookTape();
        other.Load(new BinaryReader(bytes), _ => book.State);
        foreach (var one in new[] { tape, other })
        {
            Assert.Equal([5L, 3], one.OrdersOf("GME", "a", null, 2)!);
            Assert.Equal([1L], one.OrdersOf("GME", "a", 3, 2)!);
            Assert.Equal([3L, 1], one.OrdersOf("GME", "a", 4, 2)!);
            Assert.Empty(one.OrdersOf("GME", "c", null, 2)!);
            Assert.Null(one.OrdersOf("none", "a", null, 2));
        }
    }
}
