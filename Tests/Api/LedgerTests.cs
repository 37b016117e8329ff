using System.Text.Json;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

public class LedgerTests(LiveServer server) : IClassFixture<LiveServer>
{
    [Theory, InlineData("1e30"), InlineData("-1e30"), InlineData("10000000000000.01")]
    public async Task An_amount_that_is_too_large_is_told_what_it_can_be_and_never_that_it_may_be_below_zero(string amount)
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 0));
        var body = Client.Json($$"""{"debit":"ann","credit":"bob","amount":{{amount}}}""");
        var told = (await server.As("ann").SendAsync(HttpMethod.Post, $"/api/ledgers/{asset}/transfers", body)).Refused(422, "out-of-range");
        Assert.Equal((0, 10_000_000_000_000), (told.Amount("minimum"), told.Amount("maximum")));
    }

    [Fact]
    public async Task An_accounts_initial_amount_comes_from_the_issuer()
    {
        var asset = Unique.Name("asset");
        var created = (await server.As("bank").PostAsync("/api/ledgers", new { asset, scale = 2 })).Ok(201);
        Assert.Equal(asset, created.Word("asset"));
        var opened = (await server.As("bank").PostAsync($"/api/ledgers/{asset}/accounts", new { account = "ann", initial = 100, limit = 5 })).Ok(201);
        Assert.Equal((100m, 105m), (opened.Amount("balance"), opened.Amount("available")));
        Assert.Equal((-100m, 100m), (await AmountsAsync(asset, "issuer", "balance", "postedDebits")));
    }

    [Fact]
    public async Task A_direct_transfer_moves_the_amount_at_once()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 0));
        var transfer = (await TransferAsync(asset, new { debit = "ann", credit = "bob", amount = 20.25m, memo = "Rent" })).Ok(201);
        Assert.Equal("posted", transfer.Word("status"));
        Assert.Equal("Rent", transfer.Word("memo"));
        Assert.Equal((79.75m, 20.25m), (await AmountsAsync(asset, "ann", "balance", "postedDebits")));
        Assert.Equal((20.25m, 20.25m), (await AmountsAsync(asset, "bob", "balance", "postedCredits")));
        Assert.Equal(transfer.Word("id"), (await server.As("ann").GetAsync($"/api/ledgers/{asset}/transfers/{transfer.Word("id")}")).Ok().Word("id"));
    }

    [Fact]
    public async Task An_account_pays_down_to_its_limit_and_no_further()
    {
        var asset = await server.OpenLedgerAsync(("bob", 0));
        (await server.As("bank").PostAsync($"/api/ledgers/{asset}/accounts", new { account = "ann", initial = 10, limit = 5 })).Ok(201);
        (await TransferAsync(asset, new { debit = "ann", credit = "bob", amount = 15.01m })).Refused(409, "insufficient-funds");
        (await TransferAsync(asset, new { debit = "ann", credit = "bob", amount = 15 })).Ok(201);
        Assert.Equal((-5m, 0m), (await AmountsAsync(asset, "ann", "balance", "available")));
    }

    [Fact]
    public async Task A_pending_transfer_is_held_and_then_posted_in_full()
    {
        var (asset, id) = await HoldAsync(amount: 40);
        Assert.Equal((100m, 60m), (await AmountsAsync(asset, "ann", "balance", "available")));
        Assert.Equal((0m, 40m), (await AmountsAsync(asset, "bob", "balance", "pendingCredits")));
        var posted = (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers/{id}/post", new { amount = (decimal?)null })).Ok(200);
        Assert.Equal("posted", posted.Word("status"));
        Assert.Equal((60m, 60m), (await AmountsAsync(asset, "ann", "balance", "available")));
        Assert.Equal((40m, 0m), (await AmountsAsync(asset, "bob", "balance", "pendingCredits")));
        (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers/{id}/post")).Refused(409, "already-posted");
        (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers/{id}/void")).Refused(409, "already-posted");
    }

    [Fact]
    public async Task Of_a_part_that_is_posted_the_rest_is_released()
    {
        var (asset, id) = await HoldAsync(amount: 40);
        var refused = (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers/{id}/post", new { amount = 40.01m })).Refused(422, "exceeds-pending");
        Assert.Equal(40, refused.Amount("maximum"));
        var posted = (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers/{id}/post", new { amount = 15 })).Ok(200);
        Assert.Equal((40m, 15m), (posted.Amount("amount"), posted.Amount("posted")));
        Assert.Equal((85m, 85m), (await AmountsAsync(asset, "ann", "balance", "available")));
    }

    [Fact]
    public async Task A_voided_transfer_releases_all()
    {
        var (asset, id) = await HoldAsync(amount: 40);
        Assert.Equal("voided", (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers/{id}/void")).Ok(200).Word("status"));
        Assert.Equal((100m, 100m), (await AmountsAsync(asset, "ann", "balance", "available")));
        (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers/{id}/void")).Refused(409, "already-voided");
        (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers/{id}/post")).Refused(409, "already-voided");
    }

    [Fact]
    public async Task A_pending_transfer_expires_by_itself()
    {
        var (asset, id) = await HoldAsync(amount: 40, expiresInSeconds: 1);
        await server.WaitForAsync($"ledger/{asset}", "ledger.transfer-expired");
        Assert.Equal((100m, 100m), (await AmountsAsync(asset, "ann", "balance", "available")));
        Assert.Equal("expired", (await server.As("ann").GetAsync($"/api/ledgers/{asset}/transfers/{id}")).Ok().Word("status"));
        (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers/{id}/post")).Refused(409, "expired");
    }

    [Fact]
    public async Task Linked_transfers_succeed_or_fail_together()
    {
        var asset = await server.OpenLedgerAsync(("ann", 10), ("bob", 0), ("cleo", 0));
        object[] chain = [new { debit = "ann", credit = "bob", amount = 10 }, new { debit = "bob", credit = "cleo", amount = 8 }];
        var before = await EndAsync();
        var refused = (await TransferAsync(asset, new { linked = chain.Append(new { debit = "bob", credit = "ann", amount = 3 }) })).Refused(409, "insufficient-funds");
        Assert.Equal(3, refused.Number("linked"));
        Assert.Equal((10m, 0m), (await AmountsAsync(asset, "ann", "balance", "postedDebits")));
        Assert.Equal(before, await EndAsync());

        Assert.Equal(2, (await TransferAsync(asset, new { linked = chain })).Ok(201).Items("transfers").Count);
        Assert.Equal((0m, 10m), (await AmountsAsync(asset, "ann", "balance", "postedDebits")));
        Assert.Equal((2m, 8m), (await AmountsAsync(asset, "bob", "balance", "postedDebits")));
        Assert.Equal((8m, 0m), (await AmountsAsync(asset, "cleo", "balance", "postedDebits")));
    }

    [Theory]
    [InlineData("sell", 80, 120)]
    [InlineData("buy", 120, 80)]
    public async Task An_accepted_proposal_moves_its_credits_once(string side, decimal ours, decimal theirs)
    {
        var asset = await server.OpenLedgerAsync(("node-1", 100), ("node-2", 100));
        var proposal = (await ProposeAsync(asset, side)).Ok(201);
        Assert.Equal("open", proposal.Word("status"));
        (await server.As("node-1").PostAsync($"/api/ledgers/{asset}/proposals/{proposal.Word("id")}/accept")).Refused(403, "not-counterparty");
        var accepted = (await server.As("node-2").PostAsync($"/api/ledgers/{asset}/proposals/{proposal.Word("id")}/accept")).Ok(200);
        Assert.Equal("accepted", accepted.Word("status"));
        (await server.As("node-2").PostAsync($"/api/ledgers/{asset}/proposals/{proposal.Word("id")}/accept")).Refused(409, "already-accepted");
        Assert.Equal((ours, ours), (await AmountsAsync(asset, "node-1", "balance", "available")));
        Assert.Equal((theirs, theirs), (await AmountsAsync(asset, "node-2", "balance", "available")));
    }

    [Theory]
    [InlineData("sell")]
    [InlineData("buy")]
    public async Task A_rejected_proposal_moves_nothing(string side)
    {
        var asset = await server.OpenLedgerAsync(("node-1", 100), ("node-2", 100));
        var id = (await ProposeAsync(asset, side)).Ok(201).Word("id");
        Assert.Equal("rejected", (await server.As("node-2").PostAsync($"/api/ledgers/{asset}/proposals/{id}/reject")).Ok(200).Word("status"));
        (await server.As("node-2").PostAsync($"/api/ledgers/{asset}/proposals/{id}/accept")).Refused(409, "already-rejected");
        Assert.Equal((100m, 100m), (await AmountsAsync(asset, "node-1", "balance", "available")));
        Assert.Equal((100m, 100m), (await AmountsAsync(asset, "node-2", "balance", "available")));
    }

    [Theory]
    [InlineData("sell", 80, 120)]
    [InlineData("buy", 120, 80)]
    public async Task A_proposal_that_is_accepted_automatically_moves_its_credits_at_once(string side, decimal ours, decimal theirs)
    {
        var asset = await server.OpenLedgerAsync(("node-1", 100), ("node-2", 100));
        Assert.Equal("accepted", (await ProposeAsync(asset, side, autoAccept: true)).Ok(201).Word("status"));
        Assert.Equal((ours, ours), (await AmountsAsync(asset, "node-1", "balance", "available")));
        Assert.Equal((theirs, theirs), (await AmountsAsync(asset, "node-2", "balance", "available")));
    }

    [Fact]
    public async Task History_pages_from_newest_to_oldest_with_the_balance_after_each_line()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 0));
        for (var i = 1; i <= 9; i++) (await TransferAsync(asset, new { debit = "ann", credit = "bob", amount = i, memo = $"no {i}" })).Ok(201);
        var lines = await server.As("ann").GetAllAsync($"/api/ledgers/{asset}/accounts/ann/history", 4);
        Assert.Equal([9m, 8m, 7m, 6m, 5m, 4m, 3m, 2m, 1m, 100m], lines.Select(line => line.Amount("amount")));
        Assert.Equal([55m, 64m, 72m, 79m, 85m, 90m, 94m, 97m, 99m, 100m], lines.Select(line => line.Amount("balance")));
        Assert.Equal("issued", lines[^1].Word("kind"));
        Assert.All(lines.SkipLast(1), line => Assert.Equal(("transfer", "debit", "bob"), (line.Word("kind"), line.Word("side"), line.Word("counterparty"))));
    }

    [Fact]
    public async Task A_trial_balance_adds_up_over_all_its_pages()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 50), ("cleo", 0));
        (await TransferAsync(asset, new { debit = "ann", credit = "cleo", amount = 30 })).Ok(201);
        (await TransferAsync(asset, new { debit = "bob", credit = "cleo", amount = 20, pending = true })).Ok(201);
        var lines = new List<JsonElement>();
        var cursor = "";
        do
        {
            var page = (await server.As("operator").GetAsync($"/api/ledgers/{asset}?limit=2{cursor}")).Ok();
            Assert.True(page.GetProperty("balanced").GetBoolean());
            Assert.Equal((180m, 180m), (page.Amount("postedDebits"), page.Amount("postedCredits")));
            Assert.Equal((20m, 20m), (page.Amount("pendingDebits"), page.Amount("pendingCredits")));
            Assert.Equal(4, page.Number("accountCount"));
            lines.AddRange(page.Items("accounts"));
            cursor = page.Lacks("next") ? null : $"&cursor={page.Word("next")}";
        }
        while (cursor is not null);
        Assert.Equal(["issuer", "ann", "bob", "cleo"], lines.Select(line => line.Word("account")));
        Assert.Equal(0, lines.Sum(line => line.Amount("balance")));
    }

    [Fact]
    public async Task A_balance_can_be_asked_for_as_it_was_at_a_seq()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 0));
        var before = await EndAsync();
        var first = (await TransferAsync(asset, new { debit = "ann", credit = "bob", amount = 30 })).Seq;
        (await TransferAsync(asset, new { debit = "ann", credit = "bob", amount = 30 })).Ok();
        foreach (var (seq, balance) in new[] { (before, 100m), (first, 70m) })
        {
            var then = await server.As("ann").GetAsync($"/api/ledgers/{asset}/accounts/ann?at={seq}");
            Assert.Equal(balance, then.Ok().Amount("balance"));
            Assert.Equal(balance, (await server.As("operator").GetAsync($"/api/ledgers/{asset}?at={seq}")).Ok().Items("accounts")[1].Amount("balance"));
        }
        Assert.Equal(40, (await server.AccountAsync(asset, "ann")).Amount("balance"));
    }

    [Fact]
    public async Task A_statement_is_a_table_of_comma_separated_values_oldest_first()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 0));
        (await TransferAsync(asset, new { debit = "ann", credit = "bob", amount = 12.50m, memo = "Say \"hi\", Bob" })).Ok(201);
        (await TransferAsync(asset, new { debit = "bob", credit = "ann", amount = 2, memo = "=1+1" })).Ok(201);
        var statement = await server.As("ann").SeeAsync($"/api/ledgers/{asset}/accounts/ann/statement");
        Assert.Equal((200, "text/csv"), (statement.Status, statement.ContentType?.MediaType));
        var rows = statement.Text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("seq,at,kind,side,counterparty,amount,balance,transfer,memo,proposal", rows[0]);
        Assert.Equal(4, rows.Length);
        Assert.Contains(",issued,credit,issuer,100.00,100.00,", rows[1]);
        Assert.Contains(",transfer,debit,bob,12.50,87.50,", rows[2]);
        Assert.Contains(",\"Say \"\"hi\"\", Bob\",", rows[2]);
        Assert.DoesNotContain(",=1+1", rows[3]);
    }

    [Fact]
    public async Task Ledgers_are_listed_by_name_with_what_was_issued()
    {
        var names = new List<string>();
        for (var i = 0; i < 5; i++) names.Add(await server.OpenLedgerAsync(("ann", 10 + i)));
        var listed = (await server.As(null).GetAllAsync("/api/ledgers", 2)).Where(ledger => names.Contains(ledger.Word("asset")!)).ToList();
        Assert.Equal(names.Order(StringComparer.Ordinal), listed.Select(ledger => ledger.Word("asset")));
        Assert.All(listed, ledger => Assert.Equal(10 + names.IndexOf(ledger.Word("asset")!), ledger.Amount("issued")));
    }

    private Task<Answer> TransferAsync(string asset, object body) => server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers", body);

    private Task<Answer> ProposeAsync(string asset, string side, bool autoAccept = false) =>
        server.As("node-1").PostAsync($"/api/ledgers/{asset}/proposals", new { side, counterparty = "node-2", amount = 20, account = "node-1", autoAccept });

    private async Task<(string Asset, string Transfer)> HoldAsync(decimal amount, int? expiresInSeconds = null)
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 0));
        var held = (await TransferAsync(asset, new { debit = "ann", credit = "bob", amount, pending = true, expiresInSeconds })).Ok(201);
        Assert.Equal("pending", held.Word("status"));
        return (asset, held.Word("id")!);
    }

    private async Task<(decimal, decimal)> AmountsAsync(string asset, string account, string first, string second)
    {
        var found = await server.AccountAsync(asset, account);
        return (found.Amount(first), found.Amount(second));
    }

    private async Task<long> EndAsync() => (await server.As("operator").GetAsync("/api/journal/verify")).Ok().Number("events");
}
