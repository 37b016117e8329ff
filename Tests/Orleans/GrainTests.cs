using System.Collections.Immutable;
using System.Reflection;
using Rialto.GrainInterfaces;
using Rialto.Grains.Entities;
using Rialto.Grains.Nodes;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Ledgers;
using Rialto.Protocols;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.OnOrleans;

/// <summary>What Orleans does not promise (one activation, one coordinator, messages that arrive), and what holds all the same.</summary>
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
    public async Task An_activation_that_does_not_know_what_another_wrote_is_stopped_by_the_version_check_and_decides_anew()
    {
        await using var market = await OrleansMarket.StartAsync();
        var start = await LengthAsync(market);
        // Each of the two believes to be the only one; what the other wrote in between it was never told.
        for (var n = 1; n <= 6; n++)
        {
            var reply = await PayOnAsync(market, n % 2 == 0 ? 1 : 3, $"in turn {n}");
            Assert.Equal(start + n, reply.Receipt.Version);
        }
        Assert.Equal(start + 6, await LengthAsync(market));
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task Two_activations_of_one_entity_that_write_side_by_side_cost_no_event()
    {
        await using var market = await OrleansMarket.StartAsync();
        var start = await LengthAsync(market);
        var paid = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => Task.Run(() => PayOnAsync(market, n % 2 == 0 ? 1 : 3, $"twice {n}"))));
        Assert.Equal(Enumerable.Range(1, 200).Select(n => start + n), paid.Select(reply => reply.Receipt.Version).Order());
        Assert.Equal(start + 200, await LengthAsync(market));
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task The_coordinator_lives_where_the_leader_is_and_only_there()
    {
        await using var market = await OrleansMarket.StartAsync();
        var epoch = market.Engine.ViewCluster().Epoch;
        foreach (var rank in new[] { 1, 2, 3 })
        {
            await market.UntilAsync($"{rank} follows", _ => market.NodeOf(rank).Follows == (new Rank(3), epoch));
            var coordinator = market.GrainsOf(rank).GetGrain<ICoordinatorGrain>(epoch.Value);
            var report = await coordinator.ViewAsync();
            Assert.Equal((3, epoch.Value), (report!.Leader, report.Epoch));
            var address = await market.GrainsOf(rank).GetGrain<IManagementGrain>(0).GetActivationAddress(coordinator);
            Assert.Equal(market.SiloOf(3).SiloAddress, address);
        }
    }

    [Fact]
    public async Task A_coordinator_of_an_epoch_that_is_over_takes_nothing()
    {
        await using var market = await OrleansMarket.StartAsync();
        var before = market.Engine.ViewCluster();
        var stale = market.GrainsOf(3).GetGrain<ICoordinatorGrain>(before.Epoch.Value);
        Assert.NotNull(await stale.ViewAsync());
        Assert.Null(await market.Engine.ElectAsync());
        await market.UntilLedByAsync(3, before.Epoch);
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
        foreach (var rank in new[] { 1, 3 })
        {
            market.Kill(rank);
            await market.UntilGoneAsync(rank);
        }
        await market.UntilReadyAsync("2 leads", view => view.Leader == new Rank(2));
        var again = await market.Payers.DoAsync(0, new Transfer(new TransferOrder("ann", "bob", 1)), "once");
        Assert.True(again.Replayed);
        Assert.Equal(first.Receipt, again.Receipt);
        await market.AssertSoundAsync();
    }

    [Fact]
    public async Task Replicas_that_miss_parts_of_the_multicast_catch_up_and_agree()
    {
        await using var market = await OrleansMarket.StartAsync();
        var (heard, lost) = (0, 0);
        market.Lose(letter => SignalCodec.Decode(letter.Signal) is NodeSignal.Committed && Interlocked.Increment(ref heard) % 3 == 0 && Interlocked.Increment(ref lost) > 0);
        market.Payers.Start();
        await market.Payers.UntilPaidAsync(300);
        // The last part is lost, too: nothing comes after it by which the gap would show.
        market.Lose(letter => SignalCodec.Decode(letter.Signal) is NodeSignal.Committed && Interlocked.Increment(ref lost) > 0);
        await market.AssertSoundAsync();
        Assert.True(lost > 10, $"Only {lost} parts were lost.");
        market.Lose(_ => false);
        await AssertAgreeAsync(market);
    }

    [Fact]
    public async Task The_replicas_of_all_silos_agree_whoever_is_asked_to_compare_them()
    {
        await using var market = await OrleansMarket.StartAsync();
        await market.Payers.DoAsync(0, new Transfer(new TransferOrder("ann", "bob", 1)), "once");
        await AssertAgreeAsync(market);
        var coordinator = market.GrainsOf(1).GetGrain<ICoordinatorGrain>(market.Engine.ViewCluster().Epoch.Value);
        Assert.Equal([new Rank(1), new Rank(2), new Rank(3)], (await coordinator.ReconcileAsync())!.Agree);
    }

    private static async Task AssertAgreeAsync(OrleansMarket market)
    {
        var report = await market.Engine.ReconcileAsync();
        Assert.Equal([new Rank(1), new Rank(2), new Rank(3)], report!.Agree);
        Assert.Empty(report.Rebuilt);
    }

    private static async Task<CommandReply> PayOnAsync(OrleansMarket market, int rank, string id)
    {
        var request = new CommandRequest(Ledger, new Transfer(new TransferOrder("ann", "bob", 1)), "ann", CommandId.From(id));
        var reply = await market.NodeOf(rank).Host.Entities.ExecuteAsync(request);
        Assert.Null(reply.Refusal);
        return reply;
    }

    private static async Task<long> LengthAsync(OrleansMarket market) => (await market.Journal.ReadStreamAsync(Ledger, 0, int.MaxValue)).Count;
}
