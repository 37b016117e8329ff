namespace Rialto.Simulation;

/// <summary>What can be made to go wrong.</summary>
[Flags]
internal enum FaultKinds
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>Messages are lost, late, doubled, out of order; ways between nodes are cut, one-way or both.</summary>
    Network = 1,
    /// <summary>Nodes crash and restart, freeze and go on, their clocks jump and drift; all lose power at once.</summary>
    Nodes = 2,
    /// <summary>The disk is slow, fails before it wrote or after, or is away.</summary>
    Disk = 4,
    /// <summary>Everything.</summary>
    All = Network | Nodes | Disk,
}

/// <summary>Counts by name, in the order of names.</summary>
internal sealed class Tally
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public IEnumerable<KeyValuePair<string, long>> Counts => _counts;

    public long Total => _counts.Values.Sum();

    public void Add(string name, long count = 1) => _counts[name] = _counts.GetValueOrDefault(name) + count;

    public void Add(Tally other)
    {
        foreach (var (name, count) in other._counts) Add(name, count);
    }
}
