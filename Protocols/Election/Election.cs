using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>
/// Elects a leader: the Bully algorithm (H. Garcia-Molina, "Elections in a Distributed Computing System", IEEE Transactions on Computers
/// C-31, 1982), made safe by epochs.
///
/// A node that misses the leader sends ELECTION to all higher live ranks. An ANSWER means: wait for COORDINATOR. No ANSWER in time means
/// that it is the highest, and should lead. Bully alone believes its time limits, so under a partition, or when a node is slow, it makes
/// two coordinators. Therefore a node claims the next epoch in storage before it announces anything: a compare-and-set that only one can
/// win, and every write of the leader is conditional on it. Time limits decide how soon there is a leader; they never decide who may write.
///
/// Knowledge only grows: a node knows one newest epoch, who holds it, and whether it is over. A higher epoch, wherever it is met, ends
/// what was; a lower one teaches nothing and its sender is told so. A held epoch is led once, by the process that was granted it: after a
/// lost answer or a restart the holder claims the next one. A wasted epoch is harmless, waiting for ever is not.
/// </summary>
public sealed class Election
{
    /// <summary>An election that this node takes part in, from when it first heard of it.</summary>
    private sealed class Campaign(Rank startedBy, ElectionReason reason, long startedAtMs)
    {
        public readonly Rank StartedBy = startedBy;
        public readonly ElectionReason Reason = reason;
        public readonly long StartedAtMs = startedAtMs;
        public readonly SortedSet<Rank> Answered = [];
        /// <summary>Those that were asked in this round and have not answered.</summary>
        public readonly HashSet<Rank> Silent = [];
    }

    private readonly Rank _self;
    private readonly NodeSettings _settings;
    private readonly FailureDetector _detector;
    private readonly SortedSet<Rank> _members = [];
    private Epoch _epoch;
    private Epoch _over;
    private Epoch _recorded;
    private Rank? _holder;
    private Campaign? _campaign;
    private long _abstainUntilMs;
    private long _noHandoverBeforeMs;
    private long? _leaseKeptAtMs;
    private bool _isCheckingStorage;
    private bool _wasEvicted;
    private long _now;
    private List<NodeOutput> _outputs = [];

    /// <summary>A node that has not started.</summary>
    /// <param name="self">Its rank.</param>
    /// <param name="settings">The time limits.</param>
    /// <param name="detector">What it knows of the others; told here whom it follows.</param>
    public Election(Rank self, NodeSettings settings, FailureDetector detector)
    {
        _self = self;
        _settings = settings;
        _detector = detector;
    }

    /// <summary>What it is doing.</summary>
    public ElectionRole Role { get; private set; } = new ElectionRole.Out();

    /// <summary>The newest epoch that it knows.</summary>
    public Epoch Epoch => _epoch;

    /// <summary>Who leads in that epoch, as far as it knows.</summary>
    public Rank? Leader => Role switch
    {
        ElectionRole.Coordinator or ElectionRole.Draining => _self,
        ElectionRole.Follower follower => follower.Leader,
        ElectionRole.AwaitingHandover asking => asking.Leader,
        ElectionRole.Out when _over < _epoch && _holder != _self => _holder,
        _ => null,
    };

    /// <summary>Whether it takes part.</summary>
    public bool TakesPart => Role is not (ElectionRole.Out or ElectionRole.Refreshing);

    /// <summary>When a time limit is over, in milliseconds.</summary>
    public long DueAtMs => Role.DueAtMs;

    /// <summary>The one entrance.</summary>
    /// <param name="input">What happened.</param>
    /// <param name="nowMs">When, in milliseconds of this node's own steady clock.</param>
    /// <param name="outputs">Takes what is to be done.</param>
    public void Step(NodeInput input, long nowMs, List<NodeOutput> outputs)
    {
        _now = nowMs;
        _outputs = outputs;
        switch (input)
        {
            case NodeInput.Start start: OnStart(start); break;
            case NodeInput.Tick: OnTick(); break;
            case NodeInput.Received received: OnReceived(received.From, received.Message); break;
            case NodeInput.ClaimGranted granted: OnGranted(granted.Epoch); break;
            case NodeInput.ClaimRefused refused: OnRefused(refused.Current, refused.Holder); break;
            case NodeInput.ClaimFailed: OnClaimFailed(); break;
            case NodeInput.StorageRead read: OnStorageRead(read); break;
            case NodeInput.LeaseRenewed renewed: OnLeaseRenewed(renewed.Epoch); break;
            case NodeInput.Fenced fenced: OnFenced(fenced); break;
            case NodeInput.Drained drained: OnDrained(drained.Last); break;
            case NodeInput.MembershipChanged changed: OnMembershipChanged(changed); break;
            case NodeInput.PeerFailed failed: OnPeerFailed(failed.Peer); break;
            case NodeInput.ForceElection: OnForced(_self); break;
            case NodeInput.Resign: OnResign(); break;
            default: throw new System.Diagnostics.UnreachableException($"{input.GetType().Name} is no input of an election.");
        }
    }

    /// <summary>The node was frozen for so long that others may have moved on: it stays out until it knows.</summary>
    public void Stalled(long nowMs, List<NodeOutput> outputs)
    {
        (_now, _outputs) = (nowMs, outputs);
        // Whoever is giving up the lead goes on with that: its time limit is over.
        if (TakesPart && Role is not ElectionRole.Draining) BecomeRefreshing(wasLeading: Role is ElectionRole.Coordinator);
    }

    // What happens.

    private void OnStart(NodeInput.Start start)
    {
        SetMembers(start.Members);
        if (Role is not ElectionRole.Out) return;
        _detector.Forgive(_now);
        if (start.Epoch > _epoch) (_epoch, _holder) = (start.Epoch, start.Holder);
        if (!_members.Contains(_self)) return;
        if (_holder is { } holder && holder != _self && _members.Contains(holder) && _over < _epoch) BecomeFollower(holder);
        else Run(ElectionReason.Start, _self);
    }

    private void OnTick()
    {
        if (Role is ElectionRole.Coordinator && _now - _leaseKeptAtMs > _settings.StorageLostAfterMs && _detector.HasLiveOthers)
        {
            BecomeDraining(StepDownReason.StorageLost, successor: null);
            return;
        }
        if (_now < Role.DueAtMs) return;
        switch (Role)
        {
            case ElectionRole.Follower follower: ConsiderHandover(follower.Leader); break;
            case ElectionRole.Leaderless: Run(ElectionReason.NobodyLeads, _self); break;
            case ElectionRole.AwaitingAnswer: AskFurther(); break;
            case ElectionRole.AwaitingCoordinator: Run(ElectionReason.NobodyLeads, _self); break;
            case ElectionRole.Claiming claiming when claiming.Tries < _settings.MaxClaimTries: BecomeClaimant(claiming.Tries + 1); break;
            case ElectionRole.Claiming: Abstain(); break;
            case ElectionRole.Draining draining: BecomeResigned(draining, last: null); break;
            case ElectionRole.AwaitingHandover asking: ResumeFollowing(asking.Leader); break;
            case ElectionRole.Refreshing refreshing: BecomeRefreshing(refreshing.WasLeading); break;
        }
    }

    private void OnReceived(Rank from, NodeMessage message)
    {
        if (!_members.Contains(from) || from == _self) return;
        if (message.Epoch < _epoch)
        {
            Correct(from, message);
            return;
        }
        if (message.Epoch > _epoch) Meet(message.Epoch, message.Leader, StepDownReason.Deposed);
        else Compare(from, message);
        if (message is NodeMessage.Coordinator announced) Record(announced.Record);
        if (!TakesPart) return;
        switch (message)
        {
            case NodeMessage.Election asked: OnElection(from, asked); break;
            case NodeMessage.Answer: OnAnswer(from); break;
            case NodeMessage.HandoverRequest request: OnHandoverRequest(from, request.Reason); break;
            case NodeMessage.HandoverReady: OnHandoverReady(from); break;
            case NodeMessage.Resigned resigned: OnResigned(from, resigned.Successor); break;
            case NodeMessage.Leaving: OnLeaving(from); break;
        }
    }

    /// <summary>A stale sender is told. A coordinator that got no word would keep its view for ever.</summary>
    private void Correct(Rank from, NodeMessage message)
    {
        if (!TakesPart) return;
        switch (message)
        {
            case NodeMessage.Election when from.CompareTo(_self) < 0 && !IsAbstaining: Send(from, new NodeMessage.Answer(_epoch, Leader)); break;
            case NodeMessage.Answer or NodeMessage.Behind: break;
            default: Send(from, new NodeMessage.Behind(_epoch, Leader)); break;
        }
    }

    /// <summary>What a message of the same epoch says about who leads it.</summary>
    private void Compare(Rank from, NodeMessage message)
    {
        if (_epoch <= _over || _epoch == Epoch.None) return;
        var named = message.Leader;
        if (named == from) OnLeaderHeard(from);
        else if (named is null && from == _holder && message is not (NodeMessage.Resigned or NodeMessage.HandoverReady))
            OnResigned(from, successor: null, isHearsay: true);
        else if (named is { } other && other != _self && _holder is null && _members.Contains(other))
        {
            _holder = other;
            if (Role is ElectionRole.Leaderless) BecomeFollower(other);
        }
    }

    private void OnLeaderHeard(Rank leader)
    {
        _holder ??= leader;
        if (_holder != leader) return;
        switch (Role)
        {
            case ElectionRole.Leaderless:
            case ElectionRole.AwaitingAnswer or ElectionRole.AwaitingCoordinator when _campaign?.Reason != ElectionReason.Forced:
                BecomeFollower(leader);
                break;
        }
    }

    private void OnElection(Rank from, NodeMessage.Election asked)
    {
        if (from.CompareTo(_self) > 0 || IsAbstaining) return;
        Send(from, new NodeMessage.Answer(_epoch, Leader));
        if (asked.Reason == ElectionReason.Forced && asked.Epoch == _epoch && Role is not ElectionRole.Leaderless)
        {
            OnForced(asked.StartedBy);
            return;
        }
        // A leader that is not quite well to this node either, and is missed by another, is missed by two.
        var missed = Role is ElectionRole.Leaderless || (Role is ElectionRole.Follower follower && !_detector.IsWell(follower.Leader));
        if (missed) Run(asked.Reason, asked.StartedBy);
        if (_campaign is not null) _campaign.Answered.Add(_self);
    }

    private void OnAnswer(Rank from)
    {
        if (from.CompareTo(_self) < 0 || Role is not (ElectionRole.AwaitingAnswer or ElectionRole.AwaitingCoordinator)) return;
        _campaign?.Answered.Add(from);
        if (Role is ElectionRole.AwaitingAnswer) Role = new ElectionRole.AwaitingCoordinator(_now + _settings.CoordinatorTimeoutMs);
    }

    private void OnGranted(Epoch granted)
    {
        if (granted <= _epoch) return;
        if (Role is ElectionRole.Claiming claiming && granted == claiming.Seen.Next)
        {
            BecomeCoordinator(granted);
            return;
        }
        // Nobody waits for this any more; but whoever led before can write no longer, so somebody must claim the next.
        Meet(granted, _self, StepDownReason.Deposed);
    }

    private void OnRefused(Epoch current, Rank? holder)
    {
        if (Role is not ElectionRole.Claiming claiming)
        {
            if (current > _epoch) Meet(current, holder, StepDownReason.Deposed);
            return;
        }
        if (current <= claiming.Seen) OnClaimFailed();
        else if (holder == _self) ClaimAfterOwn(current, claiming.Tries + 1);
        else if (current > _epoch) Meet(current, holder, StepDownReason.Deposed);
    }

    private void OnClaimFailed()
    {
        if (Role is ElectionRole.Claiming claiming)
            Role = claiming with { DeadlineMs = Math.Min(claiming.DeadlineMs, _now + _settings.ClaimRetryMs) };
    }

    private void OnStorageRead(NodeInput.StorageRead read)
    {
        if (Role is ElectionRole.Refreshing refreshing)
        {
            OnRefreshed(refreshing, read);
            return;
        }
        if (Role is ElectionRole.AwaitingAnswer asking)
        {
            OnLookedUp(asking, read);
            return;
        }
        if (_leaseKeptAtMs is not null) _leaseKeptAtMs = _now;
        if (read.Epoch > _epoch) Meet(read.Epoch, read.Holder, StepDownReason.Deposed);
        else if (Role is ElectionRole.Follower follower && _isCheckingStorage) AskForHandover(follower.Leader, ElectionReason.Handover);
        else if (read.Epoch == _epoch && _holder is null && read.Holder is { } holder && holder != _self)
        {
            _holder = holder;
            if (Role is ElectionRole.Leaderless && _over < _epoch && _members.Contains(holder)) BecomeFollower(holder);
        }
    }

    /// <summary>A candidate has looked into storage before it claims: somebody may lead well whom only it does not hear.</summary>
    private void OnLookedUp(ElectionRole.AwaitingAnswer asking, NodeInput.StorageRead read)
    {
        if (read.Epoch > _epoch)
        {
            var isLost = read.Holder is { } lost && (!_detector.IsLive(lost) && read.LeaseAgeMs > _settings.LeaseFreshMs);
            if (read.Holder != _self && !isLost)
            {
                Meet(read.Epoch, read.Holder, StepDownReason.Deposed);
                return;
            }
            (_epoch, _holder) = (read.Epoch, read.Holder);
            _detector.SetLeader(null, _epoch, _now);
        }
        if (read.Epoch == _epoch && read.Holder is { } holder && MustDefer(holder, read.LeaseAgeMs))
        {
            BecomeFollower(holder);
            _detector.Doubt(holder, _now);
        }
        else if (!asking.Asked) BecomeClaimant(tries: 1);
    }

    /// <summary>A fresh lease says that its holder leads and is in touch with a majority. It is not fought by a lower rank, nor by a node that may itself be cut off.</summary>
    private bool MustDefer(Rank holder, long? leaseAgeMs) =>
        leaseAgeMs <= _settings.LeaseFreshMs && holder != _self && _members.Contains(holder) && _over < _epoch
        && _campaign?.Reason != ElectionReason.Forced
        && (holder.CompareTo(_self) > 0 || !_settings.Preemption || _detector.HearsNobody(_now));

    private void OnRefreshed(ElectionRole.Refreshing refreshing, NodeInput.StorageRead read)
    {
        if (!read.IsMember)
        {
            BecomeOut(StepDownReason.NotAMember, wasLeading: refreshing.WasLeading);
            return;
        }
        _detector.Forgive(_now);
        if (read.Epoch > _epoch)
        {
            if (refreshing.WasLeading) StepDown(StepDownReason.Deposed);
            Role = new ElectionRole.Leaderless(_now);
            Meet(read.Epoch, read.Holder, StepDownReason.Deposed);
        }
        else if (refreshing.WasLeading)
        {
            _leaseKeptAtMs = null;
            Role = new ElectionRole.Coordinator();
            _detector.SetLeader(_self, _epoch, _now);
        }
        else if ((_holder ?? read.Holder) is { } holder && holder != _self && _over < _epoch && _members.Contains(holder)) BecomeFollower(holder);
        else BecomeLeaderless(_now + Stagger);
    }

    private void OnLeaseRenewed(Epoch epoch)
    {
        if (Role is ElectionRole.Coordinator && epoch == _epoch) _leaseKeptAtMs = _now;
    }

    private void OnFenced(NodeInput.Fenced fenced)
    {
        if (fenced.Current > _epoch) Meet(fenced.Current, fenced.Holder, StepDownReason.Fenced);
    }

    private void OnPeerFailed(Rank peer)
    {
        if (Role is ElectionRole.Follower or ElectionRole.AwaitingHandover && Leader == peer) LoseLeader(ElectionReason.LeaderFailed);
    }

    private void OnLeaving(Rank from)
    {
        if (Role is ElectionRole.Follower or ElectionRole.AwaitingHandover && Leader == from) LoseLeader(ElectionReason.LeaderLeft);
    }

    private void OnMembershipChanged(NodeInput.MembershipChanged changed)
    {
        SetMembers(changed.Members);
        var isMember = _members.Contains(_self);
        if (!isMember && Role is not ElectionRole.Out) BecomeOut(StepDownReason.NotAMember, IsLeading);
        else if (isMember && Role is ElectionRole.Out && _wasEvicted) BecomeRefreshing(wasLeading: false);
        else if (Role is ElectionRole.Follower or ElectionRole.AwaitingHandover && !_members.Contains(Leader!.Value)) LoseLeader(ElectionReason.LeaderLeft);
    }

    private void OnForced(Rank startedBy)
    {
        switch (Role)
        {
            case ElectionRole.Coordinator:
                Begin(ElectionReason.Forced, startedBy);
                BecomeDraining(StepDownReason.Forced, successor: null);
                break;
            case ElectionRole.Follower follower when follower.Leader.CompareTo(_self) < 0 && !_detector.LiveAbove.Any():
                Begin(ElectionReason.Forced, startedBy);
                AskForHandover(follower.Leader, ElectionReason.Forced);
                break;
            case ElectionRole.Follower or ElectionRole.Leaderless:
                Run(ElectionReason.Forced, startedBy);
                break;
        }
    }

    private void OnHandoverRequest(Rank from, ElectionReason reason)
    {
        if (from.CompareTo(_self) < 0) return;
        var why = reason == ElectionReason.Forced ? StepDownReason.Forced : StepDownReason.HandedOver;
        if (Role is ElectionRole.Coordinator) BecomeDraining(why, from);
        else if (Role is ElectionRole.Draining draining && (draining.Successor is not { } other || other.CompareTo(from) < 0))
            Role = draining with { Successor = from };
    }

    private void OnDrained(Seq last)
    {
        if (Role is ElectionRole.Draining draining) BecomeResigned(draining, last);
    }

    private void OnHandoverReady(Rank from)
    {
        if (from != _holder || Role is ElectionRole.Claiming || IsLeading) return;
        _over = _epoch;
        Begin(ElectionReason.Handover, _self);
        BecomeClaimant(tries: 1);
    }

    /// <param name="from">Who led.</param>
    /// <param name="successor">Who is to claim next, if that is settled.</param>
    /// <param name="isHearsay">Whether this only follows from another message: then the one that says it comes after this one, or was lost.</param>
    private void OnResigned(Rank from, Rank? successor, bool isHearsay = false)
    {
        if (from != _holder) return;
        _over = _epoch;
        switch (Role)
        {
            case ElectionRole.AwaitingHandover:
                Run(ElectionReason.Handover, _self);
                break;
            case ElectionRole.Follower:
                Begin(ElectionReason.LeaderResigned, from);
                var patienceMs = successor is not null || isHearsay ? _settings.CoordinatorTimeoutMs : 0;
                BecomeLeaderless(_now + patienceMs + Stagger);
                if (patienceMs == 0 && Stagger == 0) Run(ElectionReason.LeaderResigned, from);
                break;
        }
    }

    private void OnResign()
    {
        switch (Role)
        {
            case ElectionRole.Coordinator:
                BecomeDraining(StepDownReason.Resigned, successor: null);
                break;
            case ElectionRole.Draining draining:
                Role = draining with { Why = StepDownReason.Resigned };
                break;
            case ElectionRole.Out:
                break;
            default:
                var wasLeading = Role is ElectionRole.Refreshing { WasLeading: true };
                foreach (var other in _detector.Others) Send(other, new NodeMessage.Leaving(_epoch, Leader));
                BecomeOut(StepDownReason.Resigned, wasLeading);
                break;
        }
    }

    // What a node can become.

    /// <summary>A higher epoch ends whatever was.</summary>
    private void Meet(Epoch epoch, Rank? holder, StepDownReason why)
    {
        var wasLeaving = Role is ElectionRole.Draining { Why: StepDownReason.Resigned };
        if (IsLeading) StepDown(why);
        (_epoch, _holder) = (epoch, holder);
        switch (Role)
        {
            case ElectionRole.Out:
                if (holder is { } other && other != _self) _outputs.Add(new NodeOutput.Follow(other, epoch));
                break;
            case ElectionRole.Refreshing refreshing:
                Role = refreshing with { WasLeading = false };
                break;
            case var _ when wasLeaving:
                BecomeOut(StepDownReason.Resigned, wasLeading: false);
                break;
            default:
                if (holder == _self) Run(ElectionReason.NobodyLeads, _self);
                else if (holder is { } leader && _members.Contains(leader)) BecomeFollower(leader);
                else
                {
                    BecomeLeaderless(_now + _settings.CoordinatorTimeoutMs + Stagger);
                    _outputs.Add(new NodeOutput.ReadStorage());
                }
                break;
        }
    }

    private void BecomeFollower(Rank leader)
    {
        _campaign = null;
        _holder = leader;
        var mayAsk = _settings.Preemption && leader.CompareTo(_self) < 0;
        _isCheckingStorage = false;
        Role = new ElectionRole.Follower(leader, mayAsk ? Math.Max(_noHandoverBeforeMs, _now + _settings.HandoverDelayMs) : long.MaxValue);
        _detector.SetLeader(leader, _epoch, _now);
        _outputs.Add(new NodeOutput.Follow(leader, _epoch));
    }

    private void ResumeFollowing(Rank leader)
    {
        _campaign = null;
        Role = new ElectionRole.Follower(leader, _settings.Preemption ? _now + _settings.HandoverRetryMs : long.MaxValue);
    }

    private void BecomeLeaderless(long campaignAtMs)
    {
        Role = new ElectionRole.Leaderless(campaignAtMs);
        _detector.SetLeader(null, _epoch, _now);
    }

    private void LoseLeader(ElectionReason reason)
    {
        Begin(reason, _self);
        BecomeLeaderless(_now + Stagger);
        if (Stagger == 0) Run(reason, _self);
    }

    /// <summary>Asks above, and looks into storage meanwhile.</summary>
    private void Run(ElectionReason reason, Rank startedBy)
    {
        Begin(reason, startedBy);
        _detector.SetLeader(null, _epoch, _now);
        _campaign!.Silent.Clear();
        BecomeCandidate();
        _outputs.Add(new NodeOutput.ReadStorage());
    }

    /// <summary>Asks the highest few first, so that an election of many nodes does not cost the square of their number.</summary>
    private void BecomeCandidate()
    {
        var asked = 0;
        foreach (var higher in _detector.LiveAbove.Reverse())
        {
            if (asked == _settings.MaxAskedAtOnce) break;
            if (!_campaign!.Silent.Add(higher)) continue;
            asked++;
            Send(higher, new NodeMessage.Election(_epoch, null, _campaign.StartedBy, _campaign.Reason));
        }
        Role = new ElectionRole.AwaitingAnswer(asked > 0, _now + _settings.AnswerTimeoutMs);
    }

    private void AskFurther()
    {
        if (_detector.LiveAbove.All(_campaign!.Silent.Contains)) BecomeClaimant(tries: 1);
        else BecomeCandidate();
    }

    private void BecomeClaimant(int tries)
    {
        Role = new ElectionRole.Claiming(_epoch, tries, _now + _settings.ClaimTimeoutMs);
        _detector.SetLeader(null, _epoch, _now);
        _outputs.Add(new NodeOutput.ClaimEpoch(_epoch));
    }

    /// <summary>The epoch in the way is this node's own, by an answer that was lost or in an earlier life. It is not led: the next is claimed.</summary>
    private void ClaimAfterOwn(Epoch own, int tries)
    {
        (_epoch, _holder, _over) = (own, _self, own);
        if (tries <= _settings.MaxClaimTries) BecomeClaimant(tries);
        else Abstain();
    }

    private void Abstain()
    {
        _campaign = null;
        _abstainUntilMs = _now + _settings.AbstainMs;
        _noHandoverBeforeMs = _now + 5 * _settings.HandoverRetryMs;
        BecomeLeaderless(_abstainUntilMs);
    }

    private void BecomeCoordinator(Epoch epoch)
    {
        (_epoch, _holder) = (epoch, _self);
        var campaign = _campaign ?? new Campaign(_self, ElectionReason.NobodyLeads, _now);
        _campaign = null;
        _leaseKeptAtMs = null;
        Role = new ElectionRole.Coordinator();
        _detector.SetLeader(_self, epoch, _now);
        _outputs.Add(new NodeOutput.Lead(epoch));
        var record = new ElectionRecord(epoch, _self, campaign.StartedBy, campaign.Reason, [.. campaign.Answered], _now - campaign.StartedAtMs);
        foreach (var other in _detector.Others) Send(other, new NodeMessage.Coordinator(epoch, _self, record));
        Record(record);
    }

    private void BecomeDraining(StepDownReason why, Rank? successor)
    {
        Role = new ElectionRole.Draining(why, successor, _now + _settings.HandoverTimeoutMs);
        _outputs.Add(new NodeOutput.DrainAndResign(_epoch));
    }

    /// <summary>First this node can write no more, then others hear of it.</summary>
    private void BecomeResigned(ElectionRole.Draining draining, Seq? last)
    {
        var isLeaving = draining.Why == StepDownReason.Resigned;
        var campaign = _campaign;
        StepDown(draining.Why);
        foreach (var other in _detector.Others)
        {
            if (other == draining.Successor) Send(other, new NodeMessage.HandoverReady(_epoch, null, last));
            if (other != draining.Successor || isLeaving) Send(other, new NodeMessage.Resigned(_epoch, null, draining.Successor, isLeaving));
        }
        if (isLeaving) BecomeOut(draining.Why, wasLeading: false);
        else if (draining.Why == StepDownReason.StorageLost) Abstain();
        else if (draining.Successor is not null) BecomeLeaderless(_now + _settings.CoordinatorTimeoutMs + Stagger);
        else
        {
            _campaign = campaign;
            Run(ElectionReason.Forced, _self);
        }
    }

    private void BecomeRefreshing(bool wasLeading)
    {
        _campaign = null;
        Role = new ElectionRole.Refreshing(wasLeading, _now + _settings.RefreshTimeoutMs);
        if (!wasLeading) _detector.SetLeader(null, _epoch, _now);
        _outputs.Add(new NodeOutput.ReadStorage());
    }

    private void BecomeOut(StepDownReason why, bool wasLeading)
    {
        if (wasLeading) StepDown(why);
        _campaign = null;
        _wasEvicted = why == StepDownReason.NotAMember;
        Role = new ElectionRole.Out();
        _detector.SetLeader(null, _epoch, _now);
    }

    /// <summary>Before a leader that works is asked to stop, the one that asks makes sure that it is the highest and that storage answers it.</summary>
    private void ConsiderHandover(Rank leader)
    {
        var mayAsk = _detector.IsWell(leader) && !_detector.LiveAbove.Any();
        _isCheckingStorage = mayAsk;
        Role = new ElectionRole.Follower(leader, _now + (mayAsk ? _settings.HandoverRetryMs : _settings.HandoverDelayMs));
        if (mayAsk) _outputs.Add(new NodeOutput.ReadStorage());
    }

    private void AskForHandover(Rank leader, ElectionReason reason)
    {
        _isCheckingStorage = false;
        Begin(reason, _self);
        Role = new ElectionRole.AwaitingHandover(leader, _now + 2 * _settings.HandoverTimeoutMs);
        Send(leader, new NodeMessage.HandoverRequest(_epoch, leader, reason));
    }

    private void StepDown(StepDownReason why)
    {
        _outputs.Add(new NodeOutput.StepDown(_epoch, why));
        _over = _epoch;
        _campaign = null;
    }

    // Pure leaves.

    private bool IsLeading => Role is ElectionRole.Coordinator or ElectionRole.Draining or ElectionRole.Refreshing { WasLeading: true };

    private bool IsAbstaining => _now < _abstainUntilMs;

    private long Stagger => Math.Min(_detector.LiveAbove.Count(), _settings.MaxStaggerSteps) * _settings.StaggerMs;

    private void Begin(ElectionReason reason, Rank startedBy) => _campaign ??= new Campaign(startedBy, reason, _now);

    private void Record(ElectionRecord record)
    {
        if (record.Epoch <= _recorded) return;
        _recorded = record.Epoch;
        _outputs.Add(new NodeOutput.RecordElection(record));
    }

    private void SetMembers(IEnumerable<Rank> members)
    {
        _members.Clear();
        _members.UnionWith(members);
        _detector.SetMembers(_members, _now);
    }

    private void Send(Rank to, NodeMessage message) => _outputs.Add(new NodeOutput.Send(to, message));
}
