using Rialto.GrainInterfaces;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Auctions;
using Rialto.Markets.Dispatch;
using Rialto.Markets.Ledgers;
using Rialto.Markets.Listings;
using Rialto.Markets.Orders;
using Rialto.Tests.Markets;

namespace Rialto.Tests.OnOrleans;

/// <summary>Every market from its grain to the journal and back. Its rules are tested in Markets; here it is shown that the way there and back holds.</summary>
public sealed class MarketTests(OrleansMarketFixture fixture) : IClassFixture<OrleansMarketFixture>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly Position Here = new(48_000_000, 9_000_000);

    private readonly OrleansMarket _market = fixture.Market;

    [Fact]
    public async Task An_auction_is_sold_and_the_winner_pays_through_its_ledger()
    {
        var (violin, eur) = (Grain<IAuctionGrain>("violin"), Grain<ILedgerGrain>("EUR"));
        await OpenAsync(eur, 2, 100_00, "ann", "bob", "cid");
        var terms = new AuctionOptions { MinimumBidMinor = 10_00, MinimumRounds = 1, MinimumBidders = 2, RoundSeconds = 60 };
        await DoAsync(violin, new CreateAuction("Violin", "sealed-rounds", terms, new AssetFacts("EUR", true, 2, true)), "ann");
        foreach (var bidder in new[] { "bob", "cid" }) await DoAsync(violin, new JoinAuction(), bidder);
        await DoAsync(violin, new StartAuction(), "ann");
        await DoAsync(violin, new PlaceBid(30_00), "bob");
        await DoAsync(violin, new PlaceBid(40_00), "cid");
        await UntilAsync("the winner has paid", async () => await BalanceAsync(eur, "ann") == (140m, 140m) && await BalanceAsync(eur, "bob") == (100m, 100m));
        var sold = await AskAsync<AuctionView>(violin, new GetAuction(Viewer.Operator));
        Assert.Equal((AuctionStatus.Sold, "cid"), (sold.Status, sold.Winner!.Bidder));
        Assert.Equal((60m, 60m), await BalanceAsync(eur, "cid"));
        await _market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_ledger_moves_money_and_refuses_what_is_not_there()
    {
        var chf = Grain<ILedgerGrain>("CHF");
        await OpenAsync(chf, 2, 100_00, "ann", "bob");
        await DoAsync(chf, new Transfer(new TransferOrder("ann", "bob", 25_00)), "ann");
        var tooMuch = await chf.ExecuteAsync(new EntityCommand(new Transfer(new TransferOrder("ann", "bob", 75_01)), "ann", CommandId.From("too much"), 0, null));
        Assert.Equal("insufficient-funds", tooMuch.Refusal?.Code);
        Assert.Equal(((75m, 75m), (125m, 125m)), (await BalanceAsync(chf, "ann"), await BalanceAsync(chf, "bob")));
        await _market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_region_sends_a_unit_to_an_incident()
    {
        var town = Grain<IRegionGrain>("town");
        await DoAsync(town, new ConfigureRegion(3_600, 0, 0), "operator");
        await DoAsync(town, new RegisterUnit("amb-1", "ambulance", Here, []), "amb-1");
        await DoAsync(town, new RegisterHospital("hos-1", Here, 4, true), "hos-1");
        var crash = (await DoAsync(town, new ReportIncident(Here, 1, []), "car-7")).View!.As<IncidentView>();
        Assert.Equal("amb-1", crash.Unit);
        foreach (var said in new[] { UnitReport.Acknowledged, UnitReport.OnScene, UnitReport.Available }) await DoAsync(town, new ReportStatus("amb-1", said), "amb-1");
        Assert.Equal(1, (await AskAsync<RegionView>(town, new GetRegion())).FinishedIncidents);
        await _market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_stock_is_traded_with_the_dealer()
    {
        var stock = Grain<IStockGrain>("GameStart");
        await DoAsync(stock, new ListStock(15_99, 100), "eva");
        await DoAsync(stock, new TradeStock(OrderSide.Buy, 2), "ann");
        Assert.Equal((15.99m, 98L), (await AskAsync<StockView>(stock, new GetStock())) is var view ? (view.Price, view.Quantity) : default);
        await _market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_book_matches_orders_and_both_sides_are_paid_through_their_ledgers()
    {
        var (book, usd, gme) = (Grain<IBookGrain>("GME"), Grain<ILedgerGrain>("USD"), Grain<ILedgerGrain>("GME"));
        await OpenAsync(usd, 2, 1_000_00, "ann", "bob");
        await OpenAsync(gme, 0, 100, "ann", "bob");
        await DoAsync(book, new CreateBook("GME", 2, 1, 0, 1, new BookFunding("USD", true, true)), "eva");
        await DoAsync(book, Order("ann", OrderSide.Sell, 6, 15_00), "ann");
        var bought = (await DoAsync(book, Order("bob", OrderSide.Buy, 6, 16_00), "bob")).View!.As<OrderView>();
        Assert.Equal(OrderStatus.Filled, bought.Status);
        await UntilAsync("both are paid", async () =>
            (await BalanceAsync(usd, "ann"), await BalanceAsync(usd, "bob"), await BalanceAsync(gme, "ann"), await BalanceAsync(gme, "bob")) == ((1_090m, 1_090m), (910m, 910m), (94m, 94m), (106m, 106m)));
        await _market.AssertSoundAsync();

        static PlaceOrder Order(string actor, OrderSide side, long quantity, long price) => new(side, quantity, price, Accounts: new OrderAccounts(actor, true, true));
    }

    [Fact]
    public async Task A_shelf_is_stocked_and_shows_how_it_was()
    {
        var shelf = Grain<IShelfGrain>(ListingSamples.Corollas.Key);
        await DoAsync(shelf, ListingSamples.Commands.OfType<StockShelf>().First(), "ann");
        var view = await AskAsync<ShelfView>(shelf, new GetShelf());
        Assert.Equal((1, "CAD", "ann"), (view.Count, view.Currency, view.By));
        await _market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_watch_is_set_and_removed()
    {
        var watch = Grain<IWatchGrain>("0123456789ab");
        await DoAsync(watch, ListingSamples.Commands.OfType<SetWatch>().First(), "ann");
        Assert.Equal(WatchStatus.Waiting, (await AskAsync<WatchView>(watch, new GetWatch())).Status);
        await DoAsync(watch, new RemoveWatch(), "ann");
        Assert.Equal("watch-not-found", (await watch.QueryAsync(new EntityQuestion(new GetWatch(), null))).Refusal?.Code);
        await _market.AssertSoundAsync();
    }

    private TGrain Grain<TGrain>(string key) where TGrain : IEntityGrain => _market.Client.GetGrain<TGrain>(key);

    private async Task OpenAsync(ILedgerGrain ledger, int scale, long initial, params string[] accounts)
    {
        await DoAsync(ledger, new CreateLedger(scale), "eva");
        foreach (var account in accounts) await DoAsync(ledger, new OpenAccount(account, initial), account);
    }

    /// <summary>Has a command decided, finds it in the journal where the reply says, and is answered the same when it is sent again.</summary>
    private async Task<EntityReply> DoAsync(IEntityGrain grain, Command command, string actor)
    {
        var id = CommandId.From($"{Guid.NewGuid()}");
        var reply = await grain.ExecuteAsync(new EntityCommand(command, actor, id, 0, null)).AsTask().WaitAsync(Limit);
        Assert.True(reply.Refusal is null, $"{command} was refused: {reply.Refusal}");
        var record = Assert.Single(await _market.Journal.ReadAsync(new Seq(reply.Seq.Value - 1), 1));
        Assert.Equal((reply.Seq, reply.Version, id, grain.GetPrimaryKeyString()), (record.Seq, record.Version, record.Command, record.Stream.Key));
        var again = await grain.ExecuteAsync(new EntityCommand(command, actor, id, 0, null)).AsTask().WaitAsync(Limit);
        Assert.Equal((reply.Seq, true), (again.Seq, again.Replayed));
        return reply;
    }

    private static async Task<TView> AskAsync<TView>(IEntityGrain grain, Query query) where TView : View =>
        (await grain.QueryAsync(new EntityQuestion(query, null)).AsTask().WaitAsync(Limit)).View!.As<TView>();

    private static async Task<(decimal Balance, decimal Available)> BalanceAsync(ILedgerGrain ledger, string account) =>
        await AskAsync<AccountView>(ledger, new GetAccount(account, Viewer.Operator)) is var view ? (view.Balance, view.Available) : default;

    private static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        using var limit = new CancellationTokenSource(Limit);
        while (!await condition())
        {
            Assert.False(limit.IsCancellationRequested, $"After {Limit} there was still not: {what}.");
            await timer.WaitForNextTickAsync();
        }
    }
}
