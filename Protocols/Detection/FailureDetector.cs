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
/// A silence counts from the last sign of life or from when watching began, whichever is later. A leader that hears no majority may be
/// the one that is cut off: it waits twice as long before it calls anybody failed, and by then storage has told it if another leads.
/// </summary>
public sealed class FailureDetector
{
    private sealed class Peer(Rank rank)
    {
        public readonly Rank Rank = rank;
        public bool Heard;
        public long HeardAtMs;
        public bool Watched;
        public long WatchedSinceMs;
        public PeerPhase Own;
        public PeerPhase Shown;
        public PeerPhase Told;
        public Evidence ToldEvidence;
        public Rank? ReportedBy;
        public long ReportedAliveAtMs;
        public long HearsUsAtMs;
        public long FindingsVersion;
        public long FindingsSentAtMs;
        public Seq At;

        public long SilentSinceMs => Math.Max(HeardAtMs, WatchedSinceMs);
    }

    private readonly Rank _self;
    private readonly NodeSettings _settings;
    private readonly SortedDictionary<Rank, Peer> _peers = [];
    private Rank? _leader;
    private Epoch _epoch;
    private Rank? _predecessor;
    private Rank? _successor;
    private long _findingsVersion;
    private long _nextBeatMs;
    private long _nextReviewMs;
    private bool _hasNews;

    /// <summary>A detector that knows no other node yet.</summary>
    public FailureDetector(Rank self, NodeSettings settings)
    {
        _self = self;
        _settings = settings;
    }

    /// <summary>When the next heartbeat or finding is due, in milliseconds.</summary>
    public long DueAtMs => Math.Min(_nextBeatMs, _nextReviewMs);

    /// <summary>Whether a heartbeat is due.</summary>
    public bool MustBeat(long nowMs) => nowMs >= _nextBeatMs;

    /// <summary>The other nodes as seen from here, ascending.</summary>
    public IReadOnlyList<PeerView> View(long nowMs) => [.. _peers.Values.Select(peer => new PeerView(peer.Rank, peer.Shown, EvidenceOf(peer, nowMs), peer.At))];

    /// <summary>Whether a node is known, and neither failed nor gone.</summary>
    public bool IsLive(Rank rank) => _peers.TryGetValue(rank, out var peer) && IsLive(peer);

    /// <summary>Whether a node is known and nothing speaks against it.</summary>
    public bool IsWell(Rank rank) => _peers.TryGetValue(rank, out var peer) && peer.Shown == PeerPhase.Alive;

    /// <summary>The live nodes above this one, ascending.</summary>
    public IEnumerable<Rank> LiveAbove => _peers.Values.Where(peer => peer.Rank.CompareTo(_self) > 0 && IsLive(peer)).Select(peer => peer.Rank);

    /// <summary>Whether any other node lives.</summary>
    public bool HasLiveOthers => _peers.Values.Any(IsLive);

    /// <summary>The other members that have not left, ascending.</summary>
    public IEnumerable<Rank> Others => _peers.Values.Where(peer => peer.Shown != PeerPhase.Left).Select(peer => peer.Rank);

    private bool HearsMajority(long nowMs, int withinMs)
    {
        var (all, heard) = (1, 1);
        foreach (var peer in _peers.Values)
        {
            if (peer.Shown == PeerPhase.Left) continue;
            all++;
            if (nowMs - peer.SilentSinceMs < withinMs) heard++;
        }
        return heard * 2 > all;
    }

    /// <summary>
    /// Whether this leader is in touch with more than half of the members: it has heard them, and they have heard it. One that is heard by
    /// nobody, or hears nobody, has no lease.
    /// </summary>
    public bool IsInTouch(long nowMs)
    {
        var (all, inTouch) = (1, 1);
        foreach (var peer in _peers.Values)
        {
            if (peer.Shown == PeerPhase.Left) continue;
            all++;
            var isHeard = nowMs - peer.SilentSinceMs < 2 * _settings.HeartbeatEveryMs;
            var hears = nowMs - Math.Max(peer.HearsUsAtMs, peer.WatchedSinceMs) < 3 * _settings.HeartbeatEveryMs;
            if (isHeard && hears) inTouch++;
        }
        return inTouch * 2 > all;
    }

    /// <summary>Whether nobody has given this node a sign of life for so long that each would count as failed.</summary>
    public bool HearsNobody(long nowMs)
    {
        foreach (var peer in _peers.Values)
            if (peer.Heard && nowMs - peer.HeardAtMs < _settings.FailedAfterMs) return false;
        return _peers.Count > 0;
    }

    /// <summary>Takes in who the members are. New ones begin with a whole time limit.</summary>
    public void SetMembers(IEnumerable<Rank> members, long nowMs)
    {
        var wanted = new SortedSet<Rank>(members);
        wanted.Remove(_self);
        foreach (var gone in _peers.Keys.Where(rank => !wanted.Contains(rank)).ToList()) _peers.Remove(gone);
        foreach (var rank in wanted) _peers.TryAdd(rank, new Peer(rank));
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
        // A follower's own findings may have replaced what it was told, also in this epoch: it has to be told again.
        _findingsVersion = leader == _self ? 0 : -1;
        foreach (var peer in _peers.Values) peer.Watched = false;
        Rewatch(nowMs);
        // Whoever is followed is given the benefit of the doubt, for one more time limit.
        if (leader is { } followed && _peers.TryGetValue(followed, out var chosen) && chosen.Own is PeerPhase.Failed or PeerPhase.Left)
            (chosen.Own, chosen.Shown) = (PeerPhase.Suspected, PeerPhase.Suspected);
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
        foreach (var peer in _peers.Values) peer.WatchedSinceMs = nowMs;
        _nextBeatMs = nowMs;
        _nextReviewMs = nowMs + 1;
    }

    /// <summary>Takes in a sign of life; any message is one.</summary>
    public void Heard(Rank from, NodeMessage message, long nowMs, List<NodeOutput> outputs)
    {
        if (!_peers.TryGetValue(from, out var peer)) return;
        peer.Heard = true;
        peer.HeardAtMs = nowMs;
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
        peer.Own = peer.Told = PeerPhase.Failed;
        peer.ToldEvidence = new Evidence(nowMs - (peer.Heard ? peer.HeardAtMs : peer.WatchedSinceMs), peer.Heard ? _self : null, _self);
        Show(peer, nowMs, outputs);
        TellNews(nowMs, outputs);
    }

    /// <summary>
    /// Takes in that nobody listens where a node was. Of one that this node watches and suspects it is the proof. A leader without a majority
    /// may be refused by the network and not by the machines at its other end: it goes by silence alone.
    /// </summary>
    public void NobodyListens(Rank rank, long nowMs, List<NodeOutput> outputs)
    {
        if (!_peers.TryGetValue(rank, out var peer) || !peer.Watched || peer.Own != PeerPhase.Suspected) return;
        // Since it was suspected it may have been heard, or be watched anew.
        if (nowMs - peer.SilentSinceMs < _settings.SuspectedAfterMs) return;
        if (_leader == _self && !HearsMajority(nowMs, _settings.SuspectedAfterMs)) return;
        peer.Own = PeerPhase.Failed;
        Show(peer, nowMs, outputs);
        TellNews(nowMs, outputs);
    }

    /// <summary>Looks who has been silent for too long, and says so. The leader tells everybody.</summary>
    public void Review(long nowMs, List<NodeOutput> outputs)
    {
        var limit = _leader == _self && !HearsMajority(nowMs, _settings.FailedAfterMs) ? 2 * _settings.FailedAfterMs : _settings.FailedAfterMs;
        _nextReviewMs = long.MaxValue;
        foreach (var peer in _peers.Values)
        {
            if (peer.Watched && peer.Own < PeerPhase.Failed) Judge(peer, limit, nowMs);
            Show(peer, nowMs, outputs);
        }
        TellNews(nowMs, outputs);
    }

    /// <summary>Sends the heartbeats that are due. Where the leader's word has not arrived, it is said again.</summary>
    public void Beat(Seq at, long nowMs, List<NodeOutput> outputs)
    {
        TellNews(nowMs, outputs);
        _nextBeatMs = nowMs + _settings.HeartbeatEveryMs;
        var watched = _predecessor is { } rank ? _peers[rank] : null;
        long? leaderSilentMs = _leader is { } led && _peers.TryGetValue(led, out var leader) && leader.Heard ? nowMs - leader.HeardAtMs : null;
        var beat = new NodeMessage.Heartbeat(
            _epoch, _leader, at, _findingsVersion, watched?.Rank, watched is null ? 0 : nowMs - watched.SilentSinceMs, leaderSilentMs);
        if (_leader == _self)
        {
            foreach (var peer in _peers.Values)
                if (peer.Shown != PeerPhase.Left) outputs.Add(new NodeOutput.Send(peer.Rank, beat));
            Gossip(onlyToThoseBehind: true, nowMs, outputs);
            return;
        }
        if (_leader is { } followed && _peers.ContainsKey(followed)) outputs.Add(new NodeOutput.Send(followed, beat));
        if (_successor is { } next && next != _leader) outputs.Add(new NodeOutput.Send(next, beat));
    }

    private static bool IsLive(Peer peer) => peer.Shown is PeerPhase.Alive or PeerPhase.Suspected;

    private void Judge(Peer peer, int failedAfterMs, long nowMs)
    {
        var silentMs = nowMs - peer.SilentSinceMs;
        if (silentMs >= failedAfterMs) peer.Own = PeerPhase.Failed;
        else if (silentMs >= _settings.SuspectedAfterMs) peer.Own = PeerPhase.Suspected;
        var nextMs = silentMs < _settings.SuspectedAfterMs ? _settings.SuspectedAfterMs : failedAfterMs;
        if (peer.Own < PeerPhase.Failed) _nextReviewMs = Math.Min(_nextReviewMs, peer.SilentSinceMs + nextMs);
    }

    /// <summary>Says what has changed in how a node seems to be.</summary>
    private void Show(Peer peer, long nowMs, List<NodeOutput> outputs)
    {
        var phase = PhaseOf(peer);
        // Without a leader, what was found lasts until the node is heard, though the ring is closed without it and it is watched no more.
        if (_leader is null) peer.Told = phase;
        if (phase == peer.Shown) return;
        peer.Shown = phase;
        var evidence = EvidenceOf(peer, nowMs);
        outputs.Add(phase switch
        {
            PeerPhase.Suspected => new NodeOutput.Suspect(peer.Rank, evidence),
            PeerPhase.Failed => new NodeOutput.DeclareFailed(peer.Rank, evidence),
            PeerPhase.Left => new NodeOutput.Departed(peer.Rank),
            _ => new NodeOutput.Recovered(peer.Rank),
        });
        if (_leader == _self) _hasNews = true;
        else Rewatch(nowMs);
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
            if (!IsLive(peer)) continue;
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
        (_predecessor, _successor) = (null, null);
        Rank? lowest = null, highest = null;
        foreach (var peer in _peers.Values)
        {
            if (!IsLive(peer)) continue;
            lowest ??= peer.Rank;
            highest = peer.Rank;
            if (peer.Rank.CompareTo(_self) < 0) _predecessor = peer.Rank;
            else _successor ??= peer.Rank;
        }
        _predecessor ??= highest;
        _successor ??= lowest;
        foreach (var peer in _peers.Values)
        {
            var watched = _leader == _self || peer.Rank == _leader || peer.Rank == _predecessor;
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
