using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

public class AuctionTests(LiveServer server) : IClassFixture<LiveServer>
{
    [Theory]
    [InlineData("first-price", 30)]
    [InlineData("vickrey", 20)]
    public async Task In_one_sealed_round_the_highest_bid_wins_and_the_seller_is_paid_the_formats_price(string format, decimal price)
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 100), ("seller", 0));
        var auction = await server.OpenAuctionAsync(new { item = "Violin", format, minimumBid = 10, minimumBidders = 2, asset }, "ann", "bob");
        await server.BidAsync(auction, "ann", 30);
        Assert.True((await server.AuctionAsync(auction, "bob")).Lacks("yourBid"));
        var sold = await server.BidAsync(auction, "bob", 20);
        Assert.Equal(("sold", "ann", price), (sold.Word("status"), sold.GetProperty("winner").Word("bidder"), sold.GetProperty("winner").Amount("price")));
        await server.WaitForAsync($"ledger/{asset}", "ledger.transfer-posted");
        Assert.Equal((price, 100 - price), ((await server.AccountAsync(asset, "seller")).Amount("balance"), (await server.AccountAsync(asset, "ann")).Amount("balance")));
    }

    [Fact]
    public async Task A_dutch_price_falls_by_itself_until_somebody_takes_it()
    {
        var auction = await server.OpenAuctionAsync(new { item = "Tulips", format = "dutch", startPrice = 10.00m, step = 2.50m, stepSeconds = 1, floor = 5 }, "ann");
        await using var feed = await server.As(null).ListenAsync($"?after=0&stream=auction/{auction}");
        var offered = (await feed.ReadUntilAsync("auction.price-offered"))[^1];
        Assert.Equal(1000, offered.Data.Number("priceMinor"));
        offered = (await feed.ReadUntilAsync("auction.price-offered"))[^1];
        Assert.Equal(750, offered.Data.Number("priceMinor"));
        var sold = (await server.As("ann").PostAsync($"/api/auctions/{auction}/bids", new { amount = 7.5m })).Ok();
        Assert.Equal("sold", sold.Word("status"));
        Assert.InRange(sold.GetProperty("winner").Amount("price"), 5.00m, 7.50m);
    }

    [Fact]
    public async Task After_two_sealed_rounds_the_highest_sum_wins()
    {
        var created = (await server.As("seller").PostAsync("/api/auctions", new { item = "Violin", format = "sealed-rounds", minimumBid = 10.00m, minimumRounds = 2, minimumBidders = 3 })).Ok(201);
        var auction = created.Word("id")!;
        Assert.Equal("open", created.Word("status"));
        Assert.Equal("seller", created.Word("auctioneer"));
        foreach (var bidder in new[] { "ann", "bob" })
            Assert.Equal("open", (await server.As(bidder).PostAsync($"/api/auctions/{auction}/join")).Ok(200).Word("status"));
        Assert.Equal("awaiting-start", (await server.As("cleo").PostAsync($"/api/auctions/{auction}/join")).Ok(200).Word("status"));

        var running = (await server.As("seller").PostAsync($"/api/auctions/{auction}/start")).Ok(200);
        Assert.Equal("running", running.Word("status"));
        Assert.Equal(1, running.Number("round"));
        Assert.Equal(["ann", "bob", "cleo"], running.Items("participants").Select(name => name.GetString()));

        await server.BidAsync(auction, "ann", 30);
        await server.BidAsync(auction, "bob", 12.50m);
        var second = await server.BidAsync(auction, "cleo", 20);
        Assert.Equal(2, second.Number("round"));
        Assert.Equal("ann:30.00 bob:12.50 cleo:20.00", Bids(second, 1));

        await server.BidAsync(auction, "cleo", 10);
        await server.BidAsync(auction, "bob", 28);
        var over = await server.BidAsync(auction, "ann", 10);
        Assert.Equal("sold", over.Word("status"));
        Assert.Equal("ann:10.00 bob:28.00 cleo:10.00", Bids(over, 2));
        Assert.Equal("bob", over.GetProperty("winner").Word("bidder"));
        Assert.Equal(40.50m, over.GetProperty("winner").Amount("total"));
        Assert.Equal(40.50m, over.GetProperty("winner").Amount("price"));
        var sold = await server.WaitForAsync($"auction/{auction}", "auction.sold");
        Assert.Equal(["ann", "cleo"], sold.Data.Items("losers").Select(name => name.GetString()));
    }

    [Fact]
    public async Task Of_equal_sums_the_one_that_was_complete_first_wins()
    {
        var auction = await server.OpenAuctionAsync(new { item = "Lute", minimumRounds = 2 }, "ann", "bob");
        await server.BidAsync(auction, "ann", 5);
        await server.BidAsync(auction, "bob", 7);
        await server.BidAsync(auction, "bob", 5);
        var over = await server.BidAsync(auction, "ann", 7);
        Assert.Equal("bob", over.GetProperty("winner").Word("bidder"));
    }

    [Fact]
    public async Task Who_stays_silent_until_the_deadline_has_bid_nothing()
    {
        var auction = await server.OpenAuctionAsync(new { item = "Harp", roundSeconds = 1 }, "ann", "bob");
        await server.BidAsync(auction, "ann", 5);
        await server.WaitForAsync($"auction/{auction}", "auction.sold");
        var over = await server.AuctionAsync(auction);
        Assert.Equal("ann:5.00 bob:0.00", Bids(over, 1));
        Assert.Equal("ann", over.GetProperty("winner").Word("bidder"));
    }

    [Fact]
    public async Task An_auction_in_which_nobody_bids_ends_unsold()
    {
        var auction = await server.OpenAuctionAsync(new { item = "Drum", roundSeconds = 1 }, "ann", "bob");
        await server.WaitForAsync($"auction/{auction}", "auction.unsold");
        var over = await server.AuctionAsync(auction);
        Assert.Equal("unsold", over.Word("status"));
        Assert.True(over.Lacks("winner"));
    }

    [Fact]
    public async Task An_auction_whose_auctioneer_does_not_start_in_time_is_cancelled()
    {
        var auction = (await server.As("seller").PostAsync("/api/auctions", new { item = "Flute", startTimeoutSeconds = 1 })).Ok(201).Word("id")!;
        foreach (var bidder in new[] { "ann", "bob" }) (await server.As(bidder).PostAsync($"/api/auctions/{auction}/join")).Ok();
        var cancelled = await server.WaitForAsync($"auction/{auction}", "auction.cancelled");
        Assert.Equal(["ann", "bob"], cancelled.Data.Items("bidders").Select(name => name.GetString()));
        Assert.Equal("cancelled", (await server.AuctionAsync(auction)).Word("status"));
        (await server.As("seller").PostAsync($"/api/auctions/{auction}/start")).Refused(409, "not-open");
    }

    [Fact]
    public async Task The_auctioneer_can_cancel_until_a_round_is_revealed()
    {
        var early = await server.OpenAuctionAsync(new { item = "Oboe" }, "ann", "bob");
        await server.BidAsync(early, "ann", 5);
        var cancelled = (await server.As("seller").PostAsync($"/api/auctions/{early}/cancel", new { reason = "It is broken." })).Ok(200);
        Assert.Equal("cancelled", cancelled.Word("status"));
        Assert.Empty(cancelled.Items("rounds"));

        var late = await server.OpenAuctionAsync(new { item = "Horn", minimumRounds = 2 }, "ann", "bob");
        await server.BidAsync(late, "ann", 5);
        await server.BidAsync(late, "bob", 6);
        (await server.As("seller").PostAsync($"/api/auctions/{late}/cancel", new { reason = "Too cheap." })).Refused(409, "not-open");
    }

    [Fact]
    public async Task In_an_english_auction_a_maximum_bids_for_its_bidder_one_increment_above_the_others()
    {
        var auction = await server.OpenAuctionAsync(new { item = "Print", format = "english", minimumBid = 10, increment = 1, closesInSeconds = 600 }, "ann", "bob");
        var first = (await server.As("ann").PostAsync($"/api/auctions/{auction}/bids", new { amount = 10, maximum = 20 })).Ok(200);
        Assert.Equal(10, first.Amount("price"));
        Assert.Equal(20, first.Amount("yourMaximum"));

        var outbid = (await server.As("bob").PostAsync($"/api/auctions/{auction}/bids", new { amount = 15 })).Ok(200);
        Assert.Equal("ann", outbid.Word("leader"));
        Assert.Equal(16, outbid.Amount("price"));
        Assert.Equal(17, outbid.Amount("nextMinimum"));
        Assert.True(outbid.Lacks("yourMaximum"));

        var leading = (await server.As("bob").PostAsync($"/api/auctions/{auction}/bids", new { amount = 17, maximum = 30 })).Ok(200);
        Assert.Equal("bob", leading.Word("leader"));
        Assert.Equal(21, leading.Amount("price"));
    }

    [Fact]
    public async Task Who_bids_the_buy_now_price_has_it_at_once()
    {
        var auction = await server.OpenAuctionAsync(new { item = "Map", format = "english", minimumBid = 10, buyNow = 50, closesInSeconds = 600 }, "ann", "bob");
        await server.BidAsync(auction, "ann", 12);
        var over = await server.BidAsync(auction, "bob", 60);
        Assert.Equal("sold", over.Word("status"));
        Assert.Equal("bob", over.GetProperty("winner").Word("bidder"));
        Assert.Equal(50, over.GetProperty("winner").Amount("price"));
        (await server.As("ann").PostAsync($"/api/auctions/{auction}/bids", new { amount = 70 })).Refused(409, "not-open");
    }

    [Fact]
    public async Task An_english_auction_below_its_reserve_ends_unsold_and_the_reserve_is_the_auctioneers_secret()
    {
        var auction = await server.OpenAuctionAsync(new { item = "Vase", format = "english", minimumBid = 1, reserve = 777, closesInSeconds = 1 }, "ann");
        await server.BidAsync(auction, "ann", 5);
        Assert.Equal(777, (await server.AuctionAsync(auction)).Amount("reserve"));
        foreach (var other in new[] { "ann", null })
        {
            Assert.True((await server.AuctionAsync(auction, other)).Lacks("reserve"));
            Assert.DoesNotContain("777", (await server.As(other).SeeAsync($"/api/journal?stream=auction/{auction}&limit=1")).Json.GetProperty("items")[0].GetProperty("data").GetRawText());
        }
        var unsold = await server.WaitForAsync($"auction/{auction}", "auction.unsold");
        Assert.Equal("reserve-not-met", unsold.Data.Word("reason"));
    }

    [Fact]
    public async Task A_late_bid_in_an_english_auction_extends_it()
    {
        var auction = await server.OpenAuctionAsync(new { item = "Atlas", format = "english", closesInSeconds = 60, softCloseSeconds = 600 }, "ann");
        var before = (await server.AuctionAsync(auction)).GetProperty("closesAt").GetDateTimeOffset();
        var after = (await server.BidAsync(auction, "ann", 5)).GetProperty("closesAt").GetDateTimeOffset();
        Assert.InRange((after - before).TotalSeconds, 500, 600);
    }

    [Fact]
    public async Task In_a_funded_auction_losers_have_their_money_back_and_the_winner_pays_the_seller()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 100), ("seller", 0));
        var auction = await server.OpenAuctionAsync(new { item = "Clock", minimumRounds = 2, asset }, "ann", "bob");
        await server.BidAsync(auction, "ann", 30);
        var held = await server.AccountAsync(asset, "ann", "ann");
        Assert.Equal((100m, 70m, 30m), (held.Amount("balance"), held.Amount("available"), held.Amount("pendingDebits")));
        await server.BidAsync(auction, "bob", 20);
        (await server.As("ann").PostAsync($"/api/auctions/{auction}/bids", new { amount = 70.01m })).Refused(409, "insufficient-funds");
        await server.BidAsync(auction, "ann", 10);
        var over = await server.BidAsync(auction, "bob", 25.50m);
        Assert.Equal("bob", over.GetProperty("winner").Word("bidder"));

        await using var feed = await server.As("operator").ListenAsync($"?after=0&stream=ledger/{asset}");
        var closed = 0;
        await feed.ReadUntilAsync(read => read.Type is "ledger.transfer-posted" or "ledger.transfer-voided" && ++closed == 4);
        foreach (var (account, balance) in new[] { ("ann", 100m), ("bob", 54.50m), ("seller", 45.50m) })
        {
            var settled = await server.AccountAsync(asset, account);
            Assert.Equal((balance, balance, 0m, 0m), (settled.Amount("balance"), settled.Amount("available"), settled.Amount("pendingDebits"), settled.Amount("pendingCredits")));
        }
        Assert.True((await server.As("operator").GetAsync($"/api/ledgers/{asset}")).Ok().GetProperty("balanced").GetBoolean());
    }

    [Fact]
    public async Task Cancelling_a_funded_auction_releases_what_is_held()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 100), ("seller", 0));
        var auction = await server.OpenAuctionAsync(new { item = "Globe", asset }, "ann", "bob");
        await server.BidAsync(auction, "ann", 30);
        (await server.As("seller").PostAsync($"/api/auctions/{auction}/cancel", new { reason = "Sold elsewhere." })).Ok();
        await server.WaitForAsync($"ledger/{asset}", "ledger.transfer-voided");
        Assert.Equal(100, (await server.AccountAsync(asset, "ann")).Amount("available"));
    }

    [Fact]
    public async Task Lists_are_by_status_newest_first()
    {
        var item = Unique.Name("Lot");
        var older = await server.OpenAuctionAsync(new { item });
        var newer = await server.OpenAuctionAsync(new { item });
        var running = await server.OpenAuctionAsync(new { item }, "ann", "bob");
        var open = (await server.As(null).GetAllAsync("/api/auctions?status=open", 50)).Where(auction => auction.Word("item") == item).Select(auction => auction.Word("id"));
        Assert.Equal([newer, older], open);
        var all = (await server.As(null).GetAllAsync("/api/auctions", 50)).Where(auction => auction.Word("item") == item).Select(auction => auction.Word("id"));
        Assert.Equal([running, newer, older], all);
    }

    private static string Bids(System.Text.Json.JsonElement auction, int round)
    {
        var revealed = auction.Items("rounds").Single(one => one.Number("round") == round).GetProperty("bids");
        return string.Join(' ', revealed.EnumerateObject().Select(bid => FormattableString.Invariant($"{bid.Name}:{bid.Value.GetDecimal():0.00}")));
    }
}
