using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Auctions;
using Rialto.Markets.Ledgers;

namespace Rialto.Tests.Markets;

/// <summary>One example, or more, of everything that leaves the process.</summary>
internal static class Samples
{
    private static readonly DateTimeOffset Noon = Stage.Noon;
    private static readonly Guid Purpose = CommandId.From("ann", "bid-1").Value;

    public static readonly Event[] Events =
    [
        new AuctionCreated("7", "Violin", "sealed-rounds", "eva", 2, new AuctionTerms(1000, 2, 2, 60, 60)),
        new AuctionCreated("8", "Geige \"Süß\" & Bogen", "english", "eva", 3, new AuctionTerms(1000, 1, 1, 60, 60, 5000, 100, 90000, 300, 30), "kWh"),
        new AuctionCreated("9", "Tulips", "dutch", "eva", 2, new AuctionTerms(1000, 1, 1, 60, 60, StartPriceMinor: 10000, StepMinor: 500, StepSeconds: 10, FloorMinor: 1000)),
        new BidderJoined("ann"),
        new StartAwaited(Noon),
        new AuctionStarted(),
        new AuctionStarted(Noon),
        new RoundOpened(1, Noon.AddMilliseconds(250)),
        new BidPlaced("ann", 1, 1250),
        new BidPlaced("ann", 1, 1250, 2000, "0123456789ab", 2000),
        new BidPlaced("ann", 1, null, Sealed: true),
        new RoundRevealed(1, new Dictionary<string, long> { ["bob"] = 1100, ["ann"] = 1250 }),
        new PriceMoved("ann", 1250),
        new PriceMoved("ann", 1250, Noon),
        new PriceOffered(3, 8500, Noon),
        new AuctionSold("ann", 3000, 3000, ["bob", "cid"]),
        new AuctionUnsold(UnsoldReason.NoBids, []),
        new AuctionUnsold(UnsoldReason.ReserveNotMet, ["ann"]),
        new AuctionCancelled("eva", "Broken", ["ann"]),
        new AuctionCancelled(null, null, []),
        new LedgerCreated("kWh", 2, "issuer", "operator"),
        new AccountOpened("node-1", 0),
        new FundsIssued("0123456789ab", "issuer", "node-1", 10000, "initial"),
        new TransferMade("0123456789ab", "node-1", "node-2", 2000),
        new TransferMade("0123456789ab", "node-1", "node-2", 2000, "lunch", "0123456789ab"),
        new TransferHeld("0123456789ab", "node-1", "node-2", 2000, Noon, "deposit"),
        new TransferHeld("0123456789ab", "node-1", "node-2", 2000, Proposal: "0123456789ab"),
        new FundsHeld("0123456789ab", "ann", "eva", 1250, "auction/7", Purpose, Noon, true),
        new FundsHeld("0123456789ab", "ann", "eva", null, "auction/7", Purpose, Noon, true),
        new TransferPosted("0123456789ab", "node-1", "node-2", 1500),
        new TransferVoided("0123456789ab", "node-1", "node-2"),
        new TransferExpired("0123456789ab", "node-1", "node-2"),
        new TradeProposed("0123456789ab", TradeSide.Sell, "node-1", "node-2", 2000, Noon),
        new ProposalAccepted("0123456789ab"),
        new ProposalRejected("0123456789ab"),
        new ProposalExpired("0123456789ab"),
        .. RegionSamples.Events,
        .. ListingSamples.Events,
    ];

    public static readonly Command[] Commands =
    [
        new CreateAuction("Violin", "sealed-rounds", new AuctionOptions { MinimumBidMinor = 1000, MinimumRounds = 2, MinimumBidders = 2, RoundSeconds = 60, StartTimeoutSeconds = 60 }),
        new CreateAuction(
            "Violin", "english",
            new AuctionOptions { ReserveMinor = 5000, IncrementMinor = 100, BuyNowMinor = 90000, ClosesInSeconds = 300, SoftCloseSeconds = 30 },
            new AssetFacts("kWh", true, 3, true)),
        new CreateAuction("Tulips", "dutch", new AuctionOptions { StartPriceMinor = 10000, StepMinor = 500, StepSeconds = 10, FloorMinor = 1000 }),
        new JoinAuction(),
        new StartAuction(),
        new PlaceBid(1250),
        new PlaceBid(1250, 2000),
        new CancelAuction("Broken"),
        new GiveUpStart(),
        new CloseRound(1),
        new CloseBidding(Noon),
        new LowerPrice(3),
        new CreateLedger(2),
        new OpenAccount("node-1", 10000, 500),
        new Transfer(new TransferOrder("node-1", "node-2", 2000)),
        new Transfer([new TransferOrder("node-1", "node-2", 2000, true, 60, "deposit"), new TransferOrder("node-2", "node-3", 100)]),
        new PostTransfer("0123456789ab"),
        new PostTransfer("0123456789ab", 1500),
        new VoidTransfer("0123456789ab"),
        new HoldFunds("ann", "eva", 1250, "auction/7", Purpose, Noon, true),
        new PostHold("0123456789ab", 1250),
        new ReleaseHold("0123456789ab"),
        new ProposeTrade(TradeSide.Buy, "node-2", 2000, "node-1", true, 30),
        new AcceptProposal("0123456789ab"),
        new RejectProposal("0123456789ab"),
        new ExpireDue(Noon),
        .. RegionSamples.Commands,
        .. ListingSamples.Commands,
    ];

    public static readonly Query[] Queries =
    [
        new GetAuction(new Viewer("ann")),
        new GetAuctionScale(),
        new GetLedgerFacts("ann"),
        new GetTrialBalance(Viewer.Operator, "100", 50),
        new GetAccount("node-1", Viewer.Nobody),
        new GetTransfer("0123456789ab", new Viewer("ann")),
        new GetProposal("0123456789ab"),
        new GetProposals("node-1", true),
        .. RegionSamples.Queries,
        .. ListingSamples.Queries,
    ];

    public static readonly View[] Views =
    [
        new AuctionView
        {
            Id = "7", Item = "Violin", Format = "sealed-rounds", Status = AuctionStatus.AwaitingStart, Auctioneer = "eva", Scale = 2, MinimumBid = 10.00m, MinimumRounds = 2,
            MinimumBidders = 2, Round = 0, StartBy = Noon, Participants = ["ann", "bob"], BidsInRound = 0, Rounds = [], Seq = 12,
        },
        new AuctionView
        {
            Id = "7", Item = "Violin", Format = "sealed-rounds", Status = AuctionStatus.Sold, Auctioneer = "eva", Asset = "USD", Scale = 2, MinimumBid = 10.00m, MinimumRounds = 1,
            MinimumBidders = 2, Round = 1, Participants = ["ann", "bob"], BidsInRound = 0,
            Rounds = [new RoundView(1, new Dictionary<string, decimal> { ["ann"] = 12.50m, ["bob"] = 0.00m })], Winner = new WinnerView("ann", 12.50m, 12.50m), Seq = 20,
        },
        new AuctionScaleView(2, null) { Seq = 12 },
        new AuctionListItem
        {
            Id = "8", Item = "Violin", Format = "english", Status = AuctionStatus.Running, Auctioneer = "eva", MinimumBid = 10.00m, MinimumRounds = 1, MinimumBidders = 1,
            ParticipantCount = 2, Round = 1, ClosesAt = Noon, Price = 12.50m, CreatedAt = Noon, Seq = 3,
        },
        new LedgerFactsView("kWh", true, 2, false) { Seq = 9 },
        new AccountView("kWh", "node-1", 80.00m, 75.00m, 20.00m, 100.00m, 5.00m, 0.00m, 0.00m) { Seq = 9 },
        new TrialBalanceView("kWh", 2, true, 120.00m, 120.00m, 0.00m, 0.00m, 2, [new AccountLine("issuer", -100.00m, 0.00m, 100.00m, 0.00m, 0.00m, 0.00m)], "1") { Seq = 9 },
        new TransferView { Id = "0123456789ab", Asset = "kWh", Debit = "node-1", Credit = "node-2", Amount = 20.00m, Status = TransferStatus.Pending, ExpiresAt = Noon, Memo = "deposit", Seq = 9 },
        new TransfersView([new TransferView { Id = "0123456789ab", Asset = "kWh", Debit = "node-1", Credit = "node-2", Amount = 20.00m, Posted = 15.00m, Status = TransferStatus.Posted }]) { Seq = 9 },
        new ProposalView("0123456789ab", "kWh", TradeSide.Sell, "node-1", "node-2", 20.00m, ProposalStatus.Open, Noon, "0123456789ab") { Seq = 9 },
        new ProposalsView([], null) { Seq = 9 },
        new LedgerListItem("kWh", 2, 3, 200.00m, Noon) { Seq = 1 },
        new HistoryLine(Noon, HistoryKind.Transfer, EntrySide.Debit, "node-2", 20.00m, 80.00m, "0123456789ab", "lunch", null) { Seq = 9 },
        .. RegionSamples.Views,
        .. ListingSamples.Views,
    ];
}
