using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>Brings a new replica up to the journal's end: carries what <see cref="ReplicaJoin"/> orders.</summary>
internal sealed class ReplicaJoining(Replica replica, IJournal journal, TimeProvider time, RuntimeSettings settings, Action<Rank, NodeSignal> send)
{
    private readonly List<JoinOrder> _orders = [];
    private readonly long _born = time.GetTimestamp();
    private (Rank From, TaskCompletionSource<ReadOnlyMemory<byte>> Came)? _asked;

    private long NowMs => (long)time.GetElapsedTime(_born).TotalMilliseconds;

    /// <summary>A snapshot has come.</summary>
    public void Receive(Rank from, NodeSignal.Snapshot snapshot)
    {
        if (_asked is { } asked && asked.From == from) asked.Came.TrySetResult(snapshot.Bytes);
    }

    /// <summary>Joins.</summary>
    /// <param name="sources">Who may have a snapshot: the leader first, then peers.</param>
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
        // The node's own clock goes on from its last event, so all of them must be known before it takes a command.
        await replica.CatchUpAsync(cancellation);
    }

    private async Task<(ReplicaState State, VectorClock Clock)?> AskAsync(Rank from, CancellationToken cancellation)
    {
        var came = new TaskCompletionSource<ReadOnlyMemory<byte>>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked = (from, came);
        send(from, new NodeSignal.SnapshotWanted());
        try
        {
            return ReplicaState.Load(await Signal.Plainly(came.Task).WaitAsync(TimeSpan.FromMilliseconds(settings.Replicas.SnapshotTimeoutMs), time, cancellation));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // It did not come, or is damaged in whatever way: the next one is asked, and the journal has everything.
            return null;
        }
    }
}
