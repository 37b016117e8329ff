using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>Limits and times of the multicast; the same on every node.</summary>
public sealed record MulticastSettings
{
    /// <summary>The most batches that a leader keeps to send again.</summary>
    public int MaxKeptBatches { get; init; } = 256;

    /// <summary>The most events in them.</summary>
    public int MaxKeptEvents { get; init; } = 50_000;

    /// <summary>The most batches that are sent again for one request.</summary>
    public int MaxResentBatches { get; init; } = 64;

    /// <summary>The most batches that a node holds back because some before them are missing.</summary>
    public int MaxHeldBatches { get; init; } = 256;

    /// <summary>How long a gap may be mere disorder, in milliseconds, before a node asks for what is missing.</summary>
    public int GapPatienceMs { get; init; } = 10;

    /// <summary>How long a node waits for what it has asked for, in milliseconds, before it asks again.</summary>
    public int NackRetryMs { get; init; } = 50;

    /// <summary>So many requests without success, and a node reads the journal.</summary>
    public int MaxNacks { get; init; } = 3;
}

/// <summary>
/// The leader's side of the ordered reliable multicast: committed events go to every node once, in order, and again to whoever says that
/// it misses some (negative acknowledgements and a history buffer at the sequencer: M. F. Kaashoek, A. S. Tanenbaum, "Group Communication
/// in the Amoeba Distributed Operating System", 1991).
///
/// It needs no acknowledgement to go on, since the journal keeps everything: the buffer is only the fast way. How far each node has come it
/// learns from heartbeats, and forgets what all have. A slow node never makes it wait or grow; it is sent to the journal.
/// </summary>
/// <remarks>One epoch, one sender. Not thread-safe.</remarks>
public sealed class MulticastSender<T>
{
    private readonly MulticastSettings _settings;
    private readonly Epoch _epoch;
    private readonly LinkedList<SequencedSpan<T>> _kept = [];
    private readonly SortedDictionary<Rank, Seq> _receivers = [];
    private long _keptEvents;

    /// <summary>Begins an epoch.</summary>
    /// <param name="settings">The limits.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="end">The journal's last place as read after the claim.</param>
    public MulticastSender(MulticastSettings settings, Epoch epoch, Seq end)
    {
        _settings = settings;
        _epoch = epoch;
        Last = end;
    }

    /// <summary>The last committed place.</summary>
    public Seq Last { get; private set; }

    /// <summary>How many batches are kept.</summary>
    public int Kept => _kept.Count;

    /// <summary>How far each node is known to have come.</summary>
    public IReadOnlyDictionary<Rank, Seq> Receivers => _receivers;

    /// <summary>Takes in to whom it sends. A node that is new has come nowhere yet.</summary>
    public void SetReceivers(IEnumerable<Rank> ranks)
    {
        var wanted = new SortedSet<Rank>(ranks);
        foreach (var gone in _receivers.Keys.Where(rank => !wanted.Contains(rank)).ToList()) _receivers.Remove(gone);
        foreach (var rank in wanted) _receivers.TryAdd(rank, Seq.None);
    }

    /// <summary>A batch is durable: it goes to everybody.</summary>
    /// <exception cref="InvalidOperationException">It does not follow on what was committed before: a bug in the sequencer's host.</exception>
    public void Committed(Seq first, Seq last, T content, List<MulticastOrder<T>> orders)
    {
        if (first != Last.Next || last < first) throw new InvalidOperationException($"Batch {first}..{last} does not follow on {Last}.");
        Last = last;
        var span = new SequencedSpan<T>(_epoch, first, last, content);
        _kept.AddLast(span);
        _keptEvents += CountOf(span);
        while (_kept.Count > _settings.MaxKeptBatches || (_keptEvents > _settings.MaxKeptEvents && _kept.Count > 1)) Drop();
        foreach (var rank in _receivers.Keys) orders.Add(new MulticastOrder<T>.Send(rank, span));
    }

    /// <summary>A node says how far it has come. Also in heartbeats, so that a lost last batch is found out by the receiver, which is told <see cref="Last"/> there.</summary>
    public void Progressed(Rank from, Seq applied)
    {
        if (!_receivers.TryGetValue(from, out var before) || applied <= before) return;
        _receivers[from] = applied;
        var slowest = applied;
        foreach (var seq in _receivers.Values)
            if (seq < slowest) slowest = seq;
        while (_kept.First is { } oldest && oldest.Value.Last <= slowest) Drop();
    }

    /// <summary>A node misses events: they are sent again if they are kept, else it is to read the journal.</summary>
    public void Missing(Rank from, Nack nack, List<MulticastOrder<T>> orders)
    {
        if (!_receivers.ContainsKey(from) || nack.Epoch > _epoch || nack.First > Last) return;
        if (_kept.First is not { } oldest || oldest.Value.First > nack.First)
        {
            orders.Add(new MulticastOrder<T>.UseJournal(from, Last));
            return;
        }
        var sent = 0;
        foreach (var span in _kept)
        {
            if (span.Last < nack.First) continue;
            if (span.First > nack.Last || sent++ == _settings.MaxResentBatches) break;
            orders.Add(new MulticastOrder<T>.Send(from, span));
        }
    }

    private void Drop()
    {
        _keptEvents -= CountOf(_kept.First!.Value);
        _kept.RemoveFirst();
    }

    private static long CountOf(SequencedSpan<T> span) => span.Last.Value - span.First.Value + 1;
}
