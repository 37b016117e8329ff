using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

public class IdempotencyTests(LiveServer server) : IClassFixture<LiveServer>
{
    [Fact]
    public async Task The_same_key_and_body_are_answered_the_same_and_take_effect_once()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 0));
        var key = Unique.Name("key");
        var first = await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers", new { debit = "ann", credit = "bob", amount = 10 }, key);
        (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers", new { debit = "ann", credit = "bob", amount = 1 })).Ok(201);
        var again = await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers", new { debit = "ann", credit = "bob", amount = 10 }, key);
        AssertReplayed(first, again, 201);
        Assert.Equal(89, (await server.AccountAsync(asset, "ann")).Amount("balance"));
    }

    [Fact]
    public async Task Spaces_order_of_fields_and_trailing_zeros_do_not_make_another_body()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 0));
        var key = Unique.Name("key");
        var first = await server.As("ann").SendAsync(HttpMethod.Post, $"/api/ledgers/{asset}/transfers", Client.Json("""{"debit":"ann","credit":"bob","amount":10}"""), key);
        var again = await server.As("ann").SendAsync(HttpMethod.Post, $"/api/ledgers/{asset}/transfers", Client.Json("""{ "amount": 10.00, "credit":"bob", "debit":"ann" }"""), key);
        AssertReplayed(first, again, 201);
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_refused_and_changes_nothing()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 0));
        var key = Unique.Name("key");
        (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers", new { debit = "ann", credit = "bob", amount = 10 }, key)).Ok(201);
        (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers", new { debit = "ann", credit = "bob", amount = 11 }, key)).Refused(422, "idempotency-key-reused");
        (await server.As("ann").PostAsync($"/api/ledgers/{asset}/accounts", new { account = "cleo" }, key)).Refused(422, "idempotency-key-reused");
        Assert.Equal(90, (await server.AccountAsync(asset, "ann")).Amount("balance"));
    }

    [Fact]
    public async Task The_same_key_for_another_entity_is_refused_also_after_a_restart()
    {
        await using var process = await RialtoProcess.StartAsync("--sample", "false");
        var bank = process.As("bank");
        (await bank.PostAsync("/api/ledgers", new { asset = "USD" }, "k1")).Ok(201);
        (await bank.PostAsync("/api/ledgers", new { asset = "EUR" }, "k1")).Refused(422, "idempotency-key-reused");
        (await bank.PostAsync("/api/auctions", new { item = "Violin" }, "k1")).Refused(422, "idempotency-key-reused");
        Assert.Equal(0, await process.TerminateAsync());
        await process.RestartAsync();
        (await bank.PostAsync("/api/ledgers", new { asset = "EUR" }, "k1")).Refused(422, "idempotency-key-reused");
        (await bank.GetAsync("/api/ledgers/EUR")).Refused(404, "ledger-not-found");
    }

    [Fact]
    public async Task Keys_of_two_actors_have_nothing_to_do_with_each_other()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 100));
        var key = Unique.Name("key");
        (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers", new { debit = "ann", credit = "bob", amount = 10 }, key)).Ok(201);
        var other = await server.As("bob").PostAsync($"/api/ledgers/{asset}/transfers", new { debit = "ann", credit = "bob", amount = 10 }, key);
        other.Ok(201);
        Assert.False(other.IsReplayed);
        Assert.Equal(80, (await server.AccountAsync(asset, "ann")).Amount("balance"));
    }

    [Fact]
    public async Task What_was_refused_can_be_asked_again_with_the_same_key()
    {
        var asset = await server.OpenLedgerAsync(("ann", 5), ("bob", 100));
        var key = Unique.Name("key");
        (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers", new { debit = "ann", credit = "bob", amount = 10 }, key)).Refused(409, "insufficient-funds");
        (await server.As("bob").PostAsync($"/api/ledgers/{asset}/transfers", new { debit = "bob", credit = "ann", amount = 5 })).Ok(201);
        var accepted = await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers", new { debit = "ann", credit = "bob", amount = 10 }, key);
        accepted.Ok(201);
        Assert.False(accepted.IsReplayed);
    }

    [Fact]
    public async Task What_changed_nothing_stays_so_for_its_key()
    {
        var hospital = $"/api/dispatch/{Unique.Name("region")}/hospitals";
        var (desk, key) = (server.As("desk"), Unique.Name("key"));
        (await desk.PostAsync(hospital, new { hospital = "hos-1", lat = 48, lon = 9, beds = 4 })).Ok(201);
        var first = await desk.PostAsync($"{hospital}/hos-1/beds", new { free = 4 }, key);
        Assert.False(first.IsReplayed);
        (await desk.PostAsync($"{hospital}/hos-1/beds", new { free = 3 })).Ok();
        // It is said again because its answer was lost; a bed is taken by now.
        var again = await desk.PostAsync($"{hospital}/hos-1/beds", new { free = 4 }, key);
        Assert.True(again.IsReplayed);
        Assert.Equal((first.Ok().GetRawText(), 3), (again.Ok().GetRawText(), (await desk.GetAsync($"{hospital}/hos-1")).Ok().Number("free")));
        (await desk.PostAsync($"{hospital}/hos-1/beds", new { free = 2 }, key)).Refused(422, "idempotency-key-reused");
    }

    [Fact]
    public async Task Everything_that_creates_creates_once_for_a_key()
    {
        var asset = Unique.Name("asset");
        await CreatesOnceAsync("/api/ledgers", new { asset, scale = 0 });
        await CreatesOnceAsync($"/api/ledgers/{asset}/accounts", new { account = "node-1", initial = 100 });
        await CreatesOnceAsync($"/api/ledgers/{asset}/accounts", new { account = "node-2", initial = 100 });
        await CreatesOnceAsync($"/api/ledgers/{asset}/transfers", new { linked = new[] { new { debit = "node-1", credit = "node-2", amount = 1 } } });
        await CreatesOnceAsync($"/api/ledgers/{asset}/proposals", new { side = "sell", counterparty = "node-2", amount = 20, account = "node-1" });
        var item = Unique.Name("Lot");
        var auction = await CreatesOnceAsync("/api/auctions", new { item });
        Assert.Single(await server.As(null).GetAllAsync("/api/auctions", 100), listed => listed.Word("item") == item);
        Assert.Equal(item, (await server.AuctionAsync(auction.Json.Word("id")!)).Word("item"));
    }

    [Fact]
    public async Task A_bid_that_is_sent_again_counts_once_and_is_answered_as_it_was_then()
    {
        var auction = await server.OpenAuctionAsync(new { item = "Tea", minimumRounds = 2 }, "ann", "bob");
        var key = Unique.Name("key");
        var first = await server.As("ann").PostAsync($"/api/auctions/{auction}/bids", new { amount = 3 }, key);
        await server.BidAsync(auction, "bob", 4);
        await server.BidAsync(auction, "bob", 4);
        AssertReplayed(first, await server.As("ann").PostAsync($"/api/auctions/{auction}/bids", new { amount = 3 }, key), 200);
        var over = await server.BidAsync(auction, "ann", 4);
        Assert.Equal("bob", over.GetProperty("winner").Word("bidder"));
    }

    [Fact]
    public async Task Many_at_once_with_one_key_take_effect_once()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 0));
        var key = Unique.Name("key");
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ =>
            server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers", new { debit = "ann", credit = "bob", amount = 1 }, key)));
        Assert.All(answers, answer => answer.Ok(201));
        Assert.Single(answers.Select(answer => answer.Text).Distinct());
        Assert.Single(answers, answer => !answer.IsReplayed);
        Assert.Equal(99, (await server.AccountAsync(asset, "ann")).Amount("balance"));
    }

    [Fact]
    public async Task A_key_is_remembered_across_a_restart()
    {
        await using var process = await RialtoProcess.StartAsync("--sample", "false");
        var bank = process.As("bank");
        var createLedger = await bank.PostAsync("/api/ledgers", new { asset = "USD", scale = 2 }, "k1");
        var openAccount = await bank.PostAsync("/api/ledgers/USD/accounts", new { account = "ann", initial = 100 }, "k2");
        var openAuction = await bank.PostAsync("/api/auctions", new { item = "Violin" }, "k3");
        Assert.Equal(0, await process.TerminateAsync());
        await process.RestartAsync();
        AssertReplayed(createLedger, await bank.PostAsync("/api/ledgers", new { asset = "USD", scale = 2 }, "k1"), 201);
        AssertReplayed(openAccount, await bank.PostAsync("/api/ledgers/USD/accounts", new { account = "ann", initial = 100 }, "k2"), 201);
        AssertReplayed(openAuction, await bank.PostAsync("/api/auctions", new { item = "Violin" }, "k3"), 201);
        (await bank.PostAsync("/api/auctions", new { item = "Viola" }, "k3")).Refused(422, "idempotency-key-reused");
    }

    private async Task<Answer> CreatesOnceAsync(string path, object body)
    {
        var key = Unique.Name("key");
        var first = await server.As("node-1").PostAsync(path, body, key);
        AssertReplayed(first, await server.As("node-1").PostAsync(path, body, key), 201);
        Assert.True(first.Headers.ContainsKey("Location"), $"{first.Request} says where to find what it created.");
        Assert.True((await server.As("node-1").GetAsync(first.Headers["Location"])).IsSuccess);
        return first;
    }

    private static void AssertReplayed(Answer first, Answer again, int status)
    {
        first.Ok(status);
        again.Ok(status);
        Assert.False(first.IsReplayed);
        Assert.True(again.IsReplayed, $"{again.Request} does not say that it is replayed.");
        Assert.Equal(first.Text, again.Text);
        Assert.Equal(first.Seq, again.Seq);
    }
}
