using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Rialto.Tests.Support;

namespace Rialto.Tests.Web;

/// <summary>What somebody else's page, in a browser that can reach this server, can do here: nothing. Names under <c>.example</c> lead to this machine.</summary>
public sealed partial class ForeignPageTests(Browser browser, ForeignPageTests.Neighbours neighbours) : IClassFixture<Browser>, IClassFixture<ForeignPageTests.Neighbours>
{
    private RialtoProcess Server => neighbours.Server;

    [BrowserTheory]
    [InlineData("http://evil.example:{port}/", "no-cors", "")]
    [InlineData("http://evil.example:{port}/", "no-cors", "text/plain")]
    [InlineData("http://evil.example:{port}/", "cors", "application/json")]
    [InlineData("http://127.0.0.1:{port}/", "no-cors", "")]
    [InlineData("http://127.0.0.1:{port}/", "cors", "application/json")]
    public async Task A_page_of_another_origin_changes_nothing(string page, string mode, string type)
    {
        var before = await EndAsync();
        var foreign = await browser.OpenAsync();
        await foreign.GotoAsync(page.Replace("{port}", $"{neighbours.Port}", StringComparison.Ordinal));
        var refused = await RefusedAsync();
        foreach (var (path, body) in new[] { ("/orders", """{"name":"GameStart","quantity":1,"type":"sell"}"""), ("/update", """{"name":"GameStart","change":50}"""), ("/reconcile", "") })
        {
            // Whether it was carried out is not told to the page; an answer that it may not read is no failure there.
            await foreign.EvaluateAsync(
                "async ([url, mode, type, body]) => { try { await fetch(url, { method: 'POST', mode, body: new Blob([body], { type }) }); } catch { } }",
                new[] { Server.Address + path, mode, type, body });
        }
        Assert.Equal(before, await EndAsync());
        Assert.Equal(100, (await Server.As(null).GetAsync("/api/stocks/GameStart")).Ok().Number("quantity"));
        // It was the server that said no, unless the browser had to ask first.
        if (mode == "no-cors") Assert.Equal(refused + 3, await RefusedAsync());
    }

    [BrowserFact]
    public async Task A_form_of_another_origin_changes_nothing()
    {
        var before = await EndAsync();
        var foreign = await browser.OpenAsync();
        await foreign.GotoAsync($"http://evil.example:{neighbours.Port}/");
        await foreign.SetContentAsync($$"""<form method="post" enctype="text/plain" action="{{Server.Address}}/orders"><input name='{"name":"GameStart","quantity":1,"type":"sell","x":"' value='"}'><button>Win</button></form>""");
        var answer = await foreign.RunAndWaitForResponseAsync(() => foreign.GetByRole(AriaRole.Button).ClickAsync(), response => response.Url.EndsWith("/orders", StringComparison.Ordinal));
        Assert.Equal(403, answer.Status);
        Assert.Equal(before, await EndAsync());
    }

    [BrowserFact]
    public async Task A_page_of_another_origin_reads_nothing_and_opens_no_stream()
    {
        var foreign = await browser.OpenAsync();
        await foreign.GotoAsync($"http://evil.example:{neighbours.Port}/");
        foreach (var path in new[] { "/api/journal", "/api/journal/stream?after=0", "/api/cluster/stream" })
            Assert.Equal("nothing", await foreign.EvaluateAsync<string>("async url => { try { const answer = await fetch(url); return await answer.text(); } catch { return 'nothing'; } }", Server.Address + path));
        Assert.Equal("nothing", await foreign.EvaluateAsync<string>(
            "url => new Promise(told => { const stream = new EventSource(url); stream.onopen = () => told('open'); stream.onerror = () => { stream.close(); told('nothing'); }; })",
            Server.Address + "/api/journal/stream?after=0"));
        Assert.Contains("rialto_http_streams 0", (await Server.As(null).GetAsync("/metrics")).Text);
    }

    [BrowserFact]
    public async Task A_foreign_name_that_leads_here_is_not_ours_and_its_page_reads_and_crashes_nothing()
    {
        var foreign = await browser.OpenAsync();
        var answer = await foreign.GotoAsync($"http://rebound.example:{Server.Port}/");
        Assert.Equal(421, answer!.Status);

        // The page came from elsewhere, before the name was pointed here; what it asks of its own origin comes here.
        await foreign.GotoAsync($"http://rebound.example:{neighbours.Port}/");
        Assert.Equal("421 421", await foreign.EvaluateAsync<string>(
            """
            async () => {
              const read = await fetch('/api/journal/export', { headers: { 'X-Rialto-Actor': 'operator' } });
              const crash = await fetch('/api/cluster/nodes/3/crash', { method: 'POST', headers: { 'X-Rialto-Actor': 'eva', 'Content-Type': 'application/json' }, body: '{}' });
              return `${read.status} ${crash.status}`;
            }
            """));
        Assert.All((await Server.As(null).GetAsync("/api/cluster")).Ok().Items("nodes"), node => Assert.NotEqual("failed", node.Word("state")));
    }

    [BrowserFact]
    public async Task A_page_of_a_named_origin_writes_and_reads()
    {
        var named = await browser.OpenAsync();
        await named.GotoAsync($"http://shop.example:{neighbours.Port}/");
        var told = await named.EvaluateAsync<string>(
            """
            async url => {
              const answer = await fetch(url, { method: 'POST', headers: { 'X-Rialto-Actor': 'ann', 'Idempotency-Key': 'k-1', 'Content-Type': 'application/json' }, body: '{"item":"Fan"}' });
              return `${answer.status} ${answer.headers.get('X-Rialto-Seq') > 0} ${(await answer.json()).item}`;
            }
            """, Server.Address + "/api/auctions");
        Assert.Equal("201 true Fan", told);
    }

    [BrowserFact]
    public async Task The_interactive_page_works_under_its_policy_and_stands_in_no_frame()
    {
        await using var reader = await browser.VisitAsync(Server);
        await reader.Page.GotoAsync("/docs/index.html");
        var operation = reader.Page.Locator("#operations-Cluster-GetCluster");
        await operation.Locator(".opblock-summary-control").ClickAsync();
        await operation.GetByText("Try it out").ClickAsync();
        await operation.GetByText("Execute").ClickAsync();
        await Assertions.Expect(operation.Locator(".live-responses-table td.response-col_status:not(.col_header)")).ToContainTextAsync("200");
        reader.AssertContent();

        var foreign = await browser.OpenAsync();
        var complaints = new List<string>();
        foreign.Console += (_, message) => complaints.Add(message.Text);
        await foreign.GotoAsync($"http://evil.example:{neighbours.Port}/");
        foreach (var path in new[] { "/docs/index.html", "/api/cluster", "/" })
        {
            var complaint = foreign.WaitForConsoleMessageAsync(new PageWaitForConsoleMessageOptions { Predicate = message => message.Text.Contains("frame-ancestors", StringComparison.Ordinal) });
            await foreign.EvaluateAsync("url => { const frame = document.createElement('iframe'); frame.src = url; document.body.append(frame); }", Server.Address + path);
            await complaint;
        }
    }

    private async Task<long> EndAsync() => (await Server.As(null).GetAsync("/api/journal/verify")).Ok().Number("events");

    private async Task<long> RefusedAsync() => Refused().Match((await Server.As(null).GetAsync("/metrics")).Text) is { Success: true } found ? long.Parse(found.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex("""rialto_http_requests_total\{status="403"\} (\d+)""")]
    private static partial Regex Refused();

    /// <summary>A server with sample data; and another beside it, which serves an empty page and passes all else on.</summary>
    public sealed class Neighbours : IAsyncLifetime
    {
        private RialtoProcess? _server;
        private SmallProxy? _other;

        internal RialtoProcess Server => _server!;

        internal int Port => _other!.Port;

        public async Task InitializeAsync()
        {
            _other = await SmallProxy.StartAsync(() => Server.Address, page: "<!doctype html><title>Elsewhere</title><body>Elsewhere");
            _server = await RialtoProcess.StartAsync("--cors-origins", $"http://shop.example:{Port}");
        }

        public async Task DisposeAsync()
        {
            await _server!.DisposeAsync();
            await _other!.DisposeAsync();
        }
    }
}
