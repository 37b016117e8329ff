using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>
/// How a node that misses the leader stands for election: it asks the higher ranks, looks into storage meanwhile, and claims if nobody
/// above answers, nobody leads whom only it does not hear, and it hears the larger part of the members. A node that does not hear that
/// part leaves the lead to it for a while, and claims only if storage then still has the same epoch and no fresh lease.
/// </summary>
internal sealed class Candidacy(ElectionState state, Claims claims)
{
    private NodeSettings Settings => state.Settings;

    private FailureDetector Detector => state.Detector;

    /// <summary>Asks above, and looks into storage meanwhile.</summary>
    public void Run(ElectionReason reason, Rank startedBy)
    {
        state.Enter(reason, startedBy);
        Detector.SetLeader(null, state.Epoch, state.Now);
        state.Campaign!.Silent.Clear();
        BecomeCandidate(hasRead: false, asks: 1);
        if (Detector.Sides.Heard(state.Now) != Side.Larger) state.AskWhoHears();
        state.Ask(new NodeOutput.ReadStorage());
    }

    /// <summary>The leader is gone. Higher ranks go first.</summary>
    public void LoseLeader(ElectionReason reason)
    {
        state.Enter(reason, state.Self);
        state.BecomeLeaderless(state.Now + state.Stagger);
        if (state.Stagger == 0) Run(reason, state.Self);
    }

    /// <summary>A lower rank asks whether anybody is above it.</summary>
    public void OnElection(Rank from, NodeMessage.Election asked)
    {
        state.Send(from, new NodeMessage.Answer(state.Epoch, state.Leader));
        // A leader that is not quite well to this node either, and is missed by another, is missed by two.
        var missed = state.Role is ElectionRole.Leaderless || (state.Role is ElectionRole.Follower follower && !Detector.IsWell(follower.Leader));
        if (missed) Run(asked.Reason, asked.StartedBy);
        else if (asked.Reason == ElectionReason.LeaderFailed && state.Leader is { } leader && leader != state.Self) state.Knock(leader);
        state.Campaign?.Answered.Add(state.Self);
    }

    /// <summary>A higher rank takes over the search.</summary>
    public void OnAnswer(Rank from)
    {
        if (from.CompareTo(state.Self) < 0 || state.Role is not (ElectionRole.AwaitingAnswer or ElectionRole.AwaitingCoordinator)) return;
        state.Campaign?.Answered.Add(from);
        if (state.Role is ElectionRole.AwaitingAnswer) state.Role = new ElectionRole.AwaitingCoordinator(state.Now + Settings.CoordinatorTimeoutMs);
    }

    /// <summary>A node has failed. Nobody waits for one that is dead.</summary>
    public void OnPeerFailed(Rank peer)
    {
        if (Detector.LiveAbove.Any() || state.Campaign is not { } campaign || peer.CompareTo(state.Self) < 0 || state.IsAbstaining) return;
        switch (state.Role)
        {
            case ElectionRole.AwaitingAnswer { Asked: true } asking:
                state.Role = asking with { Asked = false };
                TryClaim();
                break;
            case ElectionRole.AwaitingCoordinator or ElectionRole.Leaderless:
                Run(campaign.Reason, campaign.StartedBy);
                break;
        }
    }

    /// <summary>Claims if all is known that has to be known before it.</summary>
    public void TryClaim()
    {
        if (state.Role is ElectionRole.AwaitingAnswer { Asked: false, HasRead: true } && MayClaim(hasRead: true)) claims.BecomeClaimant(tries: 1);
    }

    /// <summary>None of those that were asked has answered in time.</summary>
    public void OnSilence(ElectionRole.AwaitingAnswer asking)
    {
        if (!Detector.LiveAbove.All(state.Campaign!.Silent.Contains)) BecomeCandidate(asking.HasRead, asking.Asks);
        else if (MayClaim(asking.HasRead)) claims.BecomeClaimant(tries: 1);
        else if (asking.Asks < Settings.MaxAsks)
        {
            state.Role = asking with { Asked = false, Asks = asking.Asks + 1, DeadlineMs = state.Now + Settings.AnswerTimeoutMs };
            state.AskWhoHears();
        }
        else state.BecomeAside();
    }

    /// <summary>Storage has been looked into before a claim. False if it names an epoch that is to be followed.</summary>
    public bool OnLookedUp(ElectionRole.AwaitingAnswer asking, NodeInput.StorageRead read)
    {
        if (read.Epoch > state.Epoch)
        {
            var isLost = read.Holder is { } lost && !Detector.IsLive(lost) && (read.LeaseAgeMs > Settings.LeaseFreshMs || Detector.IsGone(lost));
            if (read.Holder != state.Self && !isLost) return false;
            (state.Epoch, state.Holder) = (read.Epoch, read.Holder);
            Detector.SetLeader(null, state.Epoch, state.Now);
        }
        if (read.Epoch == state.Epoch && read.Holder is { } holder && MustDefer(holder, read.LeaseAgeMs))
        {
            state.BecomeFollower(holder);
            Detector.Doubt(holder, state.Now);
        }
        else
        {
            state.Role = asking with { HasRead = true };
            TryClaim();
        }
        return true;
    }

    /// <summary>Asks the highest few first, so that an election of many nodes does not cost the square of their number.</summary>
    private void BecomeCandidate(bool hasRead, int asks)
    {
        var asked = 0;
        foreach (var higher in Detector.LiveAbove.Reverse())
        {
            if (asked == Settings.MaxAskedAtOnce) break;
            if (!state.Campaign!.Silent.Add(higher)) continue;
            asked++;
            state.Send(higher, new NodeMessage.Election(state.Epoch, null, state.Campaign.StartedBy, state.Campaign.Reason));
        }
        state.Role = new ElectionRole.AwaitingAnswer(asked > 0, hasRead, asks, state.Now + Settings.AnswerTimeoutMs);
    }

    private bool MayClaim(bool hasRead) => Detector.Sides.Heard(state.Now) == Side.Larger || (hasRead && state.HasStoodAside);

    /// <summary>
    /// A fresh lease says that its holder leads and is in touch with the larger part of the members. Nobody fights it who only does not hear
    /// it; a higher rank asks for the lead when it hears the holder. The lease of a process that has ended means nothing.
    /// </summary>
    private bool MustDefer(Rank holder, long? leaseAgeMs) =>
        leaseAgeMs <= Settings.LeaseFreshMs && holder != state.Self && state.IsMember(holder) && state.Over < state.Epoch
        && state.Campaign?.Reason != ElectionReason.Forced && !Detector.IsGone(holder);
}
