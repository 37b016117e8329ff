using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Auctions;
using Rialto.Markets.Ledgers;

namespace Rialto.Tests.Markets;

public sealed class FundedAuctionTests
{
    private static readonly AssetFacts Usd = new("USD", true, 2, true);

    private static Stage Running(string format, AuctionOptions options)
    {
        var auction = SealedRoundsTests.Created(options, format, Usd);
        foreach (var bidder in new[] { "ann", "bob" }) auction.Accept(bidder, new JoinAuction());
        if (SealedRoundsTests.See(auction).Status == AuctionStatus.AwaitingStart) auction.Accept("eva", new StartAuction());
        return auction;
    }

    private static Stage Rounds() => Running("sealed-rounds", SealedRoundsTests.TwoRounds);

    private static Stage Ascending(long? buyNow = null) => Running("english", new AuctionOptions { IncrementMinor = 1_00, BuyNowMinor = buyNow });

    private static FundsNeed? Need(Stage auction, string bidder, PlaceBid bid) => auction.Kind.NeedOf(auction.State, bid, auction.As(bidder));

    private static void Bid(Stage auction, string bidder, PlaceBid bid, string transfer) =>
        auction.Accept(bidder, bid, Need(auction, bidder, bid) is { } need ? new HeldFunds(transfer, need.AmountMinor) : null);

    private static HoldFate Fate(Stage auction, string transfer) => auction.Kind.FateOf(auction.State, transfer);

    [Fact]
    public void A_funded_bid_says_what_it_needs_and_counts_only_with_it()
    {
        var auction = Rounds();
        Assert.Equal(new FundsNeed("USD", "ann", "eva", 12_50, Sealed: true), Need(auction, "ann", new PlaceBid(12_50)));
        auction.Refuse("ann", new PlaceBid(12_50), "not-funded");
        auction.Refuse("ann", new PlaceBid(12_50), "not-funded", new HeldFunds("t1", 12_49));
        Assert.Equal(new BidPlaced("ann", 1, 12_50, Transfer: "t1", HeldMinor: 12_50), auction.Accept("ann", new PlaceBid(12_50), new HeldFunds("t1", 12_50))[0]);
    }

    [Fact]
    public void Nothing_is_held_for_what_would_be_refused_or_needs_nothing()
    {
        var auction = Rounds();
        Assert.Null(Need(auction, "ann", new PlaceBid(9_99)));
        Assert.Null(Need(auction, "cid", new PlaceBid(12_50)));
        Assert.Null(Need(auction, "eva", new PlaceBid(12_50)));
        Assert.Null(auction.Kind.NeedOf(auction.State, new JoinAuction(), auction.As("cid")));
        Assert.Null(Need(SealedRoundsTests.Running(), "ann", new PlaceBid(12_50)));
        Assert.Null(new Auction().NeedOf(new Auction().Unborn("8"), new PlaceBid(12_50), auction.As("ann")));
    }

    [Fact]
    public void The_winners_holds_are_posted_to_the_seller_and_the_losers_are_released()
    {
        var auction = Rounds();
        Bid(auction, "ann", new PlaceBid(12_00), "a1");
        Bid(auction, "bob", new PlaceBid(11_00), "b1");
        Bid(auction, "ann", new PlaceBid(10_00), "a2");
        Assert.Equal([HoldFate.Keep, HoldFate.Keep, HoldFate.Unknown], new[] { "a1", "b1", "x" }.Select(id => Fate(auction, id)));
        auction.HoldsItsMemory();
        Bid(auction, "bob", new PlaceBid(10_00), "b2");
        Assert.Equal([HoldFate.Post(12_00), HoldFate.Post(10_00), HoldFate.Void, HoldFate.Void], new[] { "a1", "a2", "b1", "b2" }.Select(id => Fate(auction, id)));
        auction.HoldsItsMemory();
    }

    [Fact]
    public void A_cancelled_auction_releases_everything()
    {
        var auction = Rounds();
        Bid(auction, "ann", new PlaceBid(12_00), "a1");
        auction.Accept("eva", new CancelAuction());
        Assert.Equal(HoldFate.Void, Fate(auction, "a1"));
    }

    [Fact]
    public void An_english_bidder_is_held_for_the_maximum_and_then_only_for_the_difference()
    {
        var auction = Ascending();
        Assert.Equal(30_00, Need(auction, "ann", new PlaceBid(10_00, 30_00))!.AmountMinor);
        Bid(auction, "ann", new PlaceBid(10_00, 30_00), "a1");
        Assert.Equal(15_00, Need(auction, "ann", new PlaceBid(10_00, 45_00))!.AmountMinor);
        Assert.Null(Need(auction, "ann", new PlaceBid(20_00)));
        Bid(auction, "ann", new PlaceBid(20_00), "-");
        Bid(auction, "ann", new PlaceBid(20_00, 45_00), "a2");
        Bid(auction, "bob", new PlaceBid(21_00, 35_00), "b1");
        Assert.Equal([HoldFate.Keep, HoldFate.Keep, HoldFate.Void], new[] { "a1", "a2", "b1" }.Select(id => Fate(auction, id)));
        auction.LetDeadlineCome();
        Assert.Equal(36.00m, SealedRoundsTests.See(auction).Winner!.Price);
        Assert.Equal([HoldFate.Post(30_00), HoldFate.Post(6_00), HoldFate.Void], new[] { "a1", "a2", "b1" }.Select(id => Fate(auction, id)));
        auction.HoldsItsMemory();
    }

    [Fact]
    public void Who_is_outbid_is_released_and_needs_everything_again()
    {
        var auction = Ascending();
        Bid(auction, "ann", new PlaceBid(10_00), "a1");
        Bid(auction, "bob", new PlaceBid(20_00), "b1");
        Assert.Equal((HoldFate.Void, HoldFate.Keep), (Fate(auction, "a1"), Fate(auction, "b1")));
        Assert.Equal(30_00, Need(auction, "ann", new PlaceBid(30_00))!.AmountMinor);
        // Held for a state of things that is gone: no longer enough.
        auction.Refuse("ann", new PlaceBid(30_00), "not-funded", new HeldFunds("a2", 20_00));
    }

    [Fact]
    public void Nobody_is_held_for_more_than_the_buy_now_price()
    {
        var auction = Ascending(buyNow: 50_00);
        Assert.Equal(50_00, Need(auction, "ann", new PlaceBid(10_00, 90_00))!.AmountMinor);
        Bid(auction, "ann", new PlaceBid(80_00), "a1");
        Assert.Equal(HoldFate.Post(50_00), Fate(auction, "a1"));
    }

    [Fact]
    public void An_auction_in_a_ledger_counts_in_its_scale_and_needs_the_auctioneers_account()
    {
        var auction = SealedRoundsTests.Created(asset: new AssetFacts("kWh", true, 0, true));
        Assert.Equal((1000m, "kWh"), (SealedRoundsTests.See(auction).MinimumBid, SealedRoundsTests.See(auction).Asset));
        Assert.Equal(new AuctionScaleView(0, "kWh"), auction.Ask<AuctionScaleView>(new GetAuctionScale()));
        var none = new Stage(new Auction(), "9");
        none.Refuse("eva", new CreateAuction("Violin", "english", new(), new AssetFacts("EUR", false, 0, false)), "ledger-not-found");
        none.Refuse("eva", new CreateAuction("Violin", "english", new(), new AssetFacts("USD", true, 2, false)), "account-not-found");
    }

    [Theory]
    [InlineData("sealed-rounds", 36.00)]
    [InlineData("english", 26.00)]
    public void When_every_hold_meets_its_fate_the_seller_has_the_price_and_nobody_else_has_lost_anything(string format, double price)
    {
        var ledger = LedgerTests.Opened("eva", "ann", "bob");
        var auction = format == "english" ? Ascending() : Rounds();
        foreach (var (bidder, bid) in new (string, PlaceBid)[] { ("ann", new(11_00)), ("bob", new(13_00, format == "english" ? 30_00 : null)), ("ann", new(25_00)), ("bob", new(10_00)) })
        {
            if (Need(auction, bidder, bid) is not { } need) continue;
            var hold = HoldFunds.For(need, StreamId.Of("auction", auction.Key), CommandId.None, Stage.Noon.AddMinutes(1));
            ledger.Accept(bidder, hold);
            auction.Accept(bidder, bid, new HeldFunds(ledger.LastId.ToEntityKey(), need.AmountMinor));
        }
        while (auction.Kind.NextDeadline(auction.State) is not null) auction.LetDeadlineCome();
        foreach (var hold in ((LedgerState)ledger.State).OpenHolds.ToList())
        {
            var fate = auction.Kind.FateOf(auction.State, hold.Transfer);
            ledger.Accept("rialto", fate.Kind == HoldFateKind.Post ? new PostHold(hold.Transfer, fate.AmountMinor) : new ReleaseHold(hold.Transfer));
        }
        var winner = SealedRoundsTests.See(auction).Winner!;
        Assert.Equal((decimal)price, winner.Price);
        Assert.Equal(100.00m + winner.Price, LedgerTests.Account(ledger, "eva").Available);
        foreach (var bidder in new[] { "ann", "bob" })
            Assert.Equal(100.00m - (bidder == winner.Bidder ? winner.Price : 0), LedgerTests.Account(ledger, bidder).Available);
        Assert.Empty(((LedgerState)ledger.State).OpenHolds);
    }
}
