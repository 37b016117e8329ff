using Rialto.Journal;

namespace Rialto.Tests.OnOrleans;

/// <summary>Silos are killed, stopped, come back and are told to elect, under load; the market goes on, and nothing that was acknowledged is lost or doubled.</summary>
public class ElectionTests
{
    [Fact]
    public async Task The_highest_leads_after_the_start_and_the_election_is_remembered()
    {
        await using var market = await OrleansMarket.StartAsync();
        var view = market.Engine.ViewCluster();
        Assert.Equal(new Rank(3), view.Leader);
        Assert.Equal((view.Epoch, new Rank(3)), (view.Elections[^1].Epoch, view.Elections[^1].Winner));
    }

    [Fact]
    public async Task A_killed_leader_is_followed_by_the_next_and_takes_the_lead_back_when_it_rejoins()
    {
        await using var market = await PayAsync();
        var before = market.Engine.ViewCluster();
        market.Kill(3);
        var after = await market.UntilLedByAsync(2, before.Epoch);
        // Orleans may notice it before the heartbeats do.
        Assert.Contains(after.Elections[^1].Reason, new[] { "leader-failed", "leader-left" });
        await market.Payers.UntilPaidAsync(50);
        await market.UntilGoneAsync(3);
        await market.RejoinAsync(3);
        var back = await market.UntilLedByAsync(3, after.Epoch);
        Assert.Equal("handover", back.Elections[^1].Reason);
        await market.Payers.UntilPaidAsync(50);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_leader_that_is_stopped_in_order_hands_the_lead_on()
    {
        await using var market = await PayAsync();
        var before = market.Engine.ViewCluster();
        await market.StopAsync(3);
        var after = await market.UntilLedByAsync(2, before.Epoch);
        Assert.Equal("leader-resigned", after.Elections[^1].Reason);
        await market.Payers.UntilPaidAsync(50);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task A_forced_election_hands_the_lead_over_without_a_payment_lost()
    {
        await using var market = await PayAsync();
        var before = market.Engine.ViewCluster();
        Assert.Null(await market.Engine.ElectAsync());
        var after = await market.UntilLedByAsync(3, before.Epoch);
        Assert.Equal("forced", after.Elections[^1].Reason);
        await market.Payers.UntilPaidAsync(50);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task An_election_may_be_asked_for_while_one_is_under_way()
    {
        await using var market = await OrleansMarket.StartAsync();
        var before = market.Engine.ViewCluster();
        Assert.Null(await market.Engine.ElectAsync());
        // Soon nobody leads, and it is asked for again all the same.
        while (market.NodeOf(1).Follows?.Epoch == before.Epoch) Assert.Null(await market.Engine.ElectAsync());
        Assert.Null(await market.Engine.ElectAsync());
        await market.UntilLedByAsync(3, before.Epoch);
    }

    [Fact]
    public async Task Whichever_silo_is_lost_under_load_the_market_goes_on_and_every_acknowledged_payment_is_there_once()
    {
        await using var market = await PayAsync();
        foreach (var rank in new[] { 1, 3, 2 })
        {
            market.Kill(rank);
            await market.Payers.UntilPaidAsync(50);
            await market.UntilGoneAsync(rank);
            await market.RejoinAsync(rank);
            await market.UntilReadyAsync($"{rank} is back", view => view.Nodes.Count(node => node.State == "alive") == 3 && view.Leader == new Rank(3));
            await market.Payers.UntilPaidAsync(50);
        }
        await market.AssertSoundAsync();
    }

    private static async Task<OrleansMarket> PayAsync()
    {
        var market = await OrleansMarket.StartAsync();
        market.Payers.Start();
        await market.Payers.UntilPaidAsync(50);
        return market;
    }
}
