using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>Brings a new replica up to the journal's end: carries what <see cref="ReplicaJoin"/> orders.</summary>
internal sealed class ReplicaJoining(Replica replica, IJournal journal, TimeProvider time, RuntimeSettings settings, Action<Rank, NodeSignal> send)
{
    private readonly List<JoinOrder> _orders = [];
    private readonly long _born = time.GetTimestamp();
    private (Rank From, NodeSignal.SnapshotWanted What, TaskCompletionSource<NodeSignal.SnapshotPart> Came)? _asked;

    private long NowMs => (long)time.GetElapsedTime(_born).TotalMilliseconds;

    /// <summary>A part of a snapshot has come.</summary>
    public void Receive(Rank from, NodeSignal.SnapshotPart part)
    {
        if (_asked is { } asked && asked.From == from && asked.What.Part == part.Part && (asked.What.Snapshot == 0 || asked.What.Snapshot == part.Snapshot)) asked.Came.TrySetResult(part);
    }

    /// <summary>Joins.</summary>
    /// <param name="sources">Who may have a snapshot: peers first, then the leader.</param>
    /// <param name="learn">Takes the vector clock of a snapshot.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task RunAsync(IReadOnlyList<Rank> sources, Action<VectorClock> learn, CancellationToken cancellation)
    {
        var join = new ReplicaJoin(settings.Replicas, replica.Applied, sources);
        ReplicaState? taken = null;
        join.Begin((await journal.ReadEndAsync(cancellation)).Seq, NowMs, _orders);
        for (var next = 0; next < _orders.Count; next++)
            switch (_orders[next])
            {
                case JoinOrder.AskSnapshot ask when await AskAsync(ask.From, cancellation) is { } came:
                    taken = came.State;
                    learn(came.Clock);
                    join.SnapshotCame(ask.From, came.State.Applied, NowMs, _orders);
                    break;
                case JoinOrder.AskSnapshot ask:
                    join.SnapshotRefused(ask.From, NowMs, _orders);
                    break;
                case JoinOrder.Install:
                    replica.Install(taken!);
                    break;
                case JoinOrder.ReadTail:
                    await replica.ReadPageAsync(settings.ReadPage, cancellation);
                    join.TailRead(replica.Applied, (await journal.ReadEndAsync(cancellation)).Seq, _orders);
                    break;
            }
        // The last part that came is kept no longer.
        _asked = null;
        // The node's own clock goes on from its last event, so all of them must be known before it takes a command.
        await replica.CatchUpAsync(cancellation);
    }

    /// <summary>A node's snapshot, one part after the other; null if it gives none, or one that is no good.</summary>
    private async Task<(ReplicaState State, VectorClock Clock)?> AskAsync(Rank from, CancellationToken cancellation)
    {
        var parts = new List<ReadOnlyMemory<byte>>();
        var (snapshot, count) = (0L, 1);
        while (parts.Count < count)
        {
            if (await AskAsync(from, new NodeSignal.SnapshotWanted(snapshot, parts.Count), cancellation) is not { } came || came.Parts <= parts.Count) return null;
            (snapshot, count) = (came.Snapshot, came.Parts);
            parts.Add(came.Bytes);
        }
        try
        {
            return ReplicaState.Load(new SnapshotBytes(parts));
        }
        catch (Exception)
        {
            // It is damaged in whatever way: the next one is asked, and the journal has everything.
            return null;
        }
    }

    /// <summary>One part; null if it did not come however often it was asked for.</summary>
    private async Task<NodeSignal.SnapshotPart?> AskAsync(Rank from, NodeSignal.SnapshotWanted what, CancellationToken cancellation)
    {
        var came = new TaskCompletionSource<NodeSignal.SnapshotPart>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked = (from, what, came);
        for (var left = settings.Replicas.SnapshotTries; left > 0; left--)
        {
            send(from, what);
            try
            {
                return await Signal.Plainly(came.Task).WaitAsync(TimeSpan.FromMilliseconds(settings.Replicas.SnapshotTimeoutMs), time, cancellation);
            }
            catch (TimeoutException)
            {
                // It may be lost, or is still being written; asking again costs nothing.
            }
        }
        return null;
    }
}
