using Rialto.Markets;
using Rialto.Markets.Auctions;

namespace Rialto.Tests.Markets;

public sealed class AuctionRefusalTests
{
    private static CreateAuction Create(AuctionOptions options, string format = "sealed-rounds") => new("Violin", format, options);

    /// <summary>All refusals to create an auction, one line each.</summary>
    [Fact]
    public void Terms_that_make_no_auction_are_refused()
    {
        const long beyond = Amounts.MaxMinor + 1;
        (CreateAuction Command, string Code)[] table =
        [
            (new CreateAuction("", "english", new()), "out-of-range"),
            (new CreateAuction(null!, "english", new()), "out-of-range"),
            (new CreateAuction("  ", "english", new()), "out-of-range"),
            (new CreateAuction(new string('v', 201), "english", new()), "too-long"),
            (new CreateAuction("Vio\nlin", "english", new()), "invalid-text"),
            (Create(new(), "dutch"), "out-of-range"),
            (Create(new() { StartPriceMinor = 0 }, "dutch"), "out-of-range"),
            (Create(new() { StartPriceMinor = beyond }, "dutch"), "out-of-range"),
            (Create(new() { StartPriceMinor = 10, FloorMinor = 11 }, "dutch"), "out-of-range"),
            (Create(new() { StartPriceMinor = 10, FloorMinor = 0 }, "dutch"), "out-of-range"),
            (Create(new() { StartPriceMinor = 10, FloorMinor = long.MinValue }, "dutch"), "out-of-range"),
            (Create(new() { StartPriceMinor = 10, StepMinor = 0 }, "dutch"), "out-of-range"),
            (Create(new() { StartPriceMinor = 1_000_000, StepMinor = 98 }, "dutch"), "out-of-range"),
            (Create(new() { StartPriceMinor = 10, StepSeconds = 0 }, "dutch"), "out-of-range"),
            (Create(new() { StartPriceMinor = 10, MinimumBidMinor = 1 }, "dutch"), "not-for-format"),
            (Create(new() { StartPriceMinor = 10, ReserveMinor = 1 }, "dutch"), "not-for-format"),
            (Create(new() { StartPriceMinor = 10 }), "not-for-format"),
            (Create(new() { StepMinor = 1 }, "english"), "not-for-format"),
            (Create(new() { StepSeconds = 1 }, "vickrey"), "not-for-format"),
            (Create(new() { FloorMinor = 1 }, "first-price"), "not-for-format"),
            (Create(new() { MinimumRounds = 2 }, "first-price"), "not-for-format"),
            (Create(new() { MinimumRounds = 2 }, "vickrey"), "not-for-format"),
            (Create(new() { ReserveMinor = 2 }, "vickrey"), "not-for-format"),
            (Create(new(), "swiss"), "unknown-format"),
            (Create(new(), null!), "unknown-format"),
            (Create(new() { MinimumBidMinor = -1 }), "out-of-range"),
            (Create(new() { MinimumBidMinor = beyond }), "out-of-range"),
            (Create(new() { MinimumRounds = 0 }), "out-of-range"),
            (Create(new() { MinimumRounds = 101 }), "out-of-range"),
            (Create(new() { MinimumBidders = 0 }), "out-of-range"),
            (Create(new() { MinimumBidders = 10_001 }), "out-of-range"),
            (Create(new() { RoundSeconds = 0 }), "out-of-range"),
            (Create(new() { RoundSeconds = int.MaxValue }), "out-of-range"),
            (Create(new() { StartTimeoutSeconds = -1 }), "out-of-range"),
            (Create(new() { ReserveMinor = 1 }), "not-for-format"),
            (Create(new() { IncrementMinor = 1 }), "not-for-format"),
            (Create(new() { BuyNowMinor = 1 }), "not-for-format"),
            (Create(new() { ClosesInSeconds = 1 }), "not-for-format"),
            (Create(new() { SoftCloseSeconds = 1 }), "not-for-format"),
            (Create(new() { ReserveMinor = -1 }, "english"), "out-of-range"),
            (Create(new() { IncrementMinor = 0 }, "english"), "out-of-range"),
            (Create(new() { IncrementMinor = long.MaxValue }, "english"), "out-of-range"),
            (Create(new() { BuyNowMinor = 0 }, "english"), "out-of-range"),
            (Create(new() { BuyNowMinor = 5, MinimumBidMinor = 6 }, "english"), "out-of-range"),
            (Create(new() { BuyNowMinor = 5, ReserveMinor = 6 }, "english"), "out-of-range"),
            (Create(new() { ClosesInSeconds = 0 }, "english"), "out-of-range"),
            (Create(new() { ClosesInSeconds = Bounds.MaxSeconds + 1 }, "english"), "out-of-range"),
            (Create(new() { SoftCloseSeconds = -1 }, "english"), "out-of-range"),
            (new CreateAuction("Violin", "english", new(), new AssetFacts("", true, 2, true)), "invalid-name"),
        ];
        foreach (var (command, code) in table) new Stage(new Auction(), "7").Refuse("eva", command, code);
        new Stage(new Auction(), "a/b").Refuse("eva", Create(new()), "invalid-name");
        new Stage(new Auction(), "7").Refuse("e v a", Create(new()), "invalid-name");
        new Stage(new Auction(), "7").Refuse(null!, Create(new()), "invalid-name");
        SealedRoundsTests.Created().Refuse("eva", Create(new()), "auction-exists");
        new Stage(new Auction(), "7").Accept("eva", new CreateAuction("Violin", "english", null!));
    }

    /// <summary>Who asks for what in which state, and the code.</summary>
    [Fact]
    public void What_is_not_allowed_in_a_state_is_refused_with_its_code_and_changes_nothing()
    {
        var unborn = new Stage(new Auction(), "7");
        var open = SealedRoundsTests.Created();
        open.Accept("ann", new JoinAuction());
        var awaiting = SealedRoundsTests.Created();
        awaiting.Accept("ann", new JoinAuction());
        awaiting.Accept("bob", new JoinAuction());
        var late = SealedRoundsTests.Created();
        late.Accept("ann", new JoinAuction());
        late.Accept("bob", new JoinAuction());
        late.Now = late.Now.AddSeconds(60);
        var running = SealedRoundsTests.Running();
        running.Accept("ann", new PlaceBid(12_00));
        var ended = SealedRoundsTests.Running();
        ended.LetDeadlineCome();
        ended.LetDeadlineCome();

        (Stage In, string Actor, AuctionCommand Command, string Code)[] table =
        [
            (unborn, "ann", new JoinAuction(), "auction-not-found"),
            (unborn, "ann", new PlaceBid(1), "auction-not-found"),
            (unborn, "eva", new StartAuction(), "auction-not-found"),
            (unborn, "eva", new CancelAuction(), "auction-not-found"),
            (open, "ann", new JoinAuction(), "already-joined"),
            (open, "eva", new JoinAuction(), "auctioneer-cannot-bid"),
            (open, "a/b", new JoinAuction(), "invalid-name"),
            (open, null!, new JoinAuction(), "invalid-name"),
            (open, "ann", new PlaceBid(12_00), "not-open"),
            (open, "ann", new StartAuction(), "not-auctioneer"),
            (open, "eva", new StartAuction(), "not-enough-bidders"),
            (open, "ann", new CancelAuction(), "not-auctioneer"),
            (open, "eva", new CancelAuction(new string('r', 201)), "too-long"),
            (awaiting, "ann", new PlaceBid(12_00), "not-open"),
            (awaiting, "ann", new StartAuction(), "not-auctioneer"),
            (late, "eva", new StartAuction(), "not-open"),
            (running, "eva", new PlaceBid(12_00), "auctioneer-cannot-bid"),
            (running, "cid", new PlaceBid(12_00), "not-joined"),
            (running, null!, new PlaceBid(12_00), "not-joined"),
            (running, "ann", new PlaceBid(12_00), "already-bid"),
            (running, "bob", new PlaceBid(9_99), "below-minimum"),
            (running, "bob", new PlaceBid(0), "below-minimum"),
            (running, "bob", new PlaceBid(long.MinValue), "below-minimum"),
            (running, "bob", new PlaceBid(long.MaxValue), "out-of-range"),
            (running, "bob", new PlaceBid(12_00, 13_00), "not-for-format"),
            (running, "eva", new StartAuction(), "not-open"),
            (running, "cid", new JoinAuction(), "not-open"),
            (ended, "ann", new PlaceBid(12_00), "not-open"),
            (ended, "cid", new JoinAuction(), "not-open"),
            (ended, "eva", new CancelAuction(), "not-open"),
            (ended, "eva", new StartAuction(), "not-open"),
        ];
        foreach (var (stage, actor, command, code) in table)
        {
            var before = stage.Kind.Save(stage.State);
            stage.Refuse(actor, command, code);
            Assert.Equal(before, stage.Kind.Save(stage.State));
        }
        Assert.Equal(10.00m, running.Refuse("bob", new PlaceBid(1), "below-minimum").Fields.Single(field => field.Name == "minimum").Number);
        Assert.Equal("auction-not-found", unborn.RefusalOf(new GetAuction(Viewer.Operator)));
    }

    [Fact]
    public void A_maximum_below_its_bid_or_beyond_all_bounds_is_refused()
    {
        var auction = SealedRoundsTests.Created(new(), "english");
        auction.Accept("ann", new JoinAuction());
        auction.Refuse("ann", new PlaceBid(10_00, 9_99), "out-of-range");
        auction.Refuse("ann", new PlaceBid(10_00, long.MaxValue), "out-of-range");
        auction.Refuse("ann", new PlaceBid(long.MinValue, long.MinValue), "below-minimum");
    }
}
