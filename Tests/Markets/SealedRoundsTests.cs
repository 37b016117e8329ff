using Rialto.Markets;
using Rialto.Markets.Auctions;

namespace Rialto.Tests.Markets;

public sealed class SealedRoundsTests
{
    internal static readonly AuctionOptions TwoRounds = new() { MinimumBidMinor = 10_00, MinimumRounds = 2, MinimumBidders = 2, RoundSeconds = 60, StartTimeoutSeconds = 60 };

    internal static Stage Created(AuctionOptions? options = null, string format = "sealed-rounds", AssetFacts? asset = null)
    {
        var auction = new Stage(new Auction(), "7");
        auction.Accept("eva", new CreateAuction("Violin", format, options ?? TwoRounds, asset));
        return auction;
    }

    internal static Stage Running(AuctionOptions? options = null, params string[] bidders)
    {
        var auction = Created(options);
        foreach (var bidder in bidders.Length == 0 ? ["ann", "bob"] : bidders) auction.Accept(bidder, new JoinAuction());
        auction.Accept("eva", new StartAuction());
        return auction;
    }

    internal static AuctionView See(Stage auction, string? viewer = null) => auction.Ask<AuctionView>(new GetAuction(new Viewer(viewer, viewer == "operator")));

    [Fact]
    public void When_enough_have_joined_the_auctioneer_is_asked_to_start()
    {
        var auction = Created();
        Assert.Single(auction.Accept("ann", new JoinAuction()));
        auction.Refuse("eva", new StartAuction(), "not-enough-bidders");
        Assert.Equal([new BidderJoined("bob"), new StartAwaited(Stage.Noon.AddSeconds(60))], auction.Accept("bob", new JoinAuction()).AsEnumerable());
        Assert.Equal(AuctionStatus.AwaitingStart, See(auction).Status);
        Assert.Single(auction.Accept("cid", new JoinAuction()));
        Assert.Equal(["ann", "bob", "cid"], See(auction).Participants.AsEnumerable());
        Assert.Equal([new AuctionStarted(), new RoundOpened(1, Stage.Noon.AddSeconds(60))], auction.Accept("eva", new StartAuction()).AsEnumerable());
        auction.Refuse("dan", new JoinAuction(), "not-open");
        auction.Refuse("eva", new StartAuction(), "not-open");
    }

    [Fact]
    public void An_auctioneer_who_does_not_start_in_time_lets_it_be_cancelled_and_all_are_told()
    {
        var auction = Created();
        auction.Accept("ann", new JoinAuction());
        auction.Accept("bob", new JoinAuction());
        var cancelled = Assert.IsType<AuctionCancelled>(Assert.Single(auction.LetDeadlineCome()));
        Assert.Equal((null, 2), (cancelled.By, cancelled.Bidders.Length));
        auction.Refuse("eva", new StartAuction(), "not-open");
        Assert.Empty(auction.Accept("rialto", new GiveUpStart()));
        Assert.Null(auction.Kind.NextDeadline(auction.State));
    }

    [Fact]
    public void A_round_ends_when_all_have_bid_and_its_bids_are_revealed()
    {
        var auction = Running();
        Assert.Single(auction.Accept("bob", new PlaceBid(11_00)));
        Assert.Empty(See(auction).Rounds);
        var events = auction.Accept("ann", new PlaceBid(12_50));
        Assert.Equal(3, events.Length);
        Assert.Equal([("ann", 12_50L), ("bob", 11_00L)], ((RoundRevealed)events[1]).BidsMinor.Select(bid => (bid.Key, bid.Value)));
        Assert.Equal(new RoundOpened(2, Stage.Noon.AddSeconds(60)), events[2]);
        Assert.Equal(12.50m, See(auction).Rounds[0].Bids["ann"]);
        Assert.Null(See(auction, "ann").YourBid);
    }

    [Fact]
    public void Who_stays_silent_has_bid_nothing_and_holds_nobody_up()
    {
        var auction = Running();
        auction.Accept("ann", new PlaceBid(12_50));
        auction.LetDeadlineCome();
        Assert.Equal((12.50m, 0.00m), (See(auction).Rounds[0].Bids["ann"], See(auction).Rounds[0].Bids["bob"]));
        Assert.Equal(2, See(auction).Round);
        auction.LetDeadlineCome();
        Assert.Equal(new WinnerView("ann", 12.50m, 12.50m), See(auction).Winner);
    }

    [Fact]
    public void The_highest_sum_over_all_rounds_wins_and_losers_are_told()
    {
        var auction = Running(null, "ann", "bob", "cid");
        foreach (var (bidder, amount) in new[] { ("ann", 30_00), ("bob", 20_00), ("cid", 10_00), ("ann", 10_00), ("bob", 21_00), ("cid", 10_00) })
            auction.Accept(bidder, new PlaceBid(amount));
        var sold = Assert.IsType<AuctionSold>(auction.History[^1]);
        Assert.Equal(("bob", 41_00L, 41_00L), (sold.Winner, sold.TotalMinor, sold.PriceMinor));
        Assert.Equal(["ann", "cid"], sold.Losers.AsEnumerable());
        Assert.Equal(AuctionStatus.Sold, See(auction).Status);
        auction.Refuse("ann", new PlaceBid(50_00), "not-open");
        auction.HoldsItsMemory();
    }

    [Fact]
    public void Of_equal_sums_the_one_that_was_complete_first_wins()
    {
        var auction = Running();
        foreach (var (bidder, amount) in new[] { ("ann", 20_00), ("bob", 10_00), ("bob", 20_00), ("ann", 10_00) }) auction.Accept(bidder, new PlaceBid(amount));
        Assert.Equal("bob", See(auction).Winner!.Bidder);

        var silentLater = Running();
        silentLater.Accept("bob", new PlaceBid(20_00));
        silentLater.Accept("ann", new PlaceBid(20_00));
        silentLater.LetDeadlineCome();
        Assert.Equal("bob", See(silentLater).Winner!.Bidder);
    }

    [Fact]
    public void Without_any_bid_nothing_is_sold()
    {
        var auction = Running();
        auction.LetDeadlineCome();
        auction.LetDeadlineCome();
        Assert.Equal(new AuctionUnsold(UnsoldReason.NoBids, []).Reason, Assert.IsType<AuctionUnsold>(auction.History[^1]).Reason);
        Assert.Equal(AuctionStatus.Unsold, See(auction).Status);
        auction.HoldsItsMemory();
    }

    [Fact]
    public void A_deadline_of_a_round_that_is_over_does_nothing()
    {
        var auction = Running();
        auction.Accept("ann", new PlaceBid(12_50));
        auction.Accept("bob", new PlaceBid(12_50));
        Assert.Empty(auction.Accept("rialto", new CloseRound(1)));
        Assert.Empty(auction.Accept("rialto", new CloseRound(3)));
        Assert.Equal("round/2", auction.Kind.NextDeadline(auction.State)!.Name);
    }

    [Fact]
    public void A_bid_after_its_rounds_time_is_refused_even_before_the_round_is_closed()
    {
        var auction = Running();
        auction.Now = Stage.Noon.AddSeconds(60);
        auction.Refuse("ann", new PlaceBid(12_50), "not-open");
    }

    [Fact]
    public void A_bids_amount_is_its_bidders_secret_until_its_round_is_revealed()
    {
        var auction = Running();
        var bid = auction.Accept("ann", new PlaceBid(12_50))[0];
        Assert.Equal((12.50m, 1), (See(auction, "ann").YourBid, See(auction, "bob").BidsInRound));
        Assert.Null(See(auction, "bob").YourBid);
        Assert.Equal(new BidPlaced("ann", 1, null, Sealed: true), auction.Kind.Conceal(auction.State, bid, new Viewer("eva")));
        Assert.Equal(new BidPlaced("ann", 1, null, Sealed: true), auction.Kind.Conceal(auction.State, bid, Viewer.Nobody));
        Assert.Equal(bid, auction.Kind.Conceal(auction.State, bid, new Viewer("ann")));
        Assert.Equal(bid, auction.Kind.Conceal(auction.State, bid, Viewer.Operator));
        auction.Accept("bob", new PlaceBid(11_00));
        Assert.Equal(bid, auction.Kind.Conceal(auction.State, bid, Viewer.Nobody));
    }

    [Fact]
    public void What_was_not_revealed_when_an_auction_is_cancelled_stays_sealed_for_ever()
    {
        var auction = Running();
        var bid = auction.Accept("ann", new PlaceBid(12_50))[0];
        auction.Refuse("ann", new CancelAuction(), "not-auctioneer");
        auction.Accept("eva", new CancelAuction("It broke"));
        Assert.Null(Assert.IsType<BidPlaced>(auction.Kind.Conceal(auction.State, bid, new Viewer("eva"))).AmountMinor);
        Assert.Equal(("It broke", AuctionStatus.Cancelled), (See(auction).Reason, See(auction).Status));
        Assert.Empty(See(auction).Rounds);
        auction.HoldsItsMemory();
    }

    [Fact]
    public void An_auction_cannot_be_cancelled_once_a_round_is_revealed()
    {
        var auction = Running();
        auction.LetDeadlineCome();
        auction.Refuse("eva", new CancelAuction(), "not-open");
    }

    [Fact]
    public void Thousands_can_take_part_and_the_last_one_ends_the_round()
    {
        var auction = Created(new AuctionOptions { MinimumBidders = AuctionBounds.MaxParticipants });
        for (var i = 0; i < AuctionBounds.MaxParticipants; i++) auction.Accept($"b{i}", new JoinAuction());
        auction.Refuse("late", new JoinAuction(), "too-many");
        var state = auction.Kind.Evolve(auction.Kind.Evolve(auction.State, new AuctionStarted()), new RoundOpened(1, Stage.Noon.AddMinutes(1)));
        for (var i = 1; i < AuctionBounds.MaxParticipants; i++) state = auction.Kind.Evolve(state, new BidPlaced($"b{i}", 1, 100 + i));
        auction.Refuse("b1", new PlaceBid(1), "already-bid");
        var end = auction.Accept("b0", new PlaceBid(5));
        Assert.Equal(("b9999", 9999), (((AuctionSold)end[^1]).Winner, ((AuctionSold)end[^1]).Losers.Length));
        Assert.Equal(10_000, See(auction).Rounds[0].Bids.Count);
    }
}
