using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>Every no that the front door and its markets can say to one request, in one table; and that none of them writes anything.</summary>
public class RefusalTests(RefusalTests.Market market) : IClassFixture<RefusalTests.Market>
{
    /// <summary>Who, what, and the answer. In paths and bodies {open}, {running}, … stand for the market's ids.</summary>
    public static TheoryData<string?, string, string, string?, int, string> Table => new()
    {
        // Who acts.
        { null, "POST", "/api/auctions", """{"item":"Fan"}""", 401, "actor-required" },
        { null, "POST", "/api/auctions/{open}/join", "{}", 401, "actor-required" },
        { null, "POST", "/api/ledgers", """{"asset":"X"}""", 401, "actor-required" },
        // No address can name these: a path's dots are taken for steps.
        { "ann", "POST", "/api/ledgers", """{"asset":"."}""", 422, "invalid-name" },
        { "ann", "POST", "/api/stocks", """{"name":"..","price":1,"quantity":1}""", 422, "invalid-name" },
        { null, "POST", "/api/ledgers/{asset}/transfers", """{"debit":"ann","credit":"bob","amount":1}""", 401, "actor-required" },
        { "not a name", "POST", "/api/auctions", """{"item":"Fan"}""", 400, "invalid-actor" },
        { "not a name", "GET", "/api/auctions", null, 400, "invalid-actor" },

        // The request itself.
        { "ann", "GET", "/api/nothing", null, 404, "not-found" },
        { "ann", "POST", "/api/journal", "{}", 405, "method-not-allowed" },
        { "ann", "DELETE", "/api/auctions/{open}", null, 405, "method-not-allowed" },
        { "ann", "PUT", "/api/ledgers/{asset}", "{}", 405, "method-not-allowed" },
        { "ann", "POST", "/api/auctions", "", 400, "malformed-json" },
        { "ann", "POST", "/api/auctions", "{", 400, "malformed-json" },
        { "ann", "POST", "/api/auctions", """{"item":"Fan"} {}""", 400, "malformed-json" },
        { "ann", "POST", "/api/auctions", """{"item":"Fan",}""", 400, "malformed-json" },
        { "ann", "POST", "/api/auctions", """{"item":"Fan","minimumBid":NaN}""", 400, "malformed-json" },
        { "ann", "POST", "/api/auctions", "[]", 400, "wrong-type" },
        { "ann", "POST", "/api/auctions", "null", 400, "wrong-type" },
        { "ann", "POST", "/api/auctions", """{"item":7}""", 400, "wrong-type" },
        { "ann", "POST", "/api/auctions", """{"item":null}""", 400, "wrong-type" },
        { "ann", "POST", "/api/auctions", """{"item":"Fan","minimumBid":"10"}""", 400, "wrong-type" },
        { "ann", "POST", "/api/auctions", """{"item":"Fan","minimumRounds":1.5}""", 400, "wrong-type" },
        { "ann", "POST", "/api/auctions", """{"format":"english"}""", 400, "missing-field" },
        { "ann", "POST", "/api/auctions", """{"item":"Fan","colour":"red"}""", 400, "unknown-field" },
        { "ann", "POST", "/api/auctions", """{"item":"Fan","item":"Fan"}""", 400, "duplicate-field" },
        { "ann", "GET", "/api/auctions?limit=0", null, 400, "invalid-parameter" },
        { "ann", "GET", "/api/auctions?limit=1001", null, 400, "invalid-parameter" },
        { "ann", "GET", "/api/auctions?limit=x", null, 400, "invalid-parameter" },
        { "ann", "GET", "/api/auctions?limit=1&limit=2", null, 400, "invalid-parameter" },
        { "ann", "GET", "/api/auctions?cursor=x", null, 400, "invalid-cursor" },
        { "ann", "GET", "/api/auctions?status=lost", null, 400, "invalid-parameter" },
        { "ann", "GET", "/api/auctions?minSeq=-1", null, 400, "invalid-parameter" },
        { "ann", "GET", "/api/auctions?at=1", null, 400, "invalid-parameter" },
        { "ann", "GET", "/api/auctions?state=open", null, 400, "unknown-parameter" },
        { "ann", "GET", "/api/cluster?verbose", null, 400, "unknown-parameter" },
        { "ann", "GET", "/api/journal/stream?from=3", null, 400, "unknown-parameter" },
        { "ann", "POST", "/api/auctions/{open}/join?minSeq=1", "{}", 400, "unknown-parameter" },
        { "ann", "GET", "/api/auctions/{open}?at=x", null, 400, "invalid-parameter" },
        { "ann", "GET", "/api/auctions/{open}?at=1000000000", null, 422, "beyond-end" },
        { "ann", "GET", "/api/journal?after=x", null, 400, "invalid-parameter" },
        { "ann", "GET", "/api/journal?stream=nothing", null, 400, "invalid-parameter" },
        { "ann", "GET", "/api/journal/stream?after=-1", null, 400, "invalid-parameter" },
        { "ann", "GET", "/api/journal/1000000000", null, 404, "event-not-found" },
        { "ann", "GET", "/api/journal/compare?a=1", null, 400, "invalid-parameter" },
        { "ann", "GET", "/api/journal/compare?a=1&b=1000000000", null, 404, "event-not-found" },
        { "ann", "GET", "/api/journal/export", null, 403, "operator-only" },

        // Auctions.
        { "ann", "GET", "/api/auctions/none", null, 404, "auction-not-found" },
        { "ann", "POST", "/api/auctions/none/join", "{}", 404, "auction-not-found" },
        { "ann", "POST", "/api/auctions/none/start", "{}", 404, "auction-not-found" },
        { "ann", "POST", "/api/auctions/none/bids", """{"amount":1}""", 404, "auction-not-found" },
        { "ann", "POST", "/api/auctions/none/cancel", "{}", 404, "auction-not-found" },
        { "seller", "POST", "/api/auctions", """{"item":"Fan","format":"raffle"}""", 422, "unknown-format" },
        { "seller", "POST", "/api/auctions", """{"item":"Fan","format":"dutch"}""", 422, "out-of-range" },
        { "seller", "POST", "/api/auctions", """{"item":"Fan","format":"dutch","startPrice":10,"minimumBid":1}""", 422, "not-for-format" },
        { "seller", "POST", "/api/auctions", """{"item":"Fan","startPrice":10}""", 422, "not-for-format" },
        { "seller", "POST", "/api/auctions", """{"item":"Fan","format":"vickrey","minimumRounds":2}""", 422, "not-for-format" },
        { "seller", "POST", "/api/auctions", """{"item":"Fan","buyNow":5}""", 422, "not-for-format" },
        { "seller", "POST", "/api/auctions", """{"item":"Fan","minimumRounds":0}""", 422, "out-of-range" },
        { "seller", "POST", "/api/auctions", """{"item":"Fan","minimumRounds":99999999999}""", 422, "out-of-range" },
        { "seller", "POST", "/api/auctions", """{"item":"Fan","minimumBid":-1}""", 422, "out-of-range" },
        { "seller", "POST", "/api/auctions", """{"item":"Fan","minimumBid":1e30}""", 422, "out-of-range" },
        { "seller", "POST", "/api/auctions", """{"item":"Fan","minimumBid":0.001}""", 422, "too-many-decimals" },
        { "seller", "POST", "/api/auctions", """{"item":"Fan","roundSeconds":0}""", 422, "out-of-range" },
        { "seller", "POST", "/api/auctions", """{"item":""}""", 422, "out-of-range" },
        { "seller", "POST", "/api/auctions", """{"item":"{long}"}""", 422, "too-long" },
        { "seller", "POST", "/api/auctions", """{"item":"a\u0000b"}""", 422, "invalid-text" },
        { "seller", "POST", "/api/auctions", """{"item":"Fan","asset":"none"}""", 404, "ledger-not-found" },
        { "nobody", "POST", "/api/auctions", """{"item":"Fan","asset":"{asset}"}""", 404, "account-not-found" },
        { "ann", "POST", "/api/auctions/{open}/join", "{}", 409, "already-joined" },
        { "cleo", "POST", "/api/auctions/{running}/join", "{}", 409, "not-open" },
        { "seller", "POST", "/api/auctions/{open}/join", "{}", 403, "auctioneer-cannot-bid" },
        { "ann", "POST", "/api/auctions/{open}/start", "{}", 403, "not-auctioneer" },
        { "seller", "POST", "/api/auctions/{open}/start", "{}", 409, "not-enough-bidders" },
        { "seller", "POST", "/api/auctions/{running}/start", "{}", 409, "not-open" },
        { "ann", "POST", "/api/auctions/{open}/bids", """{"amount":1}""", 409, "not-open" },
        { "ann", "POST", "/api/auctions/{sold}/bids", """{"amount":1}""", 409, "not-open" },
        { "cleo", "POST", "/api/auctions/{running}/bids", """{"amount":20}""", 409, "not-joined" },
        { "seller", "POST", "/api/auctions/{running}/bids", """{"amount":20}""", 403, "auctioneer-cannot-bid" },
        { "ann", "POST", "/api/auctions/{running}/bids", """{"amount":20}""", 409, "already-bid" },
        { "bob", "POST", "/api/auctions/{running}/bids", """{"amount":9.99}""", 422, "below-minimum" },
        { "bob", "POST", "/api/auctions/{running}/bids", """{"amount":10.001}""", 422, "too-many-decimals" },
        { "bob", "POST", "/api/auctions/{running}/bids", """{"amount":20,"maximum":30}""", 422, "not-for-format" },
        { "bob", "POST", "/api/auctions/{running}/bids", """{"amount":500}""", 409, "insufficient-funds" },
        { "bob", "POST", "/api/auctions/{running}/bids", "{}", 400, "missing-field" },
        { "ann", "POST", "/api/auctions/{running}/cancel", "{}", 403, "not-auctioneer" },
        { "seller", "POST", "/api/auctions/{sold}/cancel", "{}", 409, "not-open" },
        { "seller", "POST", "/api/auctions/{running}/cancel", """{"reason":"{long}"}""", 422, "too-long" },

        // Ledgers.
        { "bank", "POST", "/api/ledgers", """{"asset":"{asset}"}""", 409, "ledger-exists" },
        { "bank", "POST", "/api/ledgers", """{"asset":"not a name"}""", 422, "invalid-name" },
        { "bank", "POST", "/api/ledgers", """{"asset":"X","scale":10}""", 422, "out-of-range" },
        { "ann", "GET", "/api/ledgers/none", null, 404, "ledger-not-found" },
        { "ann", "GET", "/api/ledgers/none/accounts/ann", null, 404, "ledger-not-found" },
        { "ann", "GET", "/api/ledgers/none/accounts/ann/history", null, 404, "ledger-not-found" },
        { "bank", "POST", "/api/ledgers/none/accounts", """{"account":"ann"}""", 404, "ledger-not-found" },
        { "bank", "POST", "/api/ledgers/none/transfers", """{"debit":"ann","credit":"bob","amount":1}""", 404, "ledger-not-found" },
        { "bank", "POST", "/api/ledgers/none/proposals", """{"side":"sell","counterparty":"bob","amount":1}""", 404, "ledger-not-found" },
        { "ann", "GET", "/api/ledgers/{asset}/accounts/none", null, 404, "account-not-found" },
        { "ann", "GET", "/api/ledgers/{asset}/accounts/none/history", null, 404, "account-not-found" },
        { "ann", "GET", "/api/ledgers/{asset}/accounts/none/statement", null, 404, "account-not-found" },
        { "bank", "POST", "/api/ledgers/{asset}/accounts", """{"account":"ann"}""", 409, "account-exists" },
        { "bank", "POST", "/api/ledgers/{asset}/accounts", """{"account":"not a name"}""", 422, "invalid-name" },
        { "bank", "POST", "/api/ledgers/{asset}/accounts", """{"account":"dan","initial":-1}""", 422, "out-of-range" },
        { "bank", "POST", "/api/ledgers/{asset}/accounts", """{"account":"dan","initial":0.001}""", 422, "too-many-decimals" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers", """{"debit":"ann","credit":"none","amount":1}""", 404, "account-not-found" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers", """{"debit":"ann","credit":"bob","amount":1000}""", 409, "insufficient-funds" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers", """{"debit":"ann","credit":"ann","amount":1}""", 422, "same-account" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers", """{"debit":"ann","credit":"bob","amount":0}""", 422, "amount-not-positive" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers", """{"debit":"ann","credit":"bob","amount":-1}""", 422, "amount-not-positive" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers", """{"debit":"ann","credit":"bob","amount":0.001}""", 422, "too-many-decimals" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers", """{"debit":"ann","credit":"bob","amount":1e300}""", 422, "out-of-range" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers", """{"debit":"ann","credit":"bob","amount":1,"expiresInSeconds":5}""", 422, "not-pending" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers", """{"debit":"ann","credit":"bob","amount":1,"pending":true,"expiresInSeconds":0}""", 422, "out-of-range" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers", """{"debit":"ann","credit":"bob","amount":1,"memo":"{long}"}""", 422, "too-long" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers", """{"debit":"ann","amount":1}""", 400, "missing-field" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers", """{"linked":[]}""", 422, "out-of-range" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers", """{"linked":[1]}""", 400, "wrong-type" },
        { "ann", "GET", "/api/ledgers/{asset}/transfers/none", null, 404, "transfer-not-found" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers/none/post", "{}", 404, "transfer-not-found" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers/none/void", "{}", 404, "transfer-not-found" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers/{pending}/post", """{"amount":5.01}""", 422, "exceeds-pending" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers/{pending}/post", """{"amount":0}""", 422, "amount-not-positive" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers/{posted}/post", "{}", 409, "already-posted" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers/{voided}/void", "{}", 409, "already-voided" },
        { "ann", "POST", "/api/ledgers/{asset}/transfers/{bidHold}/void", "{}", 409, "held-for-purpose" },
        { "ann", "POST", "/api/ledgers/{asset}/proposals", """{"side":"give","counterparty":"bob","amount":1}""", 400, "wrong-type" },
        { "ann", "POST", "/api/ledgers/{asset}/proposals", """{"side":"sell","counterparty":"none","amount":1}""", 404, "account-not-found" },
        { "ann", "POST", "/api/ledgers/{asset}/proposals", """{"side":"sell","counterparty":"bob","amount":1000}""", 409, "insufficient-funds" },
        { "ann", "POST", "/api/ledgers/{asset}/proposals/none/accept", "{}", 404, "proposal-not-found" },
        { "cleo", "POST", "/api/ledgers/{asset}/proposals/{proposal}/accept", "{}", 403, "not-counterparty" },
        { "ann", "POST", "/api/ledgers/{asset}/proposals/{proposal}/reject", "{}", 403, "not-counterparty" },
        { "bob", "POST", "/api/ledgers/{asset}/proposals/{rejected}/accept", "{}", 409, "already-rejected" },
        { "bob", "POST", "/api/ledgers/{asset}/proposals/{accepted}/accept", "{}", 409, "already-accepted" },
    };

    [Theory, MemberData(nameof(Table))]
    public async Task A_no_is_a_problem_document_with_a_code_and_writes_nothing(string? actor, string method, string path, string? body, int status, string code)
    {
        var before = await market.EndAsync();
        var answer = await market.As(actor).SendAsync(new HttpMethod(method), market.Fill(path), body is null ? null : Client.Json(market.Fill(body)));
        answer.Refused(status, code);
        Assert.Equal(before, await market.EndAsync());
    }

    [Fact]
    public async Task A_refusal_carries_what_helps()
    {
        var below = (await market.As("bob").PostAsync(market.Fill("/api/auctions/{running}/bids"), new { amount = 9 })).Refused(422, "below-minimum");
        Assert.Equal(10, below.Amount("minimum"));
        var notAllowed = await market.As("ann").SendAsync(HttpMethod.Delete, market.Fill("/api/auctions/{open}"));
        Assert.Contains("GET", notAllowed.Headers["Allow"]);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_whether_it_says_its_length_or_not()
    {
        var body = $$"""{"item":"{{new string('x', 70_000)}}"}""";
        (await market.As("ann").SendAsync(HttpMethod.Post, "/api/auctions", Client.Json(body))).Refused(413, "too-large");
        var chunked = new HttpRequestMessage(HttpMethod.Post, "/api/auctions") { Content = Client.Json(body), Headers = { TransferEncodingChunked = true } };
        (await market.As("ann").SendAsync(chunked)).Refused(413, "too-large");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    public async Task A_body_that_is_not_json_in_utf8_is_refused(string contentType)
    {
        var content = new StringContent("""{"item":"Fan"}""");
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        (await market.As("ann").SendAsync(HttpMethod.Post, "/api/auctions", content)).Refused(415, "unsupported-media-type");
    }

    [Fact]
    public async Task Text_that_is_no_utf8_is_malformed()
    {
        byte[] broken = [.. """{"item":"Fan"""u8, 0xC3, 0x28, .. "\"}"u8];
        var content = new ByteArrayContent(broken) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        (await market.As("ann").SendAsync(HttpMethod.Post, "/api/auctions", content)).Refused(400, "malformed-json");
        (await market.As("ann").SendAsync(HttpMethod.Post, "/api/auctions", Client.Json("""{"item":"half a \ud800 pair"}"""))).Refused(400, "malformed-json");
    }

    [Fact]
    public async Task A_body_that_is_nested_too_deep_is_malformed()
    {
        var body = $$"""{"item":{{string.Concat(Enumerable.Repeat("[", 5_000))}}1{{string.Concat(Enumerable.Repeat("]", 5_000))}}}""";
        var answer = await market.As("ann").SendAsync(HttpMethod.Post, "/api/auctions", Client.Json(body));
        Assert.Equal(400, answer.Status);
        Assert.Contains(answer.Code, new[] { "malformed-json", "wrong-type" });
    }

    [Theory]
    [InlineData(129)]
    [InlineData(0)]
    public async Task A_key_that_is_too_long_or_empty_is_refused(int length)
    {
        (await market.As("ann").PostAsync("/api/auctions", new { item = "Fan" }, new string('k', length))).Refused(400, "invalid-idempotency-key");
    }

    [Fact]
    public async Task What_is_no_http_is_turned_away_and_the_server_goes_on()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", market.Server.Process.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nthis is no header\r\n\r\n"));
        using var patience = new CancellationTokenSource(10_000);
        var line = await new StreamReader(stream).ReadLineAsync(patience.Token);
        Assert.StartsWith("HTTP/1.1 400", line);
        Assert.Equal(200, (await market.As(null).GetAsync("/health/ready")).Status);
    }

    /// <summary>A server with one thing in each state that a refusal is about.</summary>
    public class Market : IAsyncLifetime
    {
        private readonly Dictionary<string, string> _names = new() { ["long"] = new string('x', 201) };

        public virtual LiveServer Server { get; } = new();

        internal Client As(string? actor) => Server.As(actor);

        public async Task InitializeAsync()
        {
            await Server.InitializeAsync();
            var asset = _names["asset"] = await Server.OpenLedgerAsync(("ann", 100), ("bob", 100), ("cleo", 0), ("seller", 0));
            _names["open"] = await Server.OpenAuctionAsync(new { item = "Open" }, "ann");
            _names["running"] = await Server.OpenAuctionAsync(new { item = "Running", minimumBid = 10, roundSeconds = 3600, asset }, "ann", "bob");
            await Server.BidAsync(_names["running"], "ann", 20);
            _names["bidHold"] = (await Server.WaitForAsync($"ledger/{asset}", "ledger.funds-held")).Data.Word("transfer")!;
            _names["sold"] = await Server.OpenAuctionAsync(new { item = "Sold", minimumBidders = 1 }, "ann");
            await Server.BidAsync(_names["sold"], "ann", 1);
            _names["pending"] = await TransferAsync(asset);
            _names["posted"] = await TransferAsync(asset);
            (await As("ann").PostAsync($"/api/ledgers/{asset}/transfers/{_names["posted"]}/post")).Ok();
            _names["voided"] = await TransferAsync(asset);
            (await As("ann").PostAsync($"/api/ledgers/{asset}/transfers/{_names["voided"]}/void")).Ok();
            _names["proposal"] = await ProposeAsync(asset);
            _names["rejected"] = await ProposeAsync(asset);
            (await As("bob").PostAsync($"/api/ledgers/{asset}/proposals/{_names["rejected"]}/reject")).Ok();
            _names["accepted"] = await ProposeAsync(asset);
            (await As("bob").PostAsync($"/api/ledgers/{asset}/proposals/{_names["accepted"]}/accept")).Ok();
        }

        public Task DisposeAsync() => Server.DisposeAsync();

        public string Fill(string text) => _names.Aggregate(text, (filled, name) => filled.Replace($"{{{name.Key}}}", name.Value, StringComparison.Ordinal));

        /// <summary>How many events there are.</summary>
        public async Task<long> EndAsync() => (await As(null).GetAsync("/api/journal/verify")).Ok().Number("events");

        private async Task<string> TransferAsync(string asset) =>
            (await As("ann").PostAsync($"/api/ledgers/{asset}/transfers", new { debit = "ann", credit = "bob", amount = 5, pending = true })).Ok(201).Word("id")!;

        private async Task<string> ProposeAsync(string asset) =>
            (await As("ann").PostAsync($"/api/ledgers/{asset}/proposals", new { side = "sell", counterparty = "bob", amount = 1, expiresInSeconds = 3600 })).Ok(201).Word("id")!;
    }
}
