using System.Diagnostics;
using System.Globalization;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>How far an answer goes, and how lists and streams go on where they stopped.</summary>
public class ReadingTests(LiveServer server) : IClassFixture<LiveServer>
{
    private const long FarAway = 1_000_000_000;

    [Fact]
    public async Task Who_has_written_reads_it_with_the_seq_that_the_write_was_answered()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 0));
        for (var i = 1; i <= 25; i++)
        {
            var written = await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers", new { debit = "ann", credit = "bob", amount = 1 });
            Assert.Equal(written.Ok(201).Number("seq"), written.Seq);
            foreach (var path in new[] { $"accounts/bob/history?limit=1&minSeq={written.Seq}", $"accounts/bob?minSeq={written.Seq}" })
            {
                var read = await server.As("bob").GetAsync($"/api/ledgers/{asset}/{path}");
                var balance = read.Ok().TryGetProperty("items", out var items) ? items[0].Amount("balance") : read.Json.Amount("balance");
                Assert.Equal(i, balance);
                Assert.True(read.Seq >= written.Seq, $"{path} is visible up to {read.Seq} only, not {written.Seq}.");
            }
        }
    }

    [Theory]
    [InlineData("/api/auctions?minSeq=1000000000")]
    [InlineData("/api/ledgers?minSeq=1000000000")]
    [InlineData("/api/journal?minSeq=1000000000")]
    public async Task A_read_that_asks_for_the_future_is_told_that_it_is_behind(string path)
    {
        var waited = Stopwatch.StartNew();
        var refused = await server.As(null).GetAsync(path);
        refused.Refused(503, "behind");
        Assert.True(refused.Headers.ContainsKey("Retry-After"));
        Assert.InRange(waited.ElapsedMilliseconds, 1_000, 10_000);
    }

    [Fact]
    public async Task A_read_that_waits_is_answered_as_soon_as_what_it_waits_for_is_written()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 0));
        var end = (await server.As("ann").GetAsync($"/api/ledgers/{asset}/accounts/ann")).Seq;
        var waiting = server.As("bob").GetAsync($"/api/ledgers/{asset}/accounts/bob?minSeq={end + 1}");
        (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers", new { debit = "ann", credit = "bob", amount = 7 })).Ok(201);
        Assert.Equal(7, (await waiting).Ok().Amount("balance"));
    }

    [Fact]
    public async Task An_auction_can_be_seen_as_it_was()
    {
        var auction = (await server.As("seller").PostAsync("/api/auctions", new { item = "Fan" })).Ok(201);
        var created = auction.Number("seq");
        var joined = (await server.As("ann").PostAsync($"/api/auctions/{auction.Word("id")}/join")).Ok().Number("seq");
        Assert.Empty((await server.As(null).GetAsync($"/api/auctions/{auction.Word("id")}?at={created}")).Ok().Items("participants"));
        Assert.Single((await server.As(null).GetAsync($"/api/auctions/{auction.Word("id")}?at={joined}")).Ok().Items("participants"));
        (await server.As(null).GetAsync($"/api/auctions/{auction.Word("id")}?at={created - 1}")).Refused(404, "auction-not-found");
    }

    [Theory]
    [InlineData("/api/auctions", "id")]
    [InlineData("/api/journal?category=auction", "seq")]
    public async Task Pages_have_neither_gaps_nor_repetitions_while_others_write(string list, string key)
    {
        for (var i = 0; i < 20; i++) await server.OpenAuctionAsync(new { item = "Lot" });
        var before = (await server.As(null).GetAllAsync(list, 1000)).Select(item => item.GetProperty(key).ToString()).ToList();
        var writing = Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.OpenAuctionAsync(new { item = "Late lot" })));
        var paged = (await server.As(null).GetAllAsync(list, 3)).Select(item => item.GetProperty(key).ToString()).ToList();
        await writing;
        Assert.Equal(paged.Count, paged.Distinct().Count());
        Assert.Empty(before.Except(paged));
    }

    [Fact]
    public async Task The_journal_pages_forward_without_a_gap_and_by_stream()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100), ("bob", 0));
        var all = await server.As("operator").GetAllAsync("/api/journal", 7);
        Assert.Equal(Enumerable.Range(1, all.Count).Select(seq => (long)seq), all.Select(item => item.Number("seq")));
        var own = await server.As("operator").GetAllAsync($"/api/journal?stream=ledger/{asset}", 2);
        Assert.Equal([1, 2, 3, 4], own.Select(item => item.Number("version")));
        Assert.Equal(["ledger.created", "ledger.account-opened", "ledger.issued", "ledger.account-opened"], own.Select(item => item.Word("type")));
        Assert.Equal(own[2].GetRawText(), (await server.As("operator").GetAsync($"/api/journal/{own[2].Number("seq")}")).Ok().GetRawText());
        var later = (await server.As("operator").SeeAsync($"/api/journal?stream=ledger/{asset}&after={own[1].Number("seq")}&limit=1000")).Ok().Items();
        Assert.Equal(own.Skip(2).Select(item => item.Number("seq")), later.Select(item => item.Number("seq")));
    }

    [Fact]
    public async Task Two_events_compare_by_what_could_have_caused_what()
    {
        var asset = await server.OpenLedgerAsync(("ann", 100));
        var own = (await server.As(null).SeeAsync($"/api/journal?stream=ledger/{asset}")).Ok().Items();
        var (first, last) = (own[0].Number("seq"), own[^1].Number("seq"));
        Assert.Equal("before", (await server.As(null).GetAsync($"/api/journal/compare?a={first}&b={last}")).Ok().Word("relation"));
        Assert.Equal("after", (await server.As(null).GetAsync($"/api/journal/compare?a={last}&b={first}")).Ok().Word("relation"));
        (await server.As(null).GetAsync($"/api/journal/compare?a={first}&b={FarAway}")).Refused(404, "event-not-found");
    }

    [Fact]
    public async Task The_journal_verifies()
    {
        await server.OpenLedgerAsync(("ann", 100));
        var verified = (await server.As(null).GetAsync("/api/journal/verify")).Ok();
        Assert.True(verified.GetProperty("ok").GetBoolean());
        Assert.Empty(verified.Items("problems"));
        Assert.True(verified.Number("events") >= 3);
        Assert.True(verified.Number("epochs") >= 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_that_broke_goes_on_right_after_the_last_id(bool byHeader)
    {
        var asset = await server.OpenLedgerAsync(("ann", 1000), ("bob", 0));
        var start = (await server.As(null).GetAsync($"/api/ledgers/{asset}")).Seq;
        var writing = WriteAsync(asset, 60);
        var read = new List<FeedEvent>();
        // Broken off after every few events, while they are written.
        while (read.Count < 60)
        {
            var last = read.Count == 0 ? start : read[^1].Id;
            await using var feed = byHeader ? await server.As(null).ListenAsync("?after=1", last) : await server.As(null).ListenAsync(string.Create(CultureInfo.InvariantCulture, $"?after={last}"));
            Assert.Equal("text/event-stream", feed.ContentType);
            var few = 0;
            read.AddRange(await feed.ReadUntilAsync(_ => ++few == 7 || read.Count + few == 60));
        }
        await writing;
        Assert.Equal(Enumerable.Range(1, 60).Select(step => start + step), read.Select(e => e.Id));
        Assert.All(read, e => Assert.Equal((e.Id, e.Type), (e.Item.Number("seq"), e.Item.Word("type"))));
        Assert.Equal(Enumerable.Range(1, 60).Select(i => $"no {i}"), read.Select(e => e.Data.Word("memo")));
    }

    [Fact]
    public async Task A_stream_without_a_place_begins_now()
    {
        var asset = await server.OpenLedgerAsync(("ann", 1000), ("bob", 0));
        await using var feed = await server.As(null).ListenAsync();
        await WriteAsync(asset, 1);
        Assert.Equal("no 1", Assert.Single(await feed.ReadUntilAsync("ledger.transfer-made")).Data.Word("memo"));
    }

    [Fact]
    public async Task A_stream_can_be_of_one_category_or_of_one_entity()
    {
        var asset = await server.OpenLedgerAsync(("ann", 1000), ("bob", 0));
        var start = (await server.As(null).GetAsync($"/api/ledgers/{asset}")).Seq;
        await using var auctions = await server.As(null).ListenAsync($"?category=auction&after={start}");
        await using var ledger = await server.As(null).ListenAsync($"?stream=ledger/{asset}&after={start}");
        var other = await server.OpenLedgerAsync(("ann", 1));
        await WriteAsync(asset, 1);
        var auction = await server.OpenAuctionAsync(new { item = "Fan" }, "ann", "bob");
        await WriteAsync(asset, 1);
        Assert.All(await auctions.ReadUntilAsync("auction.round-opened"), e => Assert.Equal($"auction/{auction}", e.Item.Word("stream")));
        var transfers = 0;
        Assert.All(await ledger.ReadUntilAsync(_ => ++transfers == 2), e => Assert.Equal((asset, "ledger.transfer-made"), (e.Item.Word("stream")!["ledger/".Length..], e.Type)));
        Assert.NotEqual(asset, other);
    }

    [Fact]
    public async Task Many_listeners_are_told_the_same_in_the_same_order()
    {
        var asset = await server.OpenLedgerAsync(("ann", 1000), ("bob", 0));
        var listening = Enumerable.Range(0, 20).Select(async _ =>
        {
            await using var feed = await server.As(null).ListenAsync($"?after=0&stream=ledger/{asset}");
            return await feed.ReadUntilAsync(e => e.Type == "ledger.transfer-made" && e.Data.Word("memo") == "no 30");
        }).ToList();
        await WriteAsync(asset, 30);
        var told = await Task.WhenAll(listening);
        Assert.All(told, events => Assert.Equal(34, events.Count));
        Assert.Single(told.Select(events => string.Join(' ', events.Select(e => e.Id))).Distinct());
    }

    private async Task WriteAsync(string asset, int times)
    {
        for (var i = 1; i <= times; i++)
            (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers", new { debit = "ann", credit = "bob", amount = 1, memo = $"no {i}" })).Ok(201);
    }
}
