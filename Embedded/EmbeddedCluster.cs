using System.Security.Cryptography;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Embedded;

/// <summary>How an embedded cluster is made up.</summary>
public sealed record EmbeddedSettings
{
    /// <summary>How many virtual nodes, ranked 1, 2, 3, …</summary>
    public int Nodes { get; init; } = 3;

    /// <summary>Limits and times.</summary>
    public RuntimeSettings Runtime { get; init; } = new();

    /// <summary>The secret behind sealed events; a random one if none is given.</summary>
    public SealingKey? Sealing { get; init; }
}

/// <summary>
/// A cluster of virtual nodes in one process: the engine that needs nothing installed. Every node has its own entities, outbox, replica
/// and clock; entities are spread over the nodes by rendezvous hashing; the node with the highest rank leads.
/// </summary>
public sealed class EmbeddedCluster : IEngine, IAsyncDisposable
{
    private readonly Dictionary<Rank, NodeHost> _nodes;
    private readonly Rank[] _ranks;
    private readonly TimeProvider _time;
    private readonly List<ElectionView> _elections = [];
    private NodeHost? _leader;
    private bool _stopping;

    private EmbeddedCluster(EmbeddedSettings settings, IJournal journal, ICheckpoints checkpoints, TimeProvider time)
    {
        if (settings.Nodes < 1) throw new ArgumentOutOfRangeException(nameof(settings), settings.Nodes, "A cluster has at least one node.");
        Journal = journal;
        _time = time;
        _ranks = [.. Enumerable.Range(1, settings.Nodes).Select(rank => new Rank(rank))];
        var links = new Links(this);
        var sealing = settings.Sealing ?? new SealingKey(RandomNumberGenerator.GetBytes(32));
        _nodes = _ranks.ToDictionary(rank => rank, rank => new NodeHost(rank, links, journal, checkpoints, time, settings.Runtime, sealing));
    }

    /// <inheritdoc/>
    public string Name => "embedded";

    /// <inheritdoc/>
    public IJournal Journal { get; }

    /// <inheritdoc/>
    public Replica Replica => _nodes[_ranks[0]].Replica;

    /// <inheritdoc/>
    public string? NotReadyBecause =>
        _stopping ? "This server is stopping."
        : _leader?.Sequencer is not { } sequencer ? "No node leads yet."
        : sequencer.IsFenced ? "Another process leads this journal now."
        : sequencer.Failure is { } trouble ? trouble.Message
        : _nodes.Values.Select(node => node.Replica.Failure).FirstOrDefault(failure => failure is not null) is { } failure ? failure.Message
        : null;

    /// <summary>Starts the nodes on a journal, has one claim the next epoch, and returns when commands can be taken.</summary>
    /// <param name="settings">How many nodes, and their limits.</param>
    /// <param name="journal">The journal; it stays its opener's to dispose.</param>
    /// <param name="checkpoints">Where checkpoints are kept.</param>
    /// <param name="time">The clock of all nodes.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="JournalException">The journal cannot be read, or another process claims it at the same moment.</exception>
    public static async Task<EmbeddedCluster> StartAsync(
        EmbeddedSettings settings, IJournal journal, ICheckpoints checkpoints, TimeProvider time, CancellationToken cancellation = default)
    {
        var cluster = new EmbeddedCluster(settings, journal, checkpoints, time);
        foreach (var rank in cluster._ranks) await cluster._nodes[rank].StartAsync(cancellation);
        await cluster.ElectAsync(cancellation);
        return cluster;
    }

    /// <inheritdoc/>
    public ValueTask<CommandReply> ExecuteAsync(CommandRequest request)
    {
        if (_stopping) return ValueTask.FromResult(new CommandReply(default, null, Refusals.Stopping, false));
        if (_leader?.Sequencer is { IsFenced: true }) return ValueTask.FromResult(new CommandReply(default, null, Refusals.Deposed, false));
        return OwnerOf(request.Entity).Entities.ExecuteAsync(request);
    }

    /// <inheritdoc/>
    public ValueTask<QueryReply> QueryAsync(StreamId entity, Query query, Seq? at = null) => OwnerOf(entity).Entities.QueryAsync(entity, query, at);

    /// <inheritdoc/>
    public ClusterView ViewCluster()
    {
        var committed = _leader?.Sequencer?.Committed ?? Seq.None;
        return new ClusterView(
            Name,
            _leader?.Rank,
            _leader?.Sequencer?.Epoch ?? Epoch.None,
            [.. _ranks.Select(rank => ViewNode(_nodes[rank], committed))],
            [.. _elections],
            Journal.RefusedWrites);
    }

    /// <summary>Takes no more commands, commits what was taken, and ends. The journal stays open.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping) return;
        _stopping = true;
        foreach (var rank in _ranks)
            if (_nodes[rank] != _leader) await _nodes[rank].StopAsync();
        if (_leader is not null) await _leader.StopAsync();
    }

    /// <summary>The highest rank leads: all virtual nodes live and die together, so there is nobody to ask.</summary>
    private async Task ElectAsync(CancellationToken cancellation)
    {
        var started = _time.GetTimestamp();
        var winner = _nodes[_ranks[^1]];
        var seen = await Journal.ReadEndAsync(cancellation);
        var claim = await Journal.ClaimEpochAsync(seen.Epoch, winner.Rank, _time.GetUtcNow().ToUnixTimeMilliseconds(), cancellation);
        if (!claim.Granted)
            throw new JournalInUseException($"Another process claimed epoch {claim.Current} of this journal just now. Only one may lead it: stop the other, or start this one again.");
        winner.Lead(claim.Current, await Journal.ReadEndAsync(cancellation));
        _leader = winner;
        _elections.Add(new ElectionView(claim.Current, winner.Rank, winner.Rank, "start", [], (long)_time.GetElapsedTime(started).TotalMilliseconds));
    }

    private NodeHost OwnerOf(StreamId entity) => _nodes[Rendezvous.Owner(entity, _ranks)];

    private static NodeView ViewNode(NodeHost node, Seq committed)
    {
        var applied = node.Replica.Applied;
        return new NodeView(node.Rank, "alive", node.Sequencer is { IsFenced: false }, 0, node.Clock, applied, Math.Max(0, committed.Value - applied.Value), node.Entities.Count);
    }

    /// <summary>Nodes of one process reach each other by a call.</summary>
    private sealed class Links(EmbeddedCluster cluster) : INodeLinks
    {
        public Task<AppendOutcome[]> SubmitAsync(IReadOnlyList<AppendRequest> requests) =>
            cluster._leader?.Sequencer?.SubmitAsync(requests)
            ?? Task.FromResult(requests.Select(_ => new AppendOutcome(AppendStatus.NotSent)).ToArray());

        public ValueTask<CommandReply> ExecuteAsync(CommandRequest request) => cluster.OwnerOf(request.Entity).Entities.ExecuteAsync(request);

        public ValueTask<QueryReply> QueryAsync(StreamId entity, Query query, Seq? at) => cluster.QueryAsync(entity, query, at);

        public void Multicast(CommittedBatch batch)
        {
            foreach (var node in cluster._nodes.Values) node.Replica.Deliver(batch);
        }
    }
}
