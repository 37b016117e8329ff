using Rialto.Markets;
using Rialto.Markets.Auctions;

namespace Rialto.Tests.Markets;

public sealed class EnglishTests
{
    private static readonly AuctionOptions Plain = new() { MinimumBidMinor = 10_00, IncrementMinor = 1_00, ClosesInSeconds = 300 };

    private static Stage Running(AuctionOptions? options = null)
    {
        var auction = SealedRoundsTests.Created(options ?? Plain, "english");
        foreach (var bidder in new[] { "ann", "bob", "cid" }) auction.Accept(bidder, new JoinAuction());
        return auction;
    }

    private static AuctionView See(Stage auction, string? viewer = null) => SealedRoundsTests.See(auction, viewer);

    private static void Stands(Stage auction, string leader, decimal price) => Assert.Equal((leader, price), (See(auction).Leader!, See(auction).Price!.Value));

    [Fact]
    public void It_runs_from_its_creation_and_takes_bidders_while_it_runs()
    {
        var auction = Running();
        Assert.Equal((AuctionStatus.Running, Stage.Noon.AddSeconds(300)), (See(auction).Status, See(auction).ClosesAt!.Value));
        Assert.Empty(auction.Accept("eva", new StartAuction()));
        auction.Accept("ann", new PlaceBid(10_00));
        auction.Accept("dan", new JoinAuction());
        auction.Accept("dan", new PlaceBid(11_00));
        Stands(auction, "dan", 11.00m);
    }

    [Fact]
    public void If_several_bidders_are_required_it_waits_for_them_and_for_the_start()
    {
        var auction = SealedRoundsTests.Created(Plain with { MinimumBidders = 2 }, "english");
        auction.Accept("ann", new JoinAuction());
        auction.Refuse("ann", new PlaceBid(10_00), "not-open");
        auction.Accept("bob", new JoinAuction());
        Assert.Equal(AuctionStatus.AwaitingStart, See(auction).Status);
        auction.Now = Stage.Noon.AddSeconds(10);
        auction.Accept("eva", new StartAuction());
        Assert.Equal(Stage.Noon.AddSeconds(310), See(auction).ClosesAt);
        auction.Refuse("eva", new StartAuction(), "not-open");
    }

    [Fact]
    public void Each_bid_raises_the_price_by_the_increment_at_least_and_the_leader_wins_at_closing_time()
    {
        var auction = Running();
        Assert.Equal(10.00m, Assert.Single(auction.Refuse("ann", new PlaceBid(9_99), "below-minimum").Fields).Number);
        auction.Accept("ann", new PlaceBid(10_00));
        auction.Refuse("bob", new PlaceBid(10_99), "below-minimum");
        auction.Accept("bob", new PlaceBid(15_00));
        Stands(auction, "bob", 15.00m);
        Assert.Equal(16.00m, See(auction).NextMinimum);
        auction.LetDeadlineCome();
        Assert.Equal(new WinnerView("bob", 15.00m, 15.00m), See(auction).Winner);
        Assert.Equal(["ann", "cid"], ((AuctionSold)auction.History[^1]).Losers.AsEnumerable());
        auction.HoldsItsMemory();
    }

    [Fact]
    public void A_maximum_bids_for_its_bidder_one_increment_above_the_others()
    {
        var auction = Running();
        auction.Accept("ann", new PlaceBid(10_00, 30_00));
        Stands(auction, "ann", 10.00m);
        auction.Accept("bob", new PlaceBid(11_00));
        Stands(auction, "ann", 12.00m);
        auction.Accept("bob", new PlaceBid(13_00, 29_50));
        Stands(auction, "ann", 30.00m);
        auction.HoldsItsMemory();
        auction.Accept("cid", new PlaceBid(31_00, 50_00));
        Stands(auction, "cid", 31.00m);
        auction.HoldsItsMemory();
    }

    [Fact]
    public void A_higher_maximum_takes_the_lead_one_increment_above_the_beaten_one()
    {
        var auction = Running();
        auction.Accept("ann", new PlaceBid(10_00, 30_00));
        auction.Accept("bob", new PlaceBid(11_00, 50_00));
        Stands(auction, "bob", 31.00m);
    }

    [Fact]
    public void Of_equal_maximums_the_earlier_leads()
    {
        var auction = Running();
        auction.Accept("ann", new PlaceBid(10_00, 30_00));
        auction.Accept("bob", new PlaceBid(11_00, 30_00));
        Stands(auction, "ann", 30.00m);
    }

    [Fact]
    public void A_leader_may_raise_their_maximum_without_raising_the_price()
    {
        var auction = Running();
        auction.Accept("ann", new PlaceBid(10_00));
        auction.Accept("ann", new PlaceBid(10_00, 40_00));
        Stands(auction, "ann", 10.00m);
        auction.Refuse("ann", new PlaceBid(10_00, 40_00), "below-minimum");
        auction.Accept("bob", new PlaceBid(20_00));
        Stands(auction, "ann", 21.00m);
    }

    [Fact]
    public void A_maximum_is_its_bidders_secret_for_ever()
    {
        var auction = Running();
        var bid = auction.Accept("ann", new PlaceBid(10_00, 40_00))[0];
        Assert.Equal((10.00m, 40.00m), (See(auction, "ann").YourBid!.Value, See(auction, "ann").YourMaximum!.Value));
        Assert.Null(See(auction, "eva").YourMaximum);
        auction.LetDeadlineCome();
        Assert.Equal(new BidPlaced("ann", 1, 10_00, Sealed: true), auction.Kind.Conceal(auction.State, bid, new Viewer("eva")));
        Assert.Equal(bid, auction.Kind.Conceal(auction.State, bid, new Viewer("ann")));
    }

    [Fact]
    public void Below_its_reserve_nothing_is_sold_and_nobody_but_the_auctioneer_knows_the_reserve()
    {
        var auction = Running(Plain with { ReserveMinor = 50_00 });
        auction.Accept("ann", new PlaceBid(10_00));
        Assert.False(See(auction).ReserveMet);
        Assert.Equal((null, 50.00m), (See(auction, "ann").Reserve, See(auction, "eva").Reserve));
        Assert.Null(Assert.IsType<AuctionCreated>(auction.Kind.Conceal(auction.State, auction.History[0], new Viewer("ann"))).Terms.ReserveMinor);
        auction.LetDeadlineCome();
        Assert.Equal(UnsoldReason.ReserveNotMet, ((AuctionUnsold)auction.History[^1]).Reason);
    }

    [Fact]
    public void A_maximum_that_reaches_the_reserve_raises_the_price_to_it()
    {
        var auction = Running(Plain with { ReserveMinor = 50_00 });
        auction.Accept("ann", new PlaceBid(10_00, 60_00));
        Stands(auction, "ann", 50.00m);
        Assert.True(See(auction).ReserveMet);
    }

    [Fact]
    public void Who_bids_the_buy_now_price_has_it_at_once_for_that_price()
    {
        var auction = Running(Plain with { BuyNowMinor = 100_00 });
        auction.Accept("ann", new PlaceBid(10_00, 200_00));
        var events = auction.Accept("bob", new PlaceBid(150_00));
        Assert.Equal(("bob", 100_00L), (((AuctionSold)events[^1]).Winner, ((AuctionSold)events[^1]).PriceMinor));
    }

    [Fact]
    public void When_maximums_drive_the_price_to_buy_now_the_leader_has_it()
    {
        var auction = Running(Plain with { BuyNowMinor = 100_00 });
        auction.Accept("ann", new PlaceBid(10_00, 200_00));
        Assert.Equal("ann", ((AuctionSold)auction.Accept("bob", new PlaceBid(11_00, 99_50))[^1]).Winner);
    }

    [Fact]
    public void A_bid_in_the_last_seconds_extends_the_time_and_the_old_deadline_does_nothing()
    {
        var auction = Running(Plain with { SoftCloseSeconds = 30 });
        auction.Now = Stage.Noon.AddSeconds(269);
        Assert.Null(((PriceMoved)auction.Accept("ann", new PlaceBid(10_00))[1]).ClosesAt);
        var old = auction.Kind.NextDeadline(auction.State)!;
        auction.Now = Stage.Noon.AddSeconds(299);
        Assert.Equal(Stage.Noon.AddSeconds(329), ((PriceMoved)auction.Accept("bob", new PlaceBid(11_00))[1]).ClosesAt);
        Assert.Empty(auction.Accept("rialto", old.Command));
        Assert.NotEqual(old.Name, auction.Kind.NextDeadline(auction.State)!.Name);
        auction.Now = Stage.Noon.AddSeconds(329);
        auction.Refuse("ann", new PlaceBid(20_00), "not-open");
        auction.LetDeadlineCome();
        Assert.Equal("bob", See(auction).Winner!.Bidder);
    }

    [Theory]
    [InlineData(10_00, 10.50)]
    [InlineData(99_00, 101.00)]
    [InlineData(100_00, 105.00)]
    [InlineData(1, 0.02)]
    [InlineData(1_000_00, 1050.00)]
    public void Without_an_agreed_increment_a_ladder_gives_it(long price, double next)
    {
        var auction = Running(new AuctionOptions());
        auction.Accept("ann", new PlaceBid(price));
        Assert.Equal((decimal)next, See(auction).NextMinimum);
    }

    [Fact]
    public void It_can_be_cancelled_until_somebody_bids()
    {
        var auction = Running();
        auction.Accept("ann", new PlaceBid(10_00));
        auction.Refuse("eva", new CancelAuction(), "not-open");
        var other = Running();
        other.Accept("eva", new CancelAuction());
        Assert.Equal(AuctionStatus.Cancelled, See(other).Status);
        other.HoldsItsMemory();
    }
}
