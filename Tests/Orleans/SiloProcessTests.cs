using Rialto.Journal;
using Rialto.Tests.Support;
using Xunit.Abstractions;

namespace Rialto.Tests.OnOrleans;

/// <summary>Silos that are processes are killed, terminated and frozen under load; nothing that was acknowledged is lost or doubled.</summary>
public class SiloProcessTests(ITestOutputHelper output)
{
    [PostgresFact]
    public async Task A_killed_leader_is_followed_by_the_next_and_takes_the_lead_back_when_it_is_started_again()
    {
        await using var cluster = await SiloProcesses.StartAsync();
        await using var payers = await PayAsync(cluster);
        var before = cluster.Engine.ViewCluster();
        cluster.Kill(3);
        await payers.UntilPaidAsync(200);
        Tell("leader killed", payers);
        var after = await cluster.UntilAsync("2 leads", view => view.Leader == new Rank(2) && view.Epoch > before.Epoch);
        cluster.Restart(3);
        await cluster.UntilAsync("3 leads again", view => view.Leader == new Rank(3) && view.Epoch > after.Epoch);
        await payers.UntilPaidAsync(100);
        Tell("leader back", payers);
        await payers.AssertSoundAsync();
    }

    [PostgresFact]
    public async Task Killed_followers_do_not_stop_the_sequence()
    {
        await using var cluster = await SiloProcesses.StartAsync();
        await using var payers = await PayAsync(cluster);
        foreach (var follower in new[] { 1, 2 })
        {
            var before = cluster.Engine.ViewCluster();
            cluster.Kill(follower);
            await payers.UntilPaidAsync(200);
            Tell($"follower {follower} killed", payers);
            var after = cluster.Engine.ViewCluster();
            Assert.Equal((before.Leader, before.Epoch), (after.Leader, after.Epoch));
            cluster.Restart(follower);
            // On a busy machine another one may get no turn for so long that it is put out; its supervisor starts it again.
            await cluster.UntilAsync($"{follower} is back", view => cluster.RestartEnded() == 0 && view.Nodes.Count(node => node.State == "alive") == 3);
        }
        await payers.AssertSoundAsync();
    }

    [PostgresFact]
    public async Task A_leader_that_is_terminated_hands_the_lead_on_and_ends_with_zero()
    {
        await using var cluster = await SiloProcesses.StartAsync();
        await using var payers = await PayAsync(cluster);
        var before = cluster.Engine.ViewCluster();
        Assert.Equal(0, await cluster.TerminateAsync(3));
        Tell("leader terminated", payers);
        var after = await cluster.UntilAsync("2 leads", view => view.Leader == new Rank(2) && view.Epoch > before.Epoch);
        Assert.Equal("leader-resigned", after.Elections[^1].Reason);
        await payers.UntilPaidAsync(100);
        await payers.AssertSoundAsync();
    }

    [PostgresFact]
    public async Task A_leader_that_was_frozen_writes_nothing_when_it_wakes_and_ends_because_it_was_put_out()
    {
        await using var cluster = await SiloProcesses.StartAsync();
        await using var payers = await PayAsync(cluster);
        var before = cluster.Engine.ViewCluster();
        cluster.Freeze(3);
        var after = await cluster.UntilAsync("2 leads", view => view.Leader == new Rank(2) && view.Epoch > before.Epoch);
        await payers.UntilPaidAsync(200);
        Tell("leader frozen", payers);
        var woken = (await cluster.Engine.Journal.ReadEndAsync()).Seq;
        cluster.Thaw(3);
        await payers.UntilPaidAsync(200);
        Assert.NotEqual(0, await cluster.EndOfAsync(3));
        Assert.DoesNotContain(await cluster.Engine.Journal.ReadAsync(woken, int.MaxValue), record => record.Epoch == before.Epoch);
        Assert.Equal((new Rank(2), after.Epoch), (cluster.Engine.ViewCluster().Leader, cluster.Engine.ViewCluster().Epoch));
        Tell("leader woken", payers);
        await payers.AssertSoundAsync();
    }

    [StoppablePostgresFact]
    public async Task While_PostgreSQL_is_down_nothing_is_acknowledged_and_when_it_is_back_the_market_goes_on()
    {
        using var postgres = LocalPostgres.Start();
        await using var cluster = await SiloProcesses.StartAsync(3, postgres);
        await using var payers = await PayAsync(cluster);
        postgres.Stop();
        var stopped = payers.Acknowledged;
        await payers.UntilTurnedAwayAsync();
        // What was committed just before may still be told.
        Assert.InRange(payers.Acknowledged - stopped, 0, 6);
        postgres.Restart();
        await payers.UntilPaidAsync(200);
        Tell("PostgreSQL back", payers);
        await payers.AssertSoundAsync();
    }

    private static async Task<Payers> PayAsync(SiloProcesses cluster)
    {
        var payers = new Payers(cluster.Engine);
        await payers.OpenAsync();
        payers.Start();
        await payers.UntilPaidAsync(200);
        payers.TakeWaits();
        return payers;
    }

    private void Tell(string what, Payers payers)
    {
        var (gap, slowest) = payers.TakeWaits();
        output.WriteLine($"{what}: {gap} ms without an acknowledgement, the slowest payer waited {slowest} ms, {payers.Acknowledged} payments so far");
    }
}
