using Rialto.Markets;
using Rialto.Markets.Auctions;

namespace Rialto.Tests.Markets;

/// <summary>The formats of one sealed round: who wins is the same, what they pay is not.</summary>
public sealed class OneRoundTests
{
    private static readonly AuctionOptions Options = new() { MinimumBidMinor = 10_00, MinimumBidders = 1, RoundSeconds = 60 };

    private static Stage Running(string format, AssetFacts? asset = null, params string[] bidders)
    {
        var auction = SealedRoundsTests.Created(Options, format, asset);
        foreach (var bidder in bidders) auction.Accept(bidder, new JoinAuction());
        auction.Accept("eva", new StartAuction());
        return auction;
    }

    [Theory]
    [InlineData("first-price", 30.00)]
    [InlineData("vickrey", 20.00)]
    public void The_highest_bid_wins_and_pays_its_own_or_the_second_highest(string format, double price)
    {
        var auction = Running(format, null, "ann", "bob", "cid");
        auction.Accept("ann", new PlaceBid(20_00));
        auction.Accept("bob", new PlaceBid(30_00));
        Assert.Equal((1, AuctionStatus.Running, null), (SealedRoundsTests.See(auction).Round, SealedRoundsTests.See(auction).Status, SealedRoundsTests.See(auction, "cid").YourBid));
        auction.Accept("cid", new PlaceBid(12_00));
        Assert.Equal(new WinnerView("bob", 30.00m, (decimal)price), SealedRoundsTests.See(auction).Winner);
        Assert.Equal(30.00m, SealedRoundsTests.See(auction).Rounds[0].Bids["bob"]);
        auction.HoldsItsMemory();
    }

    [Theory]
    [InlineData("first-price", 25.00)]
    [InlineData("vickrey", 10.00)]
    public void Who_bids_alone_pays_their_bid_or_the_least_that_could_be_bid(string format, double price)
    {
        var auction = Running(format, null, "ann", "bob");
        auction.Accept("ann", new PlaceBid(25_00));
        auction.LetDeadlineCome();
        Assert.Equal(new WinnerView("ann", 25.00m, (decimal)price), SealedRoundsTests.See(auction).Winner);
    }

    [Theory, InlineData("first-price"), InlineData("vickrey")]
    public void Of_equal_bids_the_earlier_wins_and_pays_as_much(string format)
    {
        var auction = Running(format, null, "ann", "bob");
        auction.Accept("bob", new PlaceBid(20_00));
        auction.Accept("ann", new PlaceBid(20_00));
        Assert.Equal(new WinnerView("bob", 20.00m, 20.00m), SealedRoundsTests.See(auction).Winner);
    }

    [Fact]
    public void Of_the_second_price_winners_hold_only_the_price_is_posted()
    {
        var auction = Running("vickrey", new AssetFacts("USD", true, 2, true), "ann", "bob");
        auction.Accept("ann", new PlaceBid(30_00), new HeldFunds("t-ann", 30_00));
        auction.Accept("bob", new PlaceBid(20_00), new HeldFunds("t-bob", 20_00));
        Assert.Equal(HoldFate.Post(20_00), auction.Kind.FateOf(auction.State, "t-ann"));
        Assert.Equal(HoldFate.Void, auction.Kind.FateOf(auction.State, "t-bob"));
    }

    [Theory, InlineData("first-price"), InlineData("vickrey")]
    public void Without_any_bid_nothing_is_sold(string format)
    {
        var auction = Running(format, null, "ann");
        auction.LetDeadlineCome();
        Assert.Equal(AuctionStatus.Unsold, SealedRoundsTests.See(auction).Status);
    }
}
