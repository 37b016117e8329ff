using System.Text.Json;
using Rialto.Tests.Support;

namespace Rialto.Tests.Web;

/// <summary>A little of everything, so that no page is empty.</summary>
internal sealed class Trade(RialtoProcess server)
{
    public async Task HappenAsync()
    {
        await AuctionsAsync();
        await ExchangeAsync();
        await LedgersAsync();
        await DispatchAsync();
    }

    private async Task AuctionsAsync()
    {
        await AuctionAsync(new { item = "Viola d'amore, 1720", minimumBid = 10, minimumRounds = 2, minimumBidders = 2, roundSeconds = 3600 }, "eva", [("ann", 12.5m), ("bob", 14), ("ann", 20)]);
        await AuctionAsync(new { item = "Vase from Murano", format = "vickrey", minimumBid = 10, minimumBidders = 2, roundSeconds = 3600 }, "eva", [("ann", 40), ("bob", 55)]);
        await AuctionAsync(
            new { item = "Map of the lagoon", format = "english", minimumBid = 50, minimumBidders = 2, closesInSeconds = 3600, asset = "USD" }, "gallery", [("ann", 50), ("bob", 60), ("ann", 80)]);
    }

    private async Task AuctionAsync(object terms, string auctioneer, (string Bidder, decimal Amount)[] bids)
    {
        var path = "/api/auctions/" + (await DoAsync(auctioneer, "/api/auctions", terms)).Word("id");
        foreach (var bidder in bids.Select(bid => bid.Bidder).Distinct()) await DoAsync(bidder, path + "/join");
        await DoAsync(auctioneer, path + "/start");
        foreach (var (bidder, amount) in bids) await DoAsync(bidder, path + "/bids", new { amount });
    }

    private async Task ExchangeAsync()
    {
        await DoAsync("eva", "/api/books", new { symbol = "TULIP", currency = (string?)null, tick = 0.01 });
        for (var i = 0; i < 24; i++)
        {
            // A price that wanders a little, and orders on both sides of it.
            var middle = 1600 + (i * 7 % 13) - 6;
            var isBuy = i % 2 == 0;
            var price = (middle + (isBuy ? -(i % 5) : i % 4)) / 100m;
            await DoAsync(isBuy ? "ann" : "dan", "/api/books/TULIP/orders", new { side = isBuy ? "buy" : "sell", type = "limit", price, quantity = 5 + (i * 3 % 17) });
        }
        await DoAsync("ann", "/api/stocks/GameStart/orders", new { side = "buy", quantity = 3 });
    }

    private async Task LedgersAsync()
    {
        await DoAsync("ann", "/api/ledgers/USD/transfers", new { debit = "ann", credit = "bob", amount = 25.5, memo = "lunch" });
        await DoAsync("ann", "/api/ledgers/USD/transfers", new { debit = "ann", credit = "cid", amount = 80, pending = true, expiresInSeconds = 3600, memo = "deposit" });
        await DoAsync("bob", "/api/ledgers/USD/proposals", new { side = "sell", counterparty = "ann", amount = 12.25, expiresInSeconds = 3600 });
        await DoAsync("bob", "/api/ledgers/USD/proposals", new { side = "buy", counterparty = "cid", amount = 9, autoAccept = true });
    }

    private async Task DispatchAsync()
    {
        await IncidentAsync(48.7761m, 9.1775m, 1, "acknowledged", "on-scene", "transporting", "at-hospital", "available");
        await IncidentAsync(48.80m, 9.20m, 2, "acknowledged", "on-scene", "transporting");
        await IncidentAsync(48.75m, 9.15m, 3, "acknowledged");
    }

    private async Task IncidentAsync(decimal lat, decimal lon, int severity, params string[] reports)
    {
        const string region = "/api/dispatch/stuttgart";
        var incident = await DoAsync("car-7", region + "/incidents", new { lat, lon, severity, needs = Array.Empty<string>(), reporter = "car-7" });
        var (id, unit) = (incident.Word("id"), incident.Word("unit")!);
        foreach (var status in reports) await DoAsync(unit, $"{region}/units/{unit}/status", new { status, incident = id });
    }

    private async Task<JsonElement> DoAsync(string actor, string path, object? body = null) => (await server.As(actor).PostAsync(path, body)).Ok();
}
