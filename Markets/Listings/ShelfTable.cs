using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Rialto.Markets.Listings;

/// <summary>What a search must know of a shelf to pass it by, or to leave it aside until its turn comes.</summary>
/// <param name="Shelf">The shelf.</param>
/// <param name="Rows">Its vehicles by price.</param>
/// <param name="Currency">What its prices are in; null as long as it was never filled.</param>
/// <param name="Count">How many vehicles count there.</param>
/// <param name="Range">Between what they lie.</param>
internal readonly record struct ShelfOutline(ShelfRows Shelf, Row[] Rows, string? Currency, int Count, ShelfRange Range);

/// <summary>
/// All shelves in the order of their keys, and their outlines side by side in memory: a search over thousands of shelves reads those from one
/// end to the other, and waits for no shelf that it does not open. Whoever changes a shelf says so here.
/// </summary>
internal sealed class ShelfTable
{
    private readonly SortedList<string, ShelfRows> _byKey = new(StringComparer.Ordinal);
    private readonly List<ShelfOutline> _outlines = [];

    public int Count => _byKey.Count;

    public IList<ShelfRows> Shelves => _byKey.Values;

    public ReadOnlySpan<ShelfOutline> Outlines => CollectionsMarshal.AsSpan(_outlines);

    public ShelfRows this[string key] => _byKey[key];

    public bool TryGet(string key, [NotNullWhen(true)] out ShelfRows? shelf) => _byKey.TryGetValue(key, out shelf);

    public void Add(ShelfRows shelf)
    {
        _byKey.Add(shelf.Key, shelf);
        _outlines.Insert(_byKey.IndexOfKey(shelf.Key), shelf.Outline);
    }

    /// <summary>Something of a shelf's outline may be another now.</summary>
    public void Changed(ShelfRows shelf) => _outlines[_byKey.IndexOfKey(shelf.Key)] = shelf.Outline;

    /// <summary>Where the shelves behind a key begin.</summary>
    public int IndexAfter(string key)
    {
        var (low, high) = (0, _byKey.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (string.CompareOrdinal(_byKey.Keys[middle], key) <= 0) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
