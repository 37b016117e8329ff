using Rialto.Journal;
using Rialto.Markets;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>
/// A node's own read model of the whole market, fed with every committed event in order. Lists, searches and the event stream are served
/// from here, at any node, and say how far they go. It drops what it has, and reads what it missed from the journal.
/// </summary>
public sealed class Replica
{
    private readonly Lock _gate = new();
    private readonly CommittedEvent[] _recent;
    private readonly IJournal _journal;
    private readonly TimeProvider _time;
    private readonly RuntimeSettings _settings;
    private readonly CancellationTokenSource _stopping = new();
    private ReplicaState _state = new();
    private Signal _moved = new();
    private long _applied;

    /// <summary>An empty replica at the journal's beginning; see <see cref="CatchUpAsync"/>.</summary>
    public Replica(IJournal journal, TimeProvider time, RuntimeSettings settings)
    {
        _journal = journal;
        _time = time;
        _settings = settings;
        _recent = new CommittedEvent[settings.RecentEvents];
    }

    /// <summary>Called after each applied batch, outside the lock, with the events in order. For the node's clock and reactors; must not throw.</summary>
    public event Action<CommittedBatch>? BatchApplied;

    /// <summary>How far it has come.</summary>
    public Seq Applied => new(Volatile.Read(ref _applied));

    /// <summary>Why it applies nothing any more, or null. It stops at an event that this program cannot read rather than leave it out.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Applies all that the journal holds now.</summary>
    public async Task CatchUpAsync(CancellationToken cancellation = default)
    {
        while (true)
        {
            // A short page is the end.
            if (await ReadPageAsync(_settings.ReadPage, cancellation) < _settings.ReadPage) return;
        }
    }

    /// <summary>Applies one page of what the journal holds.</summary>
    /// <returns>How many events that were.</returns>
    internal async Task<int> ReadPageAsync(int limit, CancellationToken cancellation)
    {
        var records = await _journal.ReadAsync(Applied, limit, cancellation);
        if (records.Count > 0) Apply(new CommittedBatch([.. records.Select(record => new CommittedEvent(record))]));
        return records.Count;
    }

    /// <summary>Its node is no more: whoever waits for the feed is told so.</summary>
    internal void Stop()
    {
        _stopping.Cancel();
        lock (_gate) _moved.Set();
    }

    /// <summary>Nothing can be applied any more: whoever waits for it is told so.</summary>
    internal void Fail(Exception why)
    {
        Failure = why;
        lock (_gate) _moved.Set();
    }

    /// <summary>Waits until it has come to <paramref name="seq"/>; false if that took longer than <paramref name="timeout"/>, or its node is no more.</summary>
    public async ValueTask<bool> WaitForAsync(Seq seq, TimeSpan timeout, CancellationToken cancellation)
    {
        if (Applied >= seq) return true;
        var started = _time.GetTimestamp();
        while (Moved() is var moved && Applied < seq)
        {
            var left = timeout - _time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero || _stopping.IsCancellationRequested || Failure is not null) return false;
            try
            {
                await moved.WaitAsync(left, _time, cancellation);
            }
            catch (TimeoutException)
            {
                return Applied >= seq;
            }
        }
        return true;
    }

    /// <summary>Asks one read model, with nothing applied meanwhile. What is returned must share nothing with the model.</summary>
    /// <param name="ask">The question; runs under the replica's lock, so it is short.</param>
    /// <param name="visibleTo">How far the answer goes.</param>
    public TAnswer Ask<TModel, TAnswer>(Func<TModel, TAnswer> ask, out Seq visibleTo) where TModel : ReadModel
    {
        lock (_gate)
        {
            visibleTo = Applied;
            return ask(_state.Model<TModel>());
        }
    }

    /// <summary>Asks one entity's replicated state, which may be behind the entity itself. Null if it has no event here yet.</summary>
    public Reply? AskEntity(StreamId entity, Query query)
    {
        lock (_gate)
        {
            if (!_state.TryGet(entity, out var kind, out var state, out var last)) return null;
            var reply = kind.Query(state, query);
            reply.View?.PlacedAt(last);
            return reply;
        }
    }

    /// <summary>Looks at one entity's replicated state under the lock; default if it has no event here yet.</summary>
    internal T? Look<T>(StreamId entity, Func<EntityKind, object, T?> look)
    {
        lock (_gate) return _state.TryGet(entity, out var kind, out var state, out _) ? look(kind, state) : default;
    }

    /// <summary>Looks at the replicated states of many entities, with nothing applied in between; those without an event here are left out.</summary>
    internal void Look(IReadOnlyList<StreamId> entities, Action<StreamId, EntityKind, object> look)
    {
        lock (_gate)
            foreach (var entity in entities)
                if (_state.TryGet(entity, out var kind, out var state, out _)) look(entity, kind, state);
    }

    /// <summary>What the read models say must be asked for now.</summary>
    internal IReadOnlyList<Reaction> Due()
    {
        lock (_gate) return _state.Due();
    }

    /// <summary>The entities that have events here.</summary>
    internal IReadOnlyList<StreamId> Entities()
    {
        lock (_gate) return [.. _state.Entities];
    }

    /// <summary>What a viewer may see of a committed event, by what is known here now.</summary>
    public Event Conceal(JournalRecord record, Event happened, Viewer viewer)
    {
        if (viewer.IsOperator) return happened;
        lock (_gate)
        {
            var kind = MarketCatalog.KindOf(record.Stream.Category);
            if (kind is null) return happened;
            return kind.Conceal(_state.TryGet(record.Stream, out _, out var state, out _) ? state : kind.Unborn(record.Stream.Key), happened, viewer);
        }
    }

    /// <summary>
    /// The committed events after a place, in order and without a gap: at least one, waiting for it as long as it takes, and at most <paramref name="limit"/>.
    /// None if this replica has stopped: its node is no more, and another's goes on from the same place.
    /// </summary>
    /// <exception cref="JournalException">It applies nothing any more, see <see cref="Failure"/>: whoever follows it would wait for ever.</exception>
    public async ValueTask<IReadOnlyList<CommittedEvent>> FeedAsync(Seq after, int limit, CancellationToken cancellation)
    {
        while (true)
        {
            var moved = Moved();
            if (Recent(after, limit) is { } recent) return recent;
            if (Applied > after)
            {
                var records = await _journal.ReadAsync(after, limit, cancellation);
                // What this node has not applied is not shown yet: what may be seen of it is not known here.
                var applied = Applied;
                CommittedEvent[] events = [.. records.Where(record => record.Seq <= applied).Select(record => new CommittedEvent(record))];
                if (events.Length > 0) return events;
            }
            if (_stopping.IsCancellationRequested) return [];
            if (Failure is { } failure) throw new JournalException($"This node applies no more events: {failure.Message}", failure);
            await moved.WaitAsync(cancellation);
        }
    }

    /// <summary>Applies what follows on from a batch; what it has already is passed over. One caller at a time.</summary>
    internal void Apply(CommittedBatch batch)
    {
        Signal moved;
        lock (_gate)
        {
            foreach (var committed in batch.Events)
                if (committed.Record.Seq.Value == _applied + 1) Apply(committed);
            moved = _moved;
            _moved = new Signal();
        }
        moved.Set();
        BatchApplied?.Invoke(batch);
    }

    /// <summary>The last commands that were applied here, and where their events stand, oldest first.</summary>
    internal IReadOnlyList<(CommandId Command, Seq At)> RecentCommands(out Seq upTo)
    {
        lock (_gate)
        {
            upTo = Applied;
            var commands = new List<(CommandId, Seq)>();
            for (var seq = Math.Max(1, _applied - _recent.Length + 1); seq <= _applied; seq++)
                if (_recent[seq % _recent.Length] is { } committed && committed.Record.Seq.Value == seq) commands.Add((committed.Record.Command, committed.Record.Seq));
            return commands;
        }
    }

    /// <summary>
    /// All of it as bytes, in parts, at the place where it is. Nothing may be applied meanwhile; it can be asked: a question changes no entity, and what
    /// it may change of a read model is saved under the lock.
    /// </summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> Save(VectorClock clock)
    {
        using var bytes = new SnapshotBytes(_settings.Replicas.SnapshotPartBytes);
        using var writer = new BinaryWriter(bytes);
        _state.SaveEntities(writer, clock);
        lock (_gate) _state.SaveModels(writer);
        writer.Flush();
        return bytes.Parts;
    }

    /// <summary>A hash over all entities, at the place where it is. Nothing may be applied meanwhile; it can be asked, however long this takes.</summary>
    internal Hash256 Digest() => _state.Digest();

    /// <summary>Goes on from another state, if that is ahead. One caller at a time, and nobody who applies.</summary>
    internal void Install(ReplicaState state)
    {
        lock (_gate)
        {
            if (state.Applied <= Applied) return;
            Swap(state);
        }
    }

    /// <summary>
    /// Reads the last events before the place where it is, which a snapshot does not hold: somebody may name them as causes, or follow them.
    /// One caller at a time, and nobody who applies.
    /// </summary>
    internal async Task RecallAsync(CancellationToken cancellation)
    {
        for (var at = new Seq(Math.Max(0, Applied.Value - _recent.Length)); at < Applied;)
        {
            var records = await _journal.ReadAsync(at, (int)Math.Min(_settings.ReadPage, Applied.Value - at.Value), cancellation);
            if (records.Count == 0) return;
            lock (_gate)
                foreach (var record in records) _recent[record.Seq.Value % _recent.Length] = new CommittedEvent(record);
            at = records[^1].Seq;
        }
    }

    /// <summary>
    /// Reads the whole journal again up to the place where it is, goes on from what that gives, and says how it was wrong. Nothing may be
    /// applied meanwhile; it can be asked.
    /// </summary>
    internal async Task<IReadOnlyList<ReplicaDifference>> RebuildAsync(CancellationToken cancellation)
    {
        var right = new ReplicaState();
        while (right.Applied < Applied)
        {
            var records = await _journal.ReadAsync(right.Applied, (int)Math.Min(_settings.ReadPage, Applied.Value - right.Applied.Value), cancellation);
            if (records.Count == 0) throw new JournalDamagedException($"The journal ends at {right.Applied}, before {Applied}, which was applied here.");
            foreach (var record in records) right.Apply(new CommittedEvent(record));
        }
        lock (_gate)
        {
            var differences = ReplicaDifference.Between(right.Items(), _state.Items());
            Swap(right);
            return differences;
        }
    }

    private void Swap(ReplicaState state)
    {
        _state = state;
        Volatile.Write(ref _applied, state.Applied.Value);
        _moved.Set();
        _moved = new Signal();
    }

    private void Apply(CommittedEvent committed)
    {
        _state.Apply(committed);
        _recent[committed.Record.Seq.Value % _recent.Length] = committed;
        Volatile.Write(ref _applied, committed.Record.Seq.Value);
    }

    private Task Moved()
    {
        lock (_gate) return _moved.Task;
    }

    private CommittedEvent[]? Recent(Seq after, int limit)
    {
        lock (_gate)
        {
            var available = _applied - after.Value;
            if (available <= 0 || available > _recent.Length || _recent[(after.Value + 1) % _recent.Length]?.Record.Seq != after.Next) return null;
            var events = new CommittedEvent[Math.Min(available, limit)];
            for (var i = 0; i < events.Length; i++) events[i] = _recent[(after.Value + 1 + i) % _recent.Length];
            return events;
        }
    }
}
