using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>Brings a new replica up to the journal's end: carries what <see cref="ReplicaJoin"/> orders.</summary>
internal sealed class ReplicaJoining(Replica replica, IJournal journal, TimeProvider time, RuntimeSettings settings, Action<Rank, NodeSignal> send)
{
    /// <summary>So many parts wait at most: one is wanted, and others may be doubled or late. What is lost is asked for again.</summary>
    private const int MaxWaiting = 4;

    private readonly Lock _gate = new();
    private readonly Queue<(Rank From, NodeSignal.SnapshotPart Part)> _came = new();
    private readonly long _born = time.GetTimestamp();
    private Signal? _more;

    private long NowMs => (long)time.GetElapsedTime(_born).TotalMilliseconds;

    /// <summary>A part of a snapshot has come.</summary>
    public void Receive(Rank from, NodeSignal.SnapshotPart part)
    {
        lock (_gate)
        {
            if (_more is null || _came.Count == MaxWaiting) return;
            _came.Enqueue((from, part));
            _more.Set();
        }
    }

    /// <summary>Joins.</summary>
    /// <param name="sources">Who may have a snapshot: peers first, then the leader.</param>
    /// <param name="learn">Takes the vector clock of a snapshot.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="JournalException">The journal cannot be read.</exception>
    public async Task RunAsync(IReadOnlyList<Rank> sources, Action<VectorClock> learn, CancellationToken cancellation)
    {
        lock (_gate) _more = new Signal();
        try
        {
            await JoinAsync(sources, learn, cancellation);
        }
        finally
        {
            lock (_gate)
            {
                _more = null;
                _came.Clear();
            }
        }
        // The node's own clock goes on from its last event, so all of them must be known before it takes a command.
        await replica.CatchUpAsync(cancellation);
    }

    private async Task JoinAsync(IReadOnlyList<Rank> sources, Action<VectorClock> learn, CancellationToken cancellation)
    {
        var (join, orders, parts) = (new ReplicaJoin(settings.Replicas, replica.Applied, sources), new List<JoinOrder>(), new List<ReadOnlyMemory<byte>>());
        ReplicaState? loaded = null;
        join.Begin((await journal.ReadEndAsync(cancellation)).Seq, NowMs, orders);
        for (var next = 0; !join.IsLive; next++)
        {
            while (next == orders.Count)
            {
                if (await NextPartAsync(join.DueAtMs, cancellation) is not { } came) join.Tick(NowMs, orders);
                else if (join.PartCame(came.From, came.Part.Snapshot, came.Part.Part, came.Part.Parts, NowMs, orders)) parts.Add(came.Part.Bytes);
            }
            switch (orders[next])
            {
                case JoinOrder.AskPart ask:
                    if (ask.Part == 0) parts.Clear();
                    send(ask.From, new NodeSignal.SnapshotWanted(ask.Snapshot, ask.Part));
                    break;
                case JoinOrder.Load load when TryLoad(parts) is { } snapshot:
                    loaded = snapshot.State;
                    learn(snapshot.Clock);
                    join.SnapshotCame(load.From, loaded.Applied, NowMs, orders);
                    break;
                case JoinOrder.Load load:
                    join.SnapshotDamaged(load.From, NowMs, orders);
                    break;
                case JoinOrder.Install:
                    replica.Install(loaded!);
                    await replica.RecallAsync(cancellation);
                    break;
                case JoinOrder.ReadTail:
                    await replica.ReadPageAsync(settings.ReadPage, cancellation);
                    join.TailRead(replica.Applied, (await journal.ReadEndAsync(cancellation)).Seq, orders);
                    break;
            }
        }
    }

    /// <summary>Null if it is damaged, in whatever way: the next node is asked, and the journal has everything.</summary>
    private static (ReplicaState State, VectorClock Clock)? TryLoad(List<ReadOnlyMemory<byte>> parts)
    {
        try
        {
            return ReplicaState.Load(new SnapshotBytes(parts));
        }
        catch (Exception)
        {
            return null;
        }
        finally
        {
            parts.Clear();
        }
    }

    /// <summary>The next part that comes; null if none does in time.</summary>
    private async Task<(Rank From, NodeSignal.SnapshotPart Part)?> NextPartAsync(long untilMs, CancellationToken cancellation)
    {
        while (true)
        {
            Signal more;
            lock (_gate)
            {
                if (_came.TryDequeue(out var came)) return came;
                if (_more!.IsSet) _more = new Signal();
                more = _more;
            }
            try
            {
                await more.Task.WaitAsync(TimeSpan.FromMilliseconds(Math.Clamp(untilMs - NowMs, 0, int.MaxValue)), time, cancellation);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }
    }
}
