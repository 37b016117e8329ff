using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>
/// A node's side of the ordered reliable multicast: what it delivers is a prefix of the journal, each event once, in order, whatever the
/// network does (total order and agreement in the sense of V. Hadzilacos, S. Toueg, "A Modular Approach to Fault-Tolerant Broadcasts and
/// Related Problems", 1994; the order is the sequencer's, the agreement is the journal's).
///
/// A batch that comes too early waits, a batch that came before is dropped, a gap is asked for after a moment's patience, and after some
/// requests in vain it is read from the journal. A heartbeat says how far the journal goes, so a lost last batch is a gap like any other.
/// A leader that was deposed may still send: once a newer epoch is known to begin after a place, a batch of an older epoch that reaches
/// beyond that place was never committed, and is dropped and counted.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class MulticastReceiver<T>
{
    private readonly MulticastSettings _settings;
    private readonly SortedDictionary<Seq, SequencedSpan<T>> _held = [];
    private Epoch _epoch;
    private Seq? _start;
    private Rank? _leader;
    private Seq _known;
    private long _dueAtMs = long.MaxValue;
    private int _nacks;
    private bool _isReading;

    /// <summary>Begins at what the node has applied.</summary>
    public MulticastReceiver(MulticastSettings settings, Seq applied)
    {
        _settings = settings;
        Applied = _known = applied;
    }

    /// <summary>The last place that was handed over to be applied.</summary>
    public Seq Applied { get; private set; }

    /// <summary>The last place that is known to be committed.</summary>
    public Seq Known => _known;

    /// <summary>How many batches wait for others before them.</summary>
    public int Held => _held.Count;

    /// <summary>How many batches were dropped because the node had them.</summary>
    public long Duplicates { get; private set; }

    /// <summary>How many batches of deposed leaders were dropped.</summary>
    public long Deposed { get; private set; }

    /// <summary>How many gaps were found.</summary>
    public long Gaps { get; private set; }

    /// <summary>When it wants <see cref="Tick"/>, in milliseconds.</summary>
    public long DueAtMs => _dueAtMs;

    /// <summary>Another leader: its epoch begins after a place, which may be learned later (null).</summary>
    public void Lead(Rank leader, Epoch epoch, Seq? start, long nowMs, List<DeliveryOrder<T>> orders)
    {
        if (epoch < _epoch) return;
        // What was said of the journal's end by a leader that is deposed counts no more: the new one says it again.
        if (epoch > _epoch) (_start, _nacks, _known) = (null, 0, Applied);
        (_epoch, _leader) = (epoch, leader);
        _start ??= start;
        if (_start > _known) _known = _start.Value;
        if (_start is { } begin)
            foreach (var (first, span) in _held.ToList())
                if (span.Epoch < _epoch && span.Last > begin) Reject(first);
        Look(nowMs, orders);
    }

    /// <summary>A batch has come.</summary>
    public void Received(SequencedSpan<T> span, long nowMs, List<DeliveryOrder<T>> orders)
    {
        if (span.Last < span.First) return;
        if (span.Epoch < _epoch && (_start is not { } start || span.Last > start))
        {
            // Where the new epoch began is not known yet: the journal, or the new leader, will send it again.
            Deposed++;
            return;
        }
        if (span.Last <= Applied || (_held.TryGetValue(span.First, out var same) && same.Last >= span.Last))
        {
            Duplicates++;
            return;
        }
        if (span.Last > _known) _known = span.Last;
        _held[span.First] = span;
        Look(nowMs, orders);
        // What is farthest away is worth least.
        if (_held.Count > _settings.MaxHeldBatches) _held.Remove(_held.Keys.Last());
    }

    /// <summary>The leader of an epoch says how far the journal goes.</summary>
    public void CommittedUpTo(Epoch epoch, Seq last, long nowMs, List<DeliveryOrder<T>> orders)
    {
        if (epoch < _epoch || last <= _known) return;
        _known = last;
        Look(nowMs, orders);
    }

    /// <summary>The leader keeps what is missing no more.</summary>
    public void UseJournal(List<DeliveryOrder<T>> orders)
    {
        if (Applied < _known) Read(orders);
    }

    /// <summary>The journal was read, and everything up to a place is applied.</summary>
    public void CaughtUp(Seq applied, long nowMs, List<DeliveryOrder<T>> orders)
    {
        (_isReading, _nacks, _dueAtMs) = (false, 0, long.MaxValue);
        if (applied > Applied) Applied = applied;
        if (Applied > _known) _known = Applied;
        Look(nowMs, orders);
    }

    /// <summary>Time has passed.</summary>
    public void Tick(long nowMs, List<DeliveryOrder<T>> orders)
    {
        if (nowMs < _dueAtMs || _isReading || Applied >= _known) return;
        if (_leader is { } leader && _nacks < _settings.MaxNacks)
        {
            _nacks++;
            _dueAtMs = nowMs + _settings.NackRetryMs;
            var last = _held.Count > 0 ? new Seq(_held.Keys.First().Value - 1) : _known;
            orders.Add(new DeliveryOrder<T>.Ask(leader, new Nack(_epoch, Applied.Next, last)));
        }
        else Read(orders);
    }

    /// <summary>Delivers what follows on, and notes a gap.</summary>
    private void Look(long nowMs, List<DeliveryOrder<T>> orders)
    {
        var delivered = false;
        while (_held.Count > 0 && !_isReading && _held.First() is { Key: var first, Value: var span } && first <= Applied.Next)
        {
            _held.Remove(first);
            if (span.Last <= Applied)
            {
                Duplicates++;
                continue;
            }
            Applied = span.Last;
            delivered = true;
            orders.Add(new DeliveryOrder<T>.Deliver(span));
        }
        if (Applied >= _known)
        {
            (_dueAtMs, _nacks) = (long.MaxValue, 0);
            return;
        }
        if (delivered) _nacks = 0;
        if (_dueAtMs != long.MaxValue && !delivered) return;
        if (_dueAtMs == long.MaxValue) Gaps++;
        _dueAtMs = nowMs + _settings.GapPatienceMs;
    }

    private void Read(List<DeliveryOrder<T>> orders)
    {
        if (_isReading) return;
        (_isReading, _dueAtMs) = (true, long.MaxValue);
        orders.Add(new DeliveryOrder<T>.ReadJournal(Applied));
    }

    private void Reject(Seq first)
    {
        Deposed++;
        _held.Remove(first);
    }
}
