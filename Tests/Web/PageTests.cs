using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Rialto.Tests.Support;

namespace Rialto.Tests.Web;

/// <summary>What people do on each page of the console, in a browser, on a live server that all of them share.</summary>
public sealed class PageTests(Browser browser, PageTests.Market market) : IClassFixture<Browser>, IClassFixture<PageTests.Market>
{
    private RialtoProcess Server => market.Server;

    [BrowserFact]
    public async Task An_order_is_placed_rests_is_traded_against_by_another_and_cancelled()
    {
        (await Server.As("eva").PostAsync("/api/books", new { symbol = "PEPPER", tick = 0.01 })).Ok(201);
        await using var ann = await browser.VisitAsync(Server, "ann");
        await ann.GoAsync("exchange/PEPPER");
        await ann.Button("Sell").ClickAsync();
        await ann.FillAsync("Price", "12.50");
        await ann.FillAsync("Quantity", "7");
        await ann.Button("Sell as ann").ClickAsync();
        await ann.SeesAsync("nothing traded, 7 rest");
        var own = ann.Card("Orders of ann");
        await own.GetByText("Open", new LocatorGetByTextOptions { Exact = true }).WaitForAsync();

        // Somebody else, without a page: what they do is seen here.
        (await Server.As("bob").PostAsync("/api/books/PEPPER/orders", new { side = "buy", type = "limit", price = 12.5, quantity = 3 })).Ok(201);
        await own.GetByText("Partially filled").WaitForAsync();
        await ann.Card("Trades").GetByRole(AriaRole.Cell, new LocatorGetByRoleOptions { Name = "12.50" }).WaitForAsync();

        await own.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { NameRegex = new Regex("^Cancel order") }).ClickAsync();
        await own.GetByText("Cancelled").WaitForAsync();
        Assert.Empty((await Server.As("ann").GetAsync("/api/books/PEPPER")).Ok().GetProperty("asks").EnumerateArray());
        ann.AssertContent();
    }

    [BrowserFact]
    public async Task An_order_that_is_refused_says_why_and_stays_in_the_form()
    {
        (await Server.As("eva").PostAsync("/api/books", new { symbol = "CLOVES", tick = 0.05 })).Ok(201);
        await using var ann = await browser.VisitAsync(Server, "ann");
        await ann.GoAsync("exchange/CLOVES");
        await ann.FillAsync("Price", "1.01");
        await ann.FillAsync("Quantity", "1");
        await ann.Button("Buy as ann").ClickAsync();
        await ann.Page.GetByRole(AriaRole.Alert).GetByText("off-tick").WaitForAsync();
        Assert.Equal("1.01", await ann.Field("Price").InputValueAsync());
    }

    [BrowserFact]
    public async Task A_number_with_a_comma_is_not_guessed_at_and_not_sent()
    {
        (await Server.As("eva").PostAsync("/api/books", new { symbol = "NUTMEG", tick = 0.01 })).Ok(201);
        await using var ann = await browser.VisitAsync(Server, "ann");
        await ann.GoAsync("exchange/NUTMEG");
        await ann.FillAsync("Price", "1,200");
        await ann.FillAsync("Quantity", "1");
        await ann.Button("Buy as ann").ClickAsync();
        await Assertions.Expect(ann.Page.Locator("input:invalid")).ToHaveValueAsync("1,200");
        await ann.FillAsync("Price", "1200");
        await ann.Button("Buy as ann").ClickAsync();
        await ann.SeesAsync("nothing traded, 1 rest");
        var bid = Assert.Single((await Server.As("ann").GetAsync("/api/books/NUTMEG")).Ok().GetProperty("bids").EnumerateArray());
        Assert.Equal(1200m, bid[0].GetDecimal());
    }

    [BrowserFact]
    public async Task A_no_stays_a_no_until_something_happens()
    {
        await market.OpenLedgerAsync("FLORIN", "ann", "bob");
        await using var ann = await browser.VisitAsync(Server, "ann");
        await ann.GoAsync("ledger/FLORIN/nobody");
        var asked = 0;
        ann.Page.Request += (_, request) => asked += request.Url.Contains("/accounts/nobody", StringComparison.Ordinal) ? 1 : 0;
        (await Server.As("ann").PostAsync("/api/ledgers/FLORIN/transfers", new { debit = "ann", credit = "bob", amount = 12 })).Ok(201);
        await ann.Card("Accounts in FLORIN").GetByRole(AriaRole.Row, new LocatorGetByRoleOptions { NameRegex = new Regex("bob.*112\\.00") }).WaitForAsync();
        // Long enough for a page that goes on asking to have asked many times.
        await ann.Page.WaitForTimeoutAsync(2_000);
        Assert.InRange(asked, 1, 4);
    }

    [BrowserFact]
    public async Task What_is_transferred_is_seen_at_once_by_whoever_receives_it()
    {
        await market.OpenLedgerAsync("DUCAT", "ann", "bob");
        await using var ann = await browser.VisitAsync(Server, "ann");
        await using var bob = await browser.VisitAsync(Server, "bob");
        await ann.GoAsync("ledger/DUCAT/ann");
        await bob.GoAsync("ledger/DUCAT/bob");
        await ann.FillAsync("Amount in DUCAT", "12.50");
        await ann.Button("Transfer").Last.ClickAsync();
        await bob.Card("Accounts in DUCAT").GetByRole(AriaRole.Row, new LocatorGetByRoleOptions { NameRegex = new Regex("bob.*112\\.50") }).WaitForAsync();

        await ann.Button("Propose to sell").ClickAsync();
        await ann.FillAsync("Amount in DUCAT", "20");
        await ann.Button("Propose").ClickAsync();
        await bob.Button("Accept").ClickAsync();
        await ann.Card("Accounts in DUCAT").GetByRole(AriaRole.Row, new LocatorGetByRoleOptions { NameRegex = new Regex("bob.*132\\.50") }).WaitForAsync();
        await ann.SeesAsync("balanced");
        ann.AssertContent();
        bob.AssertContent();
    }

    [BrowserFact]
    public async Task A_dutch_price_falls_until_somebody_takes_it()
    {
        var auction = (await Server.As("eva").PostAsync(
            "/api/auctions", new { item = "Tulips", format = "dutch", startPrice = 90, floor = 10, step = 2, stepSeconds = 3, minimumBidders = 1 })).Ok(201).Word("id");
        await using var ann = await browser.VisitAsync(Server, "ann");
        await ann.GoAsync($"auctions/{auction}");
        // It has begun already, and can still be joined.
        await ann.Button("Join as ann").ClickAsync();
        var take = ann.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { NameRegex = new Regex("^Take it for 8") });
        await take.WaitForAsync();
        await take.ClickAsync();
        await ann.SeesAsync("Sold to ann for");
        Assert.Equal("ann", (await Server.As("ann").GetAsync($"/api/auctions/{auction}")).Ok().GetProperty("winner").Word("bidder"));
    }

    [BrowserFact]
    public async Task A_file_of_listings_is_dropped_compared_and_watched()
    {
        await using var ann = await browser.VisitAsync(Server, "ann");
        await ann.GoAsync("listings");
        const string csv = "year,make,model,price,mileage,location,city,country\n2019,Lancia,Delta,15000,60000,Padua,Padua,IT\n2020,Lancia,Delta,12500,50000,Verona,Verona,IT\n";
        await ann.Page.GetByLabel("CSV file").SetInputFilesAsync(new FilePayload { Name = "cars.csv", MimeType = "text/csv", Buffer = System.Text.Encoding.UTF8.GetBytes(csv) });
        await ann.SeesAsync("2 vehicles on 2 shelves");
        await ann.Page.GetByRole(AriaRole.Combobox, new PageGetByRoleOptions { Name = "Model", Exact = true }).SelectOptionAsync("Lancia/Delta");
        await ann.Page.GetByText("saves 2,500.00").First.WaitForAsync();
        var best = ann.Page.Locator(".city-results [data-best=true]");
        await Assertions.Expect(best).ToContainTextAsync("Verona");
        await Assertions.Expect(best).ToContainTextAsync("Buy here");

        await ann.FillAsync("Tell me when Lancia Delta in one of these 2 cities is better by", "1000");
        await ann.Button("Watch").ClickAsync();
        await ann.Card("Watches").GetByText("Exceeded").WaitForAsync();
        await ann.Button("Remove").ClickAsync();
        await ann.SeesAsync("Nothing is watched");
        ann.AssertContent();
    }

    [BrowserFact]
    public async Task An_incident_is_reported_served_and_its_chain_can_be_read()
    {
        await using var ann = await browser.VisitAsync(Server, "ann");
        await ann.GoAsync("dispatch/stuttgart");
        await ann.FillAsync("Latitude", "48.7761");
        await ann.FillAsync("Longitude", "9.1775");
        await ann.Field("Longitude").BlurAsync();
        await ann.Button("Report").ClickAsync();
        foreach (var step in new[] { "Acknowledge", "Arrive", "Leave for the hospital", "Deliver", "Be available" }) await ann.Button(step).ClickAsync();
        await ann.SeesAsync("Completed");
        var steps = ann.Page.GetByRole(AriaRole.Group, new PageGetByRoleOptions { Name = "Chain of events" }).GetByRole(AriaRole.Listitem);
        Assert.InRange(await steps.CountAsync(), 7, 20);
        Assert.Single(await steps.AllTextContentsAsync(), text => text.Contains("No causes.", StringComparison.Ordinal));
        ann.AssertContent();
    }

    [BrowserFact]
    public async Task The_journal_is_filtered_and_an_event_leads_to_its_entity_as_it_was()
    {
        await market.OpenLedgerAsync("ZECCHINO", "ann");
        await using var ann = await browser.VisitAsync(Server, "ann");
        await ann.GoAsync("journal");
        await ann.FillAsync("Stream", "ledger/ZECCHINO");
        var rows = ann.Page.GetByRole(AriaRole.Listbox, new PageGetByRoleOptions { Name = "Events, newest first" }).GetByRole(AriaRole.Option);
        await Assertions.Expect(rows.First).ToContainTextAsync("ledger/ZECCHINO");
        (await Server.As("bank").PostAsync("/api/ledgers/ZECCHINO/accounts", new { account = "newcomer", initial = 5 })).Ok(201);
        await rows.GetByText("newcomer").First.WaitForAsync();
        await ann.FillAsync("Type or content", "ledger.created");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await rows.First.ClickAsync();
        await ann.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { NameRegex = new Regex("^See ZECCHINO as of") }).ClickAsync();
        await ann.SeesAsync("As it was at place");
        await Assertions.Expect(ann.Page.GetByText("newcomer")).ToHaveCountAsync(0);

        await ann.GoAsync("journal");
        await ann.Button("Verify the journal").ClickAsync();
        await ann.Page.GetByText(new Regex("^All [\\d,]+ events are right")).WaitForAsync();
        ann.AssertContent();
    }

    [BrowserFact]
    public async Task On_orleans_the_console_crashes_the_leader_as_well()
    {
        await using var server = await RialtoProcess.StartAsync("--engine", "auto");
        await using var ann = await browser.VisitAsync(server, "ann");
        await ann.GoAsync("cluster");
        await ann.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Node 3, alive, leads" }).ClickAsync();
        await ann.Button("Crash").ClickAsync();
        await ann.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Node 2, alive, leads" }).WaitForAsync();
        await ann.Button("Restart").ClickAsync();
        await ann.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Node 3, alive, leads" }).WaitForAsync();
        await ann.Button("Pause").ClickAsync();
        await ann.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Node 2, alive, leads" }).WaitForAsync();
        await ann.Button("Resume").ClickAsync();
        await ann.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Node 3, alive, leads" }).WaitForAsync();
    }

    /// <summary>A server with the sample.</summary>
    public sealed class Market : IAsyncLifetime
    {
        private RialtoProcess? _server;

        internal RialtoProcess Server => _server!;

        public async Task InitializeAsync()
        {
            if (Browser.ConsoleMissing is null && Browser.Missing is null) _server = await RialtoProcess.StartAsync("--engine", "embedded");
        }

        public async Task DisposeAsync()
        {
            if (_server is not null) await _server.DisposeAsync();
        }

        internal async Task OpenLedgerAsync(string asset, params string[] accounts)
        {
            var bank = Server.As("bank");
            (await bank.PostAsync("/api/ledgers", new { asset, scale = 2 })).Ok(201);
            foreach (var account in accounts) (await bank.PostAsync($"/api/ledgers/{asset}/accounts", new { account, initial = 100 })).Ok(201);
        }
    }
}
