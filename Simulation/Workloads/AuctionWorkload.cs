using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Auctions;
using Rialto.Markets.Ledgers;

namespace Rialto.Simulation.Workloads;

/// <summary>
/// A handful of auctions at a time, of sealed rounds and english, funded and not: everybody joins, bids when it is too early or too late, too,
/// looks at what they may see, and auctioneers start, forget to start, and call off.
/// </summary>
internal sealed class AuctionWorkload : IWorkload
{
    private const int MaxOpen = 5;
    private static readonly StreamId Dollars = StreamId.Of("ledger", "USD");

    private sealed record Known(StreamId Stream, string Format, string Auctioneer)
    {
        public bool IsOver { get; set; }

        public long PriceMinor { get; set; }

        public HashSet<string> Joined { get; } = new(StringComparer.Ordinal);
    }

    private readonly List<Known> _auctions = [];
    private int _named;

    /// <inheritdoc/>
    public Task PrepareAsync(Actor founder, IReadOnlyList<string> names) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task ActAsync(Actor actor)
    {
        var open = _auctions.Where(auction => !auction.IsOver).ToList();
        if (open.Count == 0 || (open.Count < MaxOpen && actor.Chance.Percent(15))) await CreateAsync(actor);
        else await VisitAsync(actor, actor.Chance.Percent(95) ? actor.Chance.Pick(open) : actor.Chance.Pick(_auctions));
    }

    /// <inheritdoc/>
    public IEnumerable<string> Recount(IReadOnlyList<(JournalRecord Record, Event Happened)> journal)
    {
        foreach (var auction in journal.Where(entry => entry.Happened is AuctionEvent).GroupBy(entry => entry.Record.Stream))
        {
            var created = (AuctionCreated)auction.First().Happened;
            if (created.Format != "sealed-rounds" || auction.Select(entry => entry.Happened).OfType<AuctionSold>().FirstOrDefault() is not { } sold) continue;
            var sums = new Dictionary<string, (long Total, int Completed)>(StringComparer.Ordinal);
            var bids = 0;
            foreach (var bid in auction.Select(entry => entry.Happened).OfType<BidPlaced>())
                sums[bid.Bidder] = (sums.GetValueOrDefault(bid.Bidder).Total + bid.AmountMinor!.Value, bids++);
            var best = sums.OrderByDescending(sum => sum.Value.Total).ThenBy(sum => sum.Value.Completed).First();
            if (best.Key != sold.Winner || best.Value.Total != sold.TotalMinor)
                yield return $"{auction.Key} was sold to {sold.Winner} for {sold.TotalMinor}; its bids say {best.Key} for {best.Value.Total}";
        }
    }

    private async Task CreateAsync(Actor actor)
    {
        var stream = StreamId.Of("auction", $"a{++_named}");
        var chance = actor.Chance;
        AssetFacts? asset = null;
        if (chance.Percent(50))
        {
            if (await actor.AskAsync(Dollars, new GetLedgerFacts(actor.Name)) is not LedgerFactsView facts) return;
            asset = new AssetFacts("USD", facts.Exists, facts.Scale, facts.HasAccount);
        }
        var isSealed = chance.Percent(60);
        var options = isSealed
            ? new AuctionOptions { MinimumRounds = chance.Between(1, 3), RoundSeconds = chance.Between(3, 8), MinimumBidders = chance.Between(1, 3), StartTimeoutSeconds = chance.Between(3, 10) }
            : new AuctionOptions
            {
                MinimumBidMinor = chance.Between(0, 1_000), MinimumBidders = chance.Between(1, 2), StartTimeoutSeconds = chance.Between(3, 10), ClosesInSeconds = chance.Between(3, 12),
                SoftCloseSeconds = chance.Pick([0, 2]), ReserveMinor = chance.Percent(30) ? 20_000 : null, BuyNowMinor = chance.Percent(30) ? 90_000 : null,
            };
        var known = new Known(stream, isSealed ? "sealed-rounds" : "english", actor.Name);
        if (await actor.DoAsync(stream, new CreateAuction($"item {_named}", known.Format, options, asset)) is not { Refusal: not null }) _auctions.Add(known);
    }

    private async Task VisitAsync(Actor actor, Known auction)
    {
        if (actor.Chance.Percent(25)) Learn(auction, await actor.AskAsync(auction.Stream, new GetAuction(new Viewer(actor.Name))));
        else if (actor.Chance.Percent(10)) await actor.GlanceAsync(auction.Stream, new GetAuction(new Viewer(actor.Name)), actor.Newest);
        else if (actor.Name == auction.Auctioneer) await LeadAsync(actor, auction);
        else if (!auction.Joined.Contains(actor.Name)) await JoinAsync(actor, auction);
        else await BidAsync(actor, auction);
    }

    private static async Task LeadAsync(Actor actor, Known auction) =>
        Learn(auction, (await actor.DoAsync(auction.Stream, actor.Chance.Percent(4) ? new CancelAuction("changed my mind") : new StartAuction()))?.View);

    private static async Task JoinAsync(Actor actor, Known auction)
    {
        var reply = await actor.DoAsync(auction.Stream, new JoinAuction());
        if (reply is { Refusal: null or { Code: "already-joined" } }) auction.Joined.Add(actor.Name);
        else if (reply is { Refusal.Code: "not-open" or "not-open-to-join" }) Learn(auction, await actor.AskAsync(auction.Stream, new GetAuction(new Viewer(actor.Name))));
        Learn(auction, reply?.View);
    }

    private static async Task BidAsync(Actor actor, Known auction)
    {
        PlaceBid bid;
        if (auction.Format == "sealed-rounds")
        {
            bid = new PlaceBid(Secrets.NewAmount(actor.Chance));
            actor.Door.Secrets.Keep(actor.Name, auction.Stream, bid.AmountMinor);
        }
        else
        {
            var amount = auction.PriceMinor + actor.Chance.Between(1, 4_000);
            bid = new PlaceBid(amount, actor.Chance.Percent(40) ? amount + actor.Chance.Below(20_000) : null);
        }
        Learn(auction, (await actor.DoAsync(auction.Stream, bid))?.View);
    }

    private static void Learn(Known auction, View? view)
    {
        if (view is not AuctionView shown) return;
        auction.IsOver |= shown.Status is AuctionStatus.Sold or AuctionStatus.Unsold or AuctionStatus.Cancelled;
        if (shown.Price is { } price) auction.PriceMinor = Math.Max(auction.PriceMinor, (long)(price * 100));
    }
}
