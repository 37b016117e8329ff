using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>
/// Finds out which nodes live, by their silence. It is unreliable and knows it (T. Chandra, S. Toueg, "Unreliable Failure Detectors for
/// Reliable Distributed Systems", 1996): in time it suspects every node that has crashed, and it may suspect one that lives; the epoch
/// makes that harmless.
///
/// Heartbeats go between the leader and every other node, and from each node to the next in the ring of ranks, so that their number grows
/// with the nodes and not with their square. The leader watches everybody; the others watch the leader and the node before them in the
/// ring, and tell the leader how long that one has been silent. What the leader finds out it tells everybody; so while there is a leader,
/// its word counts for all but itself, and while there is none, each node goes by what it last knew and by what it hears in the ring.
///
/// A silence counts from the last sign of life or from when watching began, whichever is later. A leader that is not with the larger part
/// of the members may be the one that is cut off: it calls nobody failed. And it has a failed node put out only when it has heard the
/// larger part again after it found that node failed.
/// </summary>
public sealed class FailureDetector
{
    private readonly Rank _self;
    private readonly NodeSettings _settings;
    private readonly SortedDictionary<Rank, Peer> _peers = [];
    private readonly Knocks _knocks;
    private Rank? _leader;
    private Epoch _epoch;
    private Ring _ring;
    private long _findingsVersion;
    private long _nextBeatMs;
    private long _nextReviewMs;
    private Seq _at;
    private bool _hasNews;

    /// <summary>A detector that knows no other node yet.</summary>
    public FailureDetector(Rank self, NodeSettings settings)
    {
        _self = self;
        _settings = settings;
        Sides = new Sides(self, settings, _peers.Values);
        Evictions = new Evictions(settings, _peers.Values, Sides);
        _knocks = new Knocks(settings, _peers.Values);
    }

    /// <summary>When the next heartbeat, finding or knock is due, in milliseconds.</summary>
    public long DueAtMs => Math.Min(Math.Min(_nextBeatMs, _nextReviewMs), _knocks.DueAtMs);

    /// <summary>Whether a heartbeat is due.</summary>
    public bool MustBeat(long nowMs) => nowMs >= _nextBeatMs;

    /// <summary>The other nodes as seen from here, ascending.</summary>
    public IReadOnlyList<PeerView> View(long nowMs) => [.. _peers.Values.Select(peer => new PeerView(peer.Rank, peer.Shown, EvidenceOf(peer, nowMs), peer.At))];

    /// <summary>Whether a node is known, and neither failed nor gone.</summary>
    public bool IsLive(Rank rank) => _peers.TryGetValue(rank, out var peer) && peer.IsLive;

    /// <summary>Whether a node is known and nothing speaks against it.</summary>
    public bool IsWell(Rank rank) => _peers.TryGetValue(rank, out var peer) && peer.Shown == PeerPhase.Alive;

    /// <summary>The live nodes above this one, ascending.</summary>
    public IEnumerable<Rank> LiveAbove => _peers.Values.Where(peer => peer.Rank.CompareTo(_self) > 0 && peer.IsLive).Select(peer => peer.Rank);

    /// <summary>Whether any other node lives.</summary>
    public bool HasLiveOthers => _peers.Values.Any(peer => peer.IsLive);

    /// <summary>Whether any other node has failed.</summary>
    public bool HasFailed => _peers.Values.Any(peer => peer.Shown == PeerPhase.Failed);

    /// <summary>The other members that have not left, ascending.</summary>
    public IEnumerable<Rank> Others => _peers.Values.Where(peer => peer.Shown != PeerPhase.Left).Select(peer => peer.Rank);

    /// <summary>Which part of the members is with this node.</summary>
    internal Sides Sides { get; }

    /// <summary>Who is to be put out, if this node leads.</summary>
    internal Evictions Evictions { get; }

    /// <summary>Whether the process of a node is known to have ended.</summary>
    public bool IsGone(Rank rank) => _peers.TryGetValue(rank, out var peer) && peer.Gone;

    /// <summary>Whether what a node says may still be of the process whose end was proven a moment ago.</summary>
    public bool IsEcho(Rank rank, long nowMs) => _peers.TryGetValue(rank, out var peer) && peer.Gone && nowMs - peer.GoneAtMs < _settings.AnswerTimeoutMs;

    /// <summary>Takes in who the members are. New ones begin with a whole time limit.</summary>
    public void SetMembers(IEnumerable<Rank> members, long nowMs)
    {
        var wanted = new SortedSet<Rank>(members);
        wanted.Remove(_self);
        foreach (var gone in _peers.Keys.Where(rank => !wanted.Contains(rank)).ToList()) _peers.Remove(gone);
        foreach (var rank in wanted) _peers.TryAdd(rank, new Peer(rank, nowMs));
        Rewatch(nowMs);
    }

    /// <summary>Takes in who leads now: another node, this one, or nobody. What is watched anew gets a whole time limit.</summary>
    public void SetLeader(Rank? leader, Epoch epoch, long nowMs)
    {
        if (leader == _leader && epoch == _epoch) return;
        if (epoch != _epoch)
        {
            foreach (var peer in _peers.Values) (peer.FindingsVersion, peer.FindingsSentAtMs) = (0, 0);
        }
        // What was known is kept, until the new leader has found out for itself.
        foreach (var peer in _peers.Values) (peer.ToldEvidence, peer.Told) = (EvidenceOf(peer, nowMs), peer.Shown);
        (_leader, _epoch) = (leader, epoch);
        Evictions.Begin(nowMs);
        // A follower's own findings may have replaced what it was told, also in this epoch: it has to be told again.
        _findingsVersion = leader == _self ? 0 : -1;
        foreach (var peer in _peers.Values) peer.Watched = false;
        Rewatch(nowMs);
        // Whoever is followed is given the benefit of the doubt, for one more time limit.
        if (leader is { } followed && _peers.TryGetValue(followed, out var chosen))
        {
            chosen.Gone = false;
            if (chosen.Own is PeerPhase.Failed or PeerPhase.Left) (chosen.Own, chosen.Shown) = (PeerPhase.Suspected, PeerPhase.Suspected);
        }
        if (leader == _self && _peers.Values.Any(peer => peer.Shown != PeerPhase.Alive)) _hasNews = true;
    }

    /// <summary>Whoever is followed is not heard, and only said to lead: its time limit is as short as a lease.</summary>
    public void Doubt(Rank leader, long nowMs)
    {
        if (!_peers.TryGetValue(leader, out var peer) || peer.Own < PeerPhase.Suspected) return;
        peer.WatchedSinceMs = nowMs - _settings.FailedAfterMs + _settings.LeaseFreshMs;
        _nextReviewMs = nowMs;
    }

    /// <summary>Lets all time limits begin anew: this node was frozen, and nobody else's silence is proven.</summary>
    public void Forgive(long nowMs)
    {
        foreach (var peer in _peers.Values) peer.WatchedSinceMs = peer.TrustedSinceMs = nowMs;
        Evictions.Pause(nowMs);
        _knocks.End();
        _nextBeatMs = nowMs;
        _nextReviewMs = nowMs + 1;
    }

    /// <summary>Takes in a sign of life; any message is one.</summary>
    public void Heard(Rank from, NodeMessage message, long nowMs, List<NodeOutput> outputs)
    {
        if (!_peers.TryGetValue(from, out var peer)) return;
        peer.Heard = true;
        peer.HeardAtMs = nowMs;
        peer.Gone = peer.IsCertain = peer.FoundHere = false;
        peer.Own = message is NodeMessage.Leaving or NodeMessage.Resigned { IsLeaving: true } ? PeerPhase.Left : PeerPhase.Alive;
        if (_leader is null) peer.Told = peer.Own;
        if (peer.Watched) _nextReviewMs = Math.Min(_nextReviewMs, nowMs + _settings.SuspectedAfterMs);
        switch (message)
        {
            case NodeMessage.Heartbeat beat:
                if (beat.At > peer.At) peer.At = beat.At;
                if (beat.Epoch == _epoch) Learn(beat, peer, nowMs, outputs);
                break;
            case NodeMessage.Findings findings when findings.Epoch == _epoch && from == _leader && findings.Version > _findingsVersion:
                Believe(findings.Version, findings.NotWell.AsSpan(), nowMs, outputs);
                break;
        }
        Show(peer, nowMs, outputs);
        TellNews(nowMs, outputs);
    }

    /// <summary>Takes in that a node is dead for certain.</summary>
    public void Failed(Rank rank, long nowMs, List<NodeOutput> outputs)
    {
        if (!_peers.TryGetValue(rank, out var peer) || peer.Own == PeerPhase.Left) return;
        peer.IsCertain = true;
        peer.Own = peer.Told = PeerPhase.Failed;
        peer.ToldEvidence = new Evidence(nowMs - (peer.Heard ? peer.HeardAtMs : peer.WatchedSinceMs), peer.Heard ? _self : null, _self);
        Show(peer, nowMs, outputs);
        TellNews(nowMs, outputs);
    }

    /// <summary>Takes in that a connection to a node has ended, or that another misses it. It proves nothing; so the node is knocked at.</summary>
    public void ConnectionLost(Rank rank, long nowMs, List<NodeOutput> outputs)
    {
        if (!_peers.TryGetValue(rank, out var peer) || !peer.IsLive || !IsOwnConcern(peer)) return;
        _knocks.Begin(peer, _settings.MaxKnocks, nowMs);
        _knocks.CarryOn(nowMs, outputs);
    }

    /// <summary>
    /// Takes in that nobody listens where a node was. If this node has knocked there, and has not heard it since, its process has ended. A
    /// leader that is not heard by the larger part may be refused by the network and not by the machines at its other end: it goes by
    /// silence alone.
    /// </summary>
    public void NobodyListens(Rank rank, long nowMs, List<NodeOutput> outputs)
    {
        if (!_peers.TryGetValue(rank, out var peer) || !IsOwnConcern(peer) || !Knocks.IsProof(peer)) return;
        if (_leader == _self && !Sides.MayBelieveRefusal(nowMs)) return;
        (peer.Gone, peer.GoneAtMs, peer.KnocksLeft) = (true, nowMs, 0);
        (peer.Own, peer.FoundHere) = (PeerPhase.Failed, true);
        if (!peer.Watched) peer.Told = PeerPhase.Failed;
        Show(peer, nowMs, outputs);
        TellNews(nowMs, outputs);
    }

    /// <summary>Looks who has been silent for too long, and says so. The leader tells everybody.</summary>
    /// <param name="mayFail">Whether silence may count as failure; if not, it stays suspicion.</param>
    /// <param name="nowMs">When, in milliseconds.</param>
    /// <param name="outputs">Takes what is to be done.</param>
    public void Review(bool mayFail, long nowMs, List<NodeOutput> outputs)
    {
        _nextReviewMs = long.MaxValue;
        foreach (var peer in _peers.Values)
        {
            if (peer.Watched && peer.Own < PeerPhase.Failed) Judge(peer, mayFail, nowMs);
            Show(peer, nowMs, outputs);
        }
        _knocks.CarryOn(nowMs, outputs);
        TellNews(nowMs, outputs);
    }

    /// <summary>Asks the others for a sign of life, so that it is known at once who hears whom.</summary>
    public void Ask(long nowMs, List<NodeOutput> outputs)
    {
        TellNews(nowMs, outputs);
        foreach (var peer in _peers.Values)
            if (peer.IsLive) outputs.Add(new NodeOutput.Send(peer.Rank, MakeBeat(nowMs) with { Asks = true }));
    }

    /// <summary>Gives a sign of life to a node that asks for one.</summary>
    public void Answer(Rank to, long nowMs, List<NodeOutput> outputs)
    {
        if (_peers.ContainsKey(to)) outputs.Add(new NodeOutput.Send(to, MakeBeat(nowMs)));
    }

    /// <summary>Sends the heartbeats that are due. Where the leader's word has not arrived, it is said again.</summary>
    public void Beat(Seq at, long nowMs, List<NodeOutput> outputs)
    {
        TellNews(nowMs, outputs);
        _at = at;
        _nextBeatMs = nowMs + _settings.HeartbeatEveryMs;
        var beat = MakeBeat(nowMs);
        if (_leader == _self)
        {
            foreach (var peer in _peers.Values)
                if (peer.Shown != PeerPhase.Left) outputs.Add(new NodeOutput.Send(peer.Rank, beat));
            Gossip(onlyToThoseBehind: true, nowMs, outputs);
            return;
        }
        if (_leader is { } followed && _peers.ContainsKey(followed)) outputs.Add(new NodeOutput.Send(followed, beat));
        if (_ring.Successor is { } next && next != _leader) outputs.Add(new NodeOutput.Send(next, beat));
    }

    private NodeMessage.Heartbeat MakeBeat(long nowMs)
    {
        var watched = _ring.Predecessor is { } rank ? _peers[rank] : null;
        long? leaderSilentMs = _leader is { } led && _peers.TryGetValue(led, out var leader) && leader.Heard ? nowMs - leader.HeardAtMs : null;
        return new NodeMessage.Heartbeat(_epoch, _leader, _at, _findingsVersion, watched?.Rank, watched is null ? 0 : nowMs - watched.SilentSinceMs, leaderSilentMs);
    }

    /// <summary>Of whom this node does not watch the leader's word counts, if there is a leader: it has a connection of its own.</summary>
    private bool IsOwnConcern(Peer peer) => _leader is null || peer.Watched;

    private void Judge(Peer peer, bool mayFail, long nowMs)
    {
        var silentMs = nowMs - peer.SilentSinceMs;
        if (silentMs >= _settings.FailedAfterMs && mayFail) (peer.Own, peer.FoundHere) = (PeerPhase.Failed, true);
        else if (silentMs >= _settings.SuspectedAfterMs && peer.Own != PeerPhase.Suspected)
        {
            peer.Own = PeerPhase.Suspected;
            _knocks.Begin(peer, times: 1, nowMs);
        }
        if (peer.Own >= PeerPhase.Failed) return;
        var nextMs = silentMs < _settings.SuspectedAfterMs ? _settings.SuspectedAfterMs : _settings.FailedAfterMs;
        _nextReviewMs = Math.Min(_nextReviewMs, Math.Max(peer.SilentSinceMs + nextMs, nowMs + 1));
    }

    /// <summary>Says what has changed in how a node seems to be.</summary>
    private void Show(Peer peer, long nowMs, List<NodeOutput> outputs)
    {
        var phase = PhaseOf(peer);
        // Without a leader, what was found lasts until the node is heard, though the ring is closed without it and it is watched no more.
        if (_leader is null) peer.Told = phase;
        if (phase == peer.Shown) return;
        peer.Shown = phase;
        if (phase == PeerPhase.Failed) (peer.FailedAtMs, peer.EvictionAskedAtMs) = (nowMs, null);
        var evidence = EvidenceOf(peer, nowMs);
        outputs.Add(phase switch
        {
            PeerPhase.Suspected => new NodeOutput.Suspect(peer.Rank, evidence),
            PeerPhase.Failed => new NodeOutput.DeclareFailed(peer.Rank, evidence),
            PeerPhase.Left => new NodeOutput.Departed(peer.Rank),
            _ => new NodeOutput.Recovered(peer.Rank),
        });
        if (_leader != _self)
        {
            Rewatch(nowMs);
            return;
        }
        _hasNews = true;
        // Who is heard now decides whether the failed node may be put out.
        if (phase == PeerPhase.Failed) Ask(nowMs, outputs);
    }

    /// <summary>Whose word counts: one's own about the leader and as leader, else the leader's, else one's own about whom one watches.</summary>
    private PeerPhase PhaseOf(Peer peer)
    {
        if (_leader == _self || _leader == peer.Rank) return peer.Own;
        if (_leader is not null) return peer.Told;
        return peer.Watched ? peer.Own : peer.Told;
    }

    private Evidence EvidenceOf(Peer peer, long nowMs)
    {
        if (_leader is not null && _leader != _self && _leader != peer.Rank && peer.Told != PeerPhase.Alive) return peer.ToldEvidence;
        return peer.ReportedBy is { } reporter && peer.ReportedAliveAtMs > peer.HeardAtMs
            ? new Evidence(nowMs - peer.ReportedAliveAtMs, reporter, _self)
            : new Evidence(nowMs - (peer.Heard ? peer.HeardAtMs : peer.WatchedSinceMs), peer.Heard ? _self : null, _self);
    }

    private void Learn(NodeMessage.Heartbeat beat, Peer from, long nowMs, List<NodeOutput> outputs)
    {
        if (_leader == _self)
        {
            from.FindingsVersion = beat.FindingsVersion;
            if (beat.Leader == _self && beat.LeaderSilentMs is { } silentMs) from.HearsUsAtMs = nowMs - silentMs;
            Report(beat, from.Rank, nowMs);
        }
        // A leader that has found nothing yet says so in passing: whatever the one before it said is over.
        else if (_leader == from.Rank && beat.FindingsVersion == 0 && _findingsVersion < 0) Believe(0, [], nowMs, outputs);
    }

    private void Report(NodeMessage.Heartbeat beat, Rank by, long nowMs)
    {
        if (beat.Watched is not { } rank || !_peers.TryGetValue(rank, out var watched)) return;
        var aliveAtMs = nowMs - beat.WatchedSilentMs;
        if (aliveAtMs > watched.ReportedAliveAtMs) (watched.ReportedAliveAtMs, watched.ReportedBy) = (aliveAtMs, by);
    }

    private void Believe(long version, ReadOnlySpan<Finding> notWell, long nowMs, List<NodeOutput> outputs)
    {
        _findingsVersion = version;
        foreach (var peer in _peers.Values) peer.Told = PeerPhase.Alive;
        foreach (var finding in notWell)
            if (_peers.TryGetValue(finding.Peer, out var peer)) (peer.Told, peer.ToldEvidence) = (finding.Phase, finding.Evidence);
        foreach (var peer in _peers.Values) Show(peer, nowMs, outputs);
    }

    private void TellNews(long nowMs, List<NodeOutput> outputs)
    {
        if (!_hasNews) return;
        _hasNews = false;
        _findingsVersion++;
        Gossip(onlyToThoseBehind: false, nowMs, outputs);
    }

    private void Gossip(bool onlyToThoseBehind, long nowMs, List<NodeOutput> outputs)
    {
        NodeMessage.Findings? findings = null;
        foreach (var peer in _peers.Values)
        {
            if (!peer.IsLive) continue;
            // What was said not long ago may not have been answered yet.
            if (onlyToThoseBehind && (Math.Max(0, peer.FindingsVersion) == _findingsVersion || nowMs - peer.FindingsSentAtMs <= _settings.HeartbeatEveryMs)) continue;
            peer.FindingsSentAtMs = nowMs;
            findings ??= new NodeMessage.Findings(_epoch, _self, _findingsVersion,
                [.. _peers.Values.Where(p => p.Shown != PeerPhase.Alive).Select(p => new Finding(p.Rank, p.Shown, EvidenceOf(p, nowMs)))]);
            outputs.Add(new NodeOutput.Send(peer.Rank, findings));
        }
    }

    /// <summary>Works out the ring anew, and whom this node watches in it.</summary>
    private void Rewatch(long nowMs)
    {
        _ring = Ring.Around(_self, _peers.Values);
        foreach (var peer in _peers.Values)
        {
            var watched = _leader == _self || peer.Rank == _leader || peer.Rank == _ring.Predecessor;
            if (watched && !peer.Watched)
            {
                peer.WatchedSinceMs = nowMs;
                peer.Own = peer.Shown;
                _nextReviewMs = Math.Min(_nextReviewMs, nowMs + _settings.SuspectedAfterMs);
            }
            peer.Watched = watched;
        }
    }
}
