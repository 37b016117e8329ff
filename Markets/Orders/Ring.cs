namespace Rialto.Markets.Orders;

/// <summary>The newest entries, up to a capacity; older ones are written over. It takes no more room than it needs.</summary>
internal sealed class Ring<T>(int capacity) where T : struct, IEquatable<T>
{
    private T[] _entries = new T[16];
    private int _next;

    public int Count { get; private set; }

    public void Add(in T entry)
    {
        if (Count == _entries.Length && Count < capacity)
        {
            // Not written over yet, so the oldest stands first.
            Array.Resize(ref _entries, Math.Min(capacity, 2 * Count));
            _next = Count;
        }
        _entries[_next] = entry;
        _next = _next + 1 == _entries.Length ? 0 : _next + 1;
        Count = Math.Min(Count + 1, _entries.Length);
    }

    /// <summary>An entry by age: 0 is the newest.</summary>
    public ref readonly T Newest(int age)
    {
        var at = _next - 1 - age;
        return ref _entries[at < 0 ? at + _entries.Length : at];
    }

    /// <summary>The age of the newest entry that equals this one; -1 if there is none.</summary>
    public int AgeOf(T entry)
    {
        var at = _entries.AsSpan(0, _next).LastIndexOf(entry);
        if (at >= 0) return _next - 1 - at;
        // What stands behind the newest is the oldest, once all are in use.
        at = Count < _entries.Length ? -1 : _entries.AsSpan(_next).LastIndexOf(entry);
        return at < 0 ? -1 : _entries.Length - 1 - at;
    }

    public IEnumerable<T> OldestFirst()
    {
        for (var age = Count - 1; age >= 0; age--) yield return Newest(age);
    }
}
