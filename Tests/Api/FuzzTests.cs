using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Rialto.Tests.Support;
using Xunit.Abstractions;

namespace Rialto.Tests.Api;

/// <summary>
/// Requests that are wrong in one way and right in all others, against every route: each is a problem with a code, none is a fault of the
/// server, and nothing is written. Requests: RIALTO_FUZZ_REQUESTS. The same ones again: RIALTO_SEED.
/// </summary>
public class FuzzTests(ITestOutputHelper output)
{
    private const int Connections = 32;

    [Fact]
    public async Task A_wrong_request_is_told_so_and_changes_nothing()
    {
        var random = SmallRandom.FromEnvironment(out var seed);
        var requests = int.Parse(Environment.GetEnvironmentVariable("RIALTO_FUZZ_REQUESTS") ?? "3000", CultureInfo.InvariantCulture);
        output.WriteLine($"seed {seed}, {requests} requests");
        var server = new LiveServer();
        await server.InitializeAsync();
        try
        {
            var routes = await PrepareAsync(server);
            var before = await EventsAsync(server);
            var watch = Stopwatch.StartNew();
            var seeds = Enumerable.Range(0, Connections).Select(_ => random.Next64()).ToList();
            var told = await Task.WhenAll(seeds.Select((own, i) => AskAsync(server, routes, new SmallRandom(own), requests / Connections + (i < requests % Connections ? 1 : 0))));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{requests} requests in {watch.Elapsed.TotalSeconds:0.0} s"));
            foreach (var code in told.SelectMany(codes => codes).GroupBy(code => code.Key).OrderBy(code => code.Key))
                output.WriteLine($"{code.Sum(count => count.Value),8} {code.Key}");
            Assert.Equal(before, await EventsAsync(server));
            Assert.Equal(200, (await server.As(null).GetAsync("/health/ready")).Status);
            Assert.Equal("", server.Process.Errors);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>One connection's requests, one after the other; returns how often each code was told.</summary>
    private static async Task<Dictionary<string, int>> AskAsync(LiveServer server, List<Route> routes, SmallRandom random, int requests)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1, MaxConnectionsPerServer = 1 })
        {
            BaseAddress = new Uri(server.Process.Address),
        };
        var codes = new Dictionary<string, int>();
        for (var i = 0; i < requests; i++)
        {
            var wrong = WrongRequest.Choose(random, random.Pick(routes));
            var code = await AskAsync(http, wrong);
            codes[code] = codes.GetValueOrDefault(code) + 1;
        }
        return codes;
    }

    private static async Task<string> AskAsync(HttpClient http, WrongRequest wrong)
    {
        using var request = wrong.Build(http.BaseAddress!);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        var status = (int)answer.StatusCode;
        var isProblem = answer.Content.Headers.ContentType?.MediaType == "application/problem+json";
        Assert.True(status is >= 400 and < 500 && isProblem, $"{wrong} was answered {status} {answer.Content.Headers.ContentType}: {text}");
        using var problem = JsonDocument.Parse(text);
        Assert.True(problem.RootElement.GetProperty("status").GetInt32() == status, $"{wrong} was answered {status}: {text}");
        return problem.RootElement.GetProperty("code").GetString() ?? throw new InvalidOperationException($"{wrong} has no code: {text}");
    }

    /// <summary>All routes, with ids of things that exist, and bodies that would be taken.</summary>
    private static async Task<List<Route>> PrepareAsync(LiveServer server)
    {
        var asset = await server.OpenLedgerAsync(("ann", 1_000_000), ("bob", 1_000_000), ("seller", 0));
        var open = await server.OpenAuctionAsync(new { item = "Open" });
        var running = await server.OpenAuctionAsync(new { item = "Running", asset, roundSeconds = 86_400 }, "ann", "bob");
        var english = await server.OpenAuctionAsync(new { item = "English", format = "english", closesInSeconds = 86_400 }, "ann");
        var pending = (await server.As("ann").PostAsync($"/api/ledgers/{asset}/transfers", new { debit = "ann", credit = "bob", amount = 5, pending = true })).Ok(201).Word("id");
        var proposal = (await server.As("bob").PostAsync($"/api/ledgers/{asset}/proposals", new { side = "sell", counterparty = "ann", amount = 5, account = "bob", expiresInSeconds = 86_400 })).Ok(201).Word("id");
        var region = $"/api/dispatch/{Unique.Name("region")}";
        (await server.As("ann").PostAsync($"{region}/terms", new { acknowledgeSeconds = 86_400, heartbeatSeconds = 0 })).Ok();
        (await server.As("ann").PostAsync($"{region}/units", new { unit = "amb-1", lat = 1, lon = 1, skills = new[] { "als" } })).Ok(201);
        (await server.As("ann").PostAsync($"{region}/hospitals", new { hospital = "hos-1", lat = 1, lon = 1, beds = 4 })).Ok(201);
        var incident = (await server.As("ann").PostAsync($"{region}/incidents", new { lat = 1, lon = 1, severity = 1 })).Ok(201).Word("id");
        var stock = $"/api/stocks/{Unique.Name("stock")}";
        (await server.As("ann").PostAsync("/api/stocks", new { name = stock.Split('/')[^1], price = 15.99, quantity = 100 })).Ok(201);
        var order = (await server.As("bob").PostAsync($"{stock}/orders", new { side = "buy", quantity = 1 })).Ok(201).Number("number");
        var book = $"/api/books/{Unique.Name("book")}";
        (await server.As("bob").PostAsync("/api/books", new { symbol = book.Split('/')[^1], tick = 0.01, lot = 1 })).Ok(201);
        var resting = (await server.As("bob").PostAsync($"{book}/orders", new { side = "sell", price = 16.00, quantity = 10 })).Ok(201).Word("id");
        var watch = (await server.As("bob").PostAsync("/api/listings/watches", new { cities = new[] { "Toronto", "Montreal" }, make = "Toyota", model = "Corolla", mode = "cheapest", threshold = 1_500 })).Ok(201).Word("id");
        return
        [
            new("POST", "/api/stocks", """{"name":"Violins","price":15.99,"quantity":100}"""),
            new("POST", $"{stock}/orders", """{"side":"buy","quantity":1}"""),
            new("GET", "/api/stocks", null, "limit", "minSeq"),
            new("GET", stock, null, "minSeq", "at"),
            new("GET", "/api/stocks/orders", null, "limit", "after", "minSeq"),
            new("GET", $"/api/stocks/orders/{order}", null, "minSeq"),
            new("POST", "/api/books", """{"symbol":"violins","tick":0.01,"lot":1}"""),
            new("POST", $"{book}/orders", """{"side":"buy","type":"limit","price":15.99,"quantity":10,"timeInForce":"gtc","postOnly":true,"clientOrderId":"mine"}"""),
            new("PATCH", $"{book}/orders/{resting}", """{"price":15.50,"quantity":8}"""),
            new("DELETE", $"{book}/orders/{resting}", "{}"),
            new("POST", $"{book}/halt", """{"reason":"News are due."}"""),
            new("POST", $"{book}/resume", "{}"),
            new("GET", "/api/books", null, "limit", "minSeq"),
            new("GET", book, null, "depth", "minSeq", "at"),
            new("GET", $"{book}/trades", null, "limit", "cursor", "minSeq"),
            new("GET", $"{book}/candles", null, "limit", "seconds", "minSeq"),
            new("GET", $"{book}/orders", null, "limit", "cursor", "open", "minSeq"),
            new("GET", $"{book}/orders/{resting}", null, "minSeq", "at"),
            new("POST", "/api/listings/refresh", """{"cities":["Toronto","Montreal"],"make":"Toyota","model":"Corolla"}"""),
            new("POST", "/api/listings/watches", """{"cities":["Toronto","Montreal"],"make":"Toyota","model":"Corolla","mode":"total-cost","threshold":1500.00,"to":"Toronto","taxPercent":13,"distanceKm":540}"""),
            new("DELETE", $"/api/listings/watches/{watch}", "{}"),
            new("GET", $"/api/listings/watches/{watch}", null, "minSeq", "at"),
            new("GET", "/api/listings/watches", null, "limit", "minSeq"),
            new("GET", "/api/listings/shelves", null, "limit", "minSeq"),
            new("GET", "/api/listings/imports", null, "limit", "cursor", "minSeq"),
            new("GET", "/api/listings", null, "limit", "cursor", "minSeq"),
            new("POST", $"{region}/units/amb-1/status", """{"status":"acknowledged","incident":"none"}"""),
            new("POST", $"{region}/units/amb-1/position", """{"lat":48.775846,"lon":9.182932}"""),
            new("POST", $"{region}/units/amb-1/heartbeat", "{}"),
            new("POST", $"{region}/hospitals/hos-1/beds", """{"free":3,"open":true}"""),
            new("POST", $"{region}/incidents", """{"lat":48.775846,"lon":9.182932,"severity":1,"needs":["als"],"reporter":"car-7"}"""),
            new("POST", $"{region}/incidents/{incident}/cancel", """{"reason":"Only a bang."}"""),
            new("GET", "/api/dispatch", null, "limit", "minSeq"),
            new("GET", region, null, "minSeq", "at"),
            new("GET", $"{region}/verify", null, "minSeq"),
            new("GET", $"{region}/units", null, "limit", "cursor", "minSeq", "at"),
            new("GET", $"{region}/hospitals", null, "limit", "cursor", "minSeq", "at"),
            new("GET", $"{region}/incidents", null, "limit", "cursor", "minSeq", "status"),
            new("GET", $"{region}/incidents/{incident}", null, "minSeq", "at"),
            new("POST", "/api/auctions", """{"item":"Violin","format":"sealed-rounds","minimumBid":10.00,"minimumRounds":2,"minimumBidders":2,"roundSeconds":60,"startTimeoutSeconds":60}"""),
            new("POST", "/api/auctions", """{"item":"Violin","format":"english","minimumBid":10.00,"reserve":20,"increment":1,"buyNow":100.5,"closesInSeconds":60,"softCloseSeconds":10}"""),
            new("POST", $"/api/auctions/{open}/join", "{}"),
            new("POST", $"/api/auctions/{running}/start", "{}"),
            new("POST", $"/api/auctions/{running}/bids", """{"amount":12.50}"""),
            new("POST", $"/api/auctions/{english}/bids", """{"amount":12.50,"maximum":20}"""),
            new("POST", $"/api/auctions/{open}/cancel", """{"reason":"No more."}"""),
            new("POST", "/api/ledgers", """{"asset":"gold","scale":2}"""),
            new("POST", $"/api/ledgers/{asset}/accounts", """{"account":"node-1","initial":100,"limit":0}"""),
            new("POST", $"/api/ledgers/{asset}/transfers", """{"debit":"ann","credit":"bob","amount":20,"pending":true,"expiresInSeconds":60,"memo":"hello"}"""),
            new("POST", $"/api/ledgers/{asset}/transfers", """{"linked":[{"debit":"ann","credit":"bob","amount":20},{"debit":"bob","credit":"ann","amount":1.25,"memo":"back"}]}"""),
            new("POST", $"/api/ledgers/{asset}/transfers/{pending}/post", """{"amount":1.5}"""),
            new("POST", $"/api/ledgers/{asset}/transfers/{pending}/void", "{}"),
            new("POST", $"/api/ledgers/{asset}/proposals", """{"side":"sell","counterparty":"bob","amount":20,"account":"ann","autoAccept":true,"expiresInSeconds":60}"""),
            new("POST", $"/api/ledgers/{asset}/proposals/{proposal}/accept", "{}"),
            new("POST", $"/api/ledgers/{asset}/proposals/{proposal}/reject", "{}"),
            new("GET", "/api/auctions", null, "limit", "cursor", "minSeq", "status", "at"),
            new("GET", $"/api/auctions/{open}", null, "minSeq", "at"),
            new("GET", "/api/ledgers", null, "limit", "minSeq"),
            new("GET", $"/api/ledgers/{asset}", null, "limit", "cursor", "minSeq", "at"),
            new("GET", $"/api/ledgers/{asset}/accounts/ann", null, "minSeq", "at"),
            new("GET", $"/api/ledgers/{asset}/accounts/ann/history", null, "limit", "cursor", "minSeq"),
            new("GET", $"/api/ledgers/{asset}/accounts/ann/statement", null, "minSeq"),
            new("GET", $"/api/ledgers/{asset}/transfers/{pending}", null, "minSeq", "at"),
            new("GET", "/api/journal", null, "after", "limit", "cursor", "minSeq", "stream"),
            new("GET", "/api/journal/stream", null, "after", "stream"),
            new("GET", "/api/journal/1", null, "minSeq"),
            new("GET", "/api/journal/compare", null, "a", "b"),
        ];
    }

    private static async Task<long> EventsAsync(LiveServer server) => (await server.As(null).GetAsync("/api/journal/verify")).Ok().Number("events");

    /// <summary>A route with a body that would be taken, or with queries whose values are read.</summary>
    private sealed record Route(string Method, string Path, string? Body, params string[] Queries);

    /// <summary>A request that is wrong in one way.</summary>
    private sealed class WrongRequest
    {
        private static readonly string[] OtherMethods = ["PUT", "DELETE", "PATCH", "OPTIONS", "BREW", "POSTS"];
        private static readonly string[] Numbers = ["-1", "x", "", "1.5", "9223372036854775808", "99999999999999999999999999", "0x10", "1e3", "%20", "%00", "-0", "+1", "%D9%A1", "NaN", "null", "1,000"];
        private static readonly string[] OddNames = ["none", "%20", "%2F", "%2e%2e%2f", "a%20b", "%F0%9F%8E%BB", "%FF%FE", "%00", "a%00b", "%0d%0a", "'--", "<b>", "{id}", "*", "~"];

        private string _method = "";
        private string _path = "";
        private byte[]? _body;
        private string _contentType = "application/json";
        private bool _isChunked;
        private string? _actor = "ann";
        private string? _key;
        private string? _lastEventId;

        public static WrongRequest Choose(SmallRandom random, Route route)
        {
            var wrong = new WrongRequest
            {
                _method = route.Method,
                _path = route.Path,
                _body = route.Body is null ? null : Encoding.UTF8.GetBytes(route.Body),
                _key = random.Between(0, 4) == 0 ? $"key-{random.Next64()}" : null,
                _isChunked = random.Between(0, 8) == 0,
            };
            switch (random.Between(0, route.Body is null ? 4 : 12))
            {
                case 0: wrong._method = random.Pick(OtherMethods); break;
                case 1: wrong.MisplacePath(random, route); break;
                case 2: wrong.MisnameCaller(random, route); break;
                case 3 when route.Body is null: wrong.MisaskQuery(random, route); break;
                default: wrong.SpoilBody(random, route); break;
            }
            return wrong;
        }

        public HttpRequestMessage Build(Uri server)
        {
            var options = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
            var request = new HttpRequestMessage(new HttpMethod(_method), new Uri(server.GetLeftPart(UriPartial.Authority) + _path, options));
            if (_actor is not null) request.Headers.TryAddWithoutValidation(Client.ActorHeader, _actor);
            if (_key is not null) request.Headers.TryAddWithoutValidation(Client.KeyHeader, _key);
            if (_lastEventId is not null) request.Headers.TryAddWithoutValidation("Last-Event-ID", _lastEventId);
            if (_body is null) return request;
            request.Content = new ByteArrayContent(_body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", _contentType);
            if (_isChunked) request.Headers.TransferEncodingChunked = true;
            return request;
        }

        public override string ToString() =>
            $"{_method} {_path} (actor {_actor ?? "none"}, key {_key ?? "none"}, {_contentType}) {(_body is null ? "" : Encoding.UTF8.GetString(_body, 0, Math.Min(_body.Length, 500)))}";

        private void MisplacePath(SmallRandom random, Route route)
        {
            var parts = route.Path.Split('/');
            var depth = random.Between(1, parts.Length + 1);
            var odd = random.Between(0, 6) == 0 ? new string('x', random.Between(65, 3_000)) : random.Pick(OddNames);
            _path = depth == parts.Length ? $"{route.Path}/{odd}" : string.Join('/', parts.Select((part, i) => i == depth ? odd : part));
        }

        private void MisnameCaller(SmallRandom random, Route route)
        {
            string[] noNames = ["", " ", "two words", "ann,bob", "Ænn", "\u00ff\u00fe", new('a', 65), new('a', 5_000), "ann\tbob", "a/b", "<ann>"];
            string[] noKeys = ["", " ", new('k', 129), new('k', 6_000), "a\tb"];
            switch (random.Between(0, 3))
            {
                case 0 when route.Body is not null: _actor = null; break;
                case 1 when route.Body is not null: _key = random.Pick(noKeys); break;
                case 2 when route.Path == "/api/journal/stream": _lastEventId = random.Pick(Numbers.Where(number => number is not ("" or "%00" or "%D9%A1")).ToList()); break;
                default: _actor = random.Pick(noNames); break;
            }
        }

        private void MisaskQuery(SmallRandom random, Route route)
        {
            var name = random.Pick(route.Queries);
            var value = name is "status" or "stream" ? random.Pick(["lost", "", "OPEN", "auction", "/", "auction/", "/1", new string('s', 300)]) : random.Pick(Numbers);
            var twice = random.Between(0, 5) == 0;
            _path = $"{route.Path}?{name}={value}{(twice ? $"&{name}={value}" : "")}";
        }

        private void SpoilBody(SmallRandom random, Route route)
        {
            var body = route.Body!;
            switch (random.Between(0, 12))
            {
                case 0: _body = Encoding.UTF8.GetBytes(body[..random.Between(1, body.Length)]); break;
                case 1: _body = Encoding.UTF8.GetBytes(body + random.Pick(["{}", "x", ",", "}", "\0", "[1]"])); break;
                case 2: _body = Encoding.UTF8.GetBytes(random.Pick(["null", "true", "0", "\"text\"", "[]", $"[{body}]", "NaN", " ", "\uFEFFx", "{\"\":1}", "{'item':'x'}", "{\"a\"}"])); break;
                case 3: _body = Encoding.UTF8.GetBytes(new string('[', random.Between(17, 20_000))); break;
                case 4: _body = Encoding.UTF8.GetBytes($$"""{"{{random.Pick(["item", "amount", "linked", "x"])}}":{{Nest(random.Between(17, 5_000))}}}"""); break;
                case 5: _body = [.. Encoding.UTF8.GetBytes($$"""{"x{{random.Next64()}}":"{{new string('x', random.Between(66_000, 200_000))}}"}""")]; break;
                case 6: _contentType = random.Pick(["", "text/plain", "application/xml", "application/json; charset=utf-16", "json", "multipart/form-data"]); break;
                case 7: _body = SpliceBytes(random, body); break;
                case 8: _body = Encoding.UTF8.GetBytes(AddField(random, body)); break;
                default: SpoilField(random, body); break;
            }
        }

        private static string Nest(int depth) => string.Concat(Enumerable.Repeat("""{"a":""", depth)) + "1" + new string('}', depth);

        /// <summary>Bytes that are no UTF-8, inside a name or text.</summary>
        private static byte[] SpliceBytes(SmallRandom random, string body)
        {
            byte[][] broken = [[0xFF], [0xC3, 0x28], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0x00], [0x1F]];
            var spliced = random.Pick(broken);
            if (body == "{}") return [.. "{\"a"u8, .. spliced, .. "\":1}"u8];
            var at = body.IndexOf('"') + 1 + random.Between(0, 3);
            return [.. Encoding.UTF8.GetBytes(body[..at]), .. spliced, .. Encoding.UTF8.GetBytes(body[at..])];
        }

        private static string AddField(SmallRandom random, string body)
        {
            var fields = JsonDocument.Parse(body).RootElement.EnumerateObject().ToList();
            var added = fields.Count > 0 && random.Between(0, 2) == 0
                ? $"\"{fields[0].Name}\":{fields[0].Value.GetRawText()}"
                : $"\"{random.Pick(["x", "Item", "AMOUNT", "__proto__", "$type", "amount ", "\\u0000", new string('f', 500), "é"])}\":{random.Pick(["1", "null", "\"x\"", "{}", "[]"])}";
            return body == "{}" ? $"{{{added}}}" : $"{{{added},{body[1..]}";
        }

        /// <summary>One field, here or in a list, gets a value of another type, or one that is out of all bounds.</summary>
        private void SpoilField(SmallRandom random, string body)
        {
            using var document = JsonDocument.Parse(body);
            var values = Values(document.RootElement).ToList();
            _body = Encoding.UTF8.GetBytes(values.Count == 0 ? "[]" : Replace(document.RootElement, random.Pick(values), random));
        }

        private static IEnumerable<JsonElement> Values(JsonElement json) => json.ValueKind switch
        {
            JsonValueKind.Object => json.EnumerateObject().SelectMany(field => Values(field.Value)),
            JsonValueKind.Array => json.EnumerateArray().SelectMany(Values).Prepend(json),
            _ => [json],
        };

        private static string Replace(JsonElement json, JsonElement target, SmallRandom random, string name = "")
        {
            if (json.Equals(target)) return Spoil(json, name, random);
            return json.ValueKind switch
            {
                JsonValueKind.Object => $"{{{string.Join(',', json.EnumerateObject().Select(field => $"\"{field.Name}\":{Replace(field.Value, target, random, field.Name)}"))}}}",
                JsonValueKind.Array => $"[{string.Join(',', json.EnumerateArray().Select(item => Replace(item, target, random)))}]",
                _ => json.GetRawText(),
            };
        }

        private static string Spoil(JsonElement value, string name, SmallRandom random) => value.ValueKind switch
        {
            // A place is measured: any decimals will do.
            JsonValueKind.Number when name is "lat" or "lon" => random.Pick(["\"1\"", "true", "[]", "{}", "[1]", "-1e30", "1e400", "-180.000001", "99999999999999999999999999999999", "01", "1.", ".5", "+1", "-", "Infinity", "0x1F"]),
            JsonValueKind.Number => random.Pick(["\"1\"", "true", "[]", "{}", "[1]", "-1e30", "1e400", "-1e400", "99999999999999999999999999999999", "0.00000000000001", "1e-400", "01", "1.", ".5", "+1", "-", "Infinity", "-0.5", "0x1F"]),
            JsonValueKind.String when name is "memo" or "reason" => random.Pick(["1", "false", "[]", "{}", Long(random), "\"a\\u0000b\"", "\"\\ud800\"", "\"\\x\"", "\"a\tb\""]),
            JsonValueKind.String => random.Pick(["1", "false", "[]", "{}", "\"\"", Long(random), "\"a\\u0000b\"", "\"\\udc00\"", "\"\\x\"", "\"\\n\"", "\"a\nb\""]),
            JsonValueKind.True or JsonValueKind.False => random.Pick(["1", "\"true\"", "[]", "{}", "TRUE", "yes"]),
            JsonValueKind.Array when name == "needs" => random.Pick(["1", "\"x\"", "{}", "true", "[null]", "[1]", "[[]]", $"[{string.Join(',', Enumerable.Repeat("\"als\"", 17))}]"]),
            _ => random.Pick(["1", "\"x\"", "{}", "true", "[]", "[null]", "[1]", "[[]]", $"[{string.Join(',', Enumerable.Repeat("""{"debit":"ann","credit":"bob","amount":1}""", 101))}]"]),
        };

        private static string Long(SmallRandom random) => $"\"{new string('x', random.Between(201, 5_000))}\"";
    }
}
