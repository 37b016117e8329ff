using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>Times and limits of joining and of reconciling; the same on every node.</summary>
public sealed record ReplicaSettings
{
    /// <summary>How long a node waits for a part of a snapshot that it has asked for, in milliseconds, before it asks again.</summary>
    public int SnapshotTimeoutMs { get; init; } = 2_000;

    /// <summary>How often a part is asked for before the next node is. The first has to wait until the snapshot is written.</summary>
    public int SnapshotTries { get; init; } = 4;

    /// <summary>How much of a snapshot goes in one message, in bytes.</summary>
    public int SnapshotPartBytes { get; init; } = 1 << 20;

    /// <summary>How long a snapshot is kept after somebody has asked for a part of it, in milliseconds.</summary>
    public int SnapshotKeptMs { get; init; } = 10_000;

    /// <summary>A journal that is no longer than this, in events, is read rather than a snapshot asked for.</summary>
    public int MinSnapshotEvents { get; init; } = 10_000;

    /// <summary>How near to the end a replica must be, in events, to count as live.</summary>
    public int LiveWithinEvents { get; init; } = 1_000;

    /// <summary>How long a comparison waits for digests, in milliseconds.</summary>
    public int DigestTimeoutMs { get; init; } = 5_000;

    /// <summary>How far ahead the place may be at which digests are compared, in events: nobody should have passed it when it is named.</summary>
    public int DigestAheadEvents { get; init; } = 10_000;
}

/// <summary>What a replica that joins does next.</summary>
public abstract record JoinOrder
{
    private JoinOrder() { }

    /// <summary>Ask a node for a part of a snapshot. It may ask for the same one again: asking costs nothing.</summary>
    /// <param name="From">The node.</param>
    /// <param name="Snapshot">Of which one; 0 for whichever it has, with its first part: then what has come so far is of no use.</param>
    /// <param name="Part">Which part, from 0.</param>
    public sealed record AskPart(Rank From, long Snapshot, int Part) : JoinOrder;

    /// <summary>All parts have come: put them together, and say <see cref="ReplicaJoin.SnapshotCame"/> or <see cref="ReplicaJoin.SnapshotDamaged"/>.</summary>
    /// <param name="From">Whose snapshot it is.</param>
    public sealed record Load(Rank From) : JoinOrder;

    /// <summary>Begin from the snapshot that came: it is newer than what there was.</summary>
    /// <param name="At">Its place.</param>
    public sealed record Install(Seq At) : JoinOrder;

    /// <summary>Read and apply one page of the journal, and say <see cref="ReplicaJoin.TailRead"/>.</summary>
    /// <param name="After">The place before the first wanted.</param>
    public sealed record ReadTail(Seq After) : JoinOrder;

    /// <summary>The replica may serve; the multicast goes on from here.</summary>
    /// <param name="From">The last place applied.</param>
    public sealed record GoLive(Seq From) : JoinOrder;
}

/// <summary>
/// How a replica joins: a snapshot, then the tail, then live. The peers are asked for a snapshot first, then the leader, which has enough to
/// do; it comes part by part, and a part that does not come is asked for a few times. Whoever has none, or one that is far behind because it
/// joins itself, is passed over as long as there is another. A snapshot only saves time: without one the journal is read from where the
/// replica is. Batches of the multicast that come meanwhile may be dropped, since the tail is read until the end is near and the multicast
/// finds the rest of the gap by itself. So a join cannot miss an event, and cannot fail while the journal can be read.
/// </summary>
/// <remarks>Not thread-safe. A join whose journal cannot be read ends there; another one begins where the replica is then.</remarks>
public sealed class ReplicaJoin
{
    private readonly ReplicaSettings _settings;
    private readonly Queue<Rank> _sources;
    // What is waited for; the part after the last, while they are put together.
    private (Rank From, long Snapshot, int Part)? _wanted;
    private int _triesLeft;
    private Seq _end;

    /// <summary>A replica that has applied up to a place, perhaps nothing.</summary>
    /// <param name="settings">The times.</param>
    /// <param name="applied">The last place applied.</param>
    /// <param name="sources">Who may have a snapshot: peers first, then the leader.</param>
    public ReplicaJoin(ReplicaSettings settings, Seq applied, IEnumerable<Rank> sources)
    {
        _settings = settings;
        _sources = new Queue<Rank>(sources);
        Applied = applied;
    }

    /// <summary>The last place applied.</summary>
    public Seq Applied { get; private set; }

    /// <summary>Whether it has caught up.</summary>
    public bool IsLive { get; private set; }

    /// <summary>When it wants <see cref="Tick"/>, in milliseconds.</summary>
    public long DueAtMs { get; private set; } = long.MaxValue;

    /// <summary>Begins.</summary>
    /// <param name="end">The journal's last place.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="orders">Takes what is to be done.</param>
    public void Begin(Seq end, long nowMs, List<JoinOrder> orders)
    {
        _end = end;
        if (end.Value - Applied.Value > _settings.MinSnapshotEvents) AskNext(nowMs, orders);
        else Continue(end, orders);
    }

    /// <summary>A part of a snapshot has come.</summary>
    /// <param name="from">From whom.</param>
    /// <param name="snapshot">Of which snapshot.</param>
    /// <param name="part">Which part, from 0.</param>
    /// <param name="parts">How many there are; 0 if this one is not to be had.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="orders">Takes what is to be done.</param>
    /// <returns>Whether it is the one that was wanted, and is to be kept behind those before it.</returns>
    public bool PartCame(Rank from, long snapshot, int part, int parts, long nowMs, List<JoinOrder> orders)
    {
        if (_wanted is not { } wanted || from != wanted.From || part != wanted.Part || (wanted.Snapshot != 0 && snapshot != wanted.Snapshot)) return false;
        if (parts <= part)
        {
            AskNext(nowMs, orders);
            return false;
        }
        if (part + 1 < parts)
        {
            Ask((from, snapshot, part + 1), nowMs, orders);
            return true;
        }
        (_wanted, DueAtMs) = ((from, snapshot, parts), long.MaxValue);
        orders.Add(new JoinOrder.Load(from));
        return true;
    }

    /// <summary>A snapshot has come, and its content was found whole.</summary>
    public void SnapshotCame(Rank from, Seq at, long nowMs, List<JoinOrder> orders)
    {
        if (from != _wanted?.From) return;
        if (at <= Applied || (_end.Value - at.Value > _settings.MinSnapshotEvents && _sources.Count > 0))
        {
            AskNext(nowMs, orders);
            return;
        }
        (_wanted, DueAtMs, Applied) = (null, long.MaxValue, at);
        orders.Add(new JoinOrder.Install(at));
        orders.Add(new JoinOrder.ReadTail(at));
    }

    /// <summary>A snapshot has come, and is no good.</summary>
    public void SnapshotDamaged(Rank from, long nowMs, List<JoinOrder> orders)
    {
        if (from == _wanted?.From) AskNext(nowMs, orders);
    }

    /// <summary>A page of the journal is applied.</summary>
    /// <param name="applied">The last place applied.</param>
    /// <param name="end">The journal's last place.</param>
    /// <param name="orders">Takes what is to be done.</param>
    public void TailRead(Seq applied, Seq end, List<JoinOrder> orders)
    {
        if (IsLive || _wanted is not null) return;
        if (applied > Applied) Applied = applied;
        Continue(end, orders);
    }

    /// <summary>Time has passed.</summary>
    public void Tick(long nowMs, List<JoinOrder> orders)
    {
        if (_wanted is not { } wanted || nowMs < DueAtMs) return;
        if (--_triesLeft <= 0)
        {
            AskNext(nowMs, orders);
            return;
        }
        // It may be lost, or is still being written.
        DueAtMs = nowMs + _settings.SnapshotTimeoutMs;
        orders.Add(new JoinOrder.AskPart(wanted.From, wanted.Snapshot, wanted.Part));
    }

    private void AskNext(long nowMs, List<JoinOrder> orders)
    {
        if (_sources.TryDequeue(out var next))
        {
            Ask((next, 0, 0), nowMs, orders);
            return;
        }
        (_wanted, DueAtMs) = (null, long.MaxValue);
        orders.Add(new JoinOrder.ReadTail(Applied));
    }

    private void Ask((Rank From, long Snapshot, int Part) wanted, long nowMs, List<JoinOrder> orders)
    {
        (_wanted, _triesLeft, DueAtMs) = (wanted, _settings.SnapshotTries, nowMs + _settings.SnapshotTimeoutMs);
        orders.Add(new JoinOrder.AskPart(wanted.From, wanted.Snapshot, wanted.Part));
    }

    private void Continue(Seq end, List<JoinOrder> orders)
    {
        IsLive = end.Value - Applied.Value <= _settings.LiveWithinEvents;
        orders.Add(IsLive ? new JoinOrder.GoLive(Applied) : new JoinOrder.ReadTail(Applied));
    }
}
