using System.Text.Json;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>A sealed bid's amount is a number that occurs nowhere else, so that it can be searched for in everything that a server tells.</summary>
public class SealedBidTests(LiveServer server) : IClassFixture<LiveServer>
{
    private const decimal Secret = 31.41m;
    private const string SecretMinor = "3141";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_sealed_bid_is_seen_by_its_bidder_and_the_operator_alone(bool funded)
    {
        var (auction, asset, bid) = await BidInSecretAsync(funded);
        foreach (var place in await PlacesAsync(auction, asset, bid))
        {
            foreach (var other in new[] { "bob", "seller", "bank", null })
            {
                var told = await TellAsync(place, other);
                Assert.False(Tells(told), $"{other ?? "somebody unnamed"} sees the sealed bid at {place}: {told}");
            }
            var toOperator = await TellAsync(place, "operator");
            var isShown = !place.StartsWith("/api/auctions", StringComparison.Ordinal);
            Assert.True(Tells(toOperator) == isShown, $"operator at {place}: {toOperator}");
        }
        Assert.Equal(Secret, (await server.AuctionAsync(auction, "ann")).Amount("yourBid"));
        Assert.True(Tells(await TellAsync($"/api/journal?stream=auction/{auction}", "ann")));
    }

    [Fact]
    public async Task What_a_hash_is_made_of_is_told_to_the_operator_alone()
    {
        var (auction, _, _) = await BidInSecretAsync(funded: false);
        foreach (var viewer in new[] { "ann", "bob", null, "operator" })
        {
            var items = (await server.As(viewer).SeeAsync($"/api/journal?stream=auction/{auction}")).Ok().Items();
            Assert.All(items, item => Assert.Equal((viewer == "operator", viewer == "operator"), (!item.Lacks("origin"), !item.Lacks("fingerprint"))));
        }
    }

    [Fact]
    public async Task The_payer_of_a_sealed_hold_sees_it_in_their_own_figures()
    {
        var (_, asset, _) = await BidInSecretAsync(funded: true);
        Assert.Equal(Secret, (await server.AccountAsync(asset!, "ann", "ann")).Amount("pendingDebits"));
        Assert.Equal(100 - Secret, (await server.AccountAsync(asset!, "ann", "ann")).Amount("available"));
        Assert.Equal(100, (await server.AccountAsync(asset!, "ann", "seller")).Amount("available"));
        var history = (await server.As("ann").SeeAsync($"/api/ledgers/{asset}/accounts/ann/history?limit=1")).Ok().Items()[0];
        Assert.Equal(("held", Secret), (history.Word("kind"), history.Amount("amount")));
        Assert.Equal(Secret, (await server.As("ann").GetAsync($"/api/ledgers/{asset}/transfers/{history.Word("transfer")}")).Ok().Amount("amount"));
    }

    [Fact]
    public async Task No_refusal_and_no_yes_gives_a_sealed_hold_away()
    {
        var (_, asset, _) = await BidInSecretAsync(funded: true);
        // There and back in one: whoever could do that would learn what is left from which amounts go through, and nobody would see it.
        foreach (var amount in new[] { 0.01m, 100 - Secret, 100 - Secret + 0.01m, 100 })
        {
            var linked = new { linked = new[] { new { debit = "ann", credit = "bob", amount }, new { debit = "bob", credit = "ann", amount } } };
            (await server.As("bob").PostAsync($"/api/ledgers/{asset}/transfers", linked)).Refused(403, "sealed-funds");
        }
        (await server.As("bob").PostAsync($"/api/ledgers/{asset}/proposals", new { side = "buy", counterparty = "ann", amount = 1, autoAccept = true })).Refused(403, "sealed-funds");
        (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers", new { debit = "ann", credit = "bob", amount = 1 })).Ok(201);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_the_reveal_everybody_sees_the_bid(bool funded)
    {
        var (auction, _, bid) = await BidInSecretAsync(funded);
        await server.BidAsync(auction, "bob", 1);
        await server.WaitForAsync($"auction/{auction}", "auction.sold");
        foreach (var anybody in new[] { "bob", "seller", null })
        {
            Assert.Equal(Secret, (await server.AuctionAsync(auction, anybody)).Items("rounds")[0].GetProperty("bids").Amount("ann"));
            Assert.True(Tells(await TellAsync($"/api/journal/{bid}", anybody)));
            Assert.True(Tells(await TellAsync($"/api/journal?stream=auction/{auction}", anybody)));
            Assert.True(Tells(await TellAsync($"/api/journal/stream?after=0&stream=auction/{auction}", anybody)));
        }
    }

    [Fact]
    public async Task What_was_not_revealed_in_a_cancelled_auction_stays_sealed()
    {
        var (auction, asset, bid) = await BidInSecretAsync(funded: true);
        (await server.As("seller").PostAsync($"/api/auctions/{auction}/cancel", new { reason = "No." })).Ok();
        await server.WaitForAsync($"ledger/{asset}", "ledger.transfer-voided");
        foreach (var place in await PlacesAsync(auction, asset, bid))
            Assert.False(Tells(await TellAsync(place, "seller")), place);
    }

    [Fact]
    public async Task An_event_stream_that_was_open_before_the_bid_does_not_tell_it_either()
    {
        var auction = await server.OpenAuctionAsync(new { item = "Lamp", roundSeconds = 600 }, "ann", "bob");
        await using var bobs = await server.As("bob").ListenAsync($"?stream=auction/{auction}");
        await using var anns = await server.As("ann").ListenAsync($"?stream=auction/{auction}");
        await server.BidAsync(auction, "ann", Secret);
        var toBob = (await bobs.ReadUntilAsync("auction.bid-placed"))[^1].Item;
        var toAnn = (await anns.ReadUntilAsync("auction.bid-placed"))[^1].Item;
        Assert.False(Tells(toBob.GetRawText()), toBob.GetRawText());
        Assert.True(toBob.GetProperty("data").GetProperty("sealed").GetBoolean());
        Assert.Equal("ann", toBob.GetProperty("data").Word("bidder"));
        Assert.True(Tells(toAnn.GetRawText()), toAnn.GetRawText());
    }

    [Fact]
    public async Task An_english_maximum_is_its_bidders_secret()
    {
        var auction = await server.OpenAuctionAsync(new { item = "Rug", format = "english", minimumBid = 1, closesInSeconds = 600 }, "ann", "bob");
        (await server.As("ann").PostAsync($"/api/auctions/{auction}/bids", new { amount = 2, maximum = Secret })).Ok();
        foreach (var other in new[] { "bob", "seller", null })
        {
            Assert.False(Tells(await TellAsync($"/api/auctions/{auction}", other)));
            Assert.False(Tells(await TellAsync($"/api/journal?stream=auction/{auction}", other)));
            Assert.False(Tells(await TellAsync($"/api/journal/stream?after=0&stream=auction/{auction}", other)));
        }
        Assert.Equal(Secret, (await server.AuctionAsync(auction, "ann")).Amount("yourMaximum"));
    }

    [Fact]
    public async Task The_journals_export_is_for_the_operator()
    {
        var (_, _, bid) = await BidInSecretAsync(funded: false);
        foreach (var other in new[] { "ann", "seller", null }) (await server.As(other).GetAsync("/api/journal/export")).Refused(403, "operator-only");
        var export = await server.As("operator").GetAsync("/api/journal/export");
        Assert.Equal((200, "application/x-ndjson"), (export.Status, export.ContentType?.MediaType));
        var lines = export.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(Tells(lines[bid - 1]), lines[bid - 1]);
    }

    /// <summary>A running auction in which ann has bid the secret; with the ledger that funds it, and the bid's place in the journal.</summary>
    private async Task<(string Auction, string? Asset, int Bid)> BidInSecretAsync(bool funded)
    {
        var asset = funded ? await server.OpenLedgerAsync(("ann", 100), ("bob", 100), ("seller", 0)) : null;
        var auction = await server.OpenAuctionAsync(new { item = "Lamp", asset, roundSeconds = 600 }, "ann", "bob");
        var bid = (int)(await server.BidAsync(auction, "ann", Secret)).Number("seq");
        return (auction, asset, bid);
    }

    /// <summary>Wherever a server tells of an auction and of the ledger that funds it.</summary>
    private async Task<List<string>> PlacesAsync(string auction, string? asset, int bid)
    {
        List<string> places =
        [
            $"/api/auctions/{auction}", $"/api/auctions/{auction}?at={bid}", "/api/auctions?limit=1",
            $"/api/journal?stream=auction/{auction}", $"/api/journal?category=auction&after={bid - 1}", $"/api/journal?after={bid - 1}", $"/api/journal/{bid}",
            $"/api/journal/stream?after=0&stream=auction/{auction}", $"/api/journal/stream?after={bid - 1}",
        ];
        if (asset is null) return places;
        var held = (await server.WaitForAsync($"ledger/{asset}", "ledger.funds-held"));
        var transfer = held.Data.Word("transfer");
        return
        [
            .. places, $"/api/ledgers/{asset}/transfers/{transfer}", $"/api/ledgers/{asset}/accounts/ann/history", $"/api/ledgers/{asset}/accounts/seller/history",
            $"/api/ledgers/{asset}/accounts/ann/statement", $"/api/journal/{held.Id}", $"/api/journal?stream=ledger/{asset}", $"/api/journal/stream?after=0&stream=ledger/{asset}",
        ];
    }

    /// <summary>What a server tells somebody at a place; of a live stream, all that has happened so far.</summary>
    private async Task<string> TellAsync(string place, string? viewer)
    {
        if (!place.StartsWith("/api/journal/stream", StringComparison.Ordinal)) return (await server.As(viewer).SeeAsync(place)).Text;
        var query = place["/api/journal/stream".Length..];
        var past = (await server.As(viewer).SeeAsync($"/api/journal{query}&limit=1000")).Ok().Items();
        await using var feed = await server.As(viewer).ListenAsync(query);
        var told = await feed.ReadUntilAsync(read => read.Id == past[^1].Number("seq"));
        return string.Join('\n', told.Select(read => read.Item.GetRawText()));
    }

    private static bool Tells(string text)
    {
        // Ids, hashes and times may hold the same digits by chance; amounts are numbers of their own.
        return text.Split('\n').Any(line => line.StartsWith('{') ? Tells(Parse(line)) : line.Split(',').Contains("31.41"));

        static JsonElement Parse(string line)
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.Clone();
        }

        static bool Tells(JsonElement json) => json.ValueKind switch
        {
            JsonValueKind.Object => json.EnumerateObject().Any(field => field.Name is not ("seq" or "ordinal" or "causes" or "clock") && Tells(field.Value)),
            JsonValueKind.Array => json.EnumerateArray().Any(Tells),
            JsonValueKind.Number => json.GetRawText() is SecretMinor or "31.41" or "68.59" or "6859",
            _ => false,
        };
    }
}
