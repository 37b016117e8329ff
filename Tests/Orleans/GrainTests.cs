using System.Collections.Immutable;
using System.Reflection;
using Rialto.GrainInterfaces;
using Rialto.Grains.Entities;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Rialto.Protocols;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.OnOrleans;

/// <summary>What Orleans does not promise (one activation, one coordinator), and what holds all the same.</summary>
public class GrainTests
{
    private static readonly StreamId Ledger = Payers.Ledger(0);

    [Fact]
    public void Every_market_has_its_grain()
    {
        var grains = typeof(EntityGrain).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(EntityGrain)))
            .Select(type => type.GetCustomAttribute<GrainTypeAttribute>()!.GetGrainType(null!, null!).ToString());
        Assert.Equal(MarketCatalog.Kinds.Select(kind => kind.Category).Order(), grains.Order());
    }

    [Fact]
    public async Task Two_activations_of_one_entity_both_go_on_and_the_version_check_keeps_every_event_once()
    {
        await using var market = await OrleansMarket.StartAsync();
        var nodes = new[] { market.Cluster.NodeOf(new Rank(1)), market.Cluster.NodeOf(new Rank(3)) };
        var paid = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => Task.Run(async () =>
            await nodes[n % 2].Host.Entities.ExecuteAsync(new CommandRequest(Ledger, new Transfer(new TransferOrder("ann", "bob", 1)), "ann", CommandId.From($"twice {n}"))))));
        Assert.All(paid, reply => Assert.Null(reply.Refusal));
        Assert.Equal(200, paid.Select(reply => reply.Receipt.Version).Distinct().Count());
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task The_coordinator_lives_where_the_leader_is_and_only_there()
    {
        await using var market = await OrleansMarket.StartAsync();
        var epoch = market.Cluster.ViewCluster().Epoch;
        foreach (var rank in new[] { 1, 2, 3 })
        {
            await market.UntilAsync($"{rank} follows", _ => market.Cluster.NodeOf(new Rank(rank)).Follows == (new Rank(3), epoch));
            var report = await market.Cluster.GrainsOf(new Rank(rank)).GetGrain<ICoordinatorGrain>(epoch.Value).ViewAsync();
            Assert.Equal((3, epoch.Value), (report!.Leader, report.Epoch));
        }
    }

    [Fact]
    public async Task A_coordinator_of_an_epoch_that_is_over_takes_nothing()
    {
        await using var market = await OrleansMarket.StartAsync();
        var before = market.Cluster.ViewCluster();
        var stale = market.Cluster.GrainsOf(new Rank(3)).GetGrain<ICoordinatorGrain>(before.Epoch.Value);
        Assert.NotNull(await stale.ViewAsync());
        Assert.Null(await market.Cluster.ElectAsync());
        await market.UntilAsync("there is a new epoch", view => view.Epoch > before.Epoch && market.Cluster.NotReadyBecause is null);
        var end = await market.Journal.ReadEndAsync();

        AppendAnswer? answer = null;
        try
        {
            answer = await stale.AppendAsync(new AppendBatch([Payment()]));
        }
        catch (SiloUnavailableException)
        {
            // Nobody knows where it would live, which is right, too.
        }
        Assert.True(answer is null || Assert.Single(answer.Outcomes).Status == AppendStatus.Fenced);
        Assert.Equal(end.Seq, (await market.Journal.ReadEndAsync()).Seq);

        AppendRequest Payment() => new()
        {
            Command = CommandId.From("stale"),
            Fingerprint = 1,
            Origin = new Rank(3),
            Streams = [new StreamAppend(Ledger, 3, [new NewEvent("ledger.account-opened", "{}"u8.ToArray())])],
            Causes = ImmutableArray<Seq>.Empty,
        };
    }

    [Fact]
    public async Task An_entity_that_moves_to_another_silo_remembers_its_commands()
    {
        await using var market = await OrleansMarket.StartAsync();
        var first = await market.Payers.DoAsync(0, new Transfer(new TransferOrder("ann", "bob", 1)), "once");
        await market.ChangeAsync(2, NodeChange.Crash);
        await market.UntilAsync("2 is shown as failed", view => view.Nodes[1].State == "failed");
        await market.ChangeAsync(3, NodeChange.Crash);
        await market.UntilAsync("1 leads", view => view.Leader == new Rank(1) && market.Cluster.NotReadyBecause is null);
        var again = await market.Payers.DoAsync(0, new Transfer(new TransferOrder("ann", "bob", 1)), "once");
        Assert.True(again.Replayed);
        Assert.Equal(first.Receipt, again.Receipt);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task The_replicas_of_all_silos_agree_whoever_is_asked_to_compare_them()
    {
        await using var market = await OrleansMarket.StartAsync();
        await market.Payers.DoAsync(0, new Transfer(new TransferOrder("ann", "bob", 1)), "once");
        var report = await market.Cluster.ReconcileAsync();
        Assert.Equal([new Rank(1), new Rank(2), new Rank(3)], report!.Agree);
        Assert.Empty(report.Rebuilt);
        var coordinator = market.Cluster.GrainsOf(new Rank(1)).GetGrain<ICoordinatorGrain>(market.Cluster.ViewCluster().Epoch.Value);
        Assert.Equal(report.Agree, (await coordinator.ReconcileAsync())!.Agree);
    }
}
