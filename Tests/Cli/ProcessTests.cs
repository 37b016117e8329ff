using System.Diagnostics;
using Rialto.Cli;
using Rialto.Tests.Api;
using Rialto.Tests.Journals;
using Rialto.Tests.Support;
using ExitCode = Rialto.Cli.ExitCode;

namespace Rialto.Tests.Cli;

/// <summary>The command line as a process of its own: what shells, pipes and signals see of it.</summary>
public class ProcessTests(LiveServer server) : IClassFixture<LiveServer>
{
    private static readonly string Program = Path.Combine(House.Root, "Cli", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "rialto.dll");

    [Theory]
    [InlineData("rialto stock l", "lookup")]
    [InlineData("rialto auction list --status ", "awaiting-start")]
    [InlineData("rialto completion ", "bash")]
    public async Task It_tells_a_shell_what_may_stand_at_the_cursor(string line, string suggestion)
    {
        var (exitCode, output) = await RunAsync("", $"[suggest:{line.Length}]", line);
        Assert.Equal(ExitCode.Done, exitCode);
        Assert.Contains(suggestion, output.Split('\n').Select(word => word.Trim()));
    }

    [Fact]
    public async Task The_script_for_bash_completes_a_word()
    {
        const string press = """eval "$(rialto completion bash)"; COMP_LINE='rialto auction b'; COMP_POINT=16; COMP_WORDS=(rialto auction b); COMP_CWORD=2; _rialto; echo "${COMPREPLY[*]}" """;
        using var bash = Start("bash", "--norc", "-c", $"rialto() {{ dotnet '{Program}' \"$@\"; }}; {press}");
        Assert.Equal("bid", (await bash.StandardOutput.ReadToEndAsync()).Trim());
    }

    [Fact]
    public async Task Commands_piped_into_the_prompt_are_read_line_by_line()
    {
        var asset = await server.OpenLedgerAsync(("node-1", 100), ("node-2", 100));
        var (exitCode, output) = await RunAsync("sell 2 30\nbalance\nquit\n", "energy", "--as", "node-1", "--asset", asset, "--server", server.Process.Address);
        Assert.Equal(ExitCode.Done, exitCode);
        Assert.Contains("balance          70.00", output);
    }

    [Theory]
    [InlineData("auction", "bid", "none", "12,50")]
    [InlineData("auction", "create", "Fan", "--reserve", "1,000")]
    [InlineData("energy", "sell", "2", "5,5")]
    [InlineData("bench", "--orders", "0,5")]
    [InlineData("bench", "--orders", "2")]
    [InlineData("bench", "--callers", "many")]
    [InlineData("dispatch", "car", "car-1", "--speed-up", "1e9")]
    public async Task A_number_that_is_none_is_told_and_not_guessed_at(params string[] args) =>
        Assert.Equal(ExitCode.BadUsage, (await RunAsync("", [.. args, "--as", "node-1", "--server", server.Process.Address])).ExitCode);

    [Fact]
    public async Task A_text_that_looks_like_a_date_is_shown_as_it_was_written()
    {
        var auction = await server.OpenAuctionAsync(new { item = "2026-10-01" });
        var (exitCode, output) = await RunAsync("", "auction", "show", auction, "--as", "ann", "--server", server.Process.Address);
        Assert.Equal(ExitCode.Done, exitCode);
        Assert.Matches(@"2026-10-01\r?\n", output);
    }

    [Theory]
    [InlineData(">", "auction --help")]
    [InlineData(">", "auction list --server SERVER")]
    [InlineData(">>", "journal verify --server SERVER")]
    [InlineData("| cat >", "journal verify --server SERVER")]
    public async Task What_programs_write_in_turn_into_one_file_stands_there_in_turn(string into, string command)
    {
        using var folder = new TemporaryFolder();
        var report = Path.Combine(folder.Path, "report");
        var rialto = $"dotnet '{Program}' {command.Replace("SERVER", server.Process.Address, StringComparison.Ordinal)}";
        using var bash = Start("bash", "--norc", "-c", $"{{ echo first; {rialto}; echo between; {rialto}; echo last; }} {into} '{report}'");
        Assert.Equal(0, await EndOfAsync(bash));
        var lines = await File.ReadAllLinesAsync(report);
        var between = Array.IndexOf(lines, "between");
        Assert.Equal(("first", "last"), (lines[0], lines[^1]));
        Assert.True(between > 1, "The first program's answer is missing.");
        Assert.Equal(lines[1..between], lines[(between + 1)..^1]);
    }

    [Fact]
    public async Task An_output_that_takes_nothing_is_told()
    {
        if (!File.Exists("/dev/full")) return;
        using var bash = Start("bash", "--norc", "-c", $"dotnet '{Program}' auction list --server {server.Process.Address} > /dev/full");
        Assert.StartsWith("rialto: The output cannot be written:", await bash.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.BadUsage, await EndOfAsync(bash));
    }

    [Fact]
    public async Task A_word_that_begins_with_an_at_sign_is_itself()
    {
        var address = server.Process.Address;
        Assert.Equal(ExitCode.Done, (await RunAsync("", "auction", "create", "@fan", "--as", "ann", "--server", address)).ExitCode);
        Assert.Contains("@fan", (await RunAsync("", "auction", "list", "--server", address)).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 80)]
    [InlineData(1, 80)]
    [InlineData(20, 20)]
    [InlineData(132, 132)]
    public void A_terminal_that_does_not_know_its_width_counts_as_80_wide(int told, int used) => Assert.Equal(used, Terminal.UsableWidth(told));

    [Fact]
    public async Task A_terminal_of_width_0_is_written_to()
    {
        if (!File.Exists("/usr/bin/script")) return;
        await server.OpenAuctionAsync(new { item = "A fan" });
        using var script = Start("script", "-qec", $"stty cols 0; TERM=xterm dotnet '{Program}' auction list --server {server.Process.Address}", "/dev/null");
        script.StandardInput.Close();
        Assert.Contains("A fan", await script.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await EndOfAsync(script));
    }

    [Fact]
    public async Task Whoever_has_read_enough_ends_it_quietly()
    {
        await server.OpenLedgerAsync(("ann", 1));
        using var tail = Start("dotnet", Program, "journal", "tail", "--after", "0", "--server", server.Process.Address);
        Assert.NotNull(await tail.StandardOutput.ReadLineAsync());
        tail.StandardOutput.Close();
        // It learns of it when it has more to say.
        await server.OpenLedgerAsync(("ann", 1), ("bob", 1));
        Assert.Equal("", await tail.StandardError.ReadToEndAsync());
        Assert.Equal(ExitCode.Done, await EndOfAsync(tail));
    }

    [Fact]
    public async Task Ctrl_C_ends_it_with_130()
    {
        await server.OpenLedgerAsync(("ann", 1));
        // Whatever runs in the background of a shell ignores Ctrl-C, and so would what it starts.
        string[] hearing = OperatingSystem.IsLinux() ? ["--default-signal=INT", "dotnet"] : ["dotnet"];
        using var tail = Start("env", [.. hearing, Program, "journal", "tail", "--after", "0", "--server", server.Process.Address]);
        Assert.NotNull(await tail.StandardOutput.ReadLineAsync());
        using var kill = Start("kill", "-INT", $"{tail.Id}");
        Assert.Equal(ExitCode.Cancelled, await EndOfAsync(tail));
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string typed, params string[] args)
    {
        using var process = Start("dotnet", [Program, .. args]);
        await process.StandardInput.WriteAsync(typed);
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync();
        return (await EndOfAsync(process), output);
    }

    private static Process Start(string program, params string[] args)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var setting in new[] { "RIALTO_ACTOR", "RIALTO_SERVER" }) start.Environment.Remove(setting);
        return Process.Start(start)!;
    }

    private static async Task<int> EndOfAsync(Process process)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await process.WaitForExitAsync(patience.Token);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"rialto did not end within 30 s: {await process.StandardError.ReadToEndAsync()}");
        }
    }
}
