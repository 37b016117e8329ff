using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Rialto.Grains.Nodes;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Silo.InProcess;

/// <summary>How a cluster of silos in one process is made up.</summary>
public sealed record OrleansSettings
{
    /// <summary>How many silos, ranked 1, 2, 3, …</summary>
    public int Nodes { get; init; } = 3;

    /// <summary>Times of failure detection and election.</summary>
    public NodeSettings Protocol { get; init; } = new();

    /// <summary>Limits and times.</summary>
    public RuntimeSettings Runtime { get; init; } = new();
}

/// <summary>
/// Orleans in one process: so many silos, each with sockets of its own, on one journal that this process has to itself. It is what a
/// newcomer starts, and what tests run; a cluster that is to outlive its machine has a process for each silo. The silo of rank 1 keeps the
/// membership, and therefore cannot be crashed.
/// </summary>
public sealed class OrleansCluster : IEngine, IAsyncDisposable
{
    private readonly OrleansSettings _settings;
    private readonly ICheckpoints _checkpoints;
    private readonly TimeProvider _time;
    private readonly SiloNodeSettings _nodeSettings;
    private readonly string _name = $"rialto-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
    private readonly SortedDictionary<Rank, LocalSilo> _silos = [];
    private readonly SemaphoreSlim _changing = new(1);
    private volatile LocalSilo? _front;
    private volatile bool _stopping;

    private OrleansCluster(OrleansSettings settings, IJournal journal, ICheckpoints checkpoints, TimeProvider time)
    {
        if (settings.Nodes < 1) throw new ArgumentOutOfRangeException(nameof(settings), settings.Nodes, "A cluster has at least one node.");
        (_settings, Journal, _checkpoints, _time) = (settings, journal, checkpoints, time);
        _nodeSettings = new SiloNodeSettings
        {
            Protocol = settings.Protocol,
            Runtime = settings.Runtime,
            Sealing = new SealingKey(RandomNumberGenerator.GetBytes(32)),
            Evict = (rank, _) => EvictAsync(rank),
        };
    }

    /// <inheritdoc/>
    public string Name => "orleans";

    /// <inheritdoc/>
    public IJournal Journal { get; }

    /// <inheritdoc/>
    public Replica Replica => Front.Engine.Replica;

    /// <inheritdoc/>
    public string? NotReadyBecause => _stopping ? "This server is stopping." : Front.Engine.NotReadyBecause;

    /// <summary>The one that answers outside: the leader if it is well, else the lowest that is.</summary>
    private LocalSilo Front
    {
        get
        {
            if (_front is { IsOver: false } front) return front;
            lock (_silos)
                return _front = _silos.Values.FirstOrDefault(silo => !silo.IsOver && silo.Node.Follows?.Leader == silo.Node.Rank) ?? _silos.Values.FirstOrDefault(silo => !silo.IsOver) ?? _silos.Values.First();
        }
    }

    /// <summary>Starts the silos on a journal, has them elect, and returns when the highest leads and commands can be taken.</summary>
    /// <param name="settings">How many silos, and their limits.</param>
    /// <param name="journal">The journal; it stays its opener's to dispose.</param>
    /// <param name="checkpoints">Where checkpoints are kept.</param>
    /// <param name="time">The clock of all nodes.</param>
    /// <param name="cancellation">Gives up starting.</param>
    public static async Task<OrleansCluster> StartAsync(
        OrleansSettings settings, IJournal journal, ICheckpoints checkpoints, TimeProvider time, CancellationToken cancellation = default)
    {
        var cluster = new OrleansCluster(settings, journal, checkpoints, time);
        try
        {
            await cluster.LiveAsync(new Rank(1), cancellation);
            await Task.WhenAll(Enumerable.Range(2, settings.Nodes - 1).Select(rank => cluster.LiveAsync(new Rank(rank), cancellation)));
            while (cluster.NotReadyBecause is not null) await Task.Delay(TimeSpan.FromMilliseconds(10), time, cancellation);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<CommandReply> ExecuteAsync(CommandRequest request)
    {
        while (true)
        {
            if (_stopping) return new CommandReply(default, null, Refusals.Stopping, false);
            var front = Front;
            var reply = await front.Engine.ExecuteAsync(request);
            if (reply.Refusal is not { Kind: RefusalKind.Unavailable } || Front == front) return reply;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<QueryReply> QueryAsync(StreamId entity, Query query, Seq? at = null)
    {
        while (true)
        {
            var front = Front;
            var reply = await front.Engine.QueryAsync(entity, query, at);
            if (reply.Refusal is not { Kind: RefusalKind.Unavailable } || Front == front) return reply;
        }
    }

    /// <inheritdoc/>
    public ClusterView ViewCluster() => Front.Engine.ViewCluster();

    /// <inheritdoc/>
    public ValueTask<Refusal?> ElectAsync() => Front.Engine.ElectAsync();

    /// <inheritdoc/>
    public ValueTask<ReconcileReport?> ReconcileAsync() => Front.Engine.ReconcileAsync();

    /// <inheritdoc/>
    public async ValueTask<Refusal?> ChangeNodeAsync(Rank rank, NodeChange change)
    {
        await _changing.WaitAsync();
        try
        {
            if (Find(rank) is not { } silo) return Refusals.NoSuchNode(rank);
            switch (change)
            {
                case NodeChange.Crash when silo.IsOver: return No(rank, "already-crashed", "has crashed");
                case NodeChange.Crash when !Others(silo).Any(): return No(rank, "last-node", "is the last one that is well");
                case NodeChange.Crash when rank == new Rank(1): return No(rank, "keeps-membership", "keeps the membership of the silos of this process. Crash another, or run each silo as a process of its own");
                case NodeChange.Crash:
                    silo.Node.Crash();
                    return null;
                case NodeChange.Restart when !silo.IsOver: return No(rank, "not-crashed", "has not crashed");
                case NodeChange.Restart:
                    await silo.ClearAwayAsync();
                    await LiveAsync(rank, CancellationToken.None);
                    return null;
                default: return No(rank, "not-here", "is an Orleans silo, which cannot be frozen or cut off from inside. Run each silo as a process of its own, and stop that");
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Takes no more commands, commits what was taken, and ends. The journal stays open.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping) return;
        _stopping = true;
        LocalSilo[] silos;
        lock (_silos) silos = [.. _silos.Values];
        // The one that keeps the membership ends last.
        foreach (var silo in silos.Reverse()) await silo.StopAsync();
    }

    private async Task LiveAsync(Rank rank, CancellationToken cancellation)
    {
        var primary = rank == new Rank(1) ? 0 : Find(new Rank(1))!.Port;
        var silo = await LocalSilo.StartAsync(rank, _name, primary, _nodeSettings, services => services.AddSingleton(Journal).AddSingleton(_checkpoints).AddSingleton(_time), cancellation);
        lock (_silos) _silos[rank] = silo;
    }

    /// <summary>A silo that shares this process and lives is not put out, however slow it is: Orleans would end the process.</summary>
    private Task EvictAsync(Rank rank) => Find(rank) is { IsOver: true } silo ? silo.ClearAwayAsync() : Task.CompletedTask;

    private LocalSilo? Find(Rank rank)
    {
        lock (_silos) return _silos.GetValueOrDefault(rank);
    }

    private LocalSilo[] Others(LocalSilo silo)
    {
        lock (_silos) return [.. _silos.Values.Where(other => other != silo && !other.IsOver)];
    }

    private static Refusal No(Rank rank, string code, string why) => new(RefusalKind.Conflict, code, $"Node {rank} {why}.");
}
