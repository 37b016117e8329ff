using System.Collections.Concurrent;
using Rialto.Journal;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.OnOrleans;

/// <summary>A front door in a process of its own before silos that are processes: callers over HTTP outlive the loss of any silo.</summary>
public class FrontDoorProcessTests
{
    private const int Payers = 4;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [PostgresFact]
    public async Task Callers_of_a_front_door_outlive_the_loss_of_any_silo_and_nothing_acknowledged_is_lost_or_doubled()
    {
        await using var cluster = await SiloProcesses.StartAsync();
        await using var door = await StartDoorAsync(cluster);
        var bank = door.As("ann");
        (await bank.PostAsync("/api/ledgers", new { asset = "USD", scale = 2 })).Ok(201);
        foreach (var account in new[] { "ann", "bob" }) (await bank.PostAsync("/api/ledgers/USD/accounts", new { account, initial = 10_000 })).Ok(201);

        var acknowledged = new ConcurrentDictionary<string, long>();
        using var enough = new CancellationTokenSource();
        var paying = Enumerable.Range(0, Payers).Select(payer => Task.Run(() => PayAsync(bank, payer, acknowledged, enough.Token))).ToList();
        await UntilPaidAsync(acknowledged, 20);
        foreach (var rank in new[] { 3, 1, 2 })
        {
            cluster.Kill(rank);
            // The door itself answers, whoever leads or does not.
            Assert.Equal(200, (await door.As(null).GetAsync("/health/live")).Status);
            (await bank.GetAsync("/api/cluster")).Ok();
            (await bank.GetAsync("/api/ledgers")).Ok();
            await UntilPaidAsync(acknowledged, 20);
            cluster.Restart(rank);
            await cluster.UntilAsync($"{rank} is back and 3 leads", view => cluster.RestartEnded() == 0 && view.Leader == new Rank(3) && view.Nodes.Count(node => node.State == "alive") == 3);
        }
        await enough.CancelAsync();
        await Task.WhenAll(paying).WaitAsync(Limit);

        var journal = cluster.Engine.Journal;
        Assert.Empty((await JournalVerifier.VerifyAsync(journal)).Problems);
        Assert.Empty(await MarketAudit.RunAsync(journal, (await journal.ReadEndAsync()).Seq));
        var written = (await journal.ReadAsync(Seq.None, int.MaxValue)).Where(record => record.Type == "ledger.transfer-made").Select(record => record.Seq.Value).ToList();
        // Every acknowledged payment has a place of its own, and no payment is there that nobody made: a cent is a cent.
        Assert.Equal(acknowledged.Count, acknowledged.Values.Distinct().Count());
        Assert.Equal(written.Order(), acknowledged.Values.Order());
        Assert.Equal(10_000m - acknowledged.Count / 100m, (await bank.GetAsync("/api/ledgers/USD/accounts/ann")).Ok().Amount("balance"));
    }

    [PostgresFact]
    public async Task The_dashboard_of_a_silo_lists_the_grains_that_live_there()
    {
        await using var cluster = await SiloProcesses.StartAsync();
        await using var payers = new Payers(cluster.Engine);
        await payers.OpenAsync();
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = cluster.AddressOf(3), Timeout = TimeSpan.FromSeconds(30) };
        Assert.Equal("ready", await http.GetStringAsync("/health/ready"));
        Assert.Contains("<html", await http.GetStringAsync("/dashboard/"), StringComparison.OrdinalIgnoreCase);
        using var limit = new CancellationTokenSource(Limit);
        string counters;
        do
        {
            counters = await http.GetStringAsync("/dashboard/DashboardCounters", limit.Token);
        }
        while (!counters.Contains("LedgerGrain", StringComparison.Ordinal));
        Assert.Contains("CoordinatorGrain", counters);
    }

    private static Task<RialtoProcess> StartDoorAsync(SiloProcesses cluster) => RialtoProcess.StartAsync(
        "--sample", "false", "--engine", "orleans", "--journal", "postgres", "--postgres", cluster.ConnectionString, "--cluster", cluster.Name, "--gateway");

    /// <summary>Pays a cent after the other, and never gives up on one: whatever is not answered is sent again with its key.</summary>
    private static async Task PayAsync(Client bank, int payer, ConcurrentDictionary<string, long> acknowledged, CancellationToken enough)
    {
        for (var n = 0; !enough.IsCancellationRequested; n++)
        {
            var key = $"{payer}-{n}";
            Answer answer;
            do
            {
                answer = await bank.PostAsync("/api/ledgers/USD/transfers", new { debit = "ann", credit = "bob", amount = 0.01m }, key);
            }
            while (answer.Status == 503);
            answer.Ok(201);
            acknowledged[key] = answer.Seq;
        }
    }

    private static async Task UntilPaidAsync(ConcurrentDictionary<string, long> acknowledged, int more)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var limit = new CancellationTokenSource(Limit);
        for (var enough = acknowledged.Count + more; acknowledged.Count < enough;)
        {
            Assert.False(limit.IsCancellationRequested, $"After {Limit} {acknowledged.Count} payments were acknowledged; {enough} were wanted.");
            await timer.WaitForNextTickAsync();
        }
    }
}
