using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Serialization;
using Orleans.Storage;
using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Journal.Postgres;
using Rialto.Markets.Ledgers;
using Rialto.Runtime;
using Rialto.Silo.InProcess;
using Rialto.Silo.Storage;
using Rialto.Tests.Support;

namespace Rialto.Benchmarks;

/// <summary>
/// Acknowledged commands on Orleans, beside what Orleans' own ways of keeping state give on the same PostgreSQL, one right after the other: a
/// grain that writes its state for each command, and a reentrant one that puts its writes together. Those keep the latest state only: no
/// events, no order between grains, no command ids. Transfers in 1,000 ledgers and in one, by closed-loop callers; and transfers between two
/// accounts, beside Orleans' transactions. <c>Rialto is</c> says how many times the row's throughput Rialto's is.
/// </summary>
internal static class OrleansBenchmark
{
    private const int Callers = 256;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    // Code that has just been compiled is slow, and who is measured first would pay for it.
    private static readonly TimeSpan Heating = TimeSpan.FromSeconds(8);

    public static async Task RunAsync(TimeSpan time)
    {
        using var peers = await StartPeersAsync();
        var grains = peers.Services.GetRequiredService<IGrainFactory>();
        var table = new Table("on Orleans, PostgreSQL", "commands/s", "p50 ms", "p99 ms", "Rialto is");
        foreach (var entities in new[] { 1_000, 1 })
        {
            await using var journal = await PostgresJournal.OpenAsync(LocalPostgres.Shared.CreateDatabase());
            await using var cluster = await StartRialtoAsync(journal, nodes: 1);
            var ledgers = await OpenLedgersAsync(cluster, entities);
            await MeasureAsync(cluster, ledgers, Callers, Heating);
            await MeasureAsync(entities, Callers, Heating, key => grains.GetGrain<IWriteEachGrain>(key));
            await MeasureAsync(entities, Callers, Heating, key => grains.GetGrain<IWriteTogetherGrain>(key));
            foreach (var callers in new[] { 64, Callers, 1_024 })
            {
                var ours = await MeasureAsync(cluster, ledgers, callers, time);
                Row(table, $"Rialto, {Of(entities)}, {callers} callers", ours);
                Row(table, $"WriteStateAsync for each command, {Of(entities)}, {callers} callers", await MeasureAsync(entities, callers, time, key => grains.GetGrain<IWriteEachGrain>(key)), ours);
                Row(table, $"reentrant, writes put together (state only), {Of(entities)}, {callers} callers", await MeasureAsync(entities, callers, time, key => grains.GetGrain<IWriteTogetherGrain>(key)), ours);
            }
        }
        await using (var journal = await PostgresJournal.OpenAsync(LocalPostgres.Shared.CreateDatabase()))
        {
            await using var cluster = await StartRialtoAsync(journal, nodes: 3);
            var ledgers = await OpenLedgersAsync(cluster, 1_000);
            foreach (var callers in new[] { 64, Callers, 1_024 }) Row(table, $"Rialto, {Of(1_000)}, 3 silos, {callers} callers", await MeasureAsync(cluster, ledgers, callers, time));
        }
        await MeasureTransfersAsync(peers.Services, time);
        await peers.StopAsync();
    }

    private static Task<OrleansCluster> StartRialtoAsync(IJournal journal, int nodes) =>
        OrleansCluster.StartAsync(new OrleansSettings { Nodes = nodes }, journal, new MemoryCheckpoints(), TimeProvider.System);

    private static async Task<StreamId[]> OpenLedgersAsync(IEngine engine, int count)
    {
        StreamId[] ledgers = [.. Enumerable.Range(0, count).Select(i => StreamId.Of("ledger", $"A{i}"))];
        await Task.WhenAll(ledgers.Select(async ledger =>
        {
            await DoAsync(engine, ledger, new CreateLedger(2));
            await DoAsync(engine, ledger, new OpenAccount("ann", 1_000_000_000_00));
            await DoAsync(engine, ledger, new OpenAccount("bob"));
        }));
        return ledgers;
    }

    private static Task<Measurement> MeasureAsync(IEngine engine, StreamId[] ledgers, int callers, TimeSpan time)
    {
        var pay = new Transfer(new TransferOrder("ann", "bob", 1));
        return Measurement.RunAsync(callers, WarmUp, time, (caller, sent) => DoAsync(engine, ledgers[(caller + sent * callers) % ledgers.Length], pay));
    }

    private static async Task<Measurement> MeasureAsync(int entities, int callers, TimeSpan time, Func<long, IPeerGrain> grainOf)
    {
        IPeerGrain[] grains = [.. Enumerable.Range(0, entities).Select(key => grainOf(key))];
        await Task.WhenAll(grains.Select(grain => grain.PayAsync(0)));
        return await Measurement.RunAsync(callers, WarmUp, time, (caller, sent) => grains[(caller + sent * callers) % entities].PayAsync(1));
    }

    /// <summary>
    /// One of a thousand accounts pays another: at random, or so that four of five transfers touch one account. Rialto keeps them in one
    /// ledger, which is one stream. Orleans' transactions keep each in a grain of its own; a transfer that was aborted is tried again until it
    /// is carried out, and counts once.
    /// </summary>
    private static async Task MeasureTransfersAsync(IServiceProvider peers, TimeSpan time)
    {
        var table = new Table("transfers between two of 1,000 accounts, PostgreSQL", "transfers/s", "p50 ms", "p99 ms", "aborted", "Rialto is");
        await using var journal = await PostgresJournal.OpenAsync(LocalPostgres.Shared.CreateDatabase());
        await using var cluster = await StartRialtoAsync(journal, nodes: 1);
        var ledger = StreamId.Of("ledger", "BANK");
        await DoAsync(cluster, ledger, new CreateLedger(2));
        await Task.WhenAll(TransferChoice.Accounts.Select(account => DoAsync(cluster, ledger, new OpenAccount(account, 1_000_000_000_00))));
        foreach (var isSkewed in new[] { false, true })
        {
            var which = $"{(isSkewed ? "4 of 5 touch one account" : "any two accounts")}, {Callers} callers";
            var choices = TransferChoice.ForCallers(Callers, isSkewed);
            var ours = await Measurement.RunAsync(Callers, Heating, time, (caller, _) =>
            {
                var (from, to) = choices[caller].Next();
                return DoAsync(cluster, ledger, new Transfer(new TransferOrder(TransferChoice.Accounts[from], TransferChoice.Accounts[to], 1)));
            });
            table.Row($"Rialto, {which}", Table.Count(ours.PerSecond), Table.Ms(ours.P50Ms), Table.Ms(ours.P99Ms), "0 %", "");
            var accounts = await TransactionPeers.OpenAsync(peers);
            choices = TransferChoice.ForCallers(Callers, isSkewed);
            var theirs = await Measurement.RunAsync(Callers, Heating, time, (caller, _) =>
            {
                var (from, to) = choices[caller].Next();
                return accounts.TransferAsync(from, to, 1);
            });
            table.Row(
                $"Orleans transactions, {which}", Table.Count(theirs.PerSecond), Table.Ms(theirs.P50Ms), Table.Ms(theirs.P99Ms),
                FormattableString.Invariant($"{100 * accounts.AbortedShare:0.0} %"), Table.Ratio(ours.PerSecond / theirs.PerSecond));
        }
    }

    private static async Task DoAsync(IEngine engine, StreamId ledger, LedgerCommand command)
    {
        var request = new CommandRequest(ledger, command, "ann", Measurement.NextId());
        while (true)
        {
            if ((await engine.ExecuteAsync(request)).Refusal is not { } refusal) return;
            // On a machine that stands still for seconds an answer may be late: whoever asked asks again, with the same id, and waits on.
            if (refusal.Kind != Markets.RefusalKind.Unavailable) throw new InvalidOperationException($"{refusal.Code}: {refusal.Detail}");
        }
    }

    /// <summary>A silo whose grains keep their state as Orleans does it.</summary>
    private static async Task<IHost> StartPeersAsync()
    {
        var orleans = await OrleansSchema.ApplyAsync(LocalPostgres.Shared.CreateDatabase());
        var port = FreePort();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("peers", "peers"));
            silo.ConfigureEndpoints(IPAddress.Loopback, port, gatewayPort: 0);
            silo.UseDevelopmentClustering(new IPEndPoint(IPAddress.Loopback, port));
            TransactionPeers.Use(silo);
            silo.AddAdoNetGrainStorage("peer", options => options.Configure<Serializer>((storage, serializer) =>
            {
                (storage.Invariant, storage.ConnectionString) = ("Npgsql", orleans);
                storage.GrainStorageSerializer = new OrleansGrainStorageSerializer(serializer);
            }));
        });
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static string Of(int entities) => entities == 1 ? "one hot entity" : $"{entities} entities";

    private static void Row(Table table, string what, Measurement measured, Measurement? ours = null) =>
        table.Row(what, Table.Count(measured.PerSecond), Table.Ms(measured.P50Ms), Table.Ms(measured.P99Ms), ours is null ? "" : Table.Ratio(ours.PerSecond / measured.PerSecond));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>An account as Orleans' own ways would keep it.</summary>
[Alias("rialto.benchmarks.peer")]
public interface IPeerGrain : IGrainWithIntegerKey
{
    /// <summary>Pays, and answers when the state is written.</summary>
    [Alias("pay")]
    Task PayAsync(long amount);
}

/// <summary>One write for each command.</summary>
[Alias("rialto.benchmarks.write-each")]
public interface IWriteEachGrain : IPeerGrain;

/// <summary>Commands that come during a write share the next.</summary>
[Alias("rialto.benchmarks.write-together")]
public interface IWriteTogetherGrain : IPeerGrain;

/// <summary>What such an account keeps.</summary>
[GenerateSerializer, Alias("rialto.benchmarks.peer-state")]
public sealed class PeerState
{
    /// <summary>What was paid.</summary>
    [Id(0)]
    public long Paid { get; set; }
}

/// <summary>See <see cref="IWriteEachGrain"/>.</summary>
public sealed class WriteEachGrain([PersistentState("each", "peer")] IPersistentState<PeerState> state) : Grain, IWriteEachGrain
{
    /// <inheritdoc/>
    public Task PayAsync(long amount)
    {
        state.State.Paid += amount;
        return state.WriteStateAsync();
    }
}

/// <summary>See <see cref="IWriteTogetherGrain"/>.</summary>
[Reentrant]
public sealed class WriteTogetherGrain([PersistentState("together", "peer")] IPersistentState<PeerState> state) : Grain, IWriteTogetherGrain
{
    private Task? _writing;
    private long _changes;
    private long _written;

    /// <inheritdoc/>
    public async Task PayAsync(long amount)
    {
        state.State.Paid += amount;
        var mine = ++_changes;
        while (_written < mine)
        {
            // A write that is under way may have begun before this change; the one after it has it for certain.
            if (_writing is { } underWay)
            {
                await underWay;
                continue;
            }
            var upTo = _changes;
            _writing = state.WriteStateAsync();
            try
            {
                await _writing;
                _written = upTo;
            }
            finally
            {
                _writing = null;
            }
        }
    }
}
