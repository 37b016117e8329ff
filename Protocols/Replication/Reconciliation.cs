using System.Collections.Immutable;
using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>One entity in a replica, for comparing.</summary>
/// <param name="Stream">The entity's stream.</param>
/// <param name="Version">How many of its events are applied.</param>
/// <param name="Digest">A hash of its state.</param>
public readonly record struct ItemDigest(StreamId Stream, long Version, Hash256 Digest);

/// <summary>How an entity differs in two replicas at the same place.</summary>
public enum DifferenceKind
{
    /// <summary>The replica lacks events of it.</summary>
    Missing,
    /// <summary>The replica has more events of it than there are.</summary>
    Duplicate,
    /// <summary>The replica has as many events of it, and another state.</summary>
    Conflicting,
}

/// <summary>One entity that differs.</summary>
/// <param name="Stream">The entity's stream.</param>
/// <param name="Kind">How it differs.</param>
/// <param name="RightVersion">The version that is right; 0 if there is no such entity.</param>
/// <param name="FoundVersion">The version that the replica has; 0 if it has no such entity.</param>
public readonly record struct ReplicaDifference(StreamId Stream, DifferenceKind Kind, long RightVersion, long FoundVersion)
{
    /// <summary>Compares a replica with one that is right, at the same place.</summary>
    /// <param name="right">What is right; each stream once, in any order.</param>
    /// <param name="found">What the replica has. A stream that it has twice is a duplicate.</param>
    /// <returns>The entities that differ, by their names.</returns>
    public static IReadOnlyList<ReplicaDifference> Between(IEnumerable<ItemDigest> right, IEnumerable<ItemDigest> found)
    {
        var wanted = new SortedDictionary<string, ItemDigest>(StringComparer.Ordinal);
        foreach (var item in right) wanted[item.Stream.Text] = item;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var differences = new List<ReplicaDifference>();
        foreach (var item in found)
        {
            var isKnown = wanted.TryGetValue(item.Stream.Text, out var expected);
            DifferenceKind? kind = !seen.Add(item.Stream.Text) || !isKnown || item.Version > expected.Version ? DifferenceKind.Duplicate
                : item.Version < expected.Version ? DifferenceKind.Missing
                : item.Digest != expected.Digest ? DifferenceKind.Conflicting
                : null;
            if (kind is { } differs) differences.Add(new ReplicaDifference(item.Stream, differs, isKnown ? expected.Version : 0, item.Version));
        }
        foreach (var (name, item) in wanted)
            if (!seen.Contains(name)) differences.Add(new ReplicaDifference(item.Stream, DifferenceKind.Missing, item.Version, 0));
        differences.Sort((a, b) => string.CompareOrdinal(a.Stream.Text, b.Stream.Text));
        return differences;
    }
}

/// <summary>What a comparison of replicas does next.</summary>
public abstract record ReconcileOrder
{
    private ReconcileOrder() { }

    /// <summary>Ask a node for the digest of its replica at a place: taken right after that event is applied.</summary>
    /// <param name="To">The node.</param>
    /// <param name="Round">Which comparison.</param>
    /// <param name="At">The place.</param>
    public sealed record AskDigest(Rank To, long Round, Seq At) : ReconcileOrder;

    /// <summary>This replica differs: list its items and those of one that is right, report how they differ, and rebuild it from the journal.</summary>
    /// <param name="Peer">The node with the replica that differs.</param>
    /// <param name="RightPeer">A node whose replica is right; null if only the journal can tell.</param>
    /// <param name="At">The place.</param>
    public sealed record Rebuild(Rank Peer, Rank? RightPeer, Seq At) : ReconcileOrder;

    /// <summary>The comparison came to nothing, because its place was too near: begin another, farther ahead.</summary>
    public sealed record BeginAgain : ReconcileOrder;

    /// <summary>The comparison is over.</summary>
    /// <param name="Outcome">What came of it.</param>
    public sealed record Report(ReconcileOutcome Outcome) : ReconcileOrder;
}

/// <summary>What came of a comparison.</summary>
/// <param name="Round">Which comparison.</param>
/// <param name="At">The place at which replicas were compared.</param>
/// <param name="Agree">The nodes whose replicas are the same.</param>
/// <param name="Differ">The nodes whose replicas are to be rebuilt.</param>
/// <param name="Silent">The nodes that gave no digest in time.</param>
public sealed record ReconcileOutcome(long Round, Seq At, ImmutableArray<Rank> Agree, ImmutableArray<Rank> Differ, ImmutableArray<Rank> Silent);

/// <summary>
/// Compares the replicas of all nodes at one place, and has those rebuilt that differ. They never should: all apply the same events in the
/// same order (state machine replication: F. B. Schneider, "Implementing Fault-Tolerant Services Using the State Machine Approach", 1990),
/// so a difference is a bug or a broken memory, and that is why it is looked for.
///
/// The place is named a little ahead of the end, so that each node can take the digest when it gets there. What most nodes have counts as
/// right. Where no side has more, nobody is believed: all are rebuilt from the journal, which is the only truth.
/// </summary>
/// <remarks>Not thread-safe; one comparison at a time.</remarks>
public sealed class Reconciliation(ReplicaSettings settings)
{
    private readonly SortedDictionary<Rank, Hash256?> _digests = [];
    private long _round;
    private Seq _at;
    private long _dueAtMs = long.MaxValue;

    /// <summary>Whether a comparison is under way.</summary>
    public bool IsUnderWay => _digests.Count > 0;

    /// <summary>When it wants <see cref="Tick"/>, in milliseconds.</summary>
    public long DueAtMs => _dueAtMs;

    /// <summary>Begins a comparison; false if one is under way.</summary>
    /// <param name="peers">The nodes, this one among them.</param>
    /// <param name="committed">The journal's last place.</param>
    /// <param name="ahead">How far ahead of that the place is, in events: about as many as are committed while a message is on its way; 0 if nothing is being written.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="orders">Takes what is to be done.</param>
    public bool Begin(IEnumerable<Rank> peers, Seq committed, long ahead, long nowMs, List<ReconcileOrder> orders)
    {
        if (IsUnderWay) return false;
        foreach (var peer in peers) _digests[peer] = null;
        if (!IsUnderWay) return false;
        _round++;
        _at = new Seq(committed.Value + Math.Min(ahead, settings.DigestAheadEvents));
        _dueAtMs = nowMs + settings.DigestTimeoutMs;
        foreach (var peer in _digests.Keys) orders.Add(new ReconcileOrder.AskDigest(peer, _round, _at));
        return true;
    }

    /// <summary>A digest has come. One of another comparison or another place tells nothing.</summary>
    public void DigestCame(Rank from, long round, Seq at, Hash256 digest, List<ReconcileOrder> orders)
    {
        if (round != _round || at != _at || !_digests.ContainsKey(from)) return;
        _digests[from] = digest;
        if (_digests.Values.All(known => known is not null)) Conclude(orders);
    }

    /// <summary>A node had passed the place when it was asked: nothing can be told from this comparison.</summary>
    public void PlacePassed(Rank from, long round, Seq at, List<ReconcileOrder> orders)
    {
        if (round != _round || at != _at || !_digests.ContainsKey(from)) return;
        _digests.Clear();
        _dueAtMs = long.MaxValue;
        orders.Add(new ReconcileOrder.BeginAgain());
    }

    /// <summary>Time has passed.</summary>
    public void Tick(long nowMs, List<ReconcileOrder> orders)
    {
        if (IsUnderWay && nowMs >= _dueAtMs) Conclude(orders);
    }

    private void Conclude(List<ReconcileOrder> orders)
    {
        var told = _digests.Where(pair => pair.Value is not null).Select(pair => (Peer: pair.Key, Digest: pair.Value!.Value)).ToList();
        var silent = _digests.Where(pair => pair.Value is null).Select(pair => pair.Key).ToImmutableArray();
        var sides = told.GroupBy(one => one.Digest).Select(side => side.Select(one => one.Peer).ToImmutableArray()).OrderByDescending(side => side.Length).ToList();
        var isClear = sides.Count < 2 || sides[0].Length > sides[1].Length;
        ImmutableArray<Rank> agree = isClear && sides.Count > 0 ? sides[0] : [];
        var differ = told.Select(one => one.Peer).Where(peer => !agree.Contains(peer)).ToImmutableArray();
        foreach (var peer in differ) orders.Add(new ReconcileOrder.Rebuild(peer, isClear ? agree[^1] : null, _at));
        orders.Add(new ReconcileOrder.Report(new ReconcileOutcome(_round, _at, agree, differ, silent)));
        _digests.Clear();
        _dueAtMs = long.MaxValue;
    }
}
