using System.Collections.Immutable;
using System.Globalization;
using Rialto.Journal;

namespace Rialto.Grains.Nodes;

/// <summary>Which silos are nodes: a silo's name carries its rank, so that everybody learns it from the membership.</summary>
public static class SiloNames
{
    private const string Prefix = "rialto-";

    /// <summary>The name of the silo of a rank, such as <c>rialto-3</c>.</summary>
    public static string Of(Rank rank) => Prefix + rank;

    /// <summary>The rank that a name carries; false if it is not the name of a node.</summary>
    public static bool TryRead(string? name, out Rank rank)
    {
        rank = default;
        if (name is null || !name.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        if (!int.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var value) || value < 1) return false;
        rank = new Rank(value);
        return true;
    }
}

/// <summary>The active silos by rank, at one moment. Of two silos of one rank the younger counts: the other's process is gone.</summary>
internal sealed class Roster
{
    private readonly ImmutableSortedDictionary<Rank, SiloAddress> _active;

    public Roster(ClusterMembershipSnapshot membership)
    {
        var active = ImmutableSortedDictionary.CreateBuilder<Rank, SiloAddress>();
        var gone = ImmutableSortedSet.CreateBuilder<Rank>();
        foreach (var member in membership.Members.Values)
        {
            if (!SiloNames.TryRead(member.Name, out var rank)) continue;
            if (member.Status != SiloStatus.Active) gone.Add(rank);
            else if (!active.TryGetValue(rank, out var other) || other.Generation < member.SiloAddress.Generation) active[rank] = member.SiloAddress;
        }
        gone.ExceptWith(active.Keys);
        _active = active.ToImmutable();
        (Version, Members, Gone) = (membership.Version, [.. _active.Keys], [.. gone]);
    }

    public MembershipVersion Version { get; }

    /// <summary>The ranks whose silo is active, ascending.</summary>
    public ImmutableArray<Rank> Members { get; }

    /// <summary>The ranks that were members, and are not any more; ascending.</summary>
    public ImmutableArray<Rank> Gone { get; }

    public SiloAddress? AddressOf(Rank rank) => _active.GetValueOrDefault(rank);
}
