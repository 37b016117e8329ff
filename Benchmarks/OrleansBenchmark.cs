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
/// Acknowledged commands on Orleans, beside what Orleans' own ways of keeping state give on the same PostgreSQL: a grain that writes its state
/// for each command, and a reentrant one that puts its writes together. Those keep the latest state only: no events, no order between
/// grains, no command ids. Transfers in 1,000 ledgers and in one, by closed-loop callers.
/// </summary>
internal static class OrleansBenchmark
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(TimeSpan time)
    {
        var table = new Table("on Orleans, PostgreSQL", "commands/s", "p50 ms", "p99 ms");
        foreach (var (entities, nodes) in new[] { (1_000, 1), (1, 1), (1_000, 3) }) await MeasureRialtoAsync(table, entities, nodes, time);
        using var peers = await StartPeersAsync();
        var grains = peers.Services.GetRequiredService<IGrainFactory>();
        foreach (var entities in new[] { 1_000, 1 })
        {
            await MeasurePeerAsync(table, "WriteStateAsync for each command", entities, time, key => grains.GetGrain<IWriteEachGrain>(key));
            await MeasurePeerAsync(table, "reentrant, writes put together (state only)", entities, time, key => grains.GetGrain<IWriteTogetherGrain>(key));
        }
        await peers.StopAsync();
    }

    private static async Task MeasureRialtoAsync(Table table, int entities, int nodes, TimeSpan time)
    {
        await using var journal = await PostgresJournal.OpenAsync(LocalPostgres.Shared.CreateDatabase());
        await using var cluster = await OrleansCluster.StartAsync(new OrleansSettings { Nodes = nodes }, journal, new MemoryCheckpoints(), TimeProvider.System);
        StreamId[] ledgers = [.. Enumerable.Range(0, entities).Select(i => StreamId.Of("ledger", $"A{i}"))];
        await Task.WhenAll(ledgers.Select(async ledger =>
        {
            await DoAsync(cluster, ledger, new CreateLedger(2));
            await DoAsync(cluster, ledger, new OpenAccount("ann", 1_000_000_000_00));
            await DoAsync(cluster, ledger, new OpenAccount("bob"));
        }));
        var pay = new Transfer(new TransferOrder("ann", "bob", 1));
        foreach (var callers in new[] { 64, 256, 1_024 })
            Row(table, $"Rialto, {Of(entities)}, {nodes} silo{(nodes == 1 ? "" : "s")}, {callers} callers", await Measurement.RunAsync(callers, WarmUp, time, (caller, sent) => DoAsync(cluster, ledgers[(caller + sent * callers) % entities], pay)));
    }

    private static async Task MeasurePeerAsync(Table table, string what, int entities, TimeSpan time, Func<long, IPeerGrain> grainOf)
    {
        IPeerGrain[] grains = [.. Enumerable.Range(0, entities).Select(key => grainOf(key))];
        await Task.WhenAll(grains.Select(grain => grain.PayAsync(0)));
        foreach (var callers in new[] { 64, 256, 1_024 })
            Row(table, $"{what}, {Of(entities)}, {callers} callers", await Measurement.RunAsync(callers, WarmUp, time, (caller, sent) => grains[(caller + sent * callers) % entities].PayAsync(1)));
    }

    private static async Task DoAsync(IEngine engine, StreamId ledger, LedgerCommand command)
    {
        var reply = await engine.ExecuteAsync(new CommandRequest(ledger, command, "ann", new CommandId(Guid.NewGuid())));
        if (reply.Refusal is { } refusal) throw new InvalidOperationException($"{refusal.Code}: {refusal.Detail}");
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

    private static void Row(Table table, string what, Measurement measured) => table.Row(what, Table.Count(measured.PerSecond), Table.Ms(measured.P50Ms), Table.Ms(measured.P99Ms));

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
