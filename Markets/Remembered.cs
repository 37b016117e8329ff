namespace Rialto.Markets;

/// <summary>The newest entries by id; older ones are forgotten in order.</summary>
internal sealed class Remembered<T>(int capacity) where T : class
{
    private readonly Dictionary<string, T> _byId = new(StringComparer.Ordinal);
    private readonly Queue<(string Id, T Entry)> _order = new();

    public int Count => _order.Count;

    public IEnumerable<T> OldestFirst => _order.Select(pair => pair.Entry);

    public T? Find(string id) => _byId.GetValueOrDefault(id);

    public void Add(string id, T entry)
    {
        _byId[id] = entry;
        _order.Enqueue((id, entry));
        if (_order.Count <= capacity) return;
        var (oldId, old) = _order.Dequeue();
        if (ReferenceEquals(_byId[oldId], old)) _byId.Remove(oldId);
    }
}
