using Rialto.Api.Http;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Auctions;
using Rialto.Markets.Ledgers;

namespace Rialto.Api.Auctions;

/// <summary>Auctions over HTTP: create, join, start, bid, cancel; look at one or at many.</summary>
internal static class AuctionEndpoints
{
    private const string DefaultFormat = "sealed-rounds";

    public static void MapAuctions(this Routes routes)
    {
        routes.Post("/api/auctions", AuctionBodies.Default.CreateAuctionBody, CreateAsync)
            .Says("CreateAuction", "Open an auction; the actor is its auctioneer.").Returns<AuctionView>(201)
            .Refuses("unknown-format", "not-for-format", "out-of-range", "too-many-decimals", "too-long", "invalid-text", "ledger-not-found", "account-not-found")
            .Example("""{"item":"Violin","format":"sealed-rounds","minimumBid":10.00,"minimumRounds":2,"minimumBidders":2,"roundSeconds":60,"startTimeoutSeconds":60,"asset":null}""");
        routes.Get("/api/auctions", ListAsync)
            .Says("ListAuctions", "Auctions, newest first.").Returns<PageShape<AuctionListItem>>()
            .Asks(new QueryNote("status", false, "Only those in this status.", EnumNames<AuctionStatus>.All)).Pages();
        routes.Get("/api/auctions/{id}", GetAsync)
            .Says("GetAuction", "One auction, as the caller may see it.").Returns<AuctionView>()
            .Asks(MappedRoute.MinSeq, MappedRoute.At).Refuses("auction-not-found", "beyond-end");
        routes.Post("/api/auctions/{id}/join", EmptyBodies.Default.EmptyBody, JoinAsync, EmptyBody.Instance)
            .Says("JoinAuction", "Become a bidder.").Returns<AuctionView>()
            .Refuses("auction-not-found", "auctioneer-cannot-bid", "already-joined", "not-open", "too-many").Example("{}");
        routes.Post("/api/auctions/{id}/start", EmptyBodies.Default.EmptyBody, StartAsync, EmptyBody.Instance)
            .Says("StartAuction", "Confirm the start, once enough bidders have joined. The auctioneer only.").Returns<AuctionView>()
            .Refuses("auction-not-found", "not-auctioneer", "not-enough-bidders", "not-open").Example("{}");
        routes.Post("/api/auctions/{id}/bids", AuctionBodies.Default.BidBody, BidAsync)
            .Says("PlaceBid", "Bid. In sealed rounds once per round, seen by nobody else until the round is over; in an english auction also up to a maximum; in a dutch one the first bid takes it.").Returns<AuctionView>()
            .Refuses("auction-not-found", "auctioneer-cannot-bid", "not-open", "not-joined", "already-bid", "below-minimum", "insufficient-funds", "account-not-found", "not-for-format",
                "too-many-decimals", "out-of-range")
            .Example("""{"amount":12.50}""");
        routes.Post("/api/auctions/{id}/cancel", AuctionBodies.Default.CancelBody, CancelAsync, new CancelBody())
            .Says("CancelAuction", "Call the auction off, before any bid is known. The auctioneer only.").Returns<AuctionView>()
            .Refuses("auction-not-found", "not-auctioneer", "not-open", "too-long", "invalid-text").Example("""{"reason":"The violin is broken."}""");
    }

    private static async ValueTask<Answer> CreateAsync(WriteCall<CreateAuctionBody> call)
    {
        var body = call.Body;
        AssetFacts? asset = null;
        var scale = AuctionBounds.UnfundedScale;
        if (body.Asset is not null)
        {
            if (!Bounds.IsName(body.Asset)) return Bounds.CheckName(body.Asset, "asset")!;
            var reply = await call.Door.Engine.QueryAsync(StreamId.Of("ledger", body.Asset), new GetLedgerFacts(call.Actor));
            if (reply.Refusal is { } refusal) return refusal;
            var facts = reply.View!.As<LedgerFactsView>();
            asset = new AssetFacts(facts.Asset, facts.Exists, facts.Scale, facts.HasAccount);
            if (facts.Exists) scale = facts.Scale;
        }
        if (Options(body, scale, out var options) is { } wrong) return wrong;
        var id = call.Id.ToEntityKey();
        return await call.ExecuteAsync(StreamId.Of("auction", id), new CreateAuction(body.Item, body.Format ?? DefaultFormat, options, asset), $"/api/auctions/{id}");
    }

    private static Refusal? Options(CreateAuctionBody body, int scale, out AuctionOptions options)
    {
        options = new AuctionOptions();
        if (Minor("minimumBid", body.MinimumBid, scale, out var minimumBid) is { } wrongBid) return wrongBid;
        if (Minor("reserve", body.Reserve, scale, out var reserve) is { } wrongReserve) return wrongReserve;
        if (Minor("increment", body.Increment, scale, out var increment) is { } wrongIncrement) return wrongIncrement;
        if (Minor("buyNow", body.BuyNow, scale, out var buyNow) is { } wrongBuyNow) return wrongBuyNow;
        if (Minor("startPrice", body.StartPrice, scale, out var startPrice) is { } wrongStart) return wrongStart;
        if (Minor("step", body.Step, scale, out var step) is { } wrongStep) return wrongStep;
        if (Minor("floor", body.Floor, scale, out var floor) is { } wrongFloor) return wrongFloor;
        options = new AuctionOptions
        {
            MinimumBidMinor = minimumBid,
            MinimumRounds = body.MinimumRounds,
            MinimumBidders = body.MinimumBidders,
            RoundSeconds = body.RoundSeconds,
            StartTimeoutSeconds = body.StartTimeoutSeconds,
            ReserveMinor = reserve,
            IncrementMinor = increment,
            BuyNowMinor = buyNow,
            ClosesInSeconds = body.ClosesInSeconds,
            SoftCloseSeconds = body.SoftCloseSeconds,
            StartPriceMinor = startPrice,
            StepMinor = step,
            StepSeconds = body.StepSeconds,
            FloorMinor = floor,
        };
        return null;
    }

    private static Refusal? Minor(string field, ExactDecimal? amount, int scale, out long? minor)
    {
        minor = null;
        if (amount is not { } given) return null;
        if (given.ToMinor(field, scale, out var exact) is { } wrong) return wrong;
        minor = exact;
        return null;
    }

    private static async ValueTask<Answer> ListAsync(Call call)
    {
        if (call.Choice<AuctionStatus>("status", out var status) is { } wrongStatus) return wrongStatus;
        if (call.Page(out var limit, out long? before) is { } wrong) return wrong;
        if (await call.WaitAsync() is { } behind) return behind;
        var page = call.Engine.Replica.Ask((AuctionDirectory directory) => directory.List(status, before, limit), out var visibleTo);
        return Answer.Page(page, visibleTo);
    }

    private static async ValueTask<Answer> GetAsync(Call call) =>
        Named(call.Part("id"), out var auction) is { } no ? no : await call.AskAsync(auction, new GetAuction(call.Viewer));

    private static async ValueTask<Answer> JoinAsync(WriteCall<EmptyBody> call) =>
        Named(call.Part("id"), out var auction) is { } no ? no : await call.ExecuteAsync(auction, new JoinAuction());

    private static async ValueTask<Answer> StartAsync(WriteCall<EmptyBody> call) =>
        Named(call.Part("id"), out var auction) is { } no ? no : await call.ExecuteAsync(auction, new StartAuction());

    private static async ValueTask<Answer> CancelAsync(WriteCall<CancelBody> call) =>
        Named(call.Part("id"), out var auction) is { } no ? no : await call.ExecuteAsync(auction, new CancelAuction(call.Body.Reason));

    private static async ValueTask<Answer> BidAsync(WriteCall<BidBody> call)
    {
        if (Named(call.Part("id"), out var auction) is { } no) return no;
        var (scale, unknown) = await call.Door.ScaleOfAuctionAsync(auction);
        if (unknown is not null) return unknown;
        if (call.Body.Amount.ToMinor("amount", scale, out var amount) is { } wrongAmount) return wrongAmount;
        if (Minor("maximum", call.Body.Maximum, scale, out var maximum) is { } wrongMaximum) return wrongMaximum;
        return await call.ExecuteAsync(auction, new PlaceBid(amount, maximum));
    }

    /// <summary>What can be no auction's name names none.</summary>
    private static Problem? Named(string id, out StreamId auction)
    {
        auction = default;
        if (!Bounds.IsName(id)) return new Problem(404, "auction-not-found", "There is no such auction. Look it up in the list of auctions.");
        auction = StreamId.Of("auction", id);
        return null;
    }
}
