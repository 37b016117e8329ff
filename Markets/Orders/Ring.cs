namespace Rialto.Markets.Orders;

/// <summary>The newest entries, up to a capacity; older ones are written over. It takes no more room than it needs.</summary>
internal sealed class Ring<T>(int capacity) where T : struct
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

    public IEnumerable<T> OldestFirst()
    {
        for (var age = Count - 1; age >= 0; age--) yield return Newest(age);
    }
}
