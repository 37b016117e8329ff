using System.Diagnostics.Metrics;
using Rialto.Journal;
using Rialto.Markets.Orders;
using Rialto.Runtime;

namespace Rialto.Api.Orders;

/// <summary>
/// The front door's cache of stock lookups: the least recently used one goes first. An entry is dropped as soon as the feed, or this door's own
/// write, tells of a change; an answer that was on its way meanwhile and is older than that change is not kept: the last changes are remembered
/// for that, beside the cache.
/// </summary>
internal sealed class StockCache
{
    private const int MaxChanges = 10_000;

    private static readonly Meter Meter = new("rialto.api");
    private static readonly Counter<long> Lookups = Meter.CreateCounter<long>("rialto.stock_cache.lookups", description: "Lookups of stocks, by whether the cache had them.");

    private readonly IEngine _engine;
    private readonly int _capacity;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _byName = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _newestFirst = new();
    private readonly Dictionary<string, Seq> _changed = new(StringComparer.Ordinal);
    private readonly Queue<(string Name, Seq At)> _changes = new();
    private Replica? _followed;

    // Changes up to here may be forgotten: no answer from before it is kept.
    private Seq _floor;

    private readonly record struct Entry(string Name, StockView View, Seq At);

    /// <param name="capacity">How many entries it keeps; 0 for none.</param>
    /// <param name="engine">Whose feed invalidates it.</param>
    public StockCache(int capacity, IEngine engine) => (_capacity, _engine) = (capacity, engine);

    /// <summary>The stock as it was last looked up, and how far that answer went; null if it is not here.</summary>
    public (StockView View, Seq At)? Find(string name)
    {
        lock (_gate)
        {
            Follow();
            var found = _byName.GetValueOrDefault(name);
            if (found is null)
            {
                Lookups.Add(1, new KeyValuePair<string, object?>("result", "miss"));
                return null;
            }
            _newestFirst.Remove(found);
            _newestFirst.AddFirst(found);
            Lookups.Add(1, new KeyValuePair<string, object?>("result", "hit"));
            return (found.Value.View, found.Value.At);
        }
    }

    /// <summary>Keeps an answer, unless something newer is known.</summary>
    public void Keep(StockView view, Seq at)
    {
        if (_capacity == 0) return;
        lock (_gate)
        {
            if (at < _floor || at < _changed.GetValueOrDefault(view.Name) || (_byName.TryGetValue(view.Name, out var known) && known.Value.At > at)) return;
            Drop(view.Name);
            _byName[view.Name] = _newestFirst.AddFirst(new Entry(view.Name, view, at));
            if (_byName.Count > _capacity) Drop(_newestFirst.Last!.Value.Name);
        }
    }

    /// <summary>Drops a stock: it changed at this place.</summary>
    public void Invalidate(string name, Seq at)
    {
        if (_capacity == 0) return;
        lock (_gate)
        {
            // The feed and this door's own write tell of the same change.
            if (_changed.TryGetValue(name, out var before) && before >= at) return;
            _changed[name] = at;
            _changes.Enqueue((name, at));
            if (_byName.TryGetValue(name, out var known) && known.Value.At < at) Drop(name);
            if (_changes.Count <= MaxChanges) return;
            var (forgotten, last) = _changes.Dequeue();
            if (last > _floor) _floor = last;
            if (_changed.GetValueOrDefault(forgotten) == last) _changed.Remove(forgotten);
        }
    }

    /// <summary>Drops a stock, for whoever asks.</summary>
    public void Evict(string name)
    {
        lock (_gate) Drop(name);
    }

    /// <summary>The node that answers here may be another one than before: what the new feed did not tell of may have changed.</summary>
    private void Follow()
    {
        var replica = _engine.Replica;
        if (_capacity == 0 || replica == _followed) return;
        if (_followed is not null) _followed.BatchApplied -= Invalidate;
        _followed = replica;
        replica.BatchApplied += Invalidate;
        _byName.Clear();
        _newestFirst.Clear();
        foreach (var (_, at) in _changes)
            if (at > _floor) _floor = at;
        _changed.Clear();
        _changes.Clear();
        if (replica.Applied > _floor) _floor = replica.Applied;
    }

    private void Invalidate(CommittedBatch batch)
    {
        foreach (var committed in batch.Events)
            if (committed.Record.Stream.Category == "stock") Invalidate(committed.Record.Stream.Key, committed.Record.Seq);
    }

    private void Drop(string name)
    {
        if (_byName.Remove(name, out var found)) _newestFirst.Remove(found);
    }
}
