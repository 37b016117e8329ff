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
        // Shown by who hears from all: whoever is shown as alive was heard from lately.
        await cluster.UntilAsync("all are alive", view => view.Nodes.All(node => node.State == "alive"), Limit);
        // And is heard again and again: the time since then begins anew.
        var (last, times) = (new long[3], new int[3]);
        await cluster.UntilAsync("all are heard again and again", view =>
        {
            for (var i = 0; i < 3; i++)
            {
                // The leader looks, and has no silence of its own.
                if (view.Nodes[i].IsLeader || view.Nodes[i].LastHeardMs < last[i]) times[i]++;
                last[i] = view.Nodes[i].LastHeardMs;
            }
            return times.All(heard => heard >= 3);
        }, Limit);
        Assert.All(cluster.ViewCluster().Nodes, node => Assert.InRange(node.LastHeardMs, 0, 1_000));
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

    [Fact]
    public async Task What_a_silo_rehearses_before_it_joins_is_nobodys_and_counts_nowhere()
    {
        await using var server = await RialtoProcess.StartAsync("--engine", "orleans", "--sample", "false");
        var ann = server.As("ann");
        (await ann.PostAsync("/api/ledgers", new { asset = "gold" })).Ok(201);
        var metrics = (await ann.GetAsync("/metrics")).Text;
        var counted = metrics.Split('\n').Where(line => line.StartsWith("rialto_commands_total", StringComparison.Ordinal) || line.StartsWith("rialto_journal_events_total", StringComparison.Ordinal));
        Assert.Equal(["rialto_commands_total{outcome=\"accepted\"} 1", "rialto_journal_events_total 1"], counted.Select(line => line.Trim()));
    }

    [Fact]
    public async Task Any_silo_can_be_crashed_and_the_last_one_serves_alone()
    {
        await using var cluster = await StartAsync();
        await using var payers = new Payers(cluster);
        await payers.OpenAsync();
        payers.Start();
        Assert.Null(await cluster.ChangeNodeAsync(new Rank(1), NodeChange.Crash));
        Assert.Null(await cluster.ChangeNodeAsync(new Rank(3), NodeChange.Crash));
        await cluster.UntilReadyAsync("2 leads", view => view.Leader == new Rank(2), Limit);
        await payers.UntilPaidAsync(50);
        Assert.Equal("last-node", (await cluster.ChangeNodeAsync(new Rank(2), NodeChange.Crash))!.Code);
        Assert.Null(await cluster.ChangeNodeAsync(new Rank(1), NodeChange.Restart));
        await cluster.UntilAsync("1 is back", view => view.Nodes.Any(node => node.Rank == new Rank(1) && node.State == "alive"), Limit);
        Assert.Null(await cluster.ChangeNodeAsync(new Rank(2), NodeChange.Crash));
        await cluster.UntilReadyAsync("1 leads", view => view.Leader == new Rank(1), Limit);
        await payers.UntilPaidAsync(50);
        await payers.AssertSoundAsync();
    }

    [Fact]
    public async Task A_leader_that_was_frozen_writes_nothing_when_it_wakes_and_comes_back_as_a_new_silo()
    {
        await using var cluster = await StartAsync();
        await using var payers = new Payers(cluster);
        await payers.OpenAsync();
        payers.Start();
        await payers.UntilPaidAsync(50);
        Assert.Null(await cluster.ChangeNodeAsync(new Rank(3), NodeChange.Pause));
        var without = await cluster.UntilReadyAsync("2 leads", view => view.Leader == new Rank(2), Limit);
        await payers.UntilPaidAsync(50);
        Assert.Null(await cluster.ChangeNodeAsync(new Rank(3), NodeChange.Resume));
        await cluster.UntilReadyAsync("3 leads again", view => view.Leader == new Rank(3) && view.Epoch > without.Epoch, Limit);
        await payers.UntilPaidAsync(50);
        await payers.AssertSoundAsync();
    }

    [Fact]
    public async Task A_silo_that_is_frozen_for_a_moment_goes_on_where_it_was()
    {
        await using var cluster = await StartAsync(NodeSettings.Fast with { SuspectedAfterMs = 20_000, FailedAfterMs = 30_000, StorageLostAfterMs = 60_000 });
        await using var payers = new Payers(cluster);
        await payers.OpenAsync();
        payers.Start();
        await payers.UntilPaidAsync(50);
        var before = cluster.ViewCluster();
        Assert.Null(await cluster.ChangeNodeAsync(new Rank(3), NodeChange.Pause));
        Assert.Equal("already-paused", (await cluster.ChangeNodeAsync(new Rank(3), NodeChange.Pause))!.Code);
        Assert.Null(await cluster.ChangeNodeAsync(new Rank(3), NodeChange.Resume));
        await payers.UntilPaidAsync(50);
        Assert.Equal((new Rank(3), before.Epoch), (cluster.ViewCluster().Leader!.Value, cluster.ViewCluster().Epoch));
        await payers.AssertSoundAsync();
    }

    [Fact]
    public async Task A_leader_that_is_cut_off_is_replaced_and_comes_back_when_it_is_healed()
    {
        await using var cluster = await StartAsync();
        await using var payers = new Payers(cluster);
        await payers.OpenAsync();
        payers.Start();
        await payers.UntilPaidAsync(50);
        Assert.Null(await cluster.ChangeNodeAsync(new Rank(3), NodeChange.Isolate));
        var without = await cluster.UntilReadyAsync("2 leads", view => view.Leader == new Rank(2), Limit);
        await payers.UntilPaidAsync(50);
        Assert.Equal("not-crashed", (await cluster.ChangeNodeAsync(new Rank(3), NodeChange.Restart))!.Code);
        Assert.Null(await cluster.ChangeNodeAsync(new Rank(3), NodeChange.Heal));
        await cluster.UntilReadyAsync("3 leads again", view => view.Leader == new Rank(3) && view.Epoch > without.Epoch, Limit);
        await payers.UntilPaidAsync(50);
        await payers.AssertSoundAsync();
    }

    [Theory]
    [InlineData(3, NodeChange.Resume, "not-paused")]
    [InlineData(3, NodeChange.Heal, "not-isolated")]
    [InlineData(3, NodeChange.Restart, "not-crashed")]
    [InlineData(9, NodeChange.Crash, "node-not-found")]
    public async Task What_makes_no_sense_is_refused(int rank, NodeChange change, string code)
    {
        await using var cluster = await StartAsync();
        Assert.Equal(code, (await cluster.ChangeNodeAsync(new Rank(rank), change))!.Code);
    }

    private static Task<OrleansCluster> StartAsync(NodeSettings? protocol = null)
    {
        var settings = new OrleansSettings
        {
            Protocol = (protocol ?? NodeSettings.Fast) with { HandoverDelayMs = 50 },
            Runtime = new RuntimeSettings { RetryAfterMs = 5 },
        };
        return OrleansCluster.StartAsync(settings, new MemoryJournal(), new MemoryCheckpoints(), TimeProvider.System);
    }
}
