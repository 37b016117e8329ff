using System.Text.Json;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

/// <summary>The cluster's commands over HTTP. It has a server of its own: what is done here concerns all that live there.</summary>
public class ClusterTests
{
    /// <summary>What hosts the entities.</summary>
    protected virtual string Engine => "embedded";

    [Fact]
    public async Task The_leader_can_be_crashed_and_restarted_and_the_door_stays_open()
    {
        await using var server = await RialtoProcess.StartAsync("--sample", "false", "--engine", Engine);
        var bank = server.As("bank");
        (await bank.PostAsync("/api/ledgers", new { asset = "EUR", scale = 2 })).Ok(201);
        var before = (await bank.GetAsync("/api/cluster")).Ok();
        Assert.Equal(3, before.Number("leader"));
        Assert.Equal("start", before.Items("elections")[0].Word("reason"));

        (await server.As(null).PostAsync("/api/cluster/nodes/3/crash")).Refused(401, "actor-required");
        (await bank.PostAsync("/api/cluster/nodes/9/crash")).Refused(404, "node-not-found");
        (await bank.PostAsync("/api/cluster/nodes/3/restart")).Refused(409, "not-crashed");
        (await bank.PostAsync("/api/cluster/nodes/3/crash")).Ok();
        (await bank.PostAsync("/api/cluster/nodes/3/crash")).Refused(409, "already-crashed");
        (await bank.GetAsync("/api/ledgers")).Ok();
        (await bank.PostAsync("/api/ledgers/EUR/accounts", new { account = "ann", initial = 10 })).Ok(201);

        var without = await UntilAsync(bank, cluster => !cluster.Lacks("leader") && cluster.Number("leader") == 2 && cluster.Items("nodes")[2].Word("state") == "failed");
        Assert.True(without.Number("epoch") > before.Number("epoch"));
        (await bank.PostAsync("/api/cluster/nodes/3/restart")).Ok();
        await UntilAsync(bank, cluster => !cluster.Lacks("leader") && cluster.Number("leader") == 3);
        var compared = (await bank.PostAsync("/api/cluster/reconcile")).Ok();
        Assert.Equal([1, 2, 3], compared.GetProperty("agree").EnumerateArray().Select(rank => rank.GetInt32()));
        Assert.Empty(compared.Items("rebuilt"));
        (await bank.PostAsync("/api/cluster/elections")).Ok();
        await UntilAsync(bank, cluster => cluster.Items("elections")[^1].Word("reason") == "forced");
        (await bank.PostAsync("/api/ledgers/EUR/accounts", new { account = "bob", initial = 10 })).Ok(201);
        Assert.True((await bank.GetAsync("/api/journal/verify")).Ok().GetProperty("ok").GetBoolean());
    }

    [Theory]
    [InlineData("pause", "resume", "not-paused", "already-paused")]
    [InlineData("isolate", "heal", "not-isolated", "already-isolated")]
    public async Task A_leader_that_is_out_of_reach_is_replaced_and_comes_back(string harm, string mend, string notYet, string already)
    {
        await using var server = await RialtoProcess.StartAsync("--sample", "false", "--engine", Engine);
        var bank = server.As("bank");
        (await bank.PostAsync("/api/ledgers", new { asset = "EUR", scale = 2 })).Ok(201);
        (await bank.PostAsync($"/api/cluster/nodes/3/{mend}")).Refused(409, notYet);
        (await bank.PostAsync($"/api/cluster/nodes/3/{harm}")).Ok();
        (await bank.PostAsync($"/api/cluster/nodes/3/{harm}")).Refused(409, already);
        (await bank.PostAsync("/api/ledgers/EUR/accounts", new { account = "ann", initial = 10 })).Ok(201);
        await UntilAsync(bank, cluster => !cluster.Lacks("leader") && cluster.Number("leader") == 2);
        (await bank.PostAsync($"/api/cluster/nodes/3/{mend}")).Ok();
        await UntilAsync(bank, cluster => !cluster.Lacks("leader") && cluster.Number("leader") == 3);
        (await bank.PostAsync("/api/ledgers/EUR/accounts", new { account = "bob", initial = 10 })).Ok(201);
        Assert.Equal([1, 2, 3], (await bank.PostAsync("/api/cluster/reconcile")).Ok().GetProperty("agree").EnumerateArray().Select(rank => rank.GetInt32()));
        Assert.True((await bank.GetAsync("/api/journal/verify")).Ok().GetProperty("ok").GetBoolean());
    }

    private static async Task<JsonElement> UntilAsync(Client client, Func<JsonElement, bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var answer = await client.GetAsync("/api/cluster");
            if (condition(answer.Ok())) return answer.Json;
            Assert.False(limit.IsCancellationRequested, answer.Text);
            await timer.WaitForNextTickAsync();
        }
    }
}
