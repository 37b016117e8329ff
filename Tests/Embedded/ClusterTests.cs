using Rialto.Journal;
using Rialto.Markets.Ledgers;
using Rialto.Runtime;

namespace Rialto.Tests.Embedded;

/// <summary>Virtual nodes crash, freeze and are cut off under load; the market goes on, and nothing that was acknowledged is lost or doubled.</summary>
public class ClusterTests
{
    [Fact]
    public async Task All_start_together_and_the_highest_leads_at_once()
    {
        await using var market = await FaultyCluster.StartAsync(nodes: 5);
        var view = await market.UntilAsync("all follow 5", cluster => cluster.Leader == new Rank(5));
        var election = Assert.Single(view.Elections);
        Assert.Equal((new Epoch(1), new Rank(5), "start"), (election.Epoch, election.Winner, election.Reason));
        Assert.All(view.Nodes, node => Assert.Equal("alive", node.State));
    }

    [Fact]
    public async Task A_crashed_leader_is_followed_by_the_next_and_nothing_acknowledged_is_lost_or_doubled()
    {
        await using var market = await FaultyCluster.StartAsync();
        market.Payers.Start();
        await market.Payers.UntilPaidAsync(50);
        var before = market.Cluster.ViewCluster();
        await market.ChangeAsync(3, NodeChange.Crash);
        var after = await market.UntilLedByAsync(2, before.Epoch);
        Assert.Equal("leader-failed", after.Elections[^1].Reason);
        await market.Payers.UntilPaidAsync(50);
        await market.UntilAsync("3 is shown as failed", view => view.Nodes[2].State == "failed");
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_frozen_leaders_write_is_refused_and_counted_once_another_leads_and_when_it_wakes_up_it_follows()
    {
        await using var market = await FaultyCluster.StartAsync(preemption: false);
        market.Payers.Start();
        await market.Payers.UntilPaidAsync(50);
        var before = market.Cluster.ViewCluster();
        // The write is on its way when the leader freezes, and reaches the journal only after another has claimed.
        var underWay = market.Journal.HoldAppends();
        await underWay.WaitAsync(TimeSpan.FromSeconds(20));
        await market.ChangeAsync(3, NodeChange.Pause);
        await market.UntilLedByAsync(2, before.Epoch);
        market.Journal.Release();
        await market.UntilAsync("the frozen leader's write was refused", view => view.RefusedWrites > before.RefusedWrites);
        await market.Payers.UntilPaidAsync(50);
        await market.ChangeAsync(3, NodeChange.Resume);
        await market.UntilAsync("3 is well again and leads no more", view => view.Nodes[2] is { State: "alive", IsLeader: false });
        await market.Payers.UntilPaidAsync(50);
        Assert.Equal(new Rank(2), market.Cluster.ViewCluster().Leader);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_leader_that_is_cut_off_is_replaced_and_comes_back_by_a_handover()
    {
        await using var market = await FaultyCluster.StartAsync();
        market.Payers.Start();
        await market.Payers.UntilPaidAsync(50);
        var before = market.Cluster.ViewCluster();
        await market.ChangeAsync(3, NodeChange.Isolate);
        var without = await market.UntilLedByAsync(2, before.Epoch);
        await market.Payers.UntilPaidAsync(50);
        await market.ChangeAsync(3, NodeChange.Heal);
        var with = await market.UntilLedByAsync(3, without.Epoch);
        Assert.Equal("handover", with.Elections[^1].Reason);
        await market.Payers.UntilPaidAsync(50);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_crashed_leader_that_is_restarted_catches_up_joins_and_takes_over_by_a_handover()
    {
        await using var market = await FaultyCluster.StartAsync();
        market.Payers.Start();
        await market.Payers.UntilPaidAsync(50);
        var before = market.Cluster.ViewCluster();
        await market.ChangeAsync(3, NodeChange.Crash);
        var without = await market.UntilLedByAsync(2, before.Epoch);
        await market.Payers.UntilPaidAsync(50);
        await market.ChangeAsync(3, NodeChange.Restart);
        var with = await market.UntilLedByAsync(3, without.Epoch);
        Assert.Equal("handover", with.Elections[^1].Reason);
        await market.Payers.UntilPaidAsync(50);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_forced_election_ends_in_a_new_epoch_of_the_same_leader()
    {
        await using var market = await FaultyCluster.StartAsync();
        market.Payers.Start();
        await market.Payers.UntilPaidAsync(50);
        var before = market.Cluster.ViewCluster();
        Assert.Null(await market.Cluster.ElectAsync());
        var after = await market.UntilLedByAsync(3, before.Epoch);
        Assert.Equal("forced", after.Elections[^1].Reason);
        await market.Payers.UntilPaidAsync(50);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_follower_that_crashes_stops_nothing_but_its_own_entities_for_a_moment()
    {
        await using var market = await FaultyCluster.StartAsync();
        market.Payers.Start();
        await market.Payers.UntilPaidAsync(50);
        var before = market.Cluster.ViewCluster();
        await market.ChangeAsync(1, NodeChange.Crash);
        await market.UntilAsync("1 is shown as failed", view => view.Nodes[0].State == "failed");
        for (var ledger = 0; ledger < 6; ledger++) await market.Payers.DoAsync(ledger, new OpenAccount("carol"), $"carol {ledger}");
        Assert.Equal(before.Epoch, market.Cluster.ViewCluster().Epoch);
        await market.ChangeAsync(1, NodeChange.Restart);
        await market.UntilAsync("1 is well again", view => view.Nodes[0].State == "alive");
        await market.Payers.UntilPaidAsync(50);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task What_cannot_be_done_to_a_node_is_refused_with_its_reason()
    {
        await using var market = await FaultyCluster.StartAsync(nodes: 2);
        Assert.Equal("node-not-found", (await market.Cluster.ChangeNodeAsync(new Rank(9), NodeChange.Crash))?.Code);
        Assert.Equal("not-crashed", (await market.Cluster.ChangeNodeAsync(new Rank(1), NodeChange.Restart))?.Code);
        await market.ChangeAsync(1, NodeChange.Crash);
        Assert.Equal("already-crashed", (await market.Cluster.ChangeNodeAsync(new Rank(1), NodeChange.Crash))?.Code);
        foreach (var change in new[] { NodeChange.Crash, NodeChange.Pause, NodeChange.Isolate })
            Assert.Equal("last-node", (await market.Cluster.ChangeNodeAsync(new Rank(2), change))?.Code);
    }
}
