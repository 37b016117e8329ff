using System.Collections.Immutable;
using Rialto.Journal;

namespace Rialto.Grains.Nodes;

/// <summary>
/// Which silos are members, as this node counts them: Orleans has them as active, and they have said once that they take part. A silo that
/// only starts is not missed; it may need seconds for that on a busy machine. Of two silos of one rank the younger counts.
/// </summary>
internal sealed class Membership
{
    private readonly Lock _gate = new();
    private readonly Rank _self;
    private readonly SiloAddress _address;
    private readonly HashSet<SiloAddress> _takesPart = [];
    private readonly Dictionary<Rank, int> _early = [];
    private readonly Dictionary<SiloAddress, long> _silentSince = [];
    private ImmutableSortedDictionary<Rank, SiloAddress> _active = ImmutableSortedDictionary<Rank, SiloAddress>.Empty;
    private ImmutableSortedDictionary<Rank, SiloAddress> _known = ImmutableSortedDictionary<Rank, SiloAddress>.Empty;
    private ImmutableArray<SiloAddress> _superseded = [];
    private ImmutableArray<Rank> _gone = [];
    private ImmutableSortedDictionary<Rank, SiloAddress> _members;

    public Membership(Rank self, SiloAddress address)
    {
        (_self, _address) = (self, address);
        _members = ImmutableSortedDictionary<Rank, SiloAddress>.Empty.Add(self, address);
    }

    /// <summary>The ranks that are members, this one among them as long as its silo is active; ascending.</summary>
    public ImmutableArray<Rank> Members
    {
        get
        {
            lock (_gate) return [.. _members.Keys];
        }
    }

    /// <summary>The ranks that were in the cluster, and are not any more; ascending.</summary>
    public ImmutableArray<Rank> Gone
    {
        get
        {
            lock (_gate) return _gone;
        }
    }

    /// <summary>The active silos but this one, whether they take part or not.</summary>
    public ImmutableArray<SiloAddress> Others
    {
        get
        {
            lock (_gate) return [.. _active.Values.Where(silo => !silo.Equals(_address))];
        }
    }

    /// <summary>The youngest silo of a rank that is active or is about to be, whether it takes part or not: hosts may talk to it already.</summary>
    public SiloAddress? Known(Rank rank)
    {
        lock (_gate) return _known.GetValueOrDefault(rank);
    }

    /// <summary>The silo of a member; null if it is none.</summary>
    public SiloAddress? AddressOf(Rank rank)
    {
        lock (_gate) return _members.GetValueOrDefault(rank);
    }

    /// <summary>Takes in what Orleans says. True if the members are others now.</summary>
    /// <param name="snapshot">What Orleans says.</param>
    /// <param name="reborn">The ranks whose silo is another process than before.</param>
    public bool Update(ClusterMembershipSnapshot snapshot, out ImmutableArray<Rank> reborn)
    {
        lock (_gate)
        {
            var active = ImmutableSortedDictionary.CreateBuilder<Rank, SiloAddress>();
            var known = ImmutableSortedDictionary.CreateBuilder<Rank, SiloAddress>();
            var superseded = ImmutableArray.CreateBuilder<SiloAddress>();
            var gone = ImmutableSortedSet.CreateBuilder<Rank>();
            foreach (var member in snapshot.Members.Values.OrderBy(member => member.SiloAddress.Generation))
            {
                if (!SiloNames.TryRead(member.Name, out var rank)) continue;
                if (member.Status is SiloStatus.Active or SiloStatus.Joining) known[rank] = member.SiloAddress;
                if (member.Status == SiloStatus.Joining) continue;
                if (member.Status != SiloStatus.Active)
                {
                    gone.Add(rank);
                    continue;
                }
                if (active.TryGetValue(rank, out var older)) superseded.Add(older);
                active[rank] = member.SiloAddress;
            }
            gone.ExceptWith(active.Keys);
            (_active, _known, _superseded, _gone) = (active.ToImmutable(), known.ToImmutable(), superseded.ToImmutable(), [.. gone]);
            foreach (var (rank, silo) in _active)
                if (_early.TryGetValue(rank, out var life) && silo.Generation == life && _early.Remove(rank)) _takesPart.Add(silo);
            return Recount(out reborn);
        }
    }

    /// <summary>A silo has said something. True if it is a member only since now. One that Orleans has not told of yet will be one as soon as it does.</summary>
    public bool Heard(Rank from, int life, out ImmutableArray<Rank> reborn)
    {
        lock (_gate)
        {
            reborn = [];
            if (_active.TryGetValue(from, out var silo) && silo.Generation == life) return _takesPart.Add(silo) && Recount(out reborn);
            if ((silo is null || silo.Generation < life) && life > _early.GetValueOrDefault(from, int.MinValue)) _early[from] = life;
            return false;
        }
    }

    /// <summary>Whether what is said by a silo in this life is to be heard.</summary>
    public bool IsOfNow(Rank from, int life)
    {
        lock (_gate) return _members.TryGetValue(from, out var silo) && silo.Generation == life;
    }

    /// <summary>Those that were active before this node was take part already, as far as it can know.</summary>
    public void TrustAll()
    {
        lock (_gate)
        {
            _takesPart.UnionWith(_active.Values);
            Recount(out _);
        }
    }

    /// <summary>Active silos that are not to be waited for: another process has their rank, or they have not said a word for so long.</summary>
    public IReadOnlyList<(Rank Rank, SiloAddress Silo)> Remains(long nowMs, long silentMs)
    {
        lock (_gate)
        {
            var mute = _active.Where(silo => silo.Key != _self && !_takesPart.Contains(silo.Value)).ToList();
            foreach (var (_, silo) in mute) _silentSince.TryAdd(silo, nowMs);
            return [.. mute.Where(silo => nowMs - _silentSince[silo.Value] > silentMs).Select(silo => (silo.Key, silo.Value)), .. _superseded.Where(silo => !silo.Equals(_address)).Select(silo => (default(Rank), silo))];
        }
    }

    private bool Recount(out ImmutableArray<Rank> reborn)
    {
        var before = _members;
        _takesPart.IntersectWith(_active.Values);
        _members = _active.Where(silo => silo.Value.Equals(_address) || _takesPart.Contains(silo.Value)).ToImmutableSortedDictionary();
        reborn = [.. before.Where(was => _members.TryGetValue(was.Key, out var now) && !now.Equals(was.Value)).Select(was => was.Key)];
        return !reborn.IsEmpty || !before.Keys.SequenceEqual(_members.Keys);
    }
}
