using Rialto.Journal;
using Rialto.Runtime;

namespace Rialto.Tests.OnOrleans;

/// <summary>Silos crash, come back and are told to elect, under load; the market goes on, and nothing that was acknowledged is lost or doubled.</summary>
public class ElectionTests
{
    [Fact]
    public async Task The_highest_leads_after_the_start_and_the_election_is_remembered()
    {
        await using var market = await OrleansMarket.StartAsync();
        var view = await market.UntilAsync("all are alive", cluster => cluster.Nodes.All(node => node.State == "alive"));
        Assert.Equal(new Rank(3), view.Leader);
        Assert.Equal((view.Epoch, new Rank(3)), (view.Elections[^1].Epoch, view.Elections[^1].Winner));
    }

    [Fact]
    public async Task A_crashed_leader_is_followed_by_the_next_and_takes_the_lead_back_when_it_returns()
    {
        await using var market = await OrleansMarket.StartAsync();
        market.Payers.Start();
        await market.Payers.UntilPaidAsync(50);
        var before = market.Cluster.ViewCluster();
        await market.ChangeAsync(3, NodeChange.Crash);
        var after = await market.UntilLedByAsync(2, before.Epoch);
        // Orleans may notice it before the heartbeats do.
        Assert.Contains(after.Elections[^1].Reason, new[] { "leader-failed", "leader-left" });
        await market.Payers.UntilPaidAsync(50);
        await market.UntilAsync("3 is shown as failed", view => view.Nodes[2].State == "failed");
        await market.ChangeAsync(3, NodeChange.Restart);
        var back = await market.UntilLedByAsync(3, after.Epoch);
        Assert.Equal("handover", back.Elections[^1].Reason);
        await market.Payers.UntilPaidAsync(50);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_forced_election_hands_the_lead_over_without_a_payment_lost()
    {
        await using var market = await OrleansMarket.StartAsync();
        market.Payers.Start();
        await market.Payers.UntilPaidAsync(50);
        var before = market.Cluster.ViewCluster();
        Assert.Null(await market.Cluster.ElectAsync());
        var after = await market.UntilAsync("there is a new epoch", view => view.Epoch > before.Epoch && view.Leader == new Rank(3) && market.Cluster.NotReadyBecause is null);
        Assert.Equal("forced", after.Elections[^1].Reason);
        await market.Payers.UntilPaidAsync(50);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_follower_that_crashes_stops_nobody_for_good()
    {
        await using var market = await OrleansMarket.StartAsync();
        market.Payers.Start();
        await market.Payers.UntilPaidAsync(50);
        var before = market.Cluster.ViewCluster();
        await market.ChangeAsync(2, NodeChange.Crash);
        await market.UntilAsync("2 is shown as failed", view => view.Nodes[1].State == "failed");
        await market.Payers.UntilPaidAsync(50);
        Assert.Equal((before.Leader, before.Epoch), (market.Cluster.ViewCluster().Leader, market.Cluster.ViewCluster().Epoch));
        await market.AssertSoundAsync();
    }

    [Theory]
    [InlineData(1, NodeChange.Crash, "keeps-membership")]
    [InlineData(3, NodeChange.Pause, "not-here")]
    [InlineData(3, NodeChange.Restart, "not-crashed")]
    [InlineData(9, NodeChange.Crash, "node-not-found")]
    public async Task What_cannot_be_done_to_a_silo_is_refused(int rank, NodeChange change, string code)
    {
        await using var market = await OrleansMarket.StartAsync();
        Assert.Equal(code, (await market.Cluster.ChangeNodeAsync(new Rank(rank), change))!.Code);
    }
}
