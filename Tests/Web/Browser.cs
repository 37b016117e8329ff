using Microsoft.Playwright;
using Rialto.Tests.Support;

namespace Rialto.Tests.Web;

/// <summary>The machine's own Chromium, without a window. It is found on PATH or named by RIALTO_CHROMIUM.</summary>
public sealed class Browser : IAsyncLifetime
{
    internal const int PatienceMs = 20_000;

    private const string Setting = "RIALTO_CHROMIUM";
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];
    private static readonly Lazy<string?> Program = new(Find);

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Null if there is a browser; else a sentence that says what is missing.</summary>
    public static string? Missing => Program.Value is null ? $"No browser: none of {string.Join(", ", Names)} is on PATH, and {Setting} is not set." : null;

    /// <summary>Null if the console was built; else why not.</summary>
    public static string? ConsoleMissing => File.Exists(Path.Combine(WebRoot, "index.html")) ? null : "No browser: the console was not built, because Node.js or its packages were not there.";

    private static string WebRoot => Path.Combine(House.Root, "Api", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "wwwroot");

    public async Task InitializeAsync()
    {
        if (ConsoleMissing is not null || Missing is not null) return;
        Assertions.SetDefaultExpectTimeout(PatienceMs);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Program.Value, Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--host-resolver-rules=MAP *.example 127.0.0.1"] });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>A page without anything. Every name under <c>.example</c> leads to this machine.</summary>
    internal async Task<IPage> OpenAsync()
    {
        var page = await (await _browser!.NewContextAsync()).NewPageAsync();
        page.SetDefaultTimeout(PatienceMs);
        return page;
    }

    /// <summary>Somebody with a browser of their own, who looks at a server as an actor.</summary>
    internal async Task<Visitor> VisitAsync(RialtoProcess server, string actor = "ann", ColorScheme colours = ColorScheme.Light, int width = 1280, int height = 900)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = server.Address, ColorScheme = colours, ViewportSize = new ViewportSize { Width = width, Height = height }, ReducedMotion = ReducedMotion.Reduce,
        });
        await context.AddInitScriptAsync($"if (!localStorage.getItem('rialto.actor')) localStorage.setItem('rialto.actor', '{actor}')");
        return new Visitor(context, await context.NewPageAsync());
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Setting) is { Length: > 0 } named) return named;
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return Names.SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
    }
}

/// <summary>Somebody who looks at the console. What the page complains of is kept.</summary>
internal sealed class Visitor : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _complaints = [];

    public Visitor(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.SetDefaultTimeout(Browser.PatienceMs);
        page.Console += (_, message) =>
        {
            // 503 is no fault: a busy machine may lose sight of its leader for a moment. The page asks again, and what it shows then is what is tested.
            if (message.Type is "error" or "warning" && !message.Text.Contains("status of 503", StringComparison.Ordinal)) _complaints.Add($"{message.Text} {message.Location}");
        };
        page.PageError += (_, error) => _complaints.Add(error);
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the page since it was opened.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    /// <summary>Goes to a page and waits until it is live and shows something.</summary>
    public async Task GoAsync(string place)
    {
        await Page.GotoAsync("/#/" + place);
        await Page.Locator("[data-state=live]").WaitForAsync();
        await Page.Locator("h1").WaitForAsync();
        await Assertions.Expect(Page.Locator(".loading")).ToHaveCountAsync(0);
    }

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

    /// <summary>A part of the page, by its heading.</summary>
    public ILocator Card(string title) => Page.GetByRole(AriaRole.Region, new PageGetByRoleOptions { Name = title, Exact = true });

    public ILocator Field(string label) => Page.GetByRole(AriaRole.Textbox, new PageGetByRoleOptions { Name = label, Exact = true });

    public Task FillAsync(string label, string text) => Field(label).FillAsync(text);

    /// <summary>The page has complained of nothing.</summary>
    public void AssertContent() => Assert.Equal("", string.Join(Environment.NewLine, Complaints));

    public Task SeesAsync(string text) => Assertions.Expect(Page.GetByText(text).First).ToBeVisibleAsync();

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
