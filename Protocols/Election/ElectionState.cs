using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>
/// What a node knows of elections, and the changes of role that depend on nothing else. Knowledge only grows: a node knows one newest
/// epoch, who holds it, and whether it is over. The rules are in <see cref="Election"/>, <see cref="Candidacy"/>, <see cref="Claims"/>
/// and <see cref="Handover"/>, which share one state.
/// </summary>
internal sealed class ElectionState(Rank self, NodeSettings settings, FailureDetector detector)
{
    private readonly SortedSet<Rank> _members = [];
    private Epoch _recorded;
    private long _abstainUntilMs;
    private (Epoch Epoch, long SinceMs)? _aside;
    private List<NodeOutput> _outputs = [];

    /// <summary>This node's rank.</summary>
    public Rank Self { get; } = self;

    /// <summary>The time limits.</summary>
    public NodeSettings Settings { get; } = settings;

    /// <summary>What is known of the others.</summary>
    public FailureDetector Detector { get; } = detector;

    /// <summary>When this step is taken, in milliseconds.</summary>
    public long Now { get; private set; }

    /// <summary>What the node is doing.</summary>
    public ElectionRole Role { get; set; } = new ElectionRole.Out();

    /// <summary>The newest epoch that is known.</summary>
    public Epoch Epoch { get; set; }

    /// <summary>Who claimed it, if that is known.</summary>
    public Rank? Holder { get; set; }

    /// <summary>The newest epoch that is known to be over, though no other has begun.</summary>
    public Epoch Over { get; set; }

    /// <summary>The election that this node takes part in, or null.</summary>
    public Campaign? Campaign { get; set; }

    /// <summary>When storage last kept this leader's lease, in milliseconds; null if it keeps none.</summary>
    public long? LeaseKeptAtMs { get; set; }

    /// <summary>Before then, in milliseconds, this node asks for no handover.</summary>
    public long NoHandoverBeforeMs { get; set; }

    /// <summary>Whether this leader claimed without the larger part of the members, after that part had time to do so; until it is with the larger part.</summary>
    public bool LeadsByLeave { get; set; }

    /// <summary>What is still to be found out before the leader is asked for the lead.</summary>
    public HandoverCheck HandoverCheck { get; set; }

    /// <summary>Whether this node is out because the membership has put it out.</summary>
    public bool WasEvicted { get; private set; }

    /// <summary>Who leads in the newest epoch, as far as is known.</summary>
    public Rank? Leader => Role switch
    {
        ElectionRole.Coordinator or ElectionRole.Draining => Self,
        ElectionRole.Follower follower => follower.Leader,
        ElectionRole.AwaitingHandover asking => asking.Leader,
        ElectionRole.Out when Over < Epoch && Holder != Self => Holder,
        _ => null,
    };

    /// <summary>Whether this node leads, or did before it froze.</summary>
    public bool IsLeading => Role is ElectionRole.Coordinator or ElectionRole.Draining or ElectionRole.Refreshing { WasLeading: true };

    /// <summary>Whether this node lets others try.</summary>
    public bool IsAbstaining => Now < _abstainUntilMs || IsAside;

    private bool IsAside => _aside is { } aside && aside.Epoch == Epoch;

    /// <summary>Whether the larger part of the members has had time enough to find a leader, and has found none.</summary>
    public bool HasStoodAside => IsAside && Now - _aside!.Value.SinceMs >= Settings.SmallerSideWaitsMs;

    /// <summary>How much later than the highest this node begins an election, in milliseconds.</summary>
    public long Stagger => Math.Min(Detector.LiveAbove.Count(), Settings.MaxStaggerSteps) * Settings.StaggerMs;

    /// <summary>Begins a step.</summary>
    public void Begin(long nowMs, List<NodeOutput> outputs) => (Now, _outputs) = (nowMs, outputs);

    /// <summary>Asks the engine for something.</summary>
    public void Ask(NodeOutput output) => _outputs.Add(output);

    /// <summary>Sends a message.</summary>
    public void Send(Rank to, NodeMessage message) => _outputs.Add(new NodeOutput.Send(to, message));

    /// <summary>Asks the others for a sign of life, so that this node knows at once on which side it is.</summary>
    public void AskWhoHears() => Detector.Ask(Now, _outputs);

    /// <summary>Finds out whether a node's process has ended.</summary>
    public void Knock(Rank peer) => Detector.ConnectionLost(peer, Now, _outputs);

    /// <summary>Whether a node is a member.</summary>
    public bool IsMember(Rank rank) => _members.Contains(rank);

    /// <summary>Takes in who the members are.</summary>
    public void SetMembers(IEnumerable<Rank> members)
    {
        _members.Clear();
        _members.UnionWith(members);
        Detector.SetMembers(_members, Now);
    }

    /// <summary>An election begins for this node, unless it takes part in one.</summary>
    public void Enter(ElectionReason reason, Rank startedBy) => Campaign ??= new Campaign(startedBy, reason, Now);

    /// <summary>The record of an election is kept, once.</summary>
    public void Record(ElectionRecord record)
    {
        if (record.Epoch <= _recorded) return;
        _recorded = record.Epoch;
        Ask(new NodeOutput.RecordElection(record));
    }

    /// <summary>Another node leads.</summary>
    public void BecomeFollower(Rank leader)
    {
        Campaign = null;
        Holder = leader;
        var mayAsk = Settings.Preemption && leader.CompareTo(Self) < 0;
        HandoverCheck = HandoverCheck.None;
        _aside = null;
        Role = new ElectionRole.Follower(leader, mayAsk ? Math.Max(NoHandoverBeforeMs, Now + Settings.HandoverDelayMs) : long.MaxValue);
        Detector.SetLeader(leader, Epoch, Now);
        Ask(new NodeOutput.Follow(leader, Epoch));
    }

    /// <summary>Nobody known leads.</summary>
    public void BecomeLeaderless(long campaignAtMs)
    {
        Role = new ElectionRole.Leaderless(campaignAtMs);
        Detector.SetLeader(null, Epoch, Now);
    }

    /// <summary>Storage does not answer this node: others may try.</summary>
    public void BecomeAbstaining()
    {
        Campaign = null;
        _abstainUntilMs = Now + Settings.AbstainMs;
        NoHandoverBeforeMs = Now + 5 * Settings.HandoverRetryMs;
        BecomeLeaderless(_abstainUntilMs);
    }

    /// <summary>It is not with the larger part of the members, and leaves the lead to that part for a while.</summary>
    public void BecomeAside()
    {
        if (!IsAside) _aside = (Epoch, Now);
        BecomeLeaderless(Now + Settings.SmallerSideWaitsMs + Stagger);
    }

    /// <summary>It leads.</summary>
    public void BecomeCoordinator(Epoch epoch)
    {
        (Epoch, Holder) = (epoch, Self);
        LeadsByLeave = Detector.Sides.Heard(Now) != Side.Larger;
        (Campaign, LeaseKeptAtMs, _aside) = (null, null, null);
        Role = new ElectionRole.Coordinator();
        Detector.SetLeader(Self, epoch, Now);
        Ask(new NodeOutput.Lead(epoch));
    }

    /// <summary>It was frozen: it finds out first what has happened.</summary>
    public void BecomeRefreshing(bool wasLeading)
    {
        Campaign = null;
        Role = new ElectionRole.Refreshing(wasLeading, Now + Settings.RefreshTimeoutMs);
        if (!wasLeading) Detector.SetLeader(null, Epoch, Now);
        Ask(new NodeOutput.ReadStorage());
    }

    /// <summary>It takes part no more.</summary>
    public void BecomeOut(StepDownReason why, bool wasLeading)
    {
        if (wasLeading) StepDown(why);
        Campaign = null;
        WasEvicted = why == StepDownReason.NotAMember;
        Role = new ElectionRole.Out();
        Detector.SetLeader(null, Epoch, Now);
    }

    /// <summary>It leads no more in this epoch.</summary>
    public void StepDown(StepDownReason why)
    {
        Ask(new NodeOutput.StepDown(Epoch, why));
        Over = Epoch;
        Campaign = null;
        LeadsByLeave = false;
    }
}

/// <summary>How far a node is that considers asking the leader for the lead.</summary>
internal enum HandoverCheck
{
    /// <summary>It does not consider it.</summary>
    None,
    /// <summary>Storage was asked, and has not answered.</summary>
    AwaitsStorage,
    /// <summary>Storage has answered; the larger part of the members has to be heard.</summary>
    AwaitsMembers,
}
