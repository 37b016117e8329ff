using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>A replica that differed, and was built again from the journal.</summary>
/// <param name="Node">The node.</param>
/// <param name="Differences">How it was wrong; null if the node did not say so in time.</param>
public sealed record RebuiltReplica(Rank Node, IReadOnlyList<ReplicaDifference>? Differences);

/// <summary>What comparing the replicas of all nodes gave.</summary>
/// <param name="At">The place at which they were compared.</param>
/// <param name="Agree">The nodes whose replicas are the same.</param>
/// <param name="Rebuilt">Those that differed.</param>
/// <param name="Silent">The nodes that said nothing in time.</param>
public sealed record ReconcileReport(Seq At, IReadOnlyList<Rank> Agree, IReadOnlyList<RebuiltReplica> Rebuilt, IReadOnlyList<Rank> Silent);

/// <summary>The leader's comparing of replicas, for one epoch: carries what <see cref="Reconciliation"/> orders, now and then and when asked to.</summary>
internal sealed class Reconciler
{
    /// <summary>When so few events came within <see cref="WatchMs"/>, the place to compare at is the end: one ahead might not be reached in time.</summary>
    private const int QuietEvents = 20;
    private const int WatchMs = 50;

    private readonly SequencerHost _sequencer;
    private readonly TimeProvider _time;
    private readonly RuntimeSettings _settings;
    private readonly Func<IReadOnlyCollection<Rank>> _members;
    private readonly Action<Rank, NodeSignal> _send;
    private readonly Lock _gate = new();
    private readonly Reconciliation _protocol;
    private readonly List<ReconcileOrder> _orders = [];
    private readonly SortedDictionary<Rank, IReadOnlyList<ReplicaDifference>?> _rebuilding = [];
    private readonly ITimer _timer;
    private readonly long _born;
    private TaskCompletionSource<ReconcileReport>? _underWay;
    private ReconcileOutcome? _outcome;
    private bool _stopped;

    /// <summary>Begins; the first comparison is after <see cref="RuntimeSettings.ReconcileEveryMs"/>.</summary>
    public Reconciler(SequencerHost sequencer, TimeProvider time, RuntimeSettings settings, Func<IReadOnlyCollection<Rank>> members, Action<Rank, NodeSignal> send)
    {
        (_sequencer, _time, _settings, _members, _send) = (sequencer, time, settings, members, send);
        _protocol = new Reconciliation(settings.Replicas);
        _born = time.GetTimestamp();
        _timer = time.CreateTimer(static reconciler => _ = ((Reconciler)reconciler!).RunAsync(), this, Every, Every);
    }

    private TimeSpan Every => _settings.ReconcileEveryMs > 0 ? TimeSpan.FromMilliseconds(_settings.ReconcileEveryMs) : Timeout.InfiniteTimeSpan;

    private long NowMs => (long)_time.GetElapsedTime(_born).TotalMilliseconds;

    /// <summary>Compares now, or gives what a comparison under way will give. Null if the node has stopped leading meanwhile.</summary>
    public async Task<ReconcileReport?> RunAsync()
    {
        Task<ReconcileReport> running;
        lock (_gate)
        {
            if (_stopped) return null;
            if (_underWay is null)
            {
                _underWay = new TaskCompletionSource<ReconcileReport>(TaskCreationOptions.RunContinuationsAsynchronously);
                _ = BeginAsync(_underWay);
            }
            running = _underWay.Task;
        }
        try
        {
            return await running;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    public void Receive(Rank from, NodeSignal signal)
    {
        lock (_gate)
        {
            switch (signal)
            {
                case NodeSignal.DigestTaken taken:
                    _protocol.DigestCame(from, taken.Round, taken.At, taken.Digest, _orders);
                    break;
                case NodeSignal.Rebuilt rebuilt when _outcome?.Round == rebuilt.Round && _rebuilding.ContainsKey(from):
                    _rebuilding[from] = rebuilt.Differences;
                    break;
            }
            CarryOut();
        }
    }

    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            _timer.Dispose();
            _underWay?.TrySetCanceled();
        }
    }

    private async Task BeginAsync(TaskCompletionSource<ReconcileReport> mine)
    {
        var before = _sequencer.Committed;
        await Task.Delay(TimeSpan.FromMilliseconds(WatchMs), _time);
        lock (_gate)
        {
            var committed = _sequencer.Committed;
            _protocol.Begin(_members(), committed, committed.Value - before.Value < QuietEvents, NowMs, _orders);
            CarryOut();
        }
        // Digests first, then, if need be, as long again for rebuilding.
        for (var tries = 0; tries < 2; tries++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(_settings.Replicas.DigestTimeoutMs), _time);
            lock (_gate)
            {
                if (_stopped || _underWay != mine) return;
                _protocol.Tick(NowMs, _orders);
                CarryOut();
                if (tries == 1) Conclude();
            }
        }
    }

    private void CarryOut()
    {
        // What is sent may be answered at once, from here.
        var orders = _orders.ToArray();
        _orders.Clear();
        foreach (var order in orders)
            switch (order)
            {
                case ReconcileOrder.AskDigest ask:
                    _send(ask.To, new NodeSignal.DigestWanted(ask.Round, ask.At));
                    break;
                case ReconcileOrder.Rebuild rebuild:
                    _rebuilding[rebuild.Peer] = null;
                    break;
                case ReconcileOrder.Report report:
                    _outcome = report.Outcome;
                    foreach (var peer in _rebuilding.Keys) _send(peer, new NodeSignal.RebuildWanted(report.Outcome.Round));
                    break;
            }
        if (_outcome is not null && _rebuilding.Values.All(differences => differences is not null)) Conclude();
    }

    private void Conclude()
    {
        var report = _outcome is { } outcome
            ? new ReconcileReport(outcome.At, outcome.Agree, [.. _rebuilding.Select(one => new RebuiltReplica(one.Key, one.Value))], outcome.Silent)
            : new ReconcileReport(_sequencer.Committed, [], [], [.. _members()]);
        foreach (var rebuilt in report.Rebuilt) Telemetry.ReplicaDiffered(rebuilt.Differences?.Count ?? 0);
        var underWay = _underWay;
        (_underWay, _outcome) = (null, null);
        _rebuilding.Clear();
        underWay?.TrySetResult(report);
    }
}
