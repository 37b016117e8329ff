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
    /// <summary>How long commits are watched to tell how fast they come.</summary>
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
    private Signal _again = new();
    private ReconcileOutcome? _outcome;
    private bool _stopped;

    /// <summary>Begins; the first comparison is after <see cref="RuntimeSettings.ReconcileEveryMs"/>.</summary>
    public Reconciler(SequencerHost sequencer, TimeProvider time, RuntimeSettings settings, Func<IReadOnlyCollection<Rank>> members, Action<Rank, NodeSignal> send)
    {
        (_sequencer, _time, _settings, _members, _send) = (sequencer, time, settings, members, send);
        _protocol = new Reconciliation(settings.Replicas);
        _born = time.GetTimestamp();
        _timer = time.CreateTimer(static reconciler => ((Reconciler)reconciler!).OnTimer(), this, Every, Every);
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
                case NodeSignal.DigestTaken { Digest: { } digest } taken:
                    _protocol.DigestCame(from, taken.Round, taken.At, digest, _orders);
                    break;
                case NodeSignal.DigestTaken taken:
                    _protocol.PlacePassed(from, taken.Round, taken.At, _orders);
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

    /// <summary>A node that is alone has nobody to differ from, and a digest of everything is dear.</summary>
    private void OnTimer()
    {
        if (_members().Count > 1) _ = RunAsync();
    }

    private async Task BeginAsync(TaskCompletionSource<ReconcileReport> mine)
    {
        long ahead = 0;
        for (var isSettled = false; !isSettled;)
        {
            var before = _sequencer.Committed;
            await Task.Delay(TimeSpan.FromMilliseconds(WatchMs), _time);
            Task again;
            lock (_gate)
            {
                if (_underWay != mine) return;
                var recent = _sequencer.Committed.Value - before.Value;
                // Where the last place was passed too soon, the next is farther; where nothing comes any more, it is here.
                ahead = recent == 0 ? 0 : Math.Max(2 * ahead, 4 * recent);
                again = (_again = new Signal()).Task;
                _protocol.Begin(_members(), _sequencer.Committed, ahead, NowMs, _orders);
                CarryOut();
            }
            isSettled = !await IsInTimeAsync(again);
            lock (_gate)
            {
                if (_underWay != mine) return;
                _protocol.Tick(NowMs, _orders);
                CarryOut();
                // The market fell silent before it came to the place.
                if (_outcome is { Agree.IsEmpty: true, Differ.IsEmpty: true } && _sequencer.Committed < _outcome.At) (_outcome, isSettled) = (null, false);
                else if (isSettled && _underWay == mine && _rebuilding.Count == 0) Conclude();
            }
        }
        await Task.Delay(TimeSpan.FromMilliseconds(_settings.Replicas.DigestTimeoutMs), _time);
        lock (_gate)
            if (_underWay == mine) Conclude();
    }

    private async Task<bool> IsInTimeAsync(Task done)
    {
        try
        {
            await done.WaitAsync(TimeSpan.FromMilliseconds(_settings.Replicas.DigestTimeoutMs), _time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
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
                case ReconcileOrder.BeginAgain:
                    _again.Set();
                    break;
                case ReconcileOrder.Rebuild rebuild:
                    _rebuilding[rebuild.Peer] = null;
                    break;
                case ReconcileOrder.Report report:
                    _outcome = report.Outcome;
                    foreach (var peer in _rebuilding.Keys) _send(peer, new NodeSignal.RebuildWanted(report.Outcome.Round));
                    break;
            }
        if (_outcome is { } outcome && outcome.Agree.Length + outcome.Differ.Length > 0 && _rebuilding.Values.All(differences => differences is not null)) Conclude();
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
