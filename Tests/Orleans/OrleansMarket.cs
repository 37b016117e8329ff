using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.TestingHost;
using Rialto.GrainInterfaces;
using Rialto.Grains;
using Rialto.Grains.Engine;
using Rialto.Grains.Nodes;
using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Markets;
using Rialto.Protocols;
using Rialto.Runtime;
using Rialto.Tests.Support;

namespace Rialto.Tests.OnOrleans;

/// <summary>
/// Orleans' own test cluster, whose silos are made nodes as in production, on one journal in memory; with a front door that is a client of
/// it, and payers at some ledgers. Any silo can be killed, and what nodes say to each other can be lost.
/// </summary>
internal sealed class OrleansMarket : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly InProcessTestCluster _cluster;
    private readonly SortedSet<Rank> _ranks = [];
    private readonly ConcurrentDictionary<Rank, Lazy<Task>> _evicted = new();
    private Func<SignalLetter, bool> _isLost = _ => false;
    private GatewayEngine? _engine;
    private Payers? _payers;

    private OrleansMarket(int nodes, NodeSettings protocol)
    {
        var checkpoints = new MemoryCheckpoints();
        var settings = new SiloNodeSettings
        {
            Protocol = protocol,
            Runtime = new RuntimeSettings { RetryAfterMs = 5 },
            Sealing = new SealingKey(RandomNumberGenerator.GetBytes(32)),
            Evict = (rank, _) => EvictAsync(rank),
        };
        var builder = new InProcessTestClusterBuilder((short)nodes);
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSiloHost((which, host) =>
        {
            var rank = TakeRank();
            which.SiloName = SiloNames.Of(rank);
            host.Services.AddSingleton<IJournal>(Journal).AddSingleton<ICheckpoints>(checkpoints).AddSingleton(TimeProvider.System);
            host.UseOrleans(silo => silo.AddRialto(rank, settings).AddIncomingGrainCallFilter(PassAsync));
        });
        builder.ConfigureClient(client => client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1)));
        _cluster = builder.Build();
        Settings = settings;
    }

    public FaultyJournal Journal { get; } = new(new MemoryJournal());

    public SiloNodeSettings Settings { get; }

    /// <summary>The market, as a client of the silos has it.</summary>
    public GatewayEngine Engine => _engine!;

    public Payers Payers => _payers!;

    public IGrainFactory Client => _cluster.Client;

    /// <summary>Starts, and returns when the highest leads.</summary>
    public static async Task<OrleansMarket> StartAsync(int nodes = 3)
    {
        var market = new OrleansMarket(nodes, NodeSettings.Fast with { HandoverDelayMs = 50 });
        try
        {
            await market._cluster.DeployAsync();
            market._engine = await GatewayEngine.StartAsync(market.Client, market.Journal, market.Settings, TimeProvider.System, CancellationToken.None);
            market._payers = new Payers(market.Engine);
            await market.UntilReadyAsync("all are alive and the highest leads", view => view.Leader == new Rank(nodes) && view.Nodes.Count(node => node.State == "alive") == nodes);
            await market.Payers.OpenAsync();
            return market;
        }
        catch
        {
            await market.DisposeAsync();
            throw;
        }
    }

    /// <summary>The node of a rank, to be looked at.</summary>
    public SiloNode NodeOf(int rank) => SiloOf(rank).ServiceProvider.GetRequiredService<SiloNode>();

    /// <summary>The way to grains from the silo of a rank.</summary>
    public IGrainFactory GrainsOf(int rank) => SiloOf(rank).ServiceProvider.GetRequiredService<IGrainFactory>();

    public InProcessSiloHandle SiloOf(int rank) => _cluster.Silos.Single(silo => silo.Name == SiloNames.Of(new Rank(rank)));

    /// <summary>Its process is gone: the node has lost its memory and says nothing more. The others find out, and have the silo put out.</summary>
    public void Kill(int rank) => NodeOf(rank).Crash();

    /// <summary>It ends in order.</summary>
    public Task StopAsync(int rank) => _cluster.StopSiloAsync(SiloOf(rank));

    /// <summary>A silo of a rank that was lost is started, and joins.</summary>
    public async Task RejoinAsync(int rank)
    {
        await EvictAsync(new Rank(rank));
        _evicted.TryRemove(new Rank(rank), out _);
        lock (_ranks) _ranks.Remove(new Rank(rank));
        var joined = await _cluster.StartAdditionalSiloAsync();
        Assert.Equal(SiloNames.Of(new Rank(rank)), joined.Name);
    }

    /// <summary>From now on signals between nodes are lost when this says so.</summary>
    public void Lose(Func<SignalLetter, bool> isLost) => Volatile.Write(ref _isLost, isLost);

    /// <summary>Waits until the cluster is seen like this.</summary>
    public Task<ClusterView> UntilAsync(string what, Func<ClusterView, bool> condition) => Engine.UntilAsync(what, condition, Limit);

    /// <summary>Waits until commands are taken and the cluster is seen like this.</summary>
    public Task<ClusterView> UntilReadyAsync(string what, Func<ClusterView, bool> condition) => Engine.UntilReadyAsync(what, condition, Limit);

    public Task<ClusterView> UntilLedByAsync(int rank, Epoch after) =>
        UntilReadyAsync($"node {rank} leads after epoch {after}", view => view.Leader == new Rank(rank) && view.Epoch > after);

    public Task UntilGoneAsync(int rank) => UntilAsync($"{rank} is gone", view => view.Nodes.All(node => node.Rank != new Rank(rank) || node.State is "failed" or "left"));

    /// <summary>Ends the load. What was acknowledged is in the journal, once, at its place; journal and markets are whole; every replica comes to the end.</summary>
    public async Task AssertSoundAsync()
    {
        await Payers.AssertSoundAsync();
        var end = (await Journal.ReadEndAsync()).Seq;
        foreach (var node in _cluster.Silos.Select(silo => silo.ServiceProvider.GetRequiredService<SiloNode>()).Where(node => !node.IsClosed))
            Assert.True(await node.Host.Replica.WaitForAsync(end, Limit, CancellationToken.None), $"The replica of {node.Rank} did not come to {end}.");
    }

    public async ValueTask DisposeAsync()
    {
        if (_payers is not null) await _payers.DisposeAsync();
        if (_engine is not null) await _engine.DisposeAsync();
        await _cluster.StopAllSilosAsync();
        await _cluster.DisposeAsync();
    }

    /// <summary>On a busy machine a silo may be slow and well: only one that was killed is put out.</summary>
    private Task EvictAsync(Rank rank) =>
        // One that is being put out has no services any more that could be asked.
        _evicted.TryGetValue(rank, out var underWay) ? underWay.Value
        : _cluster.Silos.FirstOrDefault(silo => silo.Name == SiloNames.Of(rank)) is { } silo && silo.ServiceProvider.GetRequiredService<SiloNode>().IsClosed
            ? _evicted.GetOrAdd(rank, _ => new Lazy<Task>(() => _cluster.KillSiloAsync(silo))).Value
            : Task.CompletedTask;

    private Rank TakeRank()
    {
        lock (_ranks)
        {
            var free = Enumerable.Range(1, int.MaxValue).Select(number => new Rank(number)).First(rank => !_ranks.Contains(rank));
            _ranks.Add(free);
            return free;
        }
    }

    /// <summary>Runs where a silo takes a call: a signal that is to be lost goes no further.</summary>
    private Task PassAsync(IIncomingGrainCallContext call) =>
        call.InterfaceMethod.DeclaringType == typeof(INodeService) && call.Request.GetArgument(0) is SignalLetter letter && Volatile.Read(ref _isLost)(letter) ? Task.CompletedTask : call.Invoke();
}

/// <summary>One cluster for all tests of a class that leave it as they found it.</summary>
public sealed class OrleansMarketFixture : IAsyncLifetime
{
    private OrleansMarket? _market;

    internal OrleansMarket Market => _market!;

    public async Task InitializeAsync() => _market = await OrleansMarket.StartAsync();

    public async Task DisposeAsync()
    {
        if (_market is not null) await _market.DisposeAsync();
    }
}
