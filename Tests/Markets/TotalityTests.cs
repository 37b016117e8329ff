using Rialto.Markets;
using Rialto.Markets.Auctions;
using Rialto.Markets.Dispatch;
using Rialto.Markets.Ledgers;
using Rialto.Markets.Listings;
using Rialto.Markets.Orders;

namespace Rialto.Tests.Markets;

/// <summary>C# cannot prove that every command has an answer in every state; so every command is tried on every state.</summary>
public sealed class TotalityTests
{
    private static IEnumerable<Command> Strange()
    {
        foreach (var command in Samples.Commands) yield return command;
        foreach (var amount in new[] { long.MinValue, -1, 0, 1, long.MaxValue })
        {
            yield return new PlaceBid(amount, amount);
            yield return new PlaceBid(1, amount);
            yield return new PostTransfer("held", amount);
            yield return new PostHold("held", amount);
            yield return new OpenAccount("x", amount, amount);
            yield return new Transfer(new TransferOrder("node-1", "node-2", amount, true, int.MinValue));
            yield return new ProposeTrade(TradeSide.Buy, "node-2", amount, "node-1", true, int.MaxValue);
            yield return new PayFromHolds("book/GME", amount, [new HoldPayment("held", "node-1", amount, amount)]);
            yield return new ListStock(amount, amount);
            yield return new TradeStock((OrderSide)amount, amount);
            yield return new AdjustStock(amount);
            yield return new CreateBook("GME", (int)amount, amount, (int)amount, amount, new BookFunding("USD", true, true));
            yield return new PlaceOrder(OrderSide.Buy, amount, amount);
            yield return new PlaceOrder((OrderSide)amount, 5, 10_00, (OrderType)amount, (TimeInForce)amount);
            yield return new PlaceOrder(OrderSide.Sell, amount, null, OrderType.Market);
            yield return new ReplaceOrder(1, amount, amount);
            yield return new CancelOrder(amount);
            yield return new ConfirmPayments("USD", amount);
        }
        yield return new CloseRound(int.MinValue);
        yield return new CloseBidding(DateTimeOffset.MaxValue);
        yield return new ExpireDue(DateTimeOffset.MaxValue);
        yield return new LowerPrice(int.MaxValue);
        foreach (var amount in new[] { long.MinValue, -1, 0, long.MaxValue })
            yield return new CreateAuction("x", "dutch", new AuctionOptions { StartPriceMinor = amount, StepMinor = amount, FloorMinor = -amount, StepSeconds = int.MinValue });
        yield return new CreateAuction(null!, null!, null!, new AssetFacts(null!, true, int.MaxValue, true));
        yield return new CreateAuction("x", "english", new AuctionOptions { MinimumBidMinor = long.MinValue, BuyNowMinor = long.MaxValue }, new AssetFacts(null!, true, int.MinValue, true));
        yield return new Transfer(default(System.Collections.Immutable.ImmutableArray<TransferOrder>));
        yield return new Transfer(new TransferOrder(null!, null!, 1));
        yield return new PayFromHolds(null!, 1, default);
        yield return new CreateBook(null!, 2, 1, 0, 1, new BookFunding(null!, true, true));
        yield return new PlaceOrder(OrderSide.Buy, 5, 10_00, ClientOrderId: "", Accounts: new OrderAccounts(null!, true, true));
        yield return new ConfirmPayments(null!, 1);
        yield return new HoldFunds(null!, null!, 1, null!, Guid.Empty, default, true);
        foreach (var command in RegionSamples.Strange) yield return command;
        foreach (var command in ListingSamples.Strange) yield return command;
    }

    private static IEnumerable<Stage> States(EntityKind kind)
    {
        // Every state that the histories of a full life pass through.
        Stage[] lives = kind switch
        {
            Ledger => [Ledgers()],
            Region => [RegionTests.Lived()],
            Stock => [Stocks()],
            Shelf => [ShelfTests.Lived()],
            Watch => [WatchTests.Lived()],
            Book => [Books(null), Books(new BookFunding("USD", true, true))],
            _ => [Sealed(), English(), Dutch()],
        };
        foreach (var life in lives)
        {
            for (var length = 0; length <= life.History.Count; length++) yield return new Stage(kind, life.Key).Given([.. life.History.Take(length)]);
        }
        if (kind is Auction) yield return new Stage(kind, "7").Given([.. Sealed().History.Take(6), new AuctionCancelled("eva", null, [])]);
    }

    private static Stage Sealed()
    {
        var auction = SealedRoundsTests.Running();
        foreach (var bidder in new[] { "ann", "bob", "bob", "ann" }) auction.Accept(bidder, new PlaceBid(12_00));
        return auction;
    }

    private static Stage English()
    {
        var auction = SealedRoundsTests.Created(new AuctionOptions { BuyNowMinor = 90_00 }, "english");
        auction.Accept("ann", new JoinAuction());
        auction.Accept("bob", new JoinAuction());
        auction.Accept("ann", new PlaceBid(12_00, 30_00));
        auction.Accept("bob", new PlaceBid(90_00));
        return auction;
    }

    private static Stage Dutch()
    {
        var auction = SealedRoundsTests.Created(new AuctionOptions { StartPriceMinor = 50_00, StepMinor = 5_00 }, "dutch");
        auction.Accept("ann", new JoinAuction());
        auction.LetDeadlineCome();
        auction.Accept("ann", new PlaceBid(45_00));
        return auction;
    }

    private static Stage Ledgers()
    {
        var ledger = LedgerTests.Opened("node-1", "node-2");
        ledger.Accept("node-1", new Transfer(new TransferOrder("node-1", "node-2", 1, true, 60)));
        ledger.Accept("node-1", new HoldFunds("node-1", "node-2", 1, "auction/7", Guid.Empty, Stage.Noon, true));
        ledger.Accept("node-1", new ProposeTrade(TradeSide.Sell, "node-2", 1, "node-1"));
        ledger.LetDeadlineCome();
        return ledger;
    }

    private static Stage Stocks()
    {
        var stock = OrdersStockTests.Listed();
        stock.Accept("ann", new TradeStock(OrderSide.Buy, 100));
        return stock;
    }

    private static Stage Books(BookFunding? funding)
    {
        var book = new Stage(new Book(), "GME");
        book.Accept("eva", new CreateBook("GME", 2, 1, 0, 1, funding));
        var order = 0;
        foreach (var (actor, side, quantity, price) in new[] { ("ann", OrderSide.Buy, 5, 10_00), ("bob", OrderSide.Buy, 5, 9_00), ("eva", OrderSide.Sell, 7, 9_00), ("ann", OrderSide.Sell, 5, 12_00) })
            book.Accept(actor, new PlaceOrder(side, quantity, price, Accounts: new OrderAccounts(actor, true, true)), new HeldFunds($"h{++order}", side == OrderSide.Buy ? quantity * price : quantity));
        book.Accept("ann", new CancelOrder(4));
        if (funding is not null) book.Accept("rialto", new ConfirmPayments("USD", 2));
        book.Accept("eva", new HaltBook());
        return book;
    }

    [Theory, InlineData("auction"), InlineData("ledger"), InlineData("stock"), InlineData("book"), InlineData("region"), InlineData("shelf"), InlineData("watch")]
    public void Every_command_on_every_state_is_decided_and_none_throws(string category)
    {
        var kind = MarketCatalog.KindOf(category)!;
        var tried = 0;
        foreach (var stage in States(kind))
        {
            var before = kind.Save(stage.State);
            _ = kind.PaymentsDue(stage.State);
            foreach (var command in Strange().Where(command => MarketCodec.TypeOf(command).StartsWith(category, StringComparison.Ordinal)))
            {
                foreach (var actor in new[] { "ann", "eva", "operator", "", "a b", null })
                {
                    foreach (var now in new[] { DateTimeOffset.MinValue, Stage.Noon, DateTimeOffset.MaxValue })
                    {
                        var context = new CommandContext(Stage.Id(999), actor!, now, actor == "ann" ? new HeldFunds("h", 1_000_000) : null);
                        Assert.NotNull(kind.Decide(stage.State, command, context));
                        _ = kind.NeedOf(stage.State, command, context);
                        tried++;
                    }
                }
            }
            foreach (var query in Samples.Queries.Where(query => MarketCodec.TypeOf(query).StartsWith(category, StringComparison.Ordinal)))
                Assert.True(kind.Query(stage.State, query) is { View: not null } or { Refusal: not null });
            _ = kind.NextDeadline(stage.State);
            _ = kind.FateOf(stage.State, "h");
            // Deciding, asking and looking change nothing.
            Assert.Equal(before, kind.Save(stage.State));
        }
        Assert.True(tried > (category is "stock" or "shelf" or "watch" ? 500 : 3000), $"{tried} pairs were tried: too few.");
    }

    [Theory, InlineData("auction"), InlineData("ledger"), InlineData("stock"), InlineData("book"), InlineData("region"), InlineData("shelf"), InlineData("watch")]
    public void An_event_that_cannot_have_happened_stops_the_entity_with_a_word_why(string category)
    {
        var kind = MarketCatalog.KindOf(category)!;
        var foreign = category != "ledger" ? (Event)new AccountOpened("a", 0) : new BidderJoined("a");
        var error = Assert.Throws<InvalidOperationException>(() => kind.Evolve(kind.Unborn("7"), foreign));
        Assert.Contains(foreign.GetType().Name, error.Message, StringComparison.Ordinal);
    }
}
