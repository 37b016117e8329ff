using System.CommandLine;
using System.Text.Json;

namespace Rialto.Cli.Commands;

/// <summary>Auctions: what Agora's client could do (create, list, join, start, bid), in every format, and watching one as it goes on.</summary>
internal static class AuctionCommands
{
    private static readonly Argument<string> Item = new("item") { Description = "What is auctioned." };
    private static readonly Argument<string> Auction = new("auction") { Description = "The auction's id." };
    private static readonly Argument<decimal> Amount = Values.NumberAt("amount", "How much.");
    private static readonly Option<decimal?> Maximum = Values.Number("--maximum", "english: bid on up to this by itself.");
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why.", HelpName = "text" };
    private static readonly Option<string?> Status = new Option<string?>("--status") { Description = "Only those in this status.", HelpName = "status" }
        .AcceptOnlyFromAmong("open", "awaiting-start", "running", "sold", "unsold", "cancelled");

    /// <summary>Called as the fields of a request are.</summary>
    private static readonly Option[] Terms =
    [
        new Option<string?>("--format") { Description = "sealed-rounds if nothing is said.", HelpName = "format" }.AcceptOnlyFromAmong("sealed-rounds", "english", "dutch", "first-price", "vickrey"),
        Values.Number("--minimum-bid", "The least that may be bid."),
        new Option<int?>("--minimum-rounds") { Description = "sealed-rounds: rounds before the winner is told.", HelpName = "n" },
        new Option<int?>("--minimum-bidders") { Description = "Bidders needed to start.", HelpName = "n" },
        new Option<int?>("--round-seconds") { Description = "The longest a sealed round lasts.", HelpName = "n" },
        new Option<int?>("--start-timeout-seconds") { Description = "Time to start once enough have joined.", HelpName = "n" },
        new Option<string?>("--asset") { Description = "The ledger that funds it; unfunded without one.", HelpName = "name" },
        Values.Number("--reserve", "english: nothing is sold below."),
        Values.Number("--increment", "english: a fixed increment."),
        Values.Number("--buy-now", "english: ends it at once."),
        new Option<int?>("--closes-in-seconds") { Description = "english: from start to close.", HelpName = "n" },
        new Option<int?>("--soft-close-seconds") { Description = "english: a bid this late extends by as much.", HelpName = "n" },
        Values.Number("--start-price", "dutch: where the price begins."),
        Values.Number("--step", "dutch: by how much it falls."),
        new Option<int?>("--step-seconds") { Description = "dutch: how long each price is on offer.", HelpName = "n" },
        Values.Number("--floor", "dutch: where it falls no further."),
    ];

    public static Command Create() => new Verb("auction", "Auctions: sealed rounds, English, Dutch, first-price and Vickrey.")
    {
        new Verb("create", "Open an auction; who asks is its auctioneer.",
            "rialto auction create Violin --minimum-bid 10 --minimum-rounds 2 --minimum-bidders 2 --as eva",
            "rialto auction create Tulips --format dutch --start-price 100 --step 5 --floor 20 --as eva")
            { Item }.Takes(Terms).Writes(CreateAsync),
        new Verb("list", "Auctions, newest first.", "rialto auction list", "rialto auction list --status open --json") { Status, Globals.Limit }.Does(ListAsync),
        new Verb("show", "One auction, as you may see it.", "rialto auction show 5yd0tzrxxv97 --as ann") { Auction }.Does(async run => run.Show(await run.GetAsync($"/api/auctions/{run.Get(Auction)}"), Show)),
        new Verb("join", "Become a bidder.", "rialto auction join 5yd0tzrxxv97 --as ann") { Auction }.Writes(run => ActAsync(run, "join")),
        new Verb("start", "Confirm the start, once enough bidders have joined. The auctioneer only.", "rialto auction start 5yd0tzrxxv97 --as eva") { Auction }.Writes(run => ActAsync(run, "start")),
        new Verb("bid", "Bid. Nobody sees a sealed bid before its round is over.", "rialto auction bid 5yd0tzrxxv97 12.50 --as ann", "rialto auction bid 5yd0tzrxxv97 60 --maximum 80 --as ann") { Auction, Amount, Maximum }
            .Writes(BidAsync),
        new Verb("cancel", "Call it off, before any bid is known. The auctioneer only.", "rialto auction cancel 5yd0tzrxxv97 --reason \"It is broken.\" --as eva") { Auction, Reason }.Writes(CancelAsync),
        new Verb("watch", "Tell what has happened to an auction and what happens next, until it is over.", "rialto auction watch 5yd0tzrxxv97 --as ann") { Auction }.Does(WatchAsync),
    };

    private static async Task CreateAsync(Run run) => run.Show(await run.PostAsync($"/api/auctions", [("item", run.Get(Item)), .. Terms.Select(run.Field)]), Show);

    private static async Task ListAsync(Run run) => run.ShowList(
        await run.GetAsync($"/api/auctions", ("status", run.Get(Status)), ("limit", run.Get(Globals.Limit))),
        "No auctions.", "id", "item", "format", "status", "auctioneer", "minimumBid", "joined:participantCount", "round", "price", "winner:winner.bidder");

    private static async Task ActAsync(Run run, string word) => run.Show(await run.PostAsync($"/api/auctions/{run.Get(Auction)}/{word}"), Show);

    private static async Task BidAsync(Run run) =>
        run.Show(await run.PostAsync($"/api/auctions/{run.Get(Auction)}/bids", ("amount", run.Get(Amount)), ("maximum", run.Get(Maximum))), Show);

    private static async Task CancelAsync(Run run) => run.Show(await run.PostAsync($"/api/auctions/{run.Get(Auction)}/cancel", ("reason", run.Get(Reason))), Show);

    private static void Show(Screen screen, JsonElement auction)
    {
        screen.Facts(
            auction, "id", "item", "format", "status", "auctioneer", "asset", "minimumBid", "minimumRounds", "minimumBidders", "startBy", "participants", "round", "roundClosesAt", "bidsInRound",
            "closesAt", "price", "leader", "nextMinimum", "buyNow", "reserveMet", "yourBid", "yourMaximum", "winner:winner.bidder", "pays:winner.price", "reason", "seq");
        if (auction.Items("rounds").Any()) screen.Table(auction.Items("rounds"), "", "round", "bids");
    }

    private static async Task WatchAsync(Run run)
    {
        var auction = run.Get(Auction);
        // Whether there is one is told at once, and not waited for.
        await run.GetAsync($"/api/auctions/{auction}");
        var scale = 0;
        await foreach (var happened in run.Market.FollowAsync(Route.To($"/api/journal/stream", ("stream", $"auction/{auction}")), after: 0, run.Ending))
        {
            if (happened.Type == "auction.created") scale = (int)happened.Data.Number("scale");
            if (run.IsJson) run.Terminal.Output.WriteLine(happened.Text);
            else run.Screen.Say($"{happened.Item.Word("at")}  {Tell(happened.Type, happened.Data, scale)}");
            if (happened.Type is "auction.sold" or "auction.unsold" or "auction.cancelled") return;
        }
    }

    private static string Tell(string type, JsonElement data, int scale)
    {
        return type switch
        {
            "auction.created" => $"{data.Word("auctioneer")} offers {data.Word("item")} ({data.Word("format")})",
            "auction.joined" => $"{data.Word("bidder")} joins",
            "auction.start-awaited" => $"enough have joined; the auctioneer may start until {data.Word("until")}",
            "auction.started" => "it starts",
            "auction.round-opened" => $"round {data.Word("round")} opens, until {data.Word("closesAt")} at the latest",
            "auction.bid-placed" when data.At("amountMinor").ValueKind != JsonValueKind.Number => $"{data.Word("bidder")} bids, sealed",
            "auction.bid-placed" => $"{data.Word("bidder")} bids {Amount("amountMinor")}",
            "auction.round-revealed" => $"round {data.Word("round")} is over: {string.Join(", ", data.At("bidsMinor").EnumerateObject().Select(bid => $"{bid.Name} {Json.Amount(bid.Value, scale)}"))}",
            "auction.price-moved" => $"{data.Word("leader")} leads at {Amount("priceMinor")}",
            "auction.price-offered" => $"{Amount("priceMinor")} is on offer until {data.Word("until")}",
            "auction.sold" => $"sold to {data.Word("winner")} for {Amount("priceMinor")}",
            "auction.unsold" => $"not sold: {data.Word("reason")}",
            "auction.cancelled" => $"cancelled: {data.Word("reason")}",
            _ => type,
        };

        string Amount(string field) => Json.Amount(data.At(field), scale);
    }
}
