using Microsoft.Playwright;
using Rialto.Tests.Support;

namespace Rialto.Tests.Web;

/// <summary>The console and the interactive page as they are seen under a path of another server.</summary>
public sealed class PrefixTests(Browser browser) : IClassFixture<Browser>
{
    [BrowserFact]
    public async Task Under_a_prefix_the_console_lives_and_its_links_lead_where_they_should()
    {
        await using var server = await RialtoProcess.StartAsync("--path-base", "/rialto");
        await using var proxy = await SmallProxy.StartAsync(() => server.Address);
        await using var ann = await browser.VisitAsync(server);
        await ann.Page.GotoAsync(proxy.Address + "/rialto");
        await ann.Page.Locator("[data-state=live]").WaitForAsync();
        Assert.Equal("/rialto/", new Uri(ann.Page.Url).AbsolutePath);

        await ann.Page.GotoAsync(proxy.Address + "/rialto/#/exchange");
        await ann.SeesAsync("GameStart");
        await ann.Page.GotoAsync(proxy.Address + "/rialto/#/listings");
        var exported = await ann.Page.RunAndWaitForDownloadAsync(() => ann.Page.GetByText("Export (CSV)").ClickAsync());
        Assert.Null(await exported.FailureAsync());
        ann.AssertContent();

        await ann.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "API documentation" }).ClickAsync();
        var operation = ann.Page.Locator("#operations-Cluster-GetCluster");
        await operation.Locator(".opblock-summary-control").ClickAsync();
        await operation.GetByText("Try it out").ClickAsync();
        await operation.GetByText("Execute").ClickAsync();
        await Assertions.Expect(operation.Locator(".live-responses-table td.response-col_status:not(.col_header)")).ToContainTextAsync("200");
        await Assertions.Expect(operation.Locator(".request-url")).ToContainTextAsync(proxy.Address + "/rialto/api/cluster");
        Assert.Equal("/rialto/docs/index.html", new Uri(ann.Page.Url).AbsolutePath);
        ann.AssertContent();
    }
}
