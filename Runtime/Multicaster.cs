using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>The leader's side of the ordered multicast, for one epoch: carries what <see cref="MulticastSender{T}"/> orders.</summary>
internal sealed class Multicaster(MulticastSettings settings, Epoch epoch, Seq end, IEnumerable<Rank> members, Action<Rank, NodeSignal> send)
{
    private readonly Lock _gate = new();
    private readonly MulticastSender<CommittedBatch> _sender = WithReceivers(new(settings, epoch, end), members);
    private readonly List<MulticastOrder<CommittedBatch>> _orders = [];

    public void SetReceivers(IEnumerable<Rank> members)
    {
        lock (_gate) _sender.SetReceivers(members);
    }

    public void Committed(CommittedBatch batch)
    {
        lock (_gate)
        {
            _sender.Committed(batch.First, batch.Last, batch, _orders);
            CarryOut();
        }
    }

    public void Missing(Rank from, Nack nack)
    {
        lock (_gate)
        {
            _sender.Missing(from, nack, _orders);
            CarryOut();
        }
    }

    public void Progressed(Rank from, Seq applied)
    {
        lock (_gate) _sender.Progressed(from, applied);
    }

    /// <summary>Under the lock: two batches must not overtake each other here.</summary>
    private void CarryOut()
    {
        NodeSignal.Committed? last = null;
        foreach (var order in _orders)
            switch (order)
            {
                case MulticastOrder<CommittedBatch>.Send one:
                    if (last?.Span != one.Span) last = new NodeSignal.Committed(one.Span);
                    send(one.To, last);
                    break;
                case MulticastOrder<CommittedBatch>.UseJournal one:
                    send(one.To, new NodeSignal.ReadJournal(one.UpTo));
                    break;
            }
        _orders.Clear();
    }

    private static MulticastSender<CommittedBatch> WithReceivers(MulticastSender<CommittedBatch> sender, IEnumerable<Rank> members)
    {
        sender.SetReceivers(members);
        return sender;
    }
}
