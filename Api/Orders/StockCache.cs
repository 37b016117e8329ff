using System.Diagnostics.Metrics;
using Rialto.Journal;
using Rialto.Markets.Orders;
using Rialto.Runtime;

namespace Rialto.Api.Orders;

/// <summary>
/// The front door's cache of stock lookups: the least recently used one goes first. An entry is dropped as soon as the feed, or this door's own
/// write, tells of a change; an answer that was on its way meanwhile and is older than that change is not kept.
/// </summary>
internal sealed class StockCache
{
    private static readonly Meter Meter = new("rialto.api");
    private static readonly Counter<long> Lookups = Meter.CreateCounter<long>("rialto.stock_cache.lookups", description: "Lookups of stocks, by whether the cache had them.");

    private readonly IEngine _engine;
    private readonly int _capacity;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _byName = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _newestFirst = new();
    private Replica? _followed;

    // Changes up to here may be forgotten: no answer from before it is kept.
    private Seq _floor;

    /// <summary>A stock, or, without a view, the place of a change before which nothing is worth keeping.</summary>
    private readonly record struct Entry(string Name, StockView? View, Seq At);

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
            if (found?.Value.View is not { } view)
            {
                Lookups.Add(1, new KeyValuePair<string, object?>("result", "miss"));
                return null;
            }
            _newestFirst.Remove(found);
            _newestFirst.AddFirst(found);
            Lookups.Add(1, new KeyValuePair<string, object?>("result", "hit"));
            return (view, found.Value.At);
        }
    }

    /// <summary>Keeps an answer, unless something newer is known.</summary>
    public void Keep(StockView view, Seq at) => Put(new Entry(view.Name, view, at));

    /// <summary>Drops a stock: it changed at this place.</summary>
    public void Invalidate(string name, Seq at) => Put(new Entry(name, null, at));

    /// <summary>Drops a stock, for whoever asks.</summary>
    public void Evict(string name)
    {
        lock (_gate)
            if (_byName.Remove(name, out var found)) _newestFirst.Remove(found);
    }

    /// <summary>The node that answers here may be another one than before: what the new feed did not tell of may have changed.</summary>
    private void Follow()
    {
        var replica = _engine.Replica;
        if (_capacity == 0 || replica == _followed) return;
        if (_followed is not null) _followed.BatchApplied -= Invalidate;
        _followed = replica;
        replica.BatchApplied += Invalidate;
        foreach (var entry in _newestFirst) Forget(entry);
        _byName.Clear();
        _newestFirst.Clear();
        if (replica.Applied > _floor) _floor = replica.Applied;
    }

    private void Invalidate(CommittedBatch batch)
    {
        foreach (var committed in batch.Events)
            if (committed.Record.Stream.Category == "stock") Invalidate(committed.Record.Stream.Key, committed.Record.Seq);
    }

    private void Put(Entry entry)
    {
        if (_capacity == 0) return;
        lock (_gate)
        {
            if (entry.View is not null && entry.At < _floor) return;
            if (_byName.TryGetValue(entry.Name, out var found))
            {
                if (found.Value.At > entry.At) return;
                _newestFirst.Remove(found);
            }
            _byName[entry.Name] = _newestFirst.AddFirst(entry);
            if (_byName.Count <= _capacity) return;
            Forget(_newestFirst.Last!.Value);
            _byName.Remove(_newestFirst.Last!.Value.Name);
            _newestFirst.RemoveLast();
        }
    }

    private void Forget(Entry entry)
    {
        if (entry.View is null && entry.At > _floor) _floor = entry.At;
    }
}
