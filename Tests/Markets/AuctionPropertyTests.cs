using System.Text;
using Rialto.Markets;
using Rialto.Markets.Auctions;
using Xunit.Abstractions;

namespace Rialto.Tests.Markets;

public sealed class AuctionPropertyTests(ITestOutputHelper output)
{
    private static readonly string[] Bidders = ["ann", "bob", "cid", "dan"];

    private static readonly string[] SealedFormats = ["sealed-rounds", "first-price", "vickrey"];

    public static TheoryData<ulong> Seeds() => [.. Enumerable.Range(1, 120).Select(seed => (ulong)seed)];

    [Theory, MemberData(nameof(Seeds))]
    public void Whatever_is_asked_an_auction_awards_what_replay_awards_pays_its_price_and_keeps_its_secrets(ulong seed)
    {
        output.WriteLine($"seed {seed}");
        var dice = new Dice(seed);
        var funded = dice.OneIn(2);
        var format = dice.Of("english", "sealed-rounds", "dutch", "first-price", "vickrey");
        var auction = new Stage(new Auction(), "7");
        var held = new Dictionary<string, long>();
        auction.Accept("eva", new CreateAuction("Violin", format, Options(dice, format), funded ? new AssetFacts("USD", true, 2, true) : null));
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

    private static AuctionOptions Options(Dice dice, string format) => format switch
    {
        "english" => new AuctionOptions
        {
            MinimumBidders = 1 + dice.Below(2), MinimumBidMinor = dice.Below(500), ReserveMinor = dice.OneIn(2) ? 20_00 : null, IncrementMinor = dice.OneIn(2) ? 1_00 : null,
            BuyNowMinor = dice.OneIn(2) ? 60_00 : null, ClosesInSeconds = 200, SoftCloseSeconds = dice.Below(30),
        },
        "dutch" => new AuctionOptions
        {
            MinimumBidders = 1 + dice.Below(2), StartPriceMinor = 50_00 + dice.Below(300_00), StepMinor = dice.OneIn(2) ? 1 + dice.Below(20_00) : null, StepSeconds = 1 + dice.Below(20),
            FloorMinor = dice.OneIn(2) ? 1 + dice.Below(50_00) : null,
        },
        _ => new AuctionOptions
        {
            MinimumBidders = 1 + dice.Below(3), MinimumBidMinor = dice.Below(500), MinimumRounds = format == "sealed-rounds" ? 1 + dice.Below(4) : null, RoundSeconds = 60,
        },
    };

    private static void Ask(Stage auction, Dice dice, Dictionary<string, long> held)
    {
        var bidder = dice.Of<string>(Bidders);
        switch (dice.Below(10))
        {
            case 0: auction.When(dice.Of("eva", "ann"), new StartAuction()); break;
            case 1 when dice.OneIn(20): auction.When("eva", new CancelAuction()); break;
            case 1 or 2: auction.When(bidder, new JoinAuction()); break;
            case 3: auction.When("rialto", dice.Of<AuctionCommand>(new GiveUpStart(), new CloseRound(dice.Below(5)), new CloseBidding(auction.Now), new LowerPrice(dice.Below(5)))); break;
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
        var isSealed = SealedFormats.Contains(auction.History.OfType<AuctionCreated>().Single().Format);
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
        if (sold is null) return;
        // A slow, obviously right count of who won, and of what it costs.
        var format = auction.History.OfType<AuctionCreated>().Single().Format;
        var bids = auction.History.OfType<BidPlaced>().Select((bid, order) => (bid.Bidder, Amount: bid.AmountMinor!.Value, order)).ToList();
        if (format == "dutch")
        {
            var offered = auction.History.OfType<PriceOffered>().Last().PriceMinor;
            Assert.Equal((Assert.Single(bids).Bidder, offered), (sold.Winner, sold.PriceMinor));
            Assert.True(bids[0].Amount >= offered);
        }
        if (!SealedFormats.Contains(format)) return;
        var ranked = bids.GroupBy(bid => bid.Bidder).OrderByDescending(own => own.Sum(bid => bid.Amount)).ThenBy(own => own.Max(bid => bid.order)).ToList();
        Assert.Equal((ranked[0].Key, ranked[0].Sum(bid => bid.Amount)), (sold.Winner, sold.TotalMinor));
        var least = Math.Max(1, auction.History.OfType<AuctionCreated>().Single().Terms.MinimumBidMinor);
        Assert.Equal(format != "vickrey" ? sold.TotalMinor : ranked.Count > 1 ? ranked[1].Sum(bid => bid.Amount) : least, sold.PriceMinor);
    }
}
