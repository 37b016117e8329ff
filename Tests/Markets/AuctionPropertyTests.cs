using System.Text;
using Rialto.Markets;
using Rialto.Markets.Auctions;
using Xunit.Abstractions;

namespace Rialto.Tests.Markets;

public sealed class AuctionPropertyTests(ITestOutputHelper output)
{
    private static readonly string[] Bidders = ["ann", "bob", "cid", "dan"];

    public static TheoryData<ulong> Seeds() => [.. Enumerable.Range(1, 60).Select(seed => (ulong)seed)];

    [Theory, MemberData(nameof(Seeds))]
    public void Whatever_is_asked_an_auction_awards_what_replay_awards_pays_its_price_and_keeps_its_secrets(ulong seed)
    {
        output.WriteLine($"seed {seed}");
        var dice = new Dice(seed);
        var funded = dice.OneIn(2);
        var english = dice.OneIn(2);
        var auction = new Stage(new Auction(), "7");
        var held = new Dictionary<string, long>();
        auction.Accept("eva", new CreateAuction(
            "Violin", english ? "english" : "sealed-rounds", Options(dice, english), funded ? new AssetFacts("USD", true, 2, true) : null));
        for (var step = 0; step < 120; step++)
        {
            auction.Now = auction.Now.AddSeconds(dice.Below(6));
            if (auction.Kind.NextDeadline(auction.State) is { } due && due.At <= auction.Now && dice.OneIn(2)) auction.LetDeadlineCome();
            Ask(auction, dice, held);
            Assert.Equal(auction.Kind.Save(auction.State), auction.Kind.Save(auction.Replayed()));
            KeepsSecrets(auction);
        }
        while (auction.Kind.NextDeadline(auction.State) is not null) auction.LetDeadlineCome();
        auction.HoldsItsMemory();
        IsPaidItsPrice(auction, funded, held);
    }

    private static AuctionOptions Options(Dice dice, bool english) => english
        ? new AuctionOptions
        {
            MinimumBidders = 1 + dice.Below(2), MinimumBidMinor = dice.Below(500), ReserveMinor = dice.OneIn(2) ? 20_00 : null, IncrementMinor = dice.OneIn(2) ? 1_00 : null,
            BuyNowMinor = dice.OneIn(2) ? 60_00 : null, ClosesInSeconds = 200, SoftCloseSeconds = dice.Below(30),
        }
        : new AuctionOptions { MinimumBidders = 1 + dice.Below(3), MinimumBidMinor = dice.Below(500), MinimumRounds = 1 + dice.Below(4), RoundSeconds = 60 };

    private static void Ask(Stage auction, Dice dice, Dictionary<string, long> held)
    {
        var bidder = dice.Of<string>(Bidders);
        switch (dice.Below(10))
        {
            case 0: auction.When(dice.Of("eva", "ann"), new StartAuction()); break;
            case 1 when dice.OneIn(20): auction.When("eva", new CancelAuction()); break;
            case 1 or 2: auction.When(bidder, new JoinAuction()); break;
            case 3: auction.When("rialto", dice.Of<AuctionCommand>(new GiveUpStart(), new CloseRound(dice.Below(5)), new CloseBidding(auction.Now))); break;
            default:
                var amount = 1_00 + dice.Below(80_00);
                var bid = new PlaceBid(amount, dice.OneIn(3) ? amount + dice.Below(30_00) : null);
                var need = auction.Kind.NeedOf(auction.State, bid, auction.As(bidder));
                var hold = need is null ? null : new HeldFunds($"t{auction.History.Count}", need.AmountMinor);
                // What would be accepted is told by its need; what is held for it is then enough.
                if (auction.When(bidder, bid, hold) is Decision.Accepted { Events.Length: > 0 } && hold is not null) held.Add(hold.Transfer, hold.AmountMinor);
                else Assert.Null(hold);
                break;
        }
    }

    /// <summary>Nobody's secret is in anybody else's view or event: amounts before their reveal, maximums ever.</summary>
    private static void KeepsSecrets(Stage auction)
    {
        var revealed = auction.History.OfType<RoundRevealed>().Select(round => round.Round).ToHashSet();
        var isSealed = auction.History.OfType<AuctionCreated>().Single().Format == "sealed-rounds";
        foreach (var bid in auction.History.OfType<BidPlaced>())
        {
            foreach (var viewer in Bidders.Append("eva").Where(name => name != bid.Bidder).Select(name => new Viewer(name)).Append(Viewer.Nobody))
            {
                var shown = (BidPlaced)auction.Kind.Conceal(auction.State, bid, viewer);
                if (isSealed && !revealed.Contains(bid.Round)) Assert.Equal(new BidPlaced(bid.Bidder, bid.Round, null, Sealed: true), shown);
                if (!isSealed) Assert.Equal((null, null), (shown.MaximumMinor, shown.HeldMinor));
            }
        }
        if (auction.State is not AuctionState { Status: AuctionStatus.Running }) return;
        // Two auctions that differ only in what is sealed look the same to everybody else.
        foreach (var viewer in Bidders)
        {
            var view = Encoding.UTF8.GetString(MarketCodec.Encode(SealedRoundsTests.See(auction, viewer)));
            var twin = new Stage(auction.Kind, auction.Key).Given([.. auction.History.Select(one =>
                one is BidPlaced bid && isSealed && bid.Bidder != viewer && !revealed.Contains(bid.Round) ? bid with { AmountMinor = bid.AmountMinor + 7_77 } : one)]);
            Assert.Equal(view, Encoding.UTF8.GetString(MarketCodec.Encode(SealedRoundsTests.See(twin, viewer))));
        }
    }

    private static void IsPaidItsPrice(Stage auction, bool funded, Dictionary<string, long> held)
    {
        var sold = auction.History.OfType<AuctionSold>().SingleOrDefault();
        var fates = held.Select(hold => (hold.Value, Fate: auction.Kind.FateOf(auction.State, hold.Key))).ToList();
        Assert.All(fates, hold => Assert.True(hold.Fate.Kind is (HoldFateKind.Post or HoldFateKind.Void) && hold.Fate.AmountMinor <= hold.Value));
        Assert.Equal(funded && sold is not null ? sold.PriceMinor : 0, fates.Sum(hold => hold.Fate.AmountMinor));
        if (sold is null || auction.History.OfType<AuctionCreated>().Single().Format != "sealed-rounds") return;
        // A slow, obviously right count of who won.
        var bids = auction.History.OfType<BidPlaced>().Select((bid, order) => (bid.Bidder, Amount: bid.AmountMinor!.Value, order));
        var best = bids.GroupBy(bid => bid.Bidder).OrderByDescending(own => own.Sum(bid => bid.Amount)).ThenBy(own => own.Max(bid => bid.order)).First();
        Assert.Equal((best.Key, best.Sum(bid => bid.Amount)), (sold.Winner, sold.TotalMinor));
    }
}
