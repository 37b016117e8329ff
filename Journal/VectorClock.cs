using System.Collections.Immutable;
using System.Text;

namespace Rialto.Journal;

/// <summary>How two events stand to each other by their vector clocks.</summary>
public enum ClockRelation
{
    /// <summary>The clocks are the same: events of one command.</summary>
    Equal,
    /// <summary>The first could have caused the second.</summary>
    Before,
    /// <summary>The second could have caused the first.</summary>
    After,
    /// <summary>Neither knew of the other.</summary>
    Concurrent,
}

/// <summary>
/// A vector clock: for each node, how many of its commands were known where the event was made
/// (C. Fidge, 1988; F. Mattern, "Virtual Time and Global States of Distributed Systems", 1989).
/// Immutable; nodes that it does not name count as 0. Kept sorted by rank.
/// </summary>
public sealed class VectorClock : IEquatable<VectorClock>
{
    /// <summary>The clock that knows of nothing.</summary>
    public static readonly VectorClock Zero = new([]);

    private VectorClock(ImmutableArray<(Rank Node, long Ticks)> entries) => Entries = entries;

    /// <summary>Each node's count, ascending by rank; counts of 0 are left out.</summary>
    public ImmutableArray<(Rank Node, long Ticks)> Entries { get; }

    /// <summary>The count of one node.</summary>
    public long this[Rank node]
    {
        get
        {
            foreach (var (rank, ticks) in Entries)
                if (rank == node) return ticks;
            return 0;
        }
    }

    /// <summary>A clock with the given counts, in any order.</summary>
    /// <exception cref="ArgumentException">A node is named twice, or a count is negative.</exception>
    public static VectorClock Of(IEnumerable<(Rank Node, long Ticks)> counts)
    {
        var entries = counts.Where(entry => entry.Ticks != 0).OrderBy(entry => entry.Node).ToImmutableArray();
        for (var i = 0; i < entries.Length; i++)
            if (entries[i].Ticks < 0 || (i > 0 && entries[i].Node == entries[i - 1].Node))
                throw new ArgumentException($"node {entries[i].Node} stands twice in a vector clock, or below zero.", nameof(counts));
        return entries.IsEmpty ? Zero : new VectorClock(entries);
    }

    /// <summary>This clock with one node's count set.</summary>
    public VectorClock With(Rank node, long ticks)
    {
        var at = 0;
        while (at < Entries.Length && Entries[at].Node.CompareTo(node) < 0) at++;
        var replaces = at < Entries.Length && Entries[at].Node == node;
        var entries = new (Rank, long)[Entries.Length + (replaces ? 0 : 1)];
        Entries.AsSpan(0, at).CopyTo(entries);
        entries[at] = (node, ticks);
        Entries.AsSpan()[(at + (replaces ? 1 : 0))..].CopyTo(entries.AsSpan(at + 1));
        return new VectorClock(System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(entries));
    }

    /// <summary>The greater count of each node. Returns this very clock when the other adds nothing.</summary>
    public VectorClock Merge(VectorClock other)
    {
        var merged = this;
        foreach (var (node, ticks) in other.Entries)
            if (ticks > merged[node]) merged = merged.With(node, ticks);
        return merged;
    }

    /// <summary>How an event with this clock stands to one with the other.</summary>
    public ClockRelation CompareTo(VectorClock other)
    {
        var less = Entries.Any(entry => entry.Ticks < other[entry.Node]) || other.Entries.Any(entry => this[entry.Node] < entry.Ticks);
        var more = Entries.Any(entry => entry.Ticks > other[entry.Node]);
        return (less, more) switch
        {
            (false, false) => ClockRelation.Equal,
            (true, false) => ClockRelation.Before,
            (false, true) => ClockRelation.After,
            _ => ClockRelation.Concurrent,
        };
    }

    /// <inheritdoc/>
    public bool Equals(VectorClock? other) => other is not null && Entries.AsSpan().SequenceEqual(other.Entries.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VectorClock);

    /// <inheritdoc/>
    public override int GetHashCode() => Entries.Aggregate(17, (hash, entry) => HashCode.Combine(hash, entry.Node, entry.Ticks));

    /// <summary>Such as <c>1:5 3:2</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (node, ticks) in Entries)
            text.Append(text.Length == 0 ? "" : " ").Append(node.Value).Append(':').Append(ticks);
        return text.ToString();
    }
}
