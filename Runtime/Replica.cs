using Rialto.Journal;
using Rialto.Markets;

namespace Rialto.Runtime;

/// <summary>
/// A node's own read model of the whole market, fed with every committed event in order. Lists, searches and the event stream are served
/// from here, at any node, and say how far they go. It drops what it has, and reads what it missed from the journal.
/// </summary>
public sealed class Replica
{
    private sealed class Entity(EntityKind kind, object state)
    {
        public readonly EntityKind Kind = kind;
        public object State = state;
        public Seq Last;
    }

    private readonly Lock _gate = new();
    private readonly Dictionary<StreamId, Entity> _entities = [];
    private readonly Dictionary<string, ReadModel[]> _modelsOf;
    private readonly Dictionary<Type, ReadModel> _models;
    private readonly CommittedEvent[] _recent;
    private readonly IJournal _journal;
    private readonly TimeProvider _time;
    private readonly RuntimeSettings _settings;
    private readonly CancellationTokenSource _stopping = new();
    private Signal _moved = new();
    private long _applied;

    /// <summary>An empty replica at the journal's beginning; see <see cref="CatchUpAsync"/>.</summary>
    public Replica(IJournal journal, TimeProvider time, RuntimeSettings settings)
    {
        _journal = journal;
        _time = time;
        _settings = settings;
        var models = MarketCatalog.CreateReadModels();
        _models = models.ToDictionary(model => model.GetType());
        _modelsOf = models.GroupBy(model => model.Category).ToDictionary(group => group.Key, group => group.ToArray());
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
            var records = await _journal.ReadAsync(Applied, _settings.ReadPage, cancellation);
            if (records.Count == 0) return;
            Apply(new CommittedBatch([.. records.Select(record => new CommittedEvent(record))]));
        }
    }

    /// <summary>Its node is no more: whoever waits for the feed is told so.</summary>
    internal void Stop()
    {
        _stopping.Cancel();
        lock (_gate) _moved.Set();
    }

    /// <summary>Nothing can be applied any more.</summary>
    internal void Fail(Exception why) => Failure = why;

    /// <summary>Waits until it has come to <paramref name="seq"/>; false if that took longer than <paramref name="timeout"/>, or its node is no more.</summary>
    public async ValueTask<bool> WaitForAsync(Seq seq, TimeSpan timeout, CancellationToken cancellation)
    {
        if (Applied >= seq) return true;
        var started = _time.GetTimestamp();
        while (Moved() is var moved && Applied < seq)
        {
            var left = timeout - _time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero || _stopping.IsCancellationRequested) return false;
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
            return ask((TModel)_models[typeof(TModel)]);
        }
    }

    /// <summary>Asks one entity's replicated state, which may be behind the entity itself. Null if it has no event here yet.</summary>
    public Reply? AskEntity(StreamId entity, Query query)
    {
        lock (_gate)
        {
            if (!_entities.TryGetValue(entity, out var found)) return null;
            var reply = found.Kind.Query(found.State, query);
            reply.View?.PlacedAt(found.Last);
            return reply;
        }
    }

    /// <summary>Looks at one entity's replicated state under the lock; default if it has no event here yet.</summary>
    internal T? Look<T>(StreamId entity, Func<EntityKind, object, T?> look)
    {
        lock (_gate) return _entities.TryGetValue(entity, out var found) ? look(found.Kind, found.State) : default;
    }

    /// <summary>Looks at the replicated states of many entities, with nothing applied in between; those without an event here are left out.</summary>
    internal void Look(IReadOnlyList<StreamId> entities, Action<StreamId, EntityKind, object> look)
    {
        lock (_gate)
            foreach (var entity in entities)
                if (_entities.TryGetValue(entity, out var found)) look(entity, found.Kind, found.State);
    }

    /// <summary>The entities that have events here.</summary>
    internal IReadOnlyList<StreamId> Entities()
    {
        lock (_gate) return [.. _entities.Keys];
    }

    /// <summary>What a viewer may see of a committed event, by what is known here now.</summary>
    public Event Conceal(JournalRecord record, Event happened, Viewer viewer)
    {
        if (viewer.IsOperator) return happened;
        lock (_gate)
        {
            var kind = MarketCatalog.KindOf(record.Stream.Category);
            if (kind is null) return happened;
            var state = _entities.TryGetValue(record.Stream, out var found) ? found.State : kind.Unborn(record.Stream.Key);
            return kind.Conceal(state, happened, viewer);
        }
    }

    /// <summary>
    /// The committed events after a place, in order and without a gap: at least one, waiting for it as long as it takes, and at most <paramref name="limit"/>.
    /// None if this replica has stopped: its node is no more, and another's goes on from the same place.
    /// </summary>
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

    private void Apply(CommittedEvent committed)
    {
        var record = committed.Record;
        if (!_entities.TryGetValue(record.Stream, out var entity))
        {
            var kind = MarketCatalog.KindOf(record.Stream.Category)
                ?? throw new FormatException($"Event {record.Seq} is of category '{record.Stream.Category}', which this program does not know. A newer version wrote it: run that one.");
            _entities.Add(record.Stream, entity = new Entity(kind, kind.Unborn(record.Stream.Key)));
        }
        entity.State = entity.Kind.Evolve(entity.State, committed.Happened);
        entity.Last = record.Seq;
        if (_modelsOf.TryGetValue(record.Stream.Category, out var models))
            foreach (var model in models) model.Apply(record, committed.Happened, entity.State);
        _recent[record.Seq.Value % _recent.Length] = committed;
        Volatile.Write(ref _applied, record.Seq.Value);
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
