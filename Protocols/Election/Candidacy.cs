using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>
/// How a node that misses the leader stands for election: it asks the higher ranks, looks into storage meanwhile, and claims if nobody
/// above answers and nobody leads whom only it does not hear.
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
        BecomeCandidate();
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
        state.Campaign?.Answered.Add(state.Self);
    }

    /// <summary>A higher rank takes over the search.</summary>
    public void OnAnswer(Rank from)
    {
        if (from.CompareTo(state.Self) < 0 || state.Role is not (ElectionRole.AwaitingAnswer or ElectionRole.AwaitingCoordinator)) return;
        state.Campaign?.Answered.Add(from);
        if (state.Role is ElectionRole.AwaitingAnswer) state.Role = new ElectionRole.AwaitingCoordinator(state.Now + Settings.CoordinatorTimeoutMs);
    }

    /// <summary>None of those that were asked has answered in time.</summary>
    public void OnSilence()
    {
        if (Detector.LiveAbove.All(state.Campaign!.Silent.Contains)) claims.BecomeClaimant(tries: 1);
        else BecomeCandidate();
    }

    /// <summary>Storage has been looked into before a claim. False if it names an epoch that is to be followed.</summary>
    public bool OnLookedUp(ElectionRole.AwaitingAnswer asking, NodeInput.StorageRead read)
    {
        if (read.Epoch > state.Epoch)
        {
            var isLost = read.Holder is { } lost && !Detector.IsLive(lost) && read.LeaseAgeMs > Settings.LeaseFreshMs;
            if (read.Holder != state.Self && !isLost) return false;
            (state.Epoch, state.Holder) = (read.Epoch, read.Holder);
            Detector.SetLeader(null, state.Epoch, state.Now);
        }
        if (read.Epoch == state.Epoch && read.Holder is { } holder && MustDefer(holder, read.LeaseAgeMs))
        {
            state.BecomeFollower(holder);
            Detector.Doubt(holder, state.Now);
        }
        else if (!asking.Asked) claims.BecomeClaimant(tries: 1);
        return true;
    }

    /// <summary>Asks the highest few first, so that an election of many nodes does not cost the square of their number.</summary>
    private void BecomeCandidate()
    {
        var asked = 0;
        foreach (var higher in Detector.LiveAbove.Reverse())
        {
            if (asked == Settings.MaxAskedAtOnce) break;
            if (!state.Campaign!.Silent.Add(higher)) continue;
            asked++;
            state.Send(higher, new NodeMessage.Election(state.Epoch, null, state.Campaign.StartedBy, state.Campaign.Reason));
        }
        state.Role = new ElectionRole.AwaitingAnswer(asked > 0, state.Now + Settings.AnswerTimeoutMs);
    }

    /// <summary>A fresh lease says that its holder leads and is in touch with a majority. It is not fought by a lower rank, nor by a node that may itself be cut off.</summary>
    private bool MustDefer(Rank holder, long? leaseAgeMs) =>
        leaseAgeMs <= Settings.LeaseFreshMs && holder != state.Self && state.IsMember(holder) && state.Over < state.Epoch
        && state.Campaign?.Reason != ElectionReason.Forced
        && (holder.CompareTo(state.Self) > 0 || !Settings.Preemption || Detector.HearsNobody(state.Now));
}
