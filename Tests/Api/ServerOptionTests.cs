using Rialto.Tests.Journals;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>How the server starts and stops, as whoever starts it sees it.</summary>
public class ServerOptionTests
{
    [Theory]
    [InlineData("--colour", "red")]
    [InlineData("--nodes", "0")]
    [InlineData("--nodes", "many")]
    [InlineData("--nodes")]
    [InlineData("--engine", "steam")]
    [InlineData("--journal", "paper")]
    [InlineData("--journal", "postgres", "--engine", "orleans", "--gateway")]
    [InlineData("--sample", "perhaps")]
    [InlineData("--cache-size", "-1")]
    [InlineData("--urls", "nowhere")]
    [InlineData("--urls", "http://0.0.0.0:5080")]
    [InlineData("--data", "")]
    [InlineData("--accept-loss", "all")]
    [InlineData("--otlp", "127.0.0.1:4317")]
    [InlineData("--otlp", "ftp://127.0.0.1:4317")]
    [InlineData("--hosts", "market.example.com:80")]
    [InlineData("--cors-origins", "shop.example")]
    [InlineData("--proxies", "nowhere")]
    [InlineData("--path-base", "rialto")]
    [InlineData("--path-base", "/api/rialto")]
    [InlineData("data")]
    public async Task A_bad_option_is_one_sentence_and_exit_code_2(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        string[] data = arguments[0] == "--data" ? [] : ["--data", folder.Path];
        var (exitCode, output, errors) = await RialtoProcess.RunToEndAsync([.. data, .. arguments]);
        Assert.True(exitCode == 2, $"{exitCode}: {output}{errors}");
        Assert.Empty(output);
        AssertOneSentence(errors);
        Assert.Contains(arguments[0].TrimStart('-'), errors, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Help_lists_every_option_and_ends_well()
    {
        var (exitCode, output, errors) = await RialtoProcess.RunToEndAsync("--help");
        Assert.Equal((0, ""), (exitCode, errors));
        foreach (var option in new[] { "urls", "data", "engine", "journal", "postgres", "nodes", "cache-size", "sample", "demo", "allow-anonymous", "otlp" })
            Assert.Contains($"--{option}", output);
    }

    [Fact]
    public async Task A_server_says_in_one_line_where_it_serves()
    {
        await using var server = await RialtoProcess.StartAsync("--sample", "false", "--nodes", "2");
        Assert.Equal(0, await server.TerminateAsync());
        var line = Assert.Single(server.Output.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(server.Address, line);
        Assert.Contains("embedded", line);
        Assert.Contains("2 nodes", line);
        Assert.Contains("journal: file", line);
    }

    [Fact]
    public async Task A_data_folder_in_use_is_one_sentence_and_exit_code_3()
    {
        await using var server = await RialtoProcess.StartAsync("--sample", "false");
        var (exitCode, output, errors) = await RialtoProcess.RunToEndAsync("--data", server.DataFolder, "--urls", "http://127.0.0.1:0");
        Assert.True(exitCode == 3, $"{exitCode}: {output}{errors}");
        AssertOneSentence(errors);
        Assert.Equal(200, (await server.As(null).GetAsync("/health/ready")).Status);
    }

    [Fact]
    public async Task An_address_in_use_is_one_sentence_and_no_stack_trace()
    {
        await using var server = await RialtoProcess.StartAsync("--sample", "false");
        using var folder = new TemporaryFolder();
        var (exitCode, output, errors) = await RialtoProcess.RunToEndAsync("--data", folder.Path, "--urls", server.Address, "--sample", "false");
        Assert.True(exitCode == 2, $"{exitCode}: {output}{errors}");
        AssertOneSentence(errors);
    }

    [Fact]
    public async Task Sigterm_ends_well_and_what_was_taken_is_there_after_the_next_start()
    {
        await using var server = await RialtoProcess.StartAsync("--sample", "false");
        var bank = server.As("bank");
        (await bank.PostAsync("/api/ledgers", new { asset = "USD", scale = 2 })).Ok(201);
        await using var feed = await server.As(null).ListenAsync("?after=0");
        var taken = new List<Task<Answer?>>();
        for (var i = 0; i < 200; i++) taken.Add(OpenAsync($"account-{i}"));
        await Task.WhenAny(taken);
        Assert.Equal(0, await server.TerminateAsync());
        var answers = await Task.WhenAll(taken);
        await server.RestartAsync();
        for (var i = 0; i < answers.Length; i++)
            if (answers[i] is { IsSuccess: true }) (await bank.GetAsync($"/api/ledgers/USD/accounts/account-{i}")).Ok();
        Assert.Contains(answers, answer => answer is { IsSuccess: true });
        Assert.DoesNotContain(answers, answer => answer is { Status: >= 400 and not 503 });

        async Task<Answer?> OpenAsync(string account)
        {
            try
            {
                return await bank.PostAsync("/api/ledgers/USD/accounts", new { account, initial = 1 });
            }
            catch (HttpRequestException)
            {
                return null;   // Not taken any more.
            }
        }
    }

    [Fact]
    public async Task Sample_data_fills_an_empty_journal_once()
    {
        await using var server = await RialtoProcess.StartAsync();
        var ledgers = (await server.As(null).GetAsync("/api/ledgers")).Ok().Items().Select(ledger => ledger.Word("asset")).ToList();
        Assert.Contains("USD", ledgers);
        Assert.Contains("kWh", ledgers);
        var auctions = (await server.As(null).GetAsync("/api/auctions?status=open")).Ok().Items().Count;
        Assert.Equal(2, auctions);
        var stocks = (await server.As(null).GetAsync("/api/stocks")).Ok().Items();
        Assert.Equal((15, 100L, 100L), (stocks.Count, stocks.Min(stock => stock.Number("quantity")), stocks.Max(stock => stock.Number("quantity"))));
        Assert.Equal([9.90m, 15.99m, 20.20m], new[] { "CICSorg", "GameStart", "Google" }.Select(name => stocks.Single(stock => stock.Word("name") == name).Amount("price")));
        var region = (await server.As(null).GetAsync("/api/dispatch/stuttgart")).Ok();
        Assert.Equal((8L, 4L), (region.Number("unitCount"), region.Number("hospitalCount")));
        Assert.NotEmpty((await server.As(null).GetAsync("/api/listings/shelves?limit=1")).Ok().Items());
        var events = (await server.As(null).GetAsync("/api/journal/verify")).Ok().Number("events");
        Assert.Equal(0, await server.TerminateAsync());
        await server.RestartAsync();
        Assert.Equal(events, (await server.As(null).GetAsync("/api/journal/verify")).Ok().Number("events"));
    }

    private static void AssertOneSentence(string errors)
    {
        var line = Assert.Single(errors.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
        Assert.EndsWith(".", line);
        Assert.DoesNotContain("Exception", line);
    }
}
