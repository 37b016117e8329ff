using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>
/// What a node gives of its replica to those that join. To write a snapshot takes the longer the more there is, so one is kept for a while
/// and given to whoever asks meanwhile, part by part: no message is larger than a part, and whoever asks says when it wants the next.
/// </summary>
/// <param name="make">Writes a snapshot of the replica as it is, and says at which place that is. Nothing is applied meanwhile.</param>
/// <param name="time">The node's clock.</param>
/// <param name="settings">The limits.</param>
internal sealed class SnapshotOffer(Func<(IReadOnlyList<ReadOnlyMemory<byte>> Parts, Seq At)> make, TimeProvider time, ReplicaSettings settings) : IDisposable
{
    private readonly Lock _gate = new();
    private IReadOnlyList<ReadOnlyMemory<byte>> _parts = [];
    private long _made;
    private Seq _at;
    private ITimer? _timer;

    /// <summary>Answers who wants a part. Called where nothing is applied meanwhile.</summary>
    /// <param name="wanted">Which part; of no snapshot in particular if it is the first.</param>
    /// <param name="now">Where the replica is.</param>
    public NodeSignal.SnapshotPart Give(NodeSignal.SnapshotWanted wanted, Seq now)
    {
        lock (_gate)
        {
            if (wanted.Snapshot == 0 && (_parts.Count == 0 || now.Value - _at.Value > settings.MinSnapshotEvents))
            {
                (_parts, _at) = make();
                _made++;
            }
            if ((wanted.Snapshot != 0 && wanted.Snapshot != _made) || wanted.Part < 0 || wanted.Part >= _parts.Count) return new NodeSignal.SnapshotPart(wanted.Snapshot, wanted.Part, 0, default);
            _timer ??= time.CreateTimer(static offer => ((SnapshotOffer)offer!).Forget(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(TimeSpan.FromMilliseconds(settings.SnapshotKeptMs), Timeout.InfiniteTimeSpan);
            return new NodeSignal.SnapshotPart(_made, wanted.Part, _parts.Count, _parts[wanted.Part]);
        }
    }

    public void Dispose()
    {
        lock (_gate) _timer?.Dispose();
    }

    private void Forget()
    {
        lock (_gate) _parts = [];
    }
}
