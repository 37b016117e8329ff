using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Rialto.Tests.Support;

namespace Rialto.Tests.Web;

/// <summary>
/// The console as people use it, in a browser, on a live server. Pictures of the pages for the documentation: RIALTO_PICTURES names the folder
/// that they are put into.
/// </summary>
public sealed class ConsoleTests(Browser browser) : IClassFixture<Browser>, IAsyncLifetime
{
    private static readonly string[] Pages = ["cluster", "auctions", "exchange", "ledger", "listings", "dispatch", "journal"];
    private RialtoProcess? _server;

    private RialtoProcess Server => _server!;

    public async Task InitializeAsync()
    {
        if (Browser.ConsoleMissing is null && Browser.Missing is null) _server = await RialtoProcess.StartAsync("--engine", "embedded");
    }

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
    }

    [BrowserFact]
    public async Task Every_page_can_be_read_in_light_and_dark_on_a_desk_and_on_a_phone()
    {
        await new Trade(Server).HappenAsync();
        var audit = await File.ReadAllTextAsync(Path.Combine(House.Root, "Tests", "Web", "audit.js"));
        foreach (var (look, colours, width, height) in new[] { ("light", ColorScheme.Light, 1280, 900), ("dark", ColorScheme.Dark, 1280, 900), ("phone", ColorScheme.Light, 390, 844) })
        {
            await using var visitor = await browser.VisitAsync(Server, "ann", colours, width, height);
            foreach (var page in Pages)
            {
                await visitor.GoAsync(page);
                var problems = await visitor.Page.EvaluateAsync<string[]>(audit);
                Assert.True(problems.Length == 0, $"{page}, {look}: {string.Join("; ", problems)}");
                Assert.Equal(0, await visitor.Page.GetByRole(AriaRole.Alert).CountAsync());
                await PictureAsync(visitor.Page, $"{page}-{look}");
            }
            visitor.AssertContent();
        }
    }

    [BrowserFact]
    public async Task A_crash_of_the_leader_is_seen_with_the_election_that_mends_it()
    {
        await using var visitor = await browser.VisitAsync(Server);
        await visitor.GoAsync("cluster");
        await visitor.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Node 3, alive, leads" }).ClickAsync();
        await visitor.Button("Crash").ClickAsync();
        await visitor.SeesAsync("Node 3 is declared failed");
        await visitor.Page.GetByText(new Regex("^Node 2 leads in epoch \\d+, elected in")).First.WaitForAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Node 2, alive, leads" }).WaitForAsync();
        await visitor.Page.GetByRole(AriaRole.Img, new PageGetByRoleOptions { NameRegex = new Regex("won by node 2") }).WaitForAsync();
        await PictureAsync(visitor.Page, "cluster-crash");
        await visitor.Button("Restart").ClickAsync();
        await visitor.SeesAsync("Node 3 is alive again");
        await visitor.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Node 3, alive, leads" }).WaitForAsync();
        visitor.AssertContent();
    }

    [BrowserFact]
    public async Task Two_people_bid_and_neither_sees_the_others_bid_before_the_round_is_over()
    {
        var eva = Server.As("eva");
        var auction = (await eva.PostAsync("/api/auctions", new { item = "Viola", minimumBid = 10, minimumRounds = 1, minimumBidders = 2, roundSeconds = 600 })).Ok(201).Word("id")!;
        await using var ann = await browser.VisitAsync(Server, "ann");
        await using var bob = await browser.VisitAsync(Server, "bob");
        foreach (var visitor in new[] { ann, bob }) await visitor.GoAsync($"auctions/{auction}");
        await ann.Button("Join as ann").ClickAsync();
        await bob.Button("Join as bob").ClickAsync();
        await ann.SeesAsync("eva is asked to start");
        (await eva.PostAsync($"/api/auctions/{auction}/start")).Ok();

        await BidAsync(ann, "9.99");
        await ann.SeesAsync("Below minimum");
        await BidAsync(ann, "47.11");
        await ann.SeesAsync("Your bid of 47.11 is in.");
        await Assertions.Expect(bob.Page.Locator(".figure", new PageLocatorOptions { HasText = "Bids in this round" })).ToContainTextAsync("1 of 2");
        Assert.DoesNotContain("47.11", await bob.Page.Locator("main").InnerTextAsync());

        await BidAsync(bob, "33.30");
        foreach (var visitor in new[] { ann, bob })
        {
            await visitor.SeesAsync("Sold to ann for 47.11");
            await Assertions.Expect(visitor.Page.GetByRole(AriaRole.Row, new PageGetByRoleOptions { Name = "bob" })).ToContainTextAsync("33.30");
        }
        await PictureAsync(bob.Page, "auction-revealed");
    }

    [BrowserFact]
    public async Task The_console_can_be_used_with_the_keyboard_alone()
    {
        await using var visitor = await browser.VisitAsync(Server);
        var (page, keyboard) = (visitor.Page, visitor.Page.Keyboard);
        await visitor.GoAsync("journal");
        await keyboard.PressAsync("Tab");
        Assert.Equal("Skip to content", await FocusedAsync(page, "textContent"));
        await keyboard.PressAsync("Enter");
        Assert.Equal("main", await FocusedAsync(page, "id"));
        for (var i = 0; i < 20 && await FocusedAsync(page, "role") != "listbox"; i++) await keyboard.PressAsync("Tab");
        Assert.Equal("listbox", await FocusedAsync(page, "role"));
        Assert.NotEqual("none", await page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle"));
        foreach (var key in new[] { "End", "ArrowUp", "Enter" }) await keyboard.PressAsync(key);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Event 2", Exact = true })).ToBeVisibleAsync();

        // A dialog takes the focus, and Escape gives it back.
        await visitor.GoAsync("auctions");
        await visitor.Button("New auction").FocusAsync();
        await keyboard.PressAsync("Enter");
        Assert.Equal("A violin from Cremona", await FocusedAsync(page, "placeholder"));
        await keyboard.PressAsync("Escape");
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        Assert.Equal("New auction", await FocusedAsync(page, "textContent"));
    }

    [BrowserFact]
    public async Task The_page_goes_on_where_it_was_after_the_server_was_killed()
    {
        await using var visitor = await browser.VisitAsync(Server);
        await visitor.GoAsync("journal");
        var before = await ListedAsync(visitor.Page);
        Server.KillHard();
        await visitor.Page.Locator("[data-state=broken]").WaitForAsync();
        await Server.RestartAsync();
        await visitor.Page.Locator("[data-state=live]").WaitForAsync();
        for (var i = 0; i < 3; i++) (await Server.As("ann").PostAsync("/api/ledgers/USD/transfers", new { debit = "ann", credit = "bob", amount = 1 })).Ok(201);
        await Assertions.Expect(visitor.Page.Locator(".event-row .seq").First).ToHaveTextAsync((before + 3).ToString(CultureInfo.InvariantCulture), new LocatorAssertionsToHaveTextOptions { Timeout = 20_000 });
        await visitor.SeesAsync($"{before + 3} events shown");
    }

    [BrowserFact]
    public async Task A_burst_of_events_is_shown_without_as_many_rows()
    {
        const int senders = 16;
        const int each = 150;
        await using var visitor = await browser.VisitAsync(Server);
        await visitor.GoAsync("journal");
        var before = await ListedAsync(visitor.Page);
        await Task.WhenAll(Enumerable.Range(0, senders).Select(async _ =>
        {
            for (var i = 0; i < each; i++) (await Server.As("ann").PostAsync("/api/ledgers/USD/transfers", new { debit = "ann", credit = "bob", amount = 0.01 })).Ok(201);
        }));
        await Assertions.Expect(visitor.Page.Locator(".event-row .seq").First)
            .ToHaveTextAsync((before + (senders * each)).ToString(CultureInfo.InvariantCulture), new LocatorAssertionsToHaveTextOptions { Timeout = 20_000 });
        Assert.InRange(await visitor.Page.Locator(".event-row").CountAsync(), 10, 100);
        // It still answers: another page is there at once.
        await visitor.GoAsync("ledger/USD/bob");
        await visitor.SeesAsync("1,024.00");
        visitor.AssertContent();
    }

    private static async Task BidAsync(Visitor visitor, string amount)
    {
        await visitor.Page.GetByLabel("Your bid").FillAsync(amount);
        await visitor.Button("Place bid").ClickAsync();
    }

    private static Task<string?> FocusedAsync(IPage page, string property) =>
        page.EvaluateAsync<string?>($"document.activeElement?.{property} || document.activeElement?.getAttribute('{property}')");

    /// <summary>The newest place that the journal's page lists.</summary>
    private static async Task<long> ListedAsync(IPage page)
    {
        var first = page.Locator(".event-row .seq").First;
        await first.WaitForAsync();
        return long.Parse(await first.InnerTextAsync(), CultureInfo.InvariantCulture);
    }

    private static async Task PictureAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("RIALTO_PICTURES") is { Length: > 0 } folder)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Path.GetFullPath(folder, House.Root), name + ".png") });
    }
}
