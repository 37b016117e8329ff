using System.Text.Json;
using Rialto.Tests.Support;
using ExitCode = Rialto.Cli.ExitCode;
using Reply = Rialto.Cli.Reply;

namespace Rialto.Tests.Cli;

/// <summary>The load that <c>rialto bench</c> puts on a server, and what it says of it.</summary>
public class BenchTests
{
    [Fact]
    public async Task It_counts_lookups_and_orders_that_took_place()
    {
        await using var server = await RialtoProcess.StartAsync();
        var (exitCode, output, _) = await RunAsync(server, "--callers", "4", "--warm-up", "0s", "--for", "2s", "--orders", "0.5", "--json");
        Assert.Equal(ExitCode.Done, exitCode);
        var measured = Reply.Of(output).Json;
        Assert.Equal(4, measured.Number("callers"));
        var (lookups, orders, all) = (Row(measured, "lookups"), Row(measured, "orders"), Row(measured, "all"));
        Assert.Equal(all.Number("count"), lookups.Number("count") + orders.Number("count"));
        Assert.True(lookups.Number("count") > 0 && all.Amount("p50Ms") <= all.Amount("p99Ms"));
        Assert.Equal(0, all.Number("failed"));
        // Orders have numbers without gaps: if there is one of this number, each that was answered took place.
        var answered = orders.Number("count") - orders.Number("refused");
        Assert.True(answered > 0);
        Assert.Equal(ExitCode.Done, (await Transcript.RunAsync(["stock", "order", $"{answered}", "--server", server.Address])).ExitCode);
    }

    [Fact]
    public async Task Ended_early_it_tells_what_it_has_measured()
    {
        await using var server = await RialtoProcess.StartAsync();
        using var ending = new CancellationTokenSource();
        var bench = Task.Run(() => RunAsync(server, ending.Token, "--callers", "2", "--warm-up", "0s", "--for", "1h", "--orders", "1"));
        await UntilThereAreOrdersAsync(server);
        await ending.CancelAsync();
        var (exitCode, output, _) = await bench;
        Assert.Equal(ExitCode.Cancelled, exitCode);
        Assert.Contains("p99 ms", output);
        Assert.Contains("lookups ", output);
    }

    [Fact]
    public async Task Requests_that_nobody_answers_are_counted_as_failed()
    {
        await using var server = await RialtoProcess.StartAsync();
        using var relay = new Relay(new Uri(server.Address).Port, Fate.Pass);
        using var ending = new CancellationTokenSource();
        var bench = Task.Run(() => Transcript.RunAsync(["bench", "--callers", "2", "--warm-up", "0s", "--for", "1h", "--orders", "1", "--json", "--server", relay.Address], ending: ending.Token));
        await UntilThereAreOrdersAsync(server);
        server.KillHard();
        // A caller that connects again, and perhaps once more for the same request, has been failed before.
        var seen = relay.Seen;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (relay.Seen < seen + 8) await Task.Delay(20, patience.Token);
        await ending.CancelAsync();
        var (_, output, _) = await bench;
        Assert.True(Row(Reply.Of(output).Json, "all").Number("failed") > 0, output);
    }

    [Fact]
    public async Task Without_a_server_it_says_so()
    {
        var (exitCode, _, errors) = await Transcript.RunAsync(["bench", "--server", $"http://127.0.0.1:{Ports.Free()}"]);
        Assert.Equal(ExitCode.Unavailable, exitCode);
        Assert.Contains("No server answers", errors);
    }

    private static Task<(int ExitCode, string Output, string Errors)> RunAsync(RialtoProcess server, params string[] options) => RunAsync(server, CancellationToken.None, options);

    private static Task<(int ExitCode, string Output, string Errors)> RunAsync(RialtoProcess server, CancellationToken ending, params string[] options) =>
        Transcript.RunAsync(["bench", .. options, "--server", server.Address], ending: ending);

    private static JsonElement Row(JsonElement measured, string kind) => measured.Items("measured").Single(row => row.Word("kind") == kind);

    private static async Task UntilThereAreOrdersAsync(RialtoProcess server)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var (exitCode, output, errors) = await Transcript.RunAsync(["stock", "order", "--limit", "1", "--json", "--server", server.Address]);
            if (exitCode == ExitCode.Done && Reply.Of(output).Json.Items().Any()) return;
            Assert.False(patience.IsCancellationRequested, $"There was no order: {output}{errors}");
            await Task.Delay(20);
        }
    }
}
