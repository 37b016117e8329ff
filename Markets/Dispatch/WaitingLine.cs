using System.Collections.Immutable;
using System.Numerics;

namespace Rialto.Markets.Dispatch;

/// <summary>
/// The incidents that wait for a unit, most severe and oldest first, kept apart by what they need: to find the first one that a unit can
/// serve, one looks at one incident for each different need, not at all that wait.
/// </summary>
internal sealed class WaitingLine
{
    private readonly Dictionary<ulong, SortedSet<Incident>> _byNeed = [];

    /// <summary>Those that need what no unit here has, yet.</summary>
    private readonly SortedSet<Incident> _beyondAll = new(Urgency.Order);

    private readonly SortedSet<Incident> _all = new(Urgency.Order);

    public int Count => _all.Count;

    public IEnumerable<Incident> InOrder => _all;

    public void Add(Incident incident)
    {
        _all.Add(incident);
        if (incident.NeedBits is not { } bits)
        {
            _beyondAll.Add(incident);
            return;
        }
        if (!_byNeed.TryGetValue(bits, out var line)) _byNeed.Add(bits, line = new SortedSet<Incident>(Urgency.Order));
        line.Add(incident);
    }

    public void Remove(Incident incident)
    {
        _all.Remove(incident);
        if (incident.NeedBits is not { } bits) _beyondAll.Remove(incident);
        else if (_byNeed[bits] is var line && line.Remove(incident) && line.Count == 0) _byNeed.Remove(bits);
    }

    /// <summary>The incident that this unit is to serve, if any. Skills that are new with this unit are looked at by name.</summary>
    /// <param name="unit">A unit.</param>
    /// <param name="skills">Its skills.</param>
    /// <param name="isSpokenFor">Incidents to pass over.</param>
    public Incident? FirstFor(Unit unit, ImmutableArray<string> skills, Func<Incident, bool> isSpokenFor)
    {
        Incident? first = null;
        foreach (var (bits, line) in _byNeed)
            if ((bits & ~unit.SkillBits) == 0) first = Sooner(first, FirstIn(line, unit, isSpokenFor));
        if (_beyondAll.Count == 0) return first;
        foreach (var incident in _beyondAll)
        {
            if (!incident.Needs.All(need => skills.Contains(need)) || incident.IsDeclinedBy(unit) || isSpokenFor(incident)) continue;
            return Sooner(first, incident);
        }
        return first;
    }

    private static Incident? FirstIn(SortedSet<Incident> line, Unit unit, Func<Incident, bool> isSpokenFor)
    {
        foreach (var incident in line)
            if (!incident.IsDeclinedBy(unit) && !isSpokenFor(incident)) return incident;
        return null;
    }

    private static Incident? Sooner(Incident? x, Incident? y) => x is null ? y : y is null ? x : Urgency.Order.Compare(x, y) <= 0 ? x : y;
}

/// <summary>The skills that the units of a region have, each with a bit of its own, in order of appearance.</summary>
internal sealed class SkillTable
{
    private readonly Dictionary<string, int> _bits = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    public IReadOnlyList<string> Names => _names;

    /// <summary>The bits of all these skills; null if one of them is nobody's.</summary>
    public ulong? BitsOf(ImmutableArray<string> skills)
    {
        ulong bits = 0;
        foreach (var skill in skills)
        {
            if (!_bits.TryGetValue(skill, out var bit)) return null;
            bits |= 1UL << bit;
        }
        return bits;
    }

    /// <summary>The bits of those among these skills that are known.</summary>
    public ulong KnownBitsOf(ImmutableArray<string> skills)
    {
        ulong bits = 0;
        foreach (var skill in skills)
            if (_bits.TryGetValue(skill, out var bit)) bits |= 1UL << bit;
        return bits;
    }

    /// <summary>Whether there is room for those among these skills that are new.</summary>
    public bool HasRoomFor(ImmutableArray<string> skills) => _names.Count + skills.Distinct(StringComparer.Ordinal).Count() - BitOperations.PopCount(KnownBitsOf(skills)) <= RegionBounds.MaxDistinctSkills;

    /// <summary>Whether any was new.</summary>
    public bool Learn(IEnumerable<string> skills)
    {
        var before = _names.Count;
        foreach (var skill in skills)
            if (_bits.TryAdd(skill, _names.Count)) _names.Add(skill);
        return _names.Count > before;
    }
}
