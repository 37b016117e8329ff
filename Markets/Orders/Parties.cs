namespace Rialto.Markets.Orders;

/// <summary>Names of owners and accounts as small numbers, as long as they have orders: comparing two is then comparing numbers.</summary>
internal sealed class Parties
{
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly Stack<int> _free = new();
    private Party[] _parties = new Party[16];
    private int _used;

    private struct Party
    {
        public string? Name;
        public int Orders;
    }

    public string NameOf(int party) => _parties[party].Name!;

    /// <summary>The number of a name that has orders; -1 if it has none.</summary>
    public int Find(string name) => _byName.GetValueOrDefault(name, -1);

    /// <summary>One more order of this name.</summary>
    public int Enter(string name)
    {
        if (!_byName.TryGetValue(name, out var party))
        {
            if (!_free.TryPop(out party)) party = _used++;
            if (party == _parties.Length) Array.Resize(ref _parties, 2 * party);
            _parties[party] = new Party { Name = name };
            _byName.Add(name, party);
        }
        _parties[party].Orders++;
        return party;
    }

    /// <summary>One order less.</summary>
    public void Leave(int party)
    {
        ref var left = ref _parties[party];
        if (--left.Orders > 0) return;
        _byName.Remove(left.Name!);
        left.Name = null;
        _free.Push(party);
    }
}
