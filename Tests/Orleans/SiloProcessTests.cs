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
