using Rialto.Markets;
using Rialto.Markets.Auctions;

namespace Rialto.Tests.Markets;

public sealed class DutchTests
{
    private static readonly AuctionOptions Tulips = new() { StartPriceMinor = 100_00, StepMinor = 30_00, StepSeconds = 10, FloorMinor = 25_00 };

    private static Stage Running(AuctionOptions? options = null, AssetFacts? asset = null)
    {
        var auction = SealedRoundsTests.Created(options ?? Tulips, "dutch", asset);
        foreach (var bidder in new[] { "ann", "bob" }) auction.Accept(bidder, new JoinAuction());
        return auction;
    }

    private static AuctionView See(Stage auction, string? viewer = null) => SealedRoundsTests.See(auction, viewer);

    [Fact]
    public void The_price_falls_by_a_step_each_interval_down_to_the_floor_and_then_nothing_is_sold()
    {
        var auction = Running();
        Assert.Equal((AuctionStatus.Running, 100.00m, Stage.Noon.AddSeconds(10)), (See(auction).Status, See(auction).Price!.Value, See(auction).ClosesAt!.Value));
        foreach (var price in new[] { 70.00m, 40.00m, 25.00m })
        {
            auction.LetDeadlineCome();
            Assert.Equal((price, price), (See(auction).Price!.Value, See(auction).NextMinimum!.Value));
        }
        auction.LetDeadlineCome();
        Assert.Equal((AuctionStatus.Unsold, "Nobody bid."), (See(auction).Status, See(auction).Reason));
        Assert.Equal(Stage.Noon.AddSeconds(40), auction.Now);
        auction.HoldsItsMemory();
    }

    [Fact]
    public void So_many_steps_lead_down_to_the_floor_and_no_more()
    {
        var most = new AuctionOptions { StartPriceMinor = AuctionBounds.MaxPriceSteps + 1, StepMinor = 1, FloorMinor = 1 };
        SealedRoundsTests.Created(most, "dutch");
        var auction = new Stage(new Auction(), "7");
        auction.Refuse("seller", new CreateAuction("Tulips", "dutch", most with { StartPriceMinor = most.StartPriceMinor + 1 }), "out-of-range");
    }

    [Fact]
    public void The_first_who_takes_it_has_it_at_the_price_on_offer()
    {
        var auction = Running();
        Assert.Equal(100.00m, Assert.Single(auction.Refuse("ann", new PlaceBid(99_99), "below-minimum").Fields).Number);
        auction.LetDeadlineCome();
        // Ann saw the price before; she pays the one on offer.
        auction.Accept("ann", new PlaceBid(100_00));
        Assert.Equal(new WinnerView("ann", 100.00m, 70.00m), See(auction).Winner);
        auction.Refuse("bob", new PlaceBid(100_00), "not-open");
        Assert.Null(auction.Kind.NextDeadline(auction.State));
        auction.HoldsItsMemory();
    }

    [Fact]
    public void Each_price_stands_for_its_whole_interval_also_after_an_hour_in_which_nobody_led()
    {
        var auction = Running();
        auction.Now = Stage.Noon.AddHours(1);
        // What is on offer is told by events: the price has not fallen before it was lowered.
        Assert.Equal(100.00m, See(auction).Price);
        auction.LetDeadlineCome();
        Assert.Equal((70.00m, Stage.Noon.AddHours(1).AddSeconds(10)), (See(auction).Price!.Value, See(auction).ClosesAt!.Value));
    }

    [Fact]
    public void A_deadline_that_comes_twice_lowers_the_price_once()
    {
        var auction = Running();
        auction.LetDeadlineCome();
        Assert.Empty(auction.Accept("rialto", new LowerPrice(0)));
        Assert.Equal(70.00m, See(auction).Price);
    }

    [Fact]
    public void The_whole_bid_is_held_and_the_price_is_posted()
    {
        var auction = Running(asset: new AssetFacts("USD", true, 2, true));
        var bid = new PlaceBid(110_00);
        Assert.Equal(110_00, auction.Kind.NeedOf(auction.State, bid, auction.As("ann"))!.AmountMinor);
        // The price falls while it is being held.
        auction.LetDeadlineCome();
        auction.Accept("ann", bid, new HeldFunds("t-ann", 110_00));
        Assert.Equal(HoldFate.Post(70_00), auction.Kind.FateOf(auction.State, "t-ann"));
        Assert.Equal(HoldFate.Unknown, auction.Kind.FateOf(auction.State, "t-bob"));
    }

    [Fact]
    public void If_several_bidders_are_required_the_price_begins_to_fall_at_the_start()
    {
        var auction = SealedRoundsTests.Created(Tulips with { MinimumBidders = 2 }, "dutch");
        auction.Accept("ann", new JoinAuction());
        auction.Accept("bob", new JoinAuction());
        Assert.Null(See(auction).Price);
        auction.Now = Stage.Noon.AddSeconds(5);
        auction.Accept("eva", new StartAuction());
        Assert.Equal((100.00m, Stage.Noon.AddSeconds(15)), (See(auction).Price!.Value, See(auction).ClosesAt!.Value));
    }

    [Fact]
    public void Until_somebody_takes_it_the_auctioneer_may_call_it_off()
    {
        var auction = Running();
        auction.LetDeadlineCome();
        auction.Accept("eva", new CancelAuction());
        Assert.Equal(AuctionStatus.Cancelled, See(auction).Status);
    }
}
