using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets;
using Rialto.Markets.Auctions;
using Rialto.Markets.Ledgers;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.Runtime;

/// <summary>What must follow from what happened: deadlines and settlement, on a clock that goes on only when told to.</summary>
public class ReactorTests
{
    private static readonly StreamId Violin = StreamId.Of("auction", "violin");
    private static readonly StreamId Usd = StreamId.Of("ledger", "USD");

    [Fact]
    public async Task The_winner_pays_the_seller_and_the_losers_have_their_money_back()
    {
        await using var market = await Market.StartAsync();
        await market.OpenAuctionAsync();
        await market.BidAsync("bob", 30_00);
        await market.BidAsync("carol", 40_00);
        Assert.Equal(60m, (await market.AccountAsync("carol")).Available);
        await market.UntilAsync(async () => (await market.AccountAsync("ann")).Balance == 140m && (await market.AccountAsync("bob")).Available == 100m);
        var carol = await market.AccountAsync("carol");
        Assert.Equal((60m, 60m, 0m), (carol.Balance, carol.Available, carol.PendingDebits));
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_cancelled_auction_gives_all_money_back()
    {
        await using var market = await Market.StartAsync();
        await market.OpenAuctionAsync();
        await market.BidAsync("bob", 30_00);
        await market.DoAsync(Violin, new CancelAuction("broken"), "ann");
        await market.UntilAsync(async () => (await market.AccountAsync("bob")).Available == 100m);
    }

    [Fact]
    public async Task A_round_ends_at_its_deadline_and_who_stayed_silent_has_bid_nothing()
    {
        await using var market = await Market.StartAsync();
        await market.OpenAuctionAsync();
        await market.BidAsync("bob", 30_00);
        Assert.Equal(AuctionStatus.Running, (await market.AuctionAsync()).Status);
        market.Time.Advance(TimeSpan.FromSeconds(61));
        await market.UntilAsync(async () => (await market.AuctionAsync()).Status == AuctionStatus.Sold);
        Assert.Equal("bob", (await market.AuctionAsync()).Winner!.Bidder);
    }

    [Fact]
    public async Task A_deadline_that_passed_while_nobody_ran_is_met_after_the_restart_once()
    {
        await using var market = await Market.StartAsync();
        await market.OpenAuctionAsync();
        await market.BidAsync("bob", 30_00);
        await market.StopAsync();
        market.Time.Advance(TimeSpan.FromHours(1));
        await market.StartAgainAsync();
        await market.UntilAsync(async () => (await market.AuctionAsync()).Status == AuctionStatus.Sold && (await market.AccountAsync("ann")).Balance == 130m);
        await market.StartAgainAsync();
        Assert.Equal(130m, (await market.AccountAsync("ann")).Balance);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task Settlement_that_was_cut_short_is_finished_after_the_restart()
    {
        await using var market = await Market.StartAsync(bidders: 20);
        await market.OpenAuctionAsync(bidders: 20);
        for (var i = 0; i < 19; i++) await market.BidAsync($"b{i}", 10_00 + i);
        var held = market.Journal.HoldAppends();
        var last = market.BidAsync("b19", 20_00);
        await held;
        market.Journal.Release();
        await last;
        await market.StopAsync();
        await market.StartAgainAsync();
        await market.UntilAsync(async () => (await market.AccountAsync("ann")).Balance == 120m);
        await market.UntilAsync(async () => (await market.TrialBalanceAsync()).PendingDebits == 0);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_hold_whose_bid_never_came_is_released_when_no_bid_can_come_any_more()
    {
        await using var market = await Market.StartAsync();
        await market.OpenAuctionAsync();
        var need = new FundsNeed("USD", "bob", "ann", 30_00, Sealed: true);
        var notAfter = market.Time.GetUtcNow().AddSeconds(15);
        await market.DoAsync(Usd, HoldFunds.For(need, Violin, CommandId.From("never sent"), notAfter), "bob");
        Assert.Equal(70m, (await market.AccountAsync("bob")).Available);
        market.Time.Advance(TimeSpan.FromSeconds(14));
        await market.DoAsync(Violin, new PlaceBid(10_00), "carol");
        Assert.Equal(70m, (await market.AccountAsync("bob")).Available);
        market.Time.Advance(TimeSpan.FromSeconds(30));
        await market.UntilAsync(async () => (await market.AccountAsync("bob")).Available == 100m);
    }

    [Fact]
    public async Task A_bid_that_is_sent_again_takes_no_second_hold()
    {
        await using var market = await Market.StartAsync();
        await market.OpenAuctionAsync();
        market.Journal.FailNext(FaultyJournal.Fault.AnswerLost, FaultyJournal.Fault.AnswerLost, FaultyJournal.Fault.NotWritten);
        var first = await market.SendAsync(Violin, new PlaceBid(30_00), "bob", "the bid");
        var again = await market.SendAsync(Violin, new PlaceBid(30_00), "bob", "the bid");
        Assert.Equal(first.Receipt, again.Receipt);
        Assert.Equal(30m, (await market.AccountAsync("bob")).PendingDebits);
    }

    [Fact]
    public async Task Who_cannot_pay_cannot_bid_and_nothing_is_held()
    {
        await using var market = await Market.StartAsync();
        await market.OpenAuctionAsync();
        Assert.Equal("insufficient-funds", (await market.SendAsync(Violin, new PlaceBid(100_01), "bob", "too much")).Refusal?.Code);
        Assert.Equal(100m, (await market.AccountAsync("bob")).Available);
    }

    [Fact]
    public async Task A_bid_names_its_hold_as_its_cause()
    {
        await using var market = await Market.StartAsync();
        await market.OpenAuctionAsync();
        await market.BidAsync("bob", 30_00);
        var events = await market.Journal.ReadAsync(Seq.None, int.MaxValue);
        var bid = events.Last(record => record.Type == "auction.bid-placed");
        Assert.Equal("ledger.funds-held", events.Single(record => record.Seq == Assert.Single(bid.Causes)).Type);
    }

    private sealed class Market : IAsyncDisposable
    {
        private readonly TimedCluster _cluster;
        private int _commands;

        // The failures of these tests are met again at once, on the clock of the tests.
        private Market() => _cluster = new TimedCluster(Journal, new RuntimeSettings { RetryAfterMs = 0 });

        public ManualTime Time => _cluster.Time;

        public FaultyJournal Journal { get; } = new(new MemoryJournal());

        public static async Task<Market> StartAsync(int bidders = 0)
        {
            var market = new Market();
            await market.StartAgainAsync();
            await market.DoAsync(Usd, new CreateLedger(2), "ann");
            foreach (var account in new[] { "ann", "bob", "carol" }.Concat(Enumerable.Range(0, bidders).Select(i => $"b{i}")))
                await market.DoAsync(Usd, new OpenAccount(account, 100_00), "ann");
            return market;
        }

        public Task StartAgainAsync() => _cluster.StartAgainAsync();

        public Task StopAsync() => _cluster.StopAsync();

        public Task UntilAsync(Func<Task<bool>> condition) => _cluster.UntilAsync(condition);

        public Task AssertSoundAsync() => _cluster.AssertSoundAsync();

        public async Task OpenAuctionAsync(int bidders = 0)
        {
            var options = new AuctionOptions { MinimumBidMinor = 10_00, MinimumRounds = 1, MinimumBidders = 2, RoundSeconds = 60 };
            await DoAsync(Violin, new CreateAuction("Violin", "sealed-rounds", options, new AssetFacts("USD", true, 2, true)), "ann");
            foreach (var bidder in bidders == 0 ? ["bob", "carol"] : Enumerable.Range(0, bidders).Select(i => $"b{i}")) await DoAsync(Violin, new JoinAuction(), bidder);
            await DoAsync(Violin, new StartAuction(), "ann");
        }

        public Task BidAsync(string bidder, long cents) => DoAsync(Violin, new PlaceBid(cents), bidder);

        public async Task DoAsync(StreamId entity, Command command, string actor) => Assert.Null((await SendAsync(entity, command, actor, $"{_commands++}")).Refusal);

        public Task<CommandReply> SendAsync(StreamId entity, Command command, string actor, string id) => _cluster.SendAsync(entity, command, actor, id);

        public Task<AccountView> AccountAsync(string account) => _cluster.AskAsync<AccountView>(Usd, new GetAccount(account, Viewer.Operator));

        public Task<TrialBalanceView> TrialBalanceAsync() => _cluster.AskAsync<TrialBalanceView>(Usd, new GetTrialBalance(Viewer.Operator));

        public Task<AuctionView> AuctionAsync() => _cluster.AskAsync<AuctionView>(Violin, new GetAuction(Viewer.Operator));

        public ValueTask DisposeAsync() => _cluster.DisposeAsync();
    }
}
