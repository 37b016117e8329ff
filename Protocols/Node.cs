using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>
/// One member of the cluster as a state machine without I/O: failure detector and election together. An engine carries inputs in and
/// outputs out, and does nothing of its own.
///
/// <see cref="Step"/> is the only entrance. Time is data: milliseconds of the node's own steady clock, which need not agree with any
/// other's. The node says when it wants its next tick; one that comes much later than that tells it that it was frozen, and then it
/// asks storage and membership before it says or claims anything. Outputs are carried out in the order in which they stand.
/// </summary>
/// <remarks>Not thread-safe; one step at a time.</remarks>
public sealed class Node
{
    private readonly NodeSettings _settings;
    private readonly FailureDetector _detector;
    private readonly Election _election;
    private readonly List<NodeOutput> _found = [];
    private Seq _at;

    /// <summary>A node that has not started.</summary>
    /// <param name="rank">Its rank.</param>
    /// <param name="settings">The time limits.</param>
    /// <exception cref="ArgumentException">The settings cannot work together; the message says why.</exception>
    public Node(Rank rank, NodeSettings settings)
    {
        if (settings.Problem is { } problem) throw new ArgumentException(problem, nameof(settings));
        Rank = rank;
        _settings = settings;
        _detector = new FailureDetector(rank, settings);
        _election = new Election(rank, settings, _detector);
    }

    /// <summary>Its rank.</summary>
    public Rank Rank { get; }

    /// <summary>What it is doing.</summary>
    public ElectionRole Role => _election.Role;

    /// <summary>The newest epoch that it knows.</summary>
    public Epoch Epoch => _election.Epoch;

    /// <summary>Who leads in that epoch, as far as it knows.</summary>
    public Rank? Leader => _election.Leader;

    /// <summary>When it wants its next tick, in milliseconds.</summary>
    public long DueAtMs { get; private set; } = long.MaxValue;

    /// <summary>The other nodes as seen from here, ascending.</summary>
    public IReadOnlyList<PeerView> View(long nowMs) => _detector.View(nowMs);

    /// <summary>The one entrance.</summary>
    /// <param name="input">What happened.</param>
    /// <param name="nowMs">When, in milliseconds of the node's own steady clock.</param>
    /// <param name="outputs">Takes what is to be done, in order.</param>
    public void Step(NodeInput input, long nowMs, List<NodeOutput> outputs)
    {
        if (DueAtMs != long.MaxValue && nowMs > DueAtMs + _settings.StallAfterMs) _election.Stalled(nowMs, outputs);
        switch (input)
        {
            case NodeInput.Tick tick: OnTick(tick, nowMs, outputs); break;
            case NodeInput.Received received:
                if (_detector.IsEcho(received.From, nowMs)) break;
                if (received.Message is NodeMessage.Heartbeat { Asks: true } && _election.TakesPart) _detector.Answer(received.From, nowMs, outputs);
                _detector.Heard(received.From, received.Message, nowMs, outputs);
                _election.Step(input, nowMs, outputs);
                break;
            case NodeInput.PeerFailed failed:
                _detector.Failed(failed.Peer, nowMs, outputs);
                _election.Step(input, nowMs, outputs);
                break;
            case NodeInput.NobodyListens gone:
                if (!_election.TakesPart) break;
                _found.Clear();
                _detector.NobodyListens(gone.Peer, nowMs, _found);
                TellOfFailed(nowMs, outputs);
                break;
            case NodeInput.ConnectionLost lost:
                if (_election.TakesPart) _detector.ConnectionLost(lost.Peer, nowMs, outputs);
                break;
            default: _election.Step(input, nowMs, outputs); break;
        }
        if (_election.Role is ElectionRole.Coordinator)
            foreach (var failed in _detector.Evictions.Take(nowMs)) outputs.Add(new NodeOutput.Evict(failed));
        DueAtMs = _election.Role is ElectionRole.Out ? long.MaxValue
            : _election.Role is ElectionRole.Refreshing ? _election.DueAtMs
            : Math.Min(_election.DueAtMs, _detector.DueAtMs);
    }

    private void OnTick(NodeInput.Tick tick, long nowMs, List<NodeOutput> outputs)
    {
        _at = tick.At;
        if (_election.TakesPart)
        {
            _found.Clear();
            _detector.Review(_election.MayFail(nowMs), nowMs, _found);
            TellOfFailed(nowMs, outputs);
        }
        _election.Step(tick, nowMs, outputs);
        if (_election.TakesPart && _detector.MustBeat(nowMs)) Beat(nowMs, outputs);
    }

    /// <summary>What the detector found goes out, and the election hears of whoever has failed.</summary>
    private void TellOfFailed(long nowMs, List<NodeOutput> outputs)
    {
        outputs.AddRange(_found);
        foreach (var output in _found)
            if (output is NodeOutput.DeclareFailed failed) _election.Step(new NodeInput.PeerFailed(failed.Peer), nowMs, outputs);
    }

    private void Beat(long nowMs, List<NodeOutput> outputs)
    {
        _detector.Beat(_at, nowMs, outputs);
        if (_election.Role is not ElectionRole.Coordinator) return;
        // A leader that is out of touch may have been replaced without its knowing, even if it has nothing to write.
        outputs.Add(_detector.Sides.MayLease(nowMs) && !_election.LeadsByLeave ? new NodeOutput.RenewLease(Epoch) : new NodeOutput.ReadStorage());
    }
}
