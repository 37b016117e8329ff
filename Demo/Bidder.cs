using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rialto.Demo;

/// <summary>Joins the bots' auctions and bids, in each up to what the item is worth to it.</summary>
internal sealed class Bidder(BotCaller market, string auctioneer) : Bot(market, TimeSpan.FromSeconds(2.5))
{
    protected override Task PrepareAsync() => OpenAccountAsync(Auctioneer.Currency, 2, Auctioneer.Cash);

    protected override async Task TakeTurnAsync()
    {
        foreach (var listed in await Market.ListAsync("/api/auctions?limit=50"))
        {
            if (listed.Text("auctioneer") != auctioneer || listed.Text("status") is not ("open" or "running")) continue;
            var path = $"/api/auctions/{listed.Text("id")}";
            if (await Market.ReadAsync(path) is not { } auction) continue;
            var hasJoined = auction.Each("participants").Any(bidder => bidder.GetString() == Name);
            if (!hasJoined && auction.Text("status") == "open") await Market.PostAsync($"{path}/join");
            else if (hasJoined && auction.Text("status") == "running" && BidIn(auction) is { } amount) await Market.PostAsync($"{path}/bids", new JsonObject { ["amount"] = amount });
        }
    }

    private decimal? BidIn(JsonElement auction)
    {
        var worth = WorthOf(auction.Text("id")!);
        switch (auction.Text("format"))
        {
            case "english":
                return auction.Text("leader") != Name && Chance.Next(2) == 0 && auction.Amount("nextMinimum") <= worth ? auction.Amount("nextMinimum") : null;
            case "dutch":
                return auction.Amount("price") <= worth ? auction.Amount("price") : null;
            default:
                var minimum = auction.Amount("minimumBid") ?? 0;
                return auction.Amount("yourBid") is null ? minimum + Chance.Next((int)(worth - minimum)) : null;
        }
    }

    /// <summary>The same for one auction in all its turns, and different for each bidder.</summary>
    private decimal WorthOf(string auction) => 40 + new Random(HashCode.Combine(auction, Name)).Next(100);
}
