using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Protocols;
using Rialto.Runtime;
using Rialto.Silo.InProcess;
using Rialto.Tests.Api;
using Rialto.Tests.Support;

namespace Rialto.Tests.OnOrleans;

/// <summary>The cluster that a newcomer starts: silos in the server's process, which can be crashed and started again from the console.</summary>
public class InProcessTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_silo_that_is_crashed_is_started_again_and_leads_again()
    {
        await using var cluster = await StartAsync();
        await using var payers = new Payers(cluster);
        await payers.OpenAsync();
        payers.Start();
        await payers.UntilPaidAsync(50);
        var before = await cluster.UntilReadyAsync("3 leads", view => view.Leader == new Rank(3), Limit);
        Assert.Null(await cluster.ChangeNodeAsync(new Rank(3), NodeChange.Crash));
        var after = await cluster.UntilReadyAsync("2 leads", view => view.Leader == new Rank(2) && view.Epoch > before.Epoch, Limit);
        await cluster.UntilAsync("3 is shown as failed", view => view.Nodes[2].State == "failed", Limit);
        Assert.Null(await cluster.ChangeNodeAsync(new Rank(3), NodeChange.Restart));
        await cluster.UntilReadyAsync("3 leads again", view => view.Leader == new Rank(3) && view.Epoch > after.Epoch, Limit);
        await payers.UntilPaidAsync(50);
        await payers.AssertSoundAsync();
    }

    [Fact]
    public async Task Bots_play_on_silos_too_and_open_what_they_need()
    {
        await using var server = await RialtoProcess.StartAsync("--engine", "orleans", "--demo", "--sample", "false");
        await DemoTests.WatchAsync(server, after: 0);
        await DemoTests.CheckAsync(server);
        Assert.Equal(0, await server.TerminateAsync());
        Assert.DoesNotContain("stumbled", server.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, NodeChange.Crash, "keeps-membership")]
    [InlineData(3, NodeChange.Pause, "not-here")]
    [InlineData(3, NodeChange.Restart, "not-crashed")]
    [InlineData(9, NodeChange.Crash, "node-not-found")]
    public async Task What_cannot_be_done_to_a_silo_is_refused(int rank, NodeChange change, string code)
    {
        await using var cluster = await StartAsync();
        Assert.Equal(code, (await cluster.ChangeNodeAsync(new Rank(rank), change))!.Code);
    }

    private static Task<OrleansCluster> StartAsync()
    {
        var settings = new OrleansSettings { Protocol = NodeSettings.Fast with { HandoverDelayMs = 50 }, Runtime = new RuntimeSettings { RetryAfterMs = 5 } };
        return OrleansCluster.StartAsync(settings, new MemoryJournal(), new MemoryCheckpoints(), TimeProvider.System);
    }
}
