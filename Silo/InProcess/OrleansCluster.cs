using System.Runtime.CompilerServices;
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
/// newcomer starts, and what tests run; a cluster that is to outlive its machine has a process for each silo.
/// </summary>
public sealed class OrleansCluster : IEngine, IAsyncDisposable
{
    /// <summary>How long a node that a fault has stopped waits before it begins anew, in milliseconds.</summary>
    private const int AfterFaultMs = 1_000;

    private readonly OrleansSettings _settings;
    private readonly ICheckpoints _checkpoints;
    private readonly TimeProvider _time;
    private readonly SiloNodeSettings _nodeSettings;
    private readonly string _name = $"rialto-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
    private readonly SharedMembership _membership = new();
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
            OnFault = (rank, _) => BeginAnewAsync(rank).Ignore(),
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
            if (_front is { IsWell: true } front) return front;
            lock (_silos) return _front = Leader ?? _silos.Values.FirstOrDefault(silo => silo.IsWell) ?? _silos.Values.First();
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
            await cluster.LiveTogetherAsync(cancellation);
            while (cluster.NotReadyBecause is not null) await Task.Delay(TimeSpan.FromMilliseconds(10), time, cancellation);
            // Who was asked meanwhile need not be who leads.
            cluster._front = null;
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]   // One of these is alive for every waiting caller.
    public async ValueTask<CommandReply> ExecuteAsync(CommandRequest request)
    {
        for (var before = Refusals.Stopping; ;)
        {
            if (_stopping) return new CommandReply(default, null, Refusals.AfterTry(before, Refusals.Stopping), false);
            var front = Front;
            var reply = await front.Engine.ExecuteAsync(request);
            if (reply.Refusal is not { } refusal) return reply;
            // A node that knows nothing of a try at another one speaks for itself alone.
            before = Refusals.AfterTry(before, refusal);
            if (refusal.Kind != RefusalKind.Unavailable || Front == front) return reply with { Refusal = before };
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

    /// <summary>As its leader sees it, who hears from all; without one, as whoever answers outside does.</summary>
    public ClusterView ViewCluster() => (Leader ?? Front).Engine.ViewCluster() with { AreChangeable = true };

    private LocalSilo? Leader
    {
        get
        {
            lock (_silos) return _silos.Values.LastOrDefault(silo => silo.IsWell && silo.Node.Follows?.Leader == silo.Node.Rank);
        }
    }

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
            if (new NodeCondition(rank, silo.IsCrashed, silo.IsPaused, silo.IsIsolated, IsLastWell(silo)).WhyNot(change) is { } refusal) return refusal;
            switch (change)
            {
                case NodeChange.Crash: silo.Crash(); break;
                case NodeChange.Pause: silo.Pause(); break;
                case NodeChange.Isolate: silo.Isolate(); break;
                case NodeChange.Restart: await ReviveAsync(silo); break;
                case NodeChange.Resume when await silo.ResumeAsync(): await ReviveAsync(silo); break;
                case NodeChange.Heal when silo.Heal(): await ReviveAsync(silo); break;
            }
            return null;
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
        // From below: the leader, which mostly is the highest, then has nobody left to hand the lead on to.
        foreach (var silo in silos) await silo.StopAsync();
    }

    /// <summary>
    /// Starts all silos. When all of them are active the highest takes part first: there is nobody above whom it would have to ask, and when
    /// the others come they hear who leads. So there is one election.
    /// </summary>
    private async Task LiveTogetherAsync(CancellationToken cancellation)
    {
        var highest = new Rank(_settings.Nodes);
        var left = _settings.Nodes;
        var active = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var led = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAll(Enumerable.Range(1, _settings.Nodes).Select(rank => StartAsync(new Rank(rank))));

        async Task StartAsync(Rank rank)
        {
            try
            {
                await LiveAsync(rank, _nodeSettings with { IsFirst = rank == highest, BeforeJoin = stopping => MayJoinAsync(rank).WaitAsync(stopping) }, failed.Token);
                if (rank != highest) return;
                while (Find(highest)!.Node.Follows?.Leader != highest) await Task.Delay(TimeSpan.FromMilliseconds(5), _time, failed.Token);
                led.SetResult();
            }
            catch
            {
                await failed.CancelAsync();
                throw;
            }
        }

        async Task MayJoinAsync(Rank rank)
        {
            if (Interlocked.Decrement(ref left) == 0) active.SetResult();
            await active.Task.WaitAsync(failed.Token);
            if (rank != highest) await led.Task.WaitAsync(failed.Token);
        }
    }

    /// <summary>A fault has stopped a node: the others take over, and it begins anew after a while.</summary>
    private async Task BeginAnewAsync(Rank rank)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(AfterFaultMs), _time);
        if (!_stopping) await ChangeNodeAsync(rank, NodeChange.Restart);
    }

    private async Task ReviveAsync(LocalSilo silo)
    {
        await silo.ClearAwayAsync();
        await LiveAsync(silo.Node.Rank, _nodeSettings, CancellationToken.None);
    }

    private async Task LiveAsync(Rank rank, SiloNodeSettings settings, CancellationToken cancellation)
    {
        var silo = await LocalSilo.StartAsync(rank, _name, _membership, settings, Journal, services => services.AddSingleton(_checkpoints).AddSingleton(_time), cancellation);
        lock (_silos) _silos[rank] = silo;
    }

    private Task EvictAsync(Rank rank) => Find(rank)?.PutOutAsync() ?? Task.CompletedTask;

    private LocalSilo? Find(Rank rank)
    {
        lock (_silos) return _silos.GetValueOrDefault(rank);
    }

    private bool IsLastWell(LocalSilo silo)
    {
        lock (_silos) return !_silos.Values.Any(other => other != silo && other.IsWell);
    }
}
