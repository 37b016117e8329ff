using System.Runtime.CompilerServices;
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

    /// <summary>Times of failure detection and election.</summary>
    public NodeSettings Protocol { get; init; } = new();

    /// <summary>Limits and times.</summary>
    public RuntimeSettings Runtime { get; init; } = new();

    /// <summary>The secret behind sealed events; a random one if none is given.</summary>
    public SealingKey? Sealing { get; init; }

    /// <summary>What carries messages between the nodes; null: they arrive at once.</summary>
    public IWire? Wire { get; init; }

    /// <summary>Each node's own clock; null: all have the cluster's.</summary>
    public Func<Rank, TimeProvider>? ClockOf { get; init; }

    /// <summary>The journal as a node reaches it, which one of them may not; null: all reach it alike.</summary>
    public Func<Rank, IJournal, IJournal>? JournalOf { get; init; }

    /// <summary>Told when something that nobody foresaw stops a node: a fault in Rialto. The node begins anew after a while.</summary>
    public Action<Rank, Exception>? OnFault { get; init; }
}

/// <summary>
/// A cluster of virtual nodes in one process: the engine that needs nothing installed. Every node has its own entities, outbox, replica
/// and clock, and elects and watches the others by messages; entities are spread over the nodes that live by rendezvous hashing. Nodes can
/// be crashed, frozen and cut off; whoever asks the cluster from outside is answered by one that is well.
/// </summary>
public sealed class EmbeddedCluster : IEngine, IAsyncDisposable
{
    /// <summary>How long to wait before an entity's owner is looked for again, in milliseconds.</summary>
    private const int LookAgainMs = 10;

    /// <summary>How long a node that is restarted waits for what it had sent before it crashed, in milliseconds.</summary>
    private const int LastWordsMs = 1_000;

    /// <summary>How long a node that a fault has stopped waits before it begins anew, in milliseconds: at first, and at most. The wait doubles with each fault.</summary>
    private const int AfterFaultMs = 1_000, AfterFaultMaxMs = 60_000;

    private readonly EmbeddedSettings _settings;
    private readonly SortedDictionary<Rank, VirtualNode> _nodes = [];
    private readonly ICheckpoints _checkpoints;
    private readonly SealingKey _sealing;
    private readonly SemaphoreSlim _changing = new(1);
    private readonly LeasedJournal _leased;
    private readonly TaskCompletionSource _led = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile VirtualNode? _front;
    private Replica? _lastReplica;
    private volatile bool _stopping;
    private volatile bool _isTaken;
    private volatile Exception? _lastFault;
    private int _faults;

    private EmbeddedCluster(EmbeddedSettings settings, IJournal journal, ICheckpoints checkpoints, TimeProvider time)
    {
        if (settings.Nodes < 1) throw new ArgumentOutOfRangeException(nameof(settings), settings.Nodes, "A cluster has at least one node.");
        Journal = journal;
        Time = time;
        _settings = settings;
        _checkpoints = checkpoints;
        _sealing = settings.Sealing ?? new SealingKey(RandomNumberGenerator.GetBytes(32));
        _leased = new LeasedJournal(journal, time);
        Network = new Network(_nodes, settings.Wire);
        foreach (var rank in Enumerable.Range(1, settings.Nodes).Select(number => new Rank(number)))
            _nodes.Add(rank, new VirtualNode(this, rank, settings.ClockOf?.Invoke(rank) ?? time));
    }

    /// <inheritdoc/>
    public string Name => "embedded";

    /// <inheritdoc/>
    public IJournal Journal { get; }

    /// <inheritdoc/>
    public Replica Replica => (_front ?? _nodes.Values.FirstOrDefault(node => node.Host is not null))?.Host is { } host ? _lastReplica = host.Replica : _lastReplica!;

    /// <inheritdoc/>
    public string? NotReadyBecause =>
        _stopping ? "This server is stopping."
        : _isTaken ? "Another process leads this journal now."
        : Turns.Failure is { } bug ? bug.Message
        : _front is not { } front ? _lastFault is { } fault ? $"No node answers now: {fault.Message}" : "No node answers now."
        : SequencerFor(front) is not { } lead ? "No node leads yet."
        : lead.Sequencer.Failure is { } trouble ? trouble.Message
        : _nodes.Values.Select(node => node.Host?.Replica.Failure).FirstOrDefault(failure => failure is not null) is { } failure ? failure.Message
        : null;

    internal TimeProvider Time { get; }

    internal IReadOnlyCollection<Rank> Members => _nodes.Keys;

    internal VirtualNode NodeOf(Rank rank) => _nodes[rank];

    internal Turns Turns { get; } = new();

    internal Network Network { get; }

    internal Leadership Leadership { get; } = new();

    internal ElectionHistory Elections { get; } = new();

    /// <summary>Whether another process has claimed the journal: then nothing is done here any more.</summary>
    internal bool IsTaken => _isTaken;

    /// <summary>Starts the nodes on a journal, has them elect, and returns when commands can be taken.</summary>
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
        var end = await journal.ReadEndAsync(cancellation);
        cluster.Leadership.BeginAfter(end.Epoch);
        foreach (var node in cluster._nodes.Values) await cluster.LiveAsync(node, cancellation);
        // The highest comes first: there is nobody above whom it would have to ask, and when the others come they hear who leads.
        // Whoever held the last epoch did so in another process's life, which is over.
        foreach (var node in cluster._nodes.Values.Reverse())
        {
            cluster.Turns.Post(() => node.Driver?.Start(cluster._nodes.Keys, cluster.HighestEpoch(end.Epoch), cluster.LeaderAt(end.Epoch)));
            await cluster._led.Task.WaitAsync(cancellation);
        }
        return cluster;
    }

    /// <inheritdoc/>
    public ValueTask<CommandReply> ExecuteAsync(CommandRequest request) =>
        _stopping ? ValueTask.FromResult(new CommandReply(default, null, Refusals.Stopping, false)) : RouteAsync(null, request);

    /// <inheritdoc/>
    public ValueTask<QueryReply> QueryAsync(StreamId entity, Query query, Seq? at = null) => RouteAsync(null, entity, query, at);

    /// <inheritdoc/>
    public ClusterView ViewCluster()
    {
        var by = _front ?? _nodes.Values.FirstOrDefault(node => node.HasJoined) ?? _nodes.Values.First();
        var seen = by.Outlook;
        var committed = _nodes.Values.Select(node => node.Sequencer?.Committed ?? node.Host?.Replica.Applied ?? Seq.None).Max();
        return new ClusterView(
            Name, seen.Leader, seen.Epoch, [.. _nodes.Values.Select(node => View(node, by, seen, committed))], Elections.All, Journal.RefusedWrites, AreChangeable: true);
    }

    /// <inheritdoc/>
    public ValueTask<Refusal?> ElectAsync()
    {
        if (_front is not { Driver: { } driver }) return ValueTask.FromResult<Refusal?>(Refusals.NoLeader);
        driver.Feed(new NodeInput.ForceElection());
        return ValueTask.FromResult<Refusal?>(null);
    }

    /// <inheritdoc/>
    public async ValueTask<ReconcileReport?> ReconcileAsync() =>
        _front is { } front && SequencerFor(front) is { Leader.Host: { } host } ? await host.ReconcileAsync() : null;

    /// <inheritdoc/>
    public async ValueTask<Refusal?> ChangeNodeAsync(Rank rank, NodeChange change)
    {
        await _changing.WaitAsync();
        try
        {
            if (!_nodes.TryGetValue(rank, out var node)) return Refusals.NoSuchNode(rank);
            var condition = new NodeCondition(rank, node.Life is null, node.IsPaused, node.IsIsolated, !_nodes.Values.Any(other => other != node && IsWell(other)));
            if (condition.WhyNot(change) is { } refusal) return refusal;
            if (change == NodeChange.Restart) return await RestartAsync(node);
            await InTurnAsync(() => Change(node, change));
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
        await InTurnAsync(() =>
        {
            foreach (var node in _nodes.Values)
            {
                if (node.IsIsolated) node.Heal();
                if (node.IsPaused) node.Resume();
                node.Driver?.Retire();
            }
        });
        var leader = _nodes.Values.LastOrDefault(node => node.Sequencer is { IsFenced: false });
        foreach (var node in _nodes.Values)
            if (node != leader && node.Host is { } host) await host.StopAsync();
        if (leader?.Host is { } last) await last.StopAsync();
    }

    /// <summary>The sequencer that a node's outbox can reach now, if there is one.</summary>
    internal (SequencerHost Sequencer, VirtualNode Leader)? SequencerFor(VirtualNode node) =>
        node.Follows is { } rank && _nodes[rank] is var leader && Network.Connects(node, leader) && leader.Sequencer is { } sequencer ? (sequencer, leader) : null;

    internal bool IsCutFromLeader(VirtualNode node) => node.Follows is { } rank && !Network.Connects(node, _nodes[rank]);

    /// <summary>
    /// Brings a command to its entity's owner, as a node knows it (null: the one that answers outside). While owners come and go, or no answer
    /// comes back, it is brought again, with the same id.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]   // One of these is alive for every waiting caller.
    internal async ValueTask<CommandReply> RouteAsync(VirtualNode? from, CommandRequest request)
    {
        var refusal = Refusals.NoLeader;
        var started = Time.GetTimestamp();
        while (true)
        {
            if (_isTaken) return Refused(Refusals.AfterTry(refusal, Refusals.Deposed));
            if (OwnerOf(from, request.Entity) is { Host: { } host, Life: { } life } owner)
            {
                var answer = Asks(from) is var asks && Network.IsDirect(asks, owner) ? await host.Entities.ExecuteAsync(request)
                    : await CallAsync(asks, owner, request, () => host.Entities.ExecuteAsync(request).AsTask());
                // A node that is frozen now answers when it goes on, if at all.
                if (!life.IsFree) answer = null;
                if (answer is { Refusal: not { Kind: RefusalKind.Unavailable } } reply) return reply.AfterTries(request, refusal);
                refusal = Refusals.AfterTry(refusal, answer?.Refusal);
                if (answer is not null && !life.IsOver && OwnerOf(from, request.Entity) == owner) return Refused(refusal);
            }
            if (Time.GetElapsedTime(started).TotalMilliseconds > _settings.Runtime.CommandTimeoutMs) return Refused(refusal);
            await Task.Delay(TimeSpan.FromMilliseconds(LookAgainMs), Time);
        }

        static CommandReply Refused(Refusal refusal) => new(default, null, refusal, false);
    }

    /// <summary>Brings a question to its entity's owner.</summary>
    internal async ValueTask<QueryReply> RouteAsync(VirtualNode? from, StreamId entity, Query query, Seq? at)
    {
        var reply = new QueryReply(null, Refusals.NoLeader, default);
        var started = Time.GetTimestamp();
        while (true)
        {
            if (OwnerOf(from, entity) is { Host: { } host, Life: { } life } owner)
            {
                var answer = Asks(from) is var asks && Network.IsDirect(asks, owner) ? await host.Entities.QueryAsync(entity, query, at)
                    : await CallAsync(asks, owner, query, () => host.Entities.QueryAsync(entity, query, at).AsTask());
                if (!life.IsFree) answer = null;
                reply = answer ?? new QueryReply(null, Refusals.NoAnswer, default);
                if (answer is not null && (reply.Refusal is not { Kind: RefusalKind.Unavailable } || (!life.IsOver && OwnerOf(from, entity) == owner))) return reply;
            }
            if (Time.GetElapsedTime(started).TotalMilliseconds > _settings.Runtime.CommandTimeoutMs) return reply;
            await Task.Delay(TimeSpan.FromMilliseconds(LookAgainMs), Time);
        }
    }

    /// <summary>Asks over the wire; null if no answer came in time: the question or the answer may be lost, or the owner still waits for storage, and only asking again tells.</summary>
    private async Task<TAnswer?> CallAsync<TAnswer>(VirtualNode from, VirtualNode to, object question, Func<Task<TAnswer>> serve)
        where TAnswer : struct
    {
        try
        {
            return await Signal.Plainly(Network.CallAsync(from, to, question, serve)).WaitAsync(TimeSpan.FromMilliseconds(_settings.Runtime.AttemptTimeoutMs), from.Time);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private VirtualNode Asks(VirtualNode? from) => from ?? _front ?? _nodes.Values.First();

    internal void OnLooked(VirtualNode node)
    {
        if (node.Outlook.Leader == node.Rank || _front is null || !IsWell(_front)) ChooseFront();
    }

    internal void OnLeading(VirtualNode leader)
    {
        foreach (var node in _nodes.Values)
        {
            if (node != leader && node.Follows == leader.Rank) node.Driver?.SayLeaderChanged();
        }
        _led.TrySetResult();
    }

    /// <summary>Whoever waits at a node that does not go on need not wait for it.</summary>
    internal void OnFailed(VirtualNode by, Rank failed)
    {
        if (by == _front && _nodes[failed] is { Host: { } host } node && (node.IsPaused || node.IsIsolated)) host.Entities.ReleaseCallers();
    }

    /// <summary>Another process has claimed an epoch: only one process leads a journal, and it is not this one any more.</summary>
    internal void OnTaken()
    {
        if (_isTaken) return;
        _isTaken = true;
        _led.TrySetException(new JournalInUseException("Another process claimed this journal just now. Only one may lead it: stop the other, or start this one again."));
        Turns.Post(() =>
        {
            foreach (var node in _nodes.Values)
            {
                node.Driver?.Retire();
                node.Driver?.StandDown();
                node.Driver?.SayLeaderChanged();
            }
        });
    }

    /// <summary>A fault has stopped a node: the others take over, and it begins anew.</summary>
    internal void OnFault(VirtualNode node, Life life, Exception fault)
    {
        _lastFault = fault;
        _settings.OnFault?.Invoke(node.Rank, fault);
        var wait = Math.Min(AfterFaultMaxMs, AfterFaultMs << Math.Min(_faults++, 6));
        Turns.Post(() =>
        {
            if (node.Life != life) return;
            node.Crash();
            ChooseFront();
            _ = BeginAnewAsync(node, wait);
        });
    }

    private async Task BeginAnewAsync(VirtualNode node, int afterMs)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(afterMs), Time);
        while (!_stopping && !_isTaken && node.Life is null && await ChangeNodeAsync(node.Rank, NodeChange.Restart) is { Kind: RefusalKind.Unavailable })
            await Task.Delay(TimeSpan.FromMilliseconds(afterMs), Time);
    }

    private async Task LiveAsync(VirtualNode node, CancellationToken cancellation = default)
    {
        var life = new Life();
        var links = new NodeLinks(this, node, life);
        var journal = new LivingJournal(_settings.JournalOf?.Invoke(node.Rank, _leased) ?? _leased, life);
        var host = new NodeHost(node.Rank, links, journal, _checkpoints, node.Time, _settings.Runtime, _sealing);
        var driver = new NodeDriver(host, _settings.Protocol, journal, node.Time, links);
        // The leader last; of those that start together, those that have read the journal already.
        var sources = _nodes.Values.Where(other => other != node && other.Host is not null).OrderBy(other => other.Sequencer is not null).Select(other => other.Rank).ToList();
        await node.LiveAsync(life, host, driver, sources, cancellation);
    }

    private async ValueTask<Refusal?> RestartAsync(VirtualNode node)
    {
        try
        {
            // What the life before still had under way carries its clock; the new one's goes on from there.
            await Task.WhenAny(node.UnderWay, Task.Delay(TimeSpan.FromMilliseconds(LastWordsMs), Time));
            await LiveAsync(node);
            var end = await Journal.ReadEndAsync();
            await InTurnAsync(() => node.Driver?.Start(_nodes.Keys, end.Epoch, end.Leader));
            return null;
        }
        catch (JournalException)
        {
            await InTurnAsync(node.Crash);
            return Refusals.JournalUnreachable;
        }
    }

    private void Change(VirtualNode node, NodeChange change)
    {
        switch (change)
        {
            case NodeChange.Crash: node.Crash(); break;
            case NodeChange.Pause: node.Pause(); break;
            case NodeChange.Resume: node.Resume(); break;
            case NodeChange.Isolate: node.Isolate(); break;
            case NodeChange.Heal: node.Heal(); break;
            default: throw new System.Diagnostics.UnreachableException($"{change} is done elsewhere.");
        }
        ChooseFront();
        foreach (var other in _nodes.Values) other.Driver?.SayLeaderChanged();
    }

    private Task InTurnAsync(Action turn)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Turns.Post(() =>
        {
            try
            {
                turn();
                done.TrySetResult();
            }
            catch (Exception e)
            {
                done.TrySetException(e);
            }
        });
        return done.Task;
    }

    /// <summary>The one that answers outside: the leader if it is well, else the lowest that is.</summary>
    private void ChooseFront() =>
        _front = _nodes.Values.FirstOrDefault(node => IsWell(node) && node.Outlook.Leader == node.Rank) ?? _nodes.Values.FirstOrDefault(IsWell);

    private static bool IsWell(VirtualNode node) => node is { HasJoined: true, Life: not null, IsPaused: false, IsIsolated: false };

    /// <summary>An entity's owner, if it can be reached and goes on.</summary>
    private VirtualNode? OwnerOf(VirtualNode? from, StreamId entity)
    {
        if ((from ?? _front) is not { } asks) return null;
        var owner = _nodes[Rendezvous.Owner(entity, asks.Outlook.Alive)];
        return owner.HasJoined && !owner.IsPaused && Network.Connects(asks, owner) ? owner : null;
    }

    private Epoch HighestEpoch(Epoch begun) => _nodes.Values.Select(node => node.Outlook.Epoch).Append(begun).Max();

    private Rank? LeaderAt(Epoch begun) => _nodes.Values.Where(node => node.Outlook.Epoch > begun).Select(node => node.Outlook.Leader).FirstOrDefault(leader => leader is not null);

    private static NodeView View(VirtualNode node, VirtualNode by, Outlook seen, Seq committed)
    {
        var (state, silentMs) = ("alive", 0L);
        if (node != by && seen.Peers.FirstOrDefault(peer => peer.Peer == node.Rank) is { } peer && peer.Peer == node.Rank)
            (state, silentMs) = (peer.Phase.ToString().ToLowerInvariant(), peer.Evidence.SilentMs + (by.Driver?.NowMs ?? seen.AtMs) - seen.AtMs);
        var host = node.Host;
        var applied = host?.Replica.Applied ?? Seq.None;
        return new NodeView(
            node.Rank, state, node.Rank == seen.Leader, silentMs, host?.Clock ?? VectorClock.Zero, applied,
            Math.Max(0, committed.Value - applied.Value), host?.Entities.Count ?? 0);
    }
}
