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
/// what was; a lower one teaches nothing and its sender is told so.
///
/// This class is the one entrance, and keeps what is known of epochs and members. <see cref="Candidacy"/> stands for election,
/// <see cref="Claims"/> claims and begins to lead, <see cref="Handover"/> gives the lead up or asks for it.
/// </summary>
public sealed class Election
{
    private readonly ElectionState _state;
    private readonly Claims _claims;
    private readonly Candidacy _candidacy;
    private readonly Handover _handover;

    /// <summary>A node that has not started.</summary>
    /// <param name="self">Its rank.</param>
    /// <param name="settings">The time limits.</param>
    /// <param name="detector">What it knows of the others; told here whom it follows.</param>
    public Election(Rank self, NodeSettings settings, FailureDetector detector)
    {
        _state = new ElectionState(self, settings, detector);
        _claims = new Claims(_state);
        _candidacy = new Candidacy(_state, _claims);
        _handover = new Handover(_state, _candidacy, _claims);
    }

    /// <summary>What it is doing.</summary>
    public ElectionRole Role => _state.Role;

    /// <summary>The newest epoch that it knows.</summary>
    public Epoch Epoch => _state.Epoch;

    /// <summary>Who leads in that epoch, as far as it knows.</summary>
    public Rank? Leader => _state.Leader;

    /// <summary>Whether it takes part.</summary>
    public bool TakesPart => Role is not (ElectionRole.Out or ElectionRole.Refreshing);

    /// <summary>When a time limit is over, in milliseconds.</summary>
    public long DueAtMs => Role.DueAtMs;

    /// <summary>Whether this leader has claimed without the larger part of the members, and is not with it yet.</summary>
    public bool LeadsByLeave => _state.LeadsByLeave;

    /// <summary>Whether silence counts as failure here. A leader that may be the one that is cut off calls nobody failed.</summary>
    public bool MayFail(long nowMs) =>
        !_state.IsLeading || Detector.Sides.InTouch(nowMs) is var side && (side == Side.Larger || (side == Side.LowerHalf && LeadsByLeave && Detector.Evictions.HasLedAWhile(nowMs)));

    private Rank Self => _state.Self;

    private NodeSettings Settings => _state.Settings;

    private FailureDetector Detector => _state.Detector;

    /// <summary>The one entrance.</summary>
    /// <param name="input">What happened.</param>
    /// <param name="nowMs">When, in milliseconds of this node's own steady clock.</param>
    /// <param name="outputs">Takes what is to be done.</param>
    public void Step(NodeInput input, long nowMs, List<NodeOutput> outputs)
    {
        _state.Begin(nowMs, outputs);
        switch (input)
        {
            case NodeInput.Start start: OnStart(start); break;
            case NodeInput.Tick: OnTick(); break;
            case NodeInput.Received received: OnReceived(received.From, received.Message); break;
            case NodeInput.ClaimGranted granted: OnGranted(granted.Epoch); break;
            case NodeInput.ClaimRefused refused: OnRefused(refused.Current, refused.Holder); break;
            case NodeInput.ClaimFailed: _claims.OnFailed(); break;
            case NodeInput.StorageRead read: OnStorageRead(read); break;
            case NodeInput.LeaseRenewed renewed: OnLeaseRenewed(renewed.Epoch); break;
            case NodeInput.Fenced fenced: OnFenced(fenced); break;
            case NodeInput.Drained drained: OnDrained(drained.Last); break;
            case NodeInput.MembershipChanged changed: OnMembershipChanged(changed); break;
            case NodeInput.PeerFailed failed: OnPeerFailed(failed.Peer); break;
            case NodeInput.ForceElection: _handover.OnForced(Self); break;
            case NodeInput.Resign: _handover.OnResign(); break;
            default: throw new System.Diagnostics.UnreachableException($"{input.GetType().Name} is no input of an election.");
        }
    }

    /// <summary>The node was frozen for so long that others may have moved on: it stays out until it knows.</summary>
    public void Stalled(long nowMs, List<NodeOutput> outputs)
    {
        _state.Begin(nowMs, outputs);
        // Whoever is giving up the lead goes on with that: its time limit is over.
        if (TakesPart && Role is not ElectionRole.Draining) _state.BecomeRefreshing(wasLeading: Role is ElectionRole.Coordinator);
    }

    private void OnStart(NodeInput.Start start)
    {
        _state.SetMembers(start.Members);
        if (Role is not ElectionRole.Out) return;
        Detector.Forgive(_state.Now);
        if (start.Epoch > Epoch) (_state.Epoch, _state.Holder) = (start.Epoch, start.Holder);
        if (!_state.IsMember(Self)) return;
        if (_state.Holder is { } holder && MayFollow(holder)) _state.BecomeFollower(holder);
        else _candidacy.Run(ElectionReason.Start, Self);
    }

    private void OnTick()
    {
        if (Role is ElectionRole.Coordinator && _state.Now - _state.LeaseKeptAtMs > Settings.StorageLostAfterMs && Detector.HasLiveOthers)
        {
            _handover.BecomeDraining(StepDownReason.StorageLost, successor: null);
            return;
        }
        if (Role is ElectionRole.Coordinator && IsOnSmallerSide())
        {
            _handover.BecomeDraining(StepDownReason.SmallerSide, successor: null);
            return;
        }
        if (_state.Now < DueAtMs) return;
        switch (Role)
        {
            case ElectionRole.Follower follower: _handover.Consider(follower.Leader); break;
            case ElectionRole.Leaderless or ElectionRole.AwaitingCoordinator: _candidacy.Run(ElectionReason.NobodyLeads, Self); break;
            case ElectionRole.AwaitingAnswer asking: _candidacy.OnSilence(asking); break;
            case ElectionRole.Claiming claiming: _claims.OnTimeout(claiming); break;
            case ElectionRole.Draining draining: _handover.BecomeResigned(draining, last: null); break;
            case ElectionRole.AwaitingHandover asking: _handover.OnNoAnswer(asking.Leader); break;
            case ElectionRole.Refreshing refreshing: _state.BecomeRefreshing(refreshing.WasLeading); break;
        }
    }

    private void OnReceived(Rank from, NodeMessage message)
    {
        if (!_state.IsMember(from) || from == Self) return;
        if (message.Epoch < Epoch)
        {
            Correct(from, message);
            return;
        }
        if (message.Epoch > Epoch) Meet(message.Epoch, message.Leader, StepDownReason.Deposed);
        else Compare(from, message);
        if (message is NodeMessage.Coordinator announced) _state.Record(announced.Record);
        if (!TakesPart) return;
        switch (message)
        {
            case NodeMessage.Election asked: OnElection(from, asked); break;
            case NodeMessage.Answer: _candidacy.OnAnswer(from); break;
            case NodeMessage.HandoverRequest request: _handover.OnRequest(from, request.Reason); break;
            case NodeMessage.HandoverReady: _handover.OnReady(from); break;
            case NodeMessage.Resigned resigned: _handover.OnResigned(from, resigned.Successor); break;
            case NodeMessage.Leaving: OnLeaderGone(from, ElectionReason.LeaderLeft); break;
        }
        // Whoever is heard may be the one that was missing.
        _candidacy.TryClaim();
        _handover.TryAsk();
    }

    /// <summary>A stale sender is told. A coordinator that got no word would keep its view for ever.</summary>
    private void Correct(Rank from, NodeMessage message)
    {
        if (!TakesPart) return;
        switch (message)
        {
            case NodeMessage.Election when MayAnswer(from): _state.Send(from, new NodeMessage.Answer(Epoch, Leader)); break;
            case NodeMessage.Answer or NodeMessage.Behind: break;
            default: _state.Send(from, new NodeMessage.Behind(Epoch, Leader)); break;
        }
    }

    /// <summary>What a message of the same epoch says about who leads it.</summary>
    private void Compare(Rank from, NodeMessage message)
    {
        if (Epoch <= _state.Over || Epoch == Epoch.None) return;
        var named = message.Leader;
        if (named == from) OnLeaderHeard(from);
        else if (named is null && from == _state.Holder && message is not (NodeMessage.Resigned or NodeMessage.HandoverReady))
            _handover.OnResigned(from, successor: null, isHearsay: true);
        else if (named is { } other && other != Self && _state.Holder is null && _state.IsMember(other))
        {
            _state.Holder = other;
            if (Role is ElectionRole.Leaderless) _state.BecomeFollower(other);
        }
    }

    private void OnLeaderHeard(Rank leader)
    {
        _state.Holder ??= leader;
        if (_state.Holder != leader) return;
        var misses = Role is ElectionRole.Leaderless
            || (Role is ElectionRole.AwaitingAnswer or ElectionRole.AwaitingCoordinator && _state.Campaign?.Reason != ElectionReason.Forced);
        if (misses) _state.BecomeFollower(leader);
    }

    private void OnElection(Rank from, NodeMessage.Election asked)
    {
        if (!MayAnswer(from)) return;
        var isForced = asked.Reason == ElectionReason.Forced && asked.Epoch == Epoch && Role is not ElectionRole.Leaderless;
        if (isForced) _state.Send(from, new NodeMessage.Answer(Epoch, Leader));
        if (isForced) _handover.OnForced(asked.StartedBy);
        else _candidacy.OnElection(from, asked);
    }

    private void OnGranted(Epoch granted)
    {
        if (granted <= Epoch || _claims.OnGranted(granted)) return;
        // Nobody waits for this any more; but whoever led before can write no longer, so somebody must claim the next.
        Meet(granted, Self, StepDownReason.Deposed);
    }

    private void OnRefused(Epoch current, Rank? holder)
    {
        if (!_claims.OnRefused(current, holder) && current > Epoch) Meet(current, holder, StepDownReason.Deposed);
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
            if (!_candidacy.OnLookedUp(asking, read)) Meet(read.Epoch, read.Holder, StepDownReason.Deposed);
            return;
        }
        if (_state.LeaseKeptAtMs is not null) _state.LeaseKeptAtMs = _state.Now;
        if (read.Epoch > Epoch) Meet(read.Epoch, read.Holder, StepDownReason.Deposed);
        else if (Role is ElectionRole.Follower && _state.HandoverCheck == HandoverCheck.AwaitsStorage) _handover.OnStorageAnswered();
        else if (read.Epoch == Epoch && _state.Holder is null && read.Holder is { } holder && holder != Self)
        {
            _state.Holder = holder;
            if (Role is ElectionRole.Leaderless && MayFollow(holder)) _state.BecomeFollower(holder);
        }
    }

    private void OnRefreshed(ElectionRole.Refreshing refreshing, NodeInput.StorageRead read)
    {
        if (!read.IsMember)
        {
            _state.BecomeOut(StepDownReason.NotAMember, wasLeading: refreshing.WasLeading);
            return;
        }
        Detector.Forgive(_state.Now);
        if (read.Epoch > Epoch)
        {
            if (refreshing.WasLeading) _state.StepDown(StepDownReason.Deposed);
            _state.Role = new ElectionRole.Leaderless(_state.Now);
            Meet(read.Epoch, read.Holder, StepDownReason.Deposed);
        }
        else if (refreshing.WasLeading)
        {
            _state.LeaseKeptAtMs = null;
            _state.Role = new ElectionRole.Coordinator();
            Detector.SetLeader(Self, Epoch, _state.Now);
        }
        else if ((_state.Holder ?? read.Holder) is { } holder && MayFollow(holder)) _state.BecomeFollower(holder);
        else _state.BecomeLeaderless(_state.Now + _state.Stagger);
    }

    private void OnLeaseRenewed(Epoch epoch)
    {
        if (Role is ElectionRole.Coordinator && epoch == Epoch) _state.LeaseKeptAtMs = _state.Now;
    }

    private void OnFenced(NodeInput.Fenced fenced)
    {
        if (fenced.Current > Epoch) Meet(fenced.Current, fenced.Holder, StepDownReason.Fenced);
    }

    private void OnDrained(Seq last)
    {
        if (Role is ElectionRole.Draining draining) _handover.BecomeResigned(draining, last);
    }

    private void OnPeerFailed(Rank peer)
    {
        OnLeaderGone(peer, ElectionReason.LeaderFailed);
        _candidacy.OnPeerFailed(peer);
    }

    private void OnLeaderGone(Rank peer, ElectionReason reason)
    {
        if (Role is ElectionRole.Follower or ElectionRole.AwaitingHandover && Leader == peer) _candidacy.LoseLeader(reason);
    }

    private void OnMembershipChanged(NodeInput.MembershipChanged changed)
    {
        _state.SetMembers(changed.Members);
        var isMember = _state.IsMember(Self);
        if (!isMember && Role is not ElectionRole.Out) _state.BecomeOut(StepDownReason.NotAMember, _state.IsLeading);
        else if (isMember && Role is ElectionRole.Out && _state.WasEvicted) _state.BecomeRefreshing(wasLeading: false);
        else if (Role is ElectionRole.Follower or ElectionRole.AwaitingHandover && !_state.IsMember(Leader!.Value)) _candidacy.LoseLeader(ElectionReason.LeaderLeft);
    }

    /// <summary>A higher epoch ends whatever was.</summary>
    private void Meet(Epoch epoch, Rank? holder, StepDownReason why)
    {
        var wasLeaving = Role is ElectionRole.Draining { Why: StepDownReason.Resigned };
        if (_state.IsLeading) _state.StepDown(why);
        (_state.Epoch, _state.Holder) = (epoch, holder);
        switch (Role)
        {
            case ElectionRole.Out:
                if (holder is { } other && other != Self) _state.Ask(new NodeOutput.Follow(other, epoch));
                break;
            case ElectionRole.Refreshing refreshing:
                _state.Role = refreshing with { WasLeading = false };
                break;
            case var _ when wasLeaving:
                _state.BecomeOut(StepDownReason.Resigned, wasLeading: false);
                break;
            default:
                if (holder == Self) _candidacy.Run(ElectionReason.NobodyLeads, Self);
                else if (holder is { } leader && _state.IsMember(leader)) _state.BecomeFollower(leader);
                else
                {
                    _state.BecomeLeaderless(_state.Now + Settings.CoordinatorTimeoutMs + _state.Stagger);
                    _state.Ask(new NodeOutput.ReadStorage());
                }
                break;
        }
    }

    /// <summary>Whether the members that this leader is not in touch with may have another. One that leads by their leave goes on until it has been with the larger part again.</summary>
    private bool IsOnSmallerSide()
    {
        if (LeadsByLeave && Detector.Sides.Heard(_state.Now) == Side.Larger) _state.LeadsByLeave = false;
        return !LeadsByLeave && Detector.Sides.InTouch(_state.Now) != Side.Larger;
    }

    private bool MayFollow(Rank holder) => holder != Self && _state.Over < Epoch && _state.IsMember(holder);

    private bool MayAnswer(Rank from) => from.CompareTo(Self) < 0 && !_state.IsAbstaining;
}
