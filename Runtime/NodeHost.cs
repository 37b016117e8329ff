using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>What an engine supplies to a node: how it reaches the leader's sequencer and the owners of entities. Time comes beside it.</summary>
public interface INodeLinks : ILeaderLink
{
    /// <summary>Has the entity's owner, wherever it is, decide a command.</summary>
    ValueTask<CommandReply> ExecuteAsync(CommandRequest request);

    /// <summary>Asks the entity's owner, wherever it is.</summary>
    ValueTask<QueryReply> QueryAsync(StreamId entity, Markets.Query query, Seq? at);

    /// <summary>Sends something one way to a node, perhaps the sender itself. Never waits; it may be lost.</summary>
    void Send(Rank to, NodeSignal signal);
}

/// <summary>
/// One member of the cluster: entities, an outbox, a replica, a clock; and while it leads, the sequencer and the reactors.
/// </summary>
public sealed class NodeHost
{
    private readonly INodeLinks _links;
    private readonly IJournal _journal;
    private readonly TimeProvider _time;
    private readonly RuntimeSettings _settings;
    private readonly NodeClock _clock;
    private readonly Lock _clockGate = new();
    private readonly Outbox _outbox;
    private readonly ReplicaFeed _feed;
    private readonly ReplicaJoining _joining;
    private IReadOnlyCollection<Rank> _members = [];
    private Multicaster? _multicast;
    private Reconciler? _reconciler;
    private long _ownApplied;
    private ITimer? _sweeping;
    private ReactorHost? _reactors;

    /// <summary>Makes a node; it does nothing before <see cref="StartAsync"/>.</summary>
    /// <param name="rank">Its rank.</param>
    /// <param name="links">How it reaches the others.</param>
    /// <param name="journal">The journal.</param>
    /// <param name="checkpoints">Where its entities' checkpoints are kept.</param>
    /// <param name="time">Its clock.</param>
    /// <param name="settings">Limits and times.</param>
    /// <param name="sealing">See <see cref="Markets.CommandContext.Salt"/>.</param>
    public NodeHost(Rank rank, INodeLinks links, IJournal journal, ICheckpoints checkpoints, TimeProvider time, RuntimeSettings settings, Markets.SealingKey? sealing)
    {
        Rank = rank;
        _links = links;
        _journal = journal;
        _time = time;
        _settings = settings;
        _clock = new NodeClock(rank);
        Replica = new Replica(journal, time, settings);
        Replica.BatchApplied += MergeClocks;
        _feed = new ReplicaFeed(Replica, time, settings, links.Send, AppliedClock);
        _joining = new ReplicaJoining(Replica, journal, time, settings, links.Send);
        _outbox = new Outbox(links, Tick, time, settings);
        _outbox.Failed += Fail;
        Entities = new EntityDirectory(new EntityServices(rank, new EntityHistory(journal, checkpoints, settings), _outbox, time, settings, new Funds(links, journal, time, settings), sealing));
        Replica.BatchApplied += Entities.Learn;
    }

    /// <summary>Told when its sequencer finds that a newer epoch has begun, with the journal's end.</summary>
    public event Action<JournalEnd>? Fenced;

    /// <summary>Told when something that nobody foresaw has ended one of its loops: it cannot go on as it is.</summary>
    public event Action<Exception>? Failed;

    /// <summary>Its rank.</summary>
    public Rank Rank { get; }

    /// <summary>Its read models.</summary>
    public Replica Replica { get; }

    /// <summary>The entities that live on it.</summary>
    public EntityDirectory Entities { get; }

    /// <summary>The sequencer that it runs, or null while it does not lead.</summary>
    public SequencerHost? Sequencer { get; private set; }

    /// <summary>Its vector clock.</summary>
    public VectorClock Clock
    {
        get
        {
            lock (_clockGate) return _clock.Now;
        }
    }

    /// <summary>Learns all that the journal holds; its own clock goes on from there. It takes commands after this only.</summary>
    /// <param name="sources">Who may give a snapshot of a replica to begin from: peers first, then the leader.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task StartAsync(IReadOnlyList<Rank> sources, CancellationToken cancellation = default)
    {
        await _joining.RunAsync(sources, Learn, cancellation);
        _feed.GoLive();
        _feed.Refresh();
        var every = TimeSpan.FromMilliseconds(Math.Max(1, _settings.IdleAfterMs / 4));
        _sweeping = _time.CreateTimer(static entities => _ = ((EntityDirectory)entities!).SweepAsync().AsTask(), Entities, every, every);
    }

    /// <summary>Begins to lead in an epoch that it has claimed, from the journal's end as read after the claim.</summary>
    /// <param name="epoch">The epoch.</param>
    /// <param name="end">The journal's end.</param>
    /// <param name="members">To whom it multicasts, itself included.</param>
    public void Lead(Epoch epoch, JournalEnd end, IReadOnlyCollection<Rank> members)
    {
        _members = members;
        var multicast = _multicast = new Multicaster(_settings.Multicast, epoch, end.Seq, members, _links.Send);
        _feed.Lead(Rank, epoch, end.Seq);
        var sequencer = new Sequencer(_settings.Sequencer, epoch, end);
        sequencer.LearnClock(AppliedClock());
        var recent = Replica.RecentCommands(out var learned);
        foreach (var (command, at) in recent) sequencer.LearnCommand(command, at);
        Sequencer = new SequencerHost(sequencer, learned, _journal, _time, _settings, multicast.Committed, end => Fenced?.Invoke(end), Fail);
        _reactors = new ReactorHost(Replica, Sequencer, _links, _time, _settings);
        _reconciler = new Reconciler(Sequencer, _time, _settings, () => _members, _links.Send);
    }

    /// <summary>The nodes to multicast to have changed.</summary>
    public void SetMembers(IReadOnlyCollection<Rank> members)
    {
        _members = members;
        _multicast?.SetReceivers(members);
    }

    /// <summary>Follows a leader: its multicast counts from now on.</summary>
    public void Follow(Rank leader, Epoch epoch)
    {
        _feed.Lead(leader, epoch, null);
        // What the last leader committed with its last breath was perhaps told to nobody.
        _feed.Refresh();
    }

    /// <summary>Another node is known to have come to a place: so far the journal goes, and so far that node needs nothing.</summary>
    public void PeerIsAt(Rank peer, Epoch epoch, Seq at)
    {
        _multicast?.Progressed(peer, at);
        if (at > Replica.Applied) _feed.CommittedUpTo(epoch, at);
    }

    /// <summary>Reads from the journal what may have been missed, though nothing has come that would show it.</summary>
    public void Refresh() => _feed.Refresh();

    /// <summary>Takes what another node's host says. Never waits.</summary>
    public void Receive(Rank from, NodeSignal signal)
    {
        switch (signal)
        {
            case NodeSignal.Committed committed: _feed.Receive(committed.Span); break;
            case NodeSignal.Missing missing: _multicast?.Missing(from, missing.Nack); break;
            case NodeSignal.ReadJournal read: _feed.UseJournal(read.UpTo); break;
            case NodeSignal.SnapshotPart part: _joining.Receive(from, part); break;
            case NodeSignal.DigestTaken or NodeSignal.Rebuilt: _reconciler?.Receive(from, signal); break;
            default: _feed.Ask(from, signal); break;
        }
    }

    /// <summary>Compares the replicas of all nodes, and has those built again that differ. Null if this node does not lead, or not any more.</summary>
    public Task<ReconcileReport?> ReconcileAsync() => _reconciler?.RunAsync() ?? Task.FromResult<ReconcileReport?>(null);

    /// <summary>Leads no more: orders nothing from now on. What is being written at this moment is fenced by the journal.</summary>
    public void StepDown()
    {
        var (sequencer, reactors) = (Sequencer, _reactors);
        _reconciler?.Stop();
        (Sequencer, _reactors, _multicast, _reconciler) = (null, null, null, null);
        sequencer?.Abandon();
        _ = reactors?.StopAsync();
    }

    /// <summary>Leads on only until what its sequencer has taken is committed; then says where that ends.</summary>
    /// <param name="within">After this time what is not committed is given up.</param>
    public async Task<Seq> DrainAsync(TimeSpan within)
    {
        _ = _reactors?.StopAsync();
        if (Sequencer is not { } sequencer) return Replica.Applied;
        await sequencer.StopAsync(within);
        return sequencer.Committed;
    }

    /// <summary>The node is no more: nothing is finished, and whoever waits is told that nothing is known here.</summary>
    public void Crash()
    {
        _sweeping?.Dispose();
        StepDown();
        _outbox.Abandon();
        Replica.Stop();
        _ = _feed.StopAsync();
    }

    /// <summary>Takes no more commands, commits what it has taken, writes checkpoints and ends. The leader stops last: the others' outboxes need it.</summary>
    public async Task StopAsync()
    {
        // A stop that fails must not keep the ones after it from being made.
        List<Exception> failures = [];
        await TryAsync(async () => await (_sweeping?.DisposeAsync() ?? ValueTask.CompletedTask));
        _reconciler?.Stop();
        await TryAsync(() => _reactors?.StopAsync() ?? Task.CompletedTask);
        await TryAsync(_outbox.StopAsync);
        await TryAsync(async () => await Entities.RetireAllAsync());
        await TryAsync(() => Sequencer?.StopAsync(TimeSpan.FromMilliseconds(_settings.CommandTimeoutMs)) ?? Task.CompletedTask);
        await TryAsync(_feed.StopAsync);
        Replica.Stop();
        if (failures.Count > 0) Failed?.Invoke(failures.Count == 1 ? failures[0] : new AggregateException(failures));

        async Task TryAsync(Func<Task> stop)
        {
            try
            {
                await stop();
            }
            catch (Exception e)
            {
                failures.Add(e);
            }
        }
    }

    private void Fail(Exception failure) => Failed?.Invoke(failure);

    private VectorClock Tick()
    {
        lock (_clockGate) return _clock.Tick();
    }

    private void MergeClocks(CommittedBatch batch)
    {
        lock (_clockGate)
            foreach (var committed in batch.Events)
            {
                _clock.Merge(committed.Record.Clock);
                _ownApplied = Math.Max(_ownApplied, committed.Record.Clock[Rank]);
            }
    }

    private void Learn(VectorClock applied)
    {
        lock (_clockGate)
        {
            _clock.Merge(applied);
            _ownApplied = Math.Max(_ownApplied, applied[Rank]);
        }
    }

    /// <summary>What this node has ticked for commands that are still on their way is nobody else's past yet.</summary>
    private VectorClock AppliedClock()
    {
        lock (_clockGate) return VectorClock.Of(_clock.Now.Entries.Where(entry => entry.Node != Rank).Append((Rank, _ownApplied)));
    }
}
