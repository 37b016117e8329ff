using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>What the front door does for browsers and against other people's pages, whoever acts.</summary>
public class EdgeTests(EdgeTests.Server server) : IClassFixture<EdgeTests.Server>
{
    private const string Order = """{"name":"Quill","quantity":1,"type":"sell"}""";

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:5080")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("market.test.evil.example")]
    [InlineData("lan")]
    [InlineData("10.1.2.3")]
    [InlineData("[2001:db8::1]")]
    public async Task A_host_that_is_not_ours_is_answered_421_on_every_path(string host)
    {
        foreach (var path in new[] { "/", "/api/journal/export", "/docs/index.html", "/openapi/v1.json", "/metrics", "/health/ready" })
            (await SendAsync(HttpMethod.Get, path, ("Host", host), (Client.ActorHeader, "operator"))).Refused(421, "unknown-host");
        var original = await SendAsync(HttpMethod.Get, "/stocks/Quill", ("Host", host));
        Assert.Equal((421, 421L), (original.Status, original.Json.GetProperty("error").Number("code")));
        (await PostAsync("/api/cluster/nodes/3/crash", "{}", ("Host", host), (Client.ActorHeader, "eva"))).Refused(421, "unknown-host");
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:5080")]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.9.10:80")]
    [InlineData("[::1]:5080")]
    [InlineData("market.test")]
    [InlineData("Market.Test:443")]
    [InlineData("shop.lan")]
    [InlineData("a.shop.lan:8080")]
    public async Task Loopback_and_the_hosts_that_were_named_are_ours(string host) => (await SendAsync(HttpMethod.Get, "/api/cluster", ("Host", host))).Ok(200);

    [Theory]
    [InlineData("cross-site", null)]
    [InlineData("same-site", null)]
    [InlineData("cross-site", "http://evil.example")]
    [InlineData("same-site", "http://127.0.0.1:1")]
    [InlineData(null, "http://evil.example")]
    [InlineData(null, "null")]
    [InlineData(null, "http://127.0.0.1:1")]
    [InlineData(null, "http://localhost")]
    [InlineData(null, "https://shop.test.evil.example")]
    public async Task A_write_that_somebody_elses_page_asks_for_is_refused_and_changes_nothing(string? site, string? origin)
    {
        (string, string)[] said = [.. site is null ? [] : new[] { ("Sec-Fetch-Site", site) }, .. origin is null ? [] : new[] { ("Origin", origin) }];
        var before = await EndAsync();
        (await PostAsync("/api/auctions", """{"item":"Fan"}""", [(Client.ActorHeader, "ann"), .. said])).Refused(403, "cross-site");
        (await SendAsync(HttpMethod.Delete, "/api/books/X/orders/1", [(Client.ActorHeader, "ann"), .. said])).Refused(403, "cross-site");
        foreach (var (path, body) in new[] { ("/orders", Order), ("/update", """{"name":"Quill","change":5}"""), ("/invalidate/Quill", ""), ("/reconcile", "") })
        {
            var answer = await PostAsync(path, body, said);
            Assert.Equal((403, 403L), (answer.Status, answer.Json.GetProperty("error").Number("code")));
        }
        Assert.Equal(before, await EndAsync());
    }

    [Theory]
    [InlineData("same-origin", "http://{host}")]
    [InlineData("same-origin", "https://what-the-proxy-is-called.test")]
    [InlineData("none", null)]
    [InlineData(null, "http://{host}")]
    [InlineData("cross-site", "https://shop.test")]
    [InlineData(null, "https://shop.test")]
    [InlineData(null, null)]
    public async Task Our_own_page_a_named_origin_and_a_program_may_write(string? site, string? origin)
    {
        (string, string)[] said = [.. site is null ? [] : new[] { ("Sec-Fetch-Site", site) }, .. origin is null ? [] : new[] { ("Origin", origin.Replace("{host}", $"127.0.0.1:{server.Process.Port}", StringComparison.Ordinal)) }];
        (await PostAsync("/api/auctions", """{"item":"Fan"}""", [(Client.ActorHeader, "ann"), .. said])).Ok(201);
    }

    [Fact]
    public async Task A_read_in_the_background_of_another_site_is_refused_and_a_link_from_there_is_not()
    {
        (await SendAsync(HttpMethod.Get, "/api/journal/stream", ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "cors"), ("Origin", "http://evil.example"))).Refused(403, "cross-site");
        (await SendAsync(HttpMethod.Get, "/api/journal/verify", ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"))).Refused(403, "cross-site");
        (await SendAsync(HttpMethod.Get, "/api/cluster", ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"))).Ok(200);
        (await SendAsync(HttpMethod.Get, "/api/cluster", ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors"))).Ok(200);
    }

    [Theory]
    [InlineData("/api/auctions", """{"item":"Fan"}""")]
    [InlineData("/api/cluster/elections", "{}")]
    [InlineData("/api/listings/refresh", """{"cities":["Toronto"],"make":"Toyota","model":"Corolla"}""")]
    public async Task A_body_that_does_not_say_that_it_is_json_is_refused(string path, string body)
    {
        var before = await EndAsync();
        (await PostAsync(path, body, (Client.ActorHeader, "ann"), ("Content-Type", ""))).Refused(415, "unsupported-media-type");
        (await PostAsync(path, body, (Client.ActorHeader, "ann"), ("Content-Type", "text/plain"))).Refused(415, "unsupported-media-type");
        Assert.Equal(before, await EndAsync());
    }

    [Fact]
    public async Task Programs_written_for_the_original_platform_may_leave_the_type_out_and_pages_may_not()
    {
        Assert.Equal(200, (await PostAsync("/orders", Order, ("Content-Type", ""))).Status);
        Assert.Equal(200, (await PostAsync("/orders", Order)).Status);
        Assert.Equal(200, (await PostAsync("/invalidate/Quill", "")).Status);
        Assert.Equal(415, (await PostAsync("/orders", Order, ("Content-Type", ""), ("Sec-Fetch-Site", "same-origin"))).Status);
        Assert.Equal(415, (await PostAsync("/orders", Order, ("Content-Type", "text/plain"))).Status);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/api/cluster")]
    [InlineData("/api/nothing")]
    [InlineData("/api/listings/export")]
    [InlineData("/api/journal/export")]
    [InlineData("/api/journal/stream")]
    [InlineData("/docs/index.html")]
    [InlineData("/docs/swagger-ui-bundle.js")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/metrics")]
    [InlineData("/stocks/none")]
    [InlineData("/list-cache")]
    public async Task Every_answer_stands_in_no_frame_and_is_what_it_says_it_is(string path)
    {
        using var answer = await server.Process.Http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.DoesNotContain("unsafe-eval", policy);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task What_is_no_http_is_refused_with_the_same_words_to_browsers()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", server.Process.Port);
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET / HTTP/9.9\r\nHost: x\r\n\r\n"));
        using var patience = new CancellationTokenSource(10_000);
        var told = await new StreamReader(socket.GetStream()).ReadToEndAsync(patience.Token);
        Assert.Contains("X-Content-Type-Options: nosniff", told);
        Assert.Contains("frame-ancestors 'none'", told);
    }

    [Fact]
    public async Task A_named_origin_may_read_what_it_is_answered_and_nobody_else()
    {
        var named = await SendAsync(HttpMethod.Get, "/api/cluster", ("Origin", "https://shop.test"));
        Assert.Equal("https://shop.test", named.Headers["Access-Control-Allow-Origin"]);
        Assert.Contains("X-Rialto-Seq", named.Headers["Access-Control-Expose-Headers"]);
        Assert.False(named.Headers.ContainsKey("Access-Control-Allow-Credentials"));
        Assert.False((await SendAsync(HttpMethod.Get, "/api/cluster", ("Origin", "https://evil.example"))).Headers.ContainsKey("Access-Control-Allow-Origin"));

        // A no is told to it as well.
        Assert.Equal("https://shop.test", (await SendAsync(HttpMethod.Get, "/api/nothing", ("Origin", "https://shop.test"))).Headers["Access-Control-Allow-Origin"]);

        (string, string)[] ask = [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type,idempotency-key,x-rialto-actor")];
        var may = await SendAsync(HttpMethod.Options, "/api/auctions", [("Origin", "https://shop.test"), .. ask]);
        Assert.Equal(("https://shop.test", 204), (may.Headers["Access-Control-Allow-Origin"], may.Status));
        Assert.Contains("idempotency-key", may.Headers["Access-Control-Allow-Headers"], StringComparison.OrdinalIgnoreCase);
        Assert.False((await SendAsync(HttpMethod.Options, "/api/auctions", [("Origin", "https://evil.example"), .. ask])).Headers.ContainsKey("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task One_caller_with_all_the_streams_it_can_get_shuts_out_nobody_else()
    {
        await using var small = await RialtoProcess.StartAsync("--sample", "false", "--max-streams", "100");
        var mine = new List<HttpResponseMessage>();
        try
        {
            for (; ; )
            {
                var answer = await OpenAsync(small.Http, null);
                mine.Add(answer);
                if (answer.StatusCode == HttpStatusCode.OK) continue;
                Assert.Equal((HttpStatusCode.TooManyRequests, "10"), (answer.StatusCode, answer.Headers.GetValues("Retry-After").Single()));
                Assert.Contains("too-many-streams", await answer.Content.ReadAsStringAsync());
                break;
            }
            Assert.Equal(25, mine.Count - 1);
            // Somebody else at this address, who says who they are.
            using var ann = await OpenAsync(small.Http, "ann");
            Assert.Equal(HttpStatusCode.OK, ann.StatusCode);
            // All names that this address can think of do not take the places of another address.
            for (var i = 0; i < 60; i++) mine.Add(await OpenAsync(small.Http, $"bot-{i}"));
            Assert.Equal(HttpStatusCode.TooManyRequests, mine[^1].StatusCode);
            using var elsewhere = From("127.0.0.2", small.Address);
            using var other = await OpenAsync(elsewhere, null);
            Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        }
        finally
        {
            mine.ForEach(one => one.Dispose());
        }
    }

    private static Task<HttpResponseMessage> OpenAsync(HttpClient http, string? actor)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/journal/stream");
        if (actor is not null) request.Headers.Add(Client.ActorHeader, actor);
        return http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>A client at another of this machine's loopback addresses.</summary>
    private static HttpClient From(string address, string server) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        ConnectCallback = async (context, cancellation) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = new Uri(server), Timeout = TimeSpan.FromSeconds(30) };

    private Task<Answer> PostAsync(string path, string body, params (string Name, string Value)[] headers) => SendAsync(Request(HttpMethod.Post, path, headers, body));

    private Task<Answer> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers) => SendAsync(Request(method, path, headers, null));

    private Task<Answer> SendAsync(HttpRequestMessage request) => server.As(null).SendAsync(request);

    private static HttpRequestMessage Request(HttpMethod method, string path, (string Name, string Value)[] headers, string? body)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        foreach (var (name, value) in headers)
        {
            if (name == "Content-Type") request.Content!.Headers.ContentType = value.Length == 0 ? null : MediaTypeHeaderValue.Parse(value);
            else request.Headers.TryAddWithoutValidation(name, value);
        }
        return request;
    }

    private async Task<long> EndAsync() => (await server.As(null).GetAsync("/api/journal/verify")).Ok().Number("events");

    /// <summary>A server that knows a host, names under another, and an origin; and a stock.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private RialtoProcess? _process;

        internal RialtoProcess Process => _process!;

        internal Client As(string? actor) => Process.As(actor);

        public async Task InitializeAsync()
        {
            _process = await RialtoProcess.StartAsync("--sample", "false", "--hosts", "market.test;shop.lan;*.shop.lan", "--cors-origins", "https://shop.test/");
            (await As("dealer").PostAsync("/api/stocks", new { name = "Quill", price = 1, quantity = 100 })).Ok(201);
        }

        public async Task DisposeAsync() => await _process!.DisposeAsync();
    }
}
