using System.Threading.Channels;
using Rialto.Tests.Api;
using Rialto.Tests.Support;
using ExitCode = Rialto.Cli.ExitCode;
using RialtoCommand = Rialto.Cli.RialtoCommand;
using Terminal = Rialto.Cli.Terminal;

namespace Rialto.Tests.Cli;

/// <summary>What the command line does when its server is not there, does not answer, or comes back.</summary>
public class ConnectionTests(LiveServer server) : IClassFixture<LiveServer>
{
    [Fact]
    public async Task Without_a_server_it_says_so_and_how_to_start_one()
    {
        var (exitCode, output, errors) = await Transcript.RunAsync(["stock", "lookup", "--server", $"http://127.0.0.1:{Ports.Free()}"]);
        Assert.Equal((ExitCode.Unavailable, ""), (exitCode, output));
        Assert.Contains("./run", errors);
        Assert.Equal(ExitCode.BadUsage, (await Transcript.RunAsync(["stock", "lookup", "--server", "nonsense"])).ExitCode);
    }

    [Theory]
    [InlineData("LoseAnswer")]
    [InlineData("Refuse")]
    public async Task A_write_that_is_not_answered_is_sent_again_and_takes_effect_once(string fate)
    {
        var stock = await ListAsync();
        using var relay = new Relay(server.Process.Port, Enum.Parse<Fate>(fate), Enum.Parse<Fate>(fate), Fate.Pass);
        var (exitCode, output, errors) = await Transcript.RunAsync(["stock", "buy", stock, "3", "--as", "ann", "--json", "--server", relay.Address]);
        Assert.True(exitCode == ExitCode.Done, errors);
        Assert.Contains("\"quantity\":3", output);
        Assert.Contains("same key", errors);
        Assert.Equal(3, relay.Seen);
        Assert.Equal(97, (await server.As(null).GetAsync($"/api/stocks/{stock}")).Ok().Number("quantity"));
    }

    [Fact]
    public async Task When_it_stays_unknown_it_says_with_which_key_to_send_it_again()
    {
        var stock = await ListAsync();
        using var relay = new Relay(server.Process.Port, Fate.LoseAnswer);
        var (exitCode, output, errors) = await Transcript.RunAsync(["stock", "buy", stock, "3", "--as", "ann", "--server", relay.Address]);
        Assert.Equal((ExitCode.Unavailable, ""), (exitCode, output));
        var key = errors[(errors.IndexOf("--key ", StringComparison.Ordinal) + "--key ".Length)..].Split(',')[0];
        var again = await Transcript.RunAsync(["stock", "buy", stock, "3", "--as", "ann", "--key", key, "--server", server.Process.Address]);
        Assert.Equal(ExitCode.Done, again.ExitCode);
        Assert.Contains("nothing was done twice", again.Errors);
        Assert.Equal(97, (await server.As(null).GetAsync($"/api/stocks/{stock}")).Ok().Number("quantity"));
    }

    [Fact]
    public async Task A_tail_goes_on_without_a_gap_when_the_server_dies_and_comes_back()
    {
        await using var own = await RialtoProcess.StartAsync("--sample", "false");
        var bank = own.As("bank");
        (await bank.PostAsync("/api/ledgers", new { asset = "EUR" })).Ok();
        var heard = new Lines();
        var tail = RialtoCommand.RunAsync(["journal", "tail", "--after", "0", "--count", "3", "--json", "--server", own.Address], Terminal.Of(TextReader.Null, heard, TextWriter.Null));
        await heard.NextAsync();
        own.KillHard();
        await own.RestartAsync();
        (await bank.PostAsync("/api/ledgers", new { asset = "GBP" })).Ok();
        (await bank.PostAsync("/api/ledgers", new { asset = "SEK" })).Ok();
        string[] rest = [await heard.NextAsync(), await heard.NextAsync()];
        Assert.Collection(rest, line => Assert.StartsWith("{\"seq\":2,", line, StringComparison.Ordinal), line => Assert.StartsWith("{\"seq\":3,", line, StringComparison.Ordinal));
        Assert.Equal(ExitCode.Done, await tail.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task Cancelled_it_ends_with_the_code_that_shells_know()
    {
        var heard = new Lines();
        using var ending = new CancellationTokenSource();
        await ListAsync();
        var tail = RialtoCommand.RunAsync(["journal", "tail", "--after", "0", "--server", server.Process.Address], Terminal.Of(TextReader.Null, heard, TextWriter.Null), ending.Token);
        await heard.NextAsync();
        await ending.CancelAsync();
        Assert.Equal(ExitCode.Cancelled, await tail.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_nodes_prompt_tells_what_another_node_asks_and_takes_the_answer()
    {
        var asset = await server.OpenLedgerAsync(("node-1", 100), ("node-2", 100));
        var (typed, output, errors) = (new Typing(), new Lines(), new Lines());
        var prompt = RialtoCommand.RunAsync(["energy", "--as", "node-2", "--asset", asset, "--server", server.Process.Address], Terminal.Of(typed, output, errors));
        // Its answer shows that it listens: it did so before it read its first line.
        typed.Type("balance");
        await output.NextAsync();
        var told = "";
        for (var tries = 0; told.Length == 0 && tries < 50; tries++)
        {
            var offered = await Transcript.RunAsync(["energy", "sell", "2", "1", "--ask", "--asset", asset, "--as", "node-1", "--server", server.Process.Address]);
            Assert.Equal(ExitCode.Done, offered.ExitCode);
            told = await errors.TryNextAsync(TimeSpan.FromSeconds(2)) ?? "";
        }
        Assert.Contains("node-1 wants to sell you 1.00", told);
        typed.Type($"accept {told.Split("accept ")[1].Split(',')[0]}");
        typed.Type("quit");
        Assert.Equal(ExitCode.Done, await prompt.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(101, (await server.AccountAsync(asset, "node-2")).Amount("balance"));
    }

    private async Task<string> ListAsync()
    {
        var name = Unique.Name("Stock");
        (await server.As("dealer").PostAsync("/api/stocks", new { name, price = 10, quantity = 100 })).Ok();
        return name;
    }

    /// <summary>What a running command writes, line by line.</summary>
    private sealed class Lines : StringWriter
    {
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

        public override void WriteLine(string? value) => _lines.Writer.TryWrite(value ?? "");

        public async Task<string> NextAsync() => await TryNextAsync(TimeSpan.FromSeconds(30)) ?? throw new TimeoutException("The next line did not come within 30 s.");

        public async Task<string?> TryNextAsync(TimeSpan patience)
        {
            using var limit = new CancellationTokenSource(patience);
            try
            {
                return await _lines.Reader.ReadAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
    }

    /// <summary>Somebody who types now and then.</summary>
    private sealed class Typing : TextReader
    {
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

        public void Type(string line) => _lines.Writer.TryWrite(line);

        public override string? ReadLine() => _lines.Reader.ReadAsync().AsTask().GetAwaiter().GetResult();
    }
}
