using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Auctions;
using Rialto.Markets.Ledgers;
using Rialto.Markets.Orders;

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
        new HoldPaid("0123456789ab", "ann", "bob", 1599, 1, 3200, "book/GME", 7),
        new HoldPaid("0123456789ab", "ann", null, 0, 3200, 0, "book/GME", 8),
        new StockListed("GameStart", 1599, 100, "anonymous"),
        new StockTraded(OrderSide.Buy, 2, 1599, "ann"),
        new StockAdjusted(-10, "anonymous"),
        new BookCreated("GME", "GME", "USD", 2, 1, 0, 1, "eva"),
        new BookCreated("TULIP", "TULIP", null, 2, 5, 0, 1, "eva"),
        new OrderPlaced(1, "ann", OrderSide.Buy, 10, 1599, TimeInForce.Gtc, 10),
        new OrderPlaced(
            3, "bob", OrderSide.Sell, 10, 1500, TimeInForce.Gtc, 3, [new Fill(1, 1, 1599, 5), new Fill(2, 2, 1550, 2)], null, "mine-1", "bobs-fund", "0123456789ab", 10),
        new OrderPlaced(4, "cid", OrderSide.Buy, 10, null, TimeInForce.Ioc, 0, null, CancelReason.NotMatched),
        new OrderReplaced(1, OrderSide.Buy, 8, 1599, 3, true),
        new OrderReplaced(1, OrderSide.Buy, 8, 1650, 0, false, [new Fill(3, 3, 1600, 3)], CancelReason.SelfTrade, "0123456789ab", 1599),
        new OrderCancelled(1, 3, "ann"),
        new BookHalted("eva", "News are due."),
        new BookResumed("eva"),
        new PaymentsConfirmed("USD", 7),
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
        new PayFromHolds("book/GME", 7, [new HoldPayment("0123456789ab", "bob", 1599, 1), new HoldPayment("0123456789ab", null, 0, 3200)]),
        new ListStock(1599, 100),
        new TradeStock(OrderSide.Buy, 2),
        new AdjustStock(-10),
        new CreateBook("TULIP", 2, 5, 0, 1),
        new CreateBook("GME", 2, 1, 0, 1, new BookFunding("USD", true, true)),
        new PlaceOrder(OrderSide.Buy, 10, 1599),
        new PlaceOrder(OrderSide.Sell, 10, 1599, OrderType.Limit, TimeInForce.Fok, false, "mine-1", new OrderAccounts("bobs-fund", true, true)),
        new PlaceOrder(OrderSide.Sell, 10, null, OrderType.Market),
        new ReplaceOrder(1, 1650, 8),
        new CancelOrder(1),
        new HaltBook("News are due."),
        new ResumeBook(),
        new ConfirmPayments("USD", 7),
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
        new GetStock(),
        new GetBookTerms(),
        new GetBook(5),
        new GetOrder(1, new Viewer("ann")),
        new GetOrders([3, 1], new Viewer("ann")),
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
        new StockView("GameStart", 15.99m, 100) { Seq = 9 },
        new StockOrderView(1, "GameStart", OrderSide.Sell, 10, 15.99m, Noon) { Seq = 9 },
        new BookTermsView("GME", "USD", 2, 0, 0.01m, 1m) { Seq = 9 },
        new BookView("GME", "GME", "USD", 0.01m, 1m, BookStatus.Halted, "News are due.", [[15.99m, 10m], [15.98m, 5m]], [], 16.00m, 3, 7) { Seq = 9 },
        new OrderView
        {
            Id = "3", Symbol = "GME", Owner = "bob", Side = OrderSide.Sell, Price = 15.00m, Quantity = 10m, Status = OrderStatus.PartiallyFilled, Filled = 7m, Remaining = 3m,
            Fills = [new FillView(15.99m, 5m, 1), new FillView(15.50m, 2m, 2)], ClientOrderId = "mine-1", Seq = 9,
        },
        new OrderView
        {
            Id = "4", Symbol = "GME", Owner = "cid", Side = OrderSide.Buy, Price = null, Quantity = 10m, Status = OrderStatus.Cancelled, Filled = 0m, Remaining = 0m,
            Reason = CancelReason.NotMatched, Fills = [], Seq = 9,
        },
        new OrdersView([]) { Seq = 9 },
        new TradeView(1, 15.99m, 5m, OrderSide.Sell, "1", "3", Noon) { Seq = 9 },
        new CandleView(Noon, 60, 15.99m, 16.00m, 15.50m, 15.50m, 12m, 3) { Seq = 9 },
        new BookListItem("GME", "GME", "USD", BookStatus.Open, 15.98m, null, 15.99m) { Seq = 9 },
        .. ListingSamples.Views,
    ];
}
