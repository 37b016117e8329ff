using System.Text.Json;
using Rialto.Markets;
using Rialto.Tests.Journals;
using Rialto.Tests.Support;
using ExitCode = Rialto.Cli.ExitCode;

namespace Rialto.Tests.Cli;

/// <summary>A market with something in every category, as its server left it when it was stopped: a data folder and an export.</summary>
public sealed class StoppedMarket : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rialto-stopped-");

    public string Data => Path.Combine(_folder.FullName, "data");

    public string Journal => Path.Combine(Data, "journal");

    public string Export => Path.Combine(_folder.FullName, "market.ndjson");

    /// <summary>Each entity, and what the server showed of it, at places that lie a little apart.</summary>
    public List<(string Entity, long At, string Shown)> Shown { get; } = [];

    public async Task InitializeAsync()
    {
        await using var server = await RialtoProcess.StartInAsync(_folder.FullName);
        (await server.As("desk").PostAsync("/api/books", new { symbol = "GME" })).Ok();
        (await server.As("desk").PostAsync("/api/books/GME/orders", new { side = "sell", price = 15.99m, quantity = 3 })).Ok();
        (await server.As("ann").PostAsync("/api/books/GME/orders", new { side = "buy", price = 16, quantity = 2 })).Ok();
        (await server.As("ann").PostAsync("/api/listings/watches", new { cities = new[] { "Toronto", "Montreal" }, make = "Toyota", model = "Corolla", mode = "cheapest", threshold = 10 })).Ok();
        (await server.As("car-7").PostAsync("/api/dispatch/stuttgart/incidents", new { lat = 48.77, lon = 9.18, severity = 1 })).Ok();
        (await server.As("ann").PostAsync("/api/stocks/GameStart/orders", new { side = "buy", quantity = 2 })).Ok();
        Assert.Equal(ExitCode.Done, (await Transcript.RunAsync(["journal", "export", Export, "--server", server.Address])).ExitCode);
        foreach (var streams in File.ReadLines(Export).Select(line => JsonDocument.Parse(line).RootElement).GroupBy(item => item.Word("category")).Select(category => category.GroupBy(item => item.Word("stream")!)))
        {
            foreach (var stream in streams.OrderByDescending(stream => stream.Count()).Take(2))
            {
                foreach (var at in stream.Select(item => item.Number("seq")).Where((_, i) => i % 3 == 0))
                {
                    var shown = await Transcript.RunAsync(["journal", "replay", stream.Key, "--to", $"{at}", "--as", "operator", "--json", "--server", server.Address]);
                    Assert.True(shown.ExitCode == ExitCode.Done, shown.Errors);
                    Shown.Add((stream.Key, at, shown.Output));
                }
            }
        }
        Assert.Equal(0, await server.TerminateAsync());
    }

    public Task DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }
}

/// <summary>Journals without a server: whole ones, torn ones and changed ones.</summary>
public class OfflineTests(StoppedMarket market) : IClassFixture<StoppedMarket>
{
    [Fact]
    public async Task A_replay_shows_what_the_server_showed_of_every_kind_of_entity_at_any_place()
    {
        Assert.Equal(MarketCatalog.Kinds.Select(kind => kind.Category).Order(), market.Shown.Select(shown => shown.Entity.Split('/')[0]).Distinct().Order());
        foreach (var (entity, at, shown) in market.Shown)
        {
            foreach (var source in new[] { "--data", "--export" })
            {
                var (exitCode, output, errors) = await Transcript.RunAsync(["journal", "replay", entity, "--to", $"{at}", source, source == "--data" ? market.Data : market.Export, "--json"]);
                Assert.True(exitCode == ExitCode.Done, errors);
                Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(shown).RootElement, JsonDocument.Parse(output).RootElement), $"{entity} at {at}: the server showed {shown}, and {source} {output}");
            }
        }
    }

    [Fact]
    public async Task A_torn_write_is_told_and_left_where_it_is()
    {
        using var copy = TemporaryFolder.CopyOf(market.Journal);
        var last = Directory.GetFiles(copy.Path, "*.journal").Order().Last();
        await using (var file = File.Open(last, FileMode.Append)) await file.WriteAsync(new byte[5]);
        var before = await File.ReadAllBytesAsync(last);
        var (exitCode, _, errors) = await Transcript.RunAsync(["journal", "verify", "--data", copy.Path]);
        Assert.Equal(ExitCode.Done, exitCode);
        Assert.Contains("torn", errors);
        Assert.Equal(before, await File.ReadAllBytesAsync(last));
    }

    [Fact]
    public async Task A_journal_that_was_cut_is_a_problem_that_names_what_is_missing()
    {
        using var copy = TemporaryFolder.CopyOf(market.Journal);
        var last = Directory.GetFiles(copy.Path, "*.journal").Order().Last();
        await using (var file = File.OpenWrite(last)) file.SetLength(file.Length - 5);
        var (exitCode, output, _) = await Transcript.RunAsync(["journal", "verify", "--data", copy.Path, "--json"]);
        Assert.Equal(ExitCode.ProblemsFound, exitCode);
        Assert.Contains("acknowledged events are missing, from seq", Assert.Single(JsonDocument.Parse(output).RootElement.Items("problems")).Word("detail"));
    }

    [Fact]
    public async Task A_backup_is_a_data_folder_with_all_that_was_acknowledged()
    {
        using var parent = new TemporaryFolder();
        var to = Path.Combine(parent.Path, "backup");
        var (exitCode, output, errors) = await Transcript.RunAsync(["journal", "backup", "--data", market.Data, "--to", to, "--json"]);
        Assert.True(exitCode == ExitCode.Done, errors);
        Assert.True(JsonDocument.Parse(output).RootElement.GetProperty("ok").GetBoolean());
        var (_, whole, _) = await Transcript.RunAsync(["journal", "verify", "--data", market.Data, "--json"]);
        var (_, copied, _) = await Transcript.RunAsync(["journal", "verify", "--data", to, "--json"]);
        Assert.Equal(whole, copied);
        Assert.Equal(ExitCode.BadUsage, (await Transcript.RunAsync(["journal", "backup", "--data", market.Data, "--to", to])).ExitCode);
    }

    [Fact]
    public async Task A_changed_byte_is_told_with_file_and_offset()
    {
        using var copy = TemporaryFolder.CopyOf(market.Journal);
        var first = Directory.GetFiles(copy.Path, "*.journal").Order().First();
        var bytes = await File.ReadAllBytesAsync(first);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(first, bytes);
        var (exitCode, output, _) = await Transcript.RunAsync(["journal", "verify", "--data", copy.Path, "--json"]);
        Assert.Equal(ExitCode.ProblemsFound, exitCode);
        var problem = Assert.Single(JsonDocument.Parse(output).RootElement.Items("problems"));
        Assert.Equal("storage-damaged", problem.Word("code"));
        Assert.Contains(Path.GetFileName(first), problem.Word("detail"));
        Assert.Contains("offset", problem.Word("detail"));
    }

    public static TheoryData<string, string> Changes => new()
    {
        { "an amount", "hash-broken" },
        { "a line is missing", "seq-gap" },
        { "a line stands twice", "seq-gap" },
        { "cut short within a line", "storage-damaged" },
        { "no export at all", "storage-damaged" },
    };

    [Theory, MemberData(nameof(Changes))]
    public async Task What_was_changed_in_an_export_is_found(string change, string code)
    {
        var lines = (await File.ReadAllLinesAsync(market.Export)).ToList();
        var at = lines.FindIndex(line => line.Contains("\"type\":\"stock.listed\"", StringComparison.Ordinal));
        if (change == "an amount") lines[at] = lines[at].Replace("\"quantity\":100", "\"quantity\":900", StringComparison.Ordinal);
        else if (change == "a line is missing") lines.RemoveAt(at);
        else if (change == "a line stands twice") lines.Insert(at, lines[at]);
        else if (change == "cut short within a line") lines[^1] = lines[^1][..20];
        else lines = ["year,make,model"];
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllLinesAsync(file, lines);
            var (exitCode, output, _) = await Transcript.RunAsync(["journal", "verify", "--export", file, "--json"]);
            Assert.Equal(ExitCode.ProblemsFound, exitCode);
            var report = JsonDocument.Parse(output).RootElement;
            Assert.False(report.GetProperty("ok").GetBoolean());
            Assert.Contains(report.Items("problems"), problem => problem.Word("code") == code);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
