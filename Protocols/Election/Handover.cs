using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>
/// How the lead changes hands in order: a higher rank asks for it, an election is forced, or the leader gives it up. A leader that gives
/// up takes no more, commits what it has, and steps down; then the next claims.
/// </summary>
internal sealed class Handover(ElectionState state, Candidacy candidacy, Claims claims)
{
    private NodeSettings Settings => state.Settings;

    private FailureDetector Detector => state.Detector;

    /// <summary>Before a leader that works is asked to stop, the one that asks makes sure that it is the highest, that storage answers it, and that it hears the larger part of the members.</summary>
    public void Consider(Rank leader)
    {
        var mayAsk = Detector.IsWell(leader) && !Detector.LiveAbove.Any();
        state.HandoverCheck = mayAsk ? HandoverCheck.AwaitsStorage : HandoverCheck.None;
        state.Role = new ElectionRole.Follower(leader, state.Now + (mayAsk ? Settings.HandoverRetryMs : Settings.HandoverDelayMs));
        if (!mayAsk) return;
        if (Detector.Sides.Heard(state.Now) != Side.Larger) state.AskWhoHears();
        state.Ask(new NodeOutput.ReadStorage());
    }

    /// <summary>Storage has answered.</summary>
    public void OnStorageAnswered()
    {
        if (state.HandoverCheck == HandoverCheck.AwaitsStorage) state.HandoverCheck = HandoverCheck.AwaitsMembers;
        TryAsk();
    }

    /// <summary>Asks for the lead if all is known that has to be known before it.</summary>
    public void TryAsk()
    {
        if (state.HandoverCheck == HandoverCheck.AwaitsMembers && state.Role is ElectionRole.Follower { Leader: var leader }
            && Detector.IsWell(leader) && Detector.Sides.Heard(state.Now) == Side.Larger) AskFor(leader, ElectionReason.Handover);
    }

    /// <summary>Asks the leader, whom this node outranks, for the lead.</summary>
    public void AskFor(Rank leader, ElectionReason reason)
    {
        state.HandoverCheck = HandoverCheck.None;
        state.Enter(reason, state.Self);
        state.Role = new ElectionRole.AwaitingHandover(leader, state.Now + 2 * Settings.HandoverTimeoutMs);
        state.Send(leader, new NodeMessage.HandoverRequest(state.Epoch, leader, reason));
    }

    /// <summary>The leader did not answer: it is followed as before.</summary>
    public void OnNoAnswer(Rank leader)
    {
        state.Campaign = null;
        state.Role = new ElectionRole.Follower(leader, Settings.Preemption ? state.Now + Settings.HandoverRetryMs : long.MaxValue);
    }

    /// <summary>An election is to be held though nothing is wrong.</summary>
    public void OnForced(Rank startedBy)
    {
        switch (state.Role)
        {
            case ElectionRole.Coordinator:
                state.Enter(ElectionReason.Forced, startedBy);
                BecomeDraining(StepDownReason.Forced, successor: null);
                break;
            case ElectionRole.Follower follower when follower.Leader.CompareTo(state.Self) < 0 && !Detector.LiveAbove.Any():
                state.Enter(ElectionReason.Forced, startedBy);
                AskFor(follower.Leader, ElectionReason.Forced);
                break;
            case ElectionRole.Follower or ElectionRole.Leaderless:
                candidacy.Run(ElectionReason.Forced, startedBy);
                break;
        }
    }

    /// <summary>A higher rank asks this leader for the lead.</summary>
    public void OnRequest(Rank from, ElectionReason reason)
    {
        if (from.CompareTo(state.Self) < 0) return;
        var why = reason == ElectionReason.Forced ? StepDownReason.Forced : StepDownReason.HandedOver;
        if (state.Role is ElectionRole.Coordinator) BecomeDraining(why, from);
        else if (state.Role is ElectionRole.Draining draining && (draining.Successor is not { } other || other.CompareTo(from) < 0))
            state.Role = draining with { Successor = from };
    }

    /// <summary>The leader has handed over to this node.</summary>
    public void OnReady(Rank from)
    {
        if (from != state.Holder || state.Role is ElectionRole.Claiming || state.IsLeading) return;
        state.Over = state.Epoch;
        state.Enter(ElectionReason.Handover, state.Self);
        claims.BecomeClaimant(tries: 1);
    }

    /// <summary>The leader leads no more.</summary>
    /// <param name="from">Who led.</param>
    /// <param name="successor">Who is to claim next, if that is settled.</param>
    /// <param name="isHearsay">Whether this only follows from another message: then the one that says it comes after this one, or was lost.</param>
    public void OnResigned(Rank from, Rank? successor, bool isHearsay = false)
    {
        if (from != state.Holder) return;
        state.Over = state.Epoch;
        switch (state.Role)
        {
            case ElectionRole.AwaitingHandover:
                candidacy.Run(ElectionReason.Handover, state.Self);
                break;
            case ElectionRole.Follower:
                state.Enter(ElectionReason.LeaderResigned, from);
                var patienceMs = successor is not null || isHearsay ? Settings.CoordinatorTimeoutMs : 0;
                state.BecomeLeaderless(state.Now + patienceMs + state.Stagger);
                if (patienceMs == 0 && state.Stagger == 0) candidacy.Run(ElectionReason.LeaderResigned, from);
                break;
        }
    }

    /// <summary>This node is shutting down.</summary>
    public void OnResign()
    {
        switch (state.Role)
        {
            case ElectionRole.Coordinator:
                BecomeDraining(StepDownReason.Resigned, successor: null);
                break;
            case ElectionRole.Draining draining:
                state.Role = draining with { Why = StepDownReason.Resigned };
                break;
            case ElectionRole.Out:
                break;
            default:
                var wasLeading = state.Role is ElectionRole.Refreshing { WasLeading: true };
                foreach (var other in Detector.Others) state.Send(other, new NodeMessage.Leaving(state.Epoch, state.Leader));
                state.BecomeOut(StepDownReason.Resigned, wasLeading);
                break;
        }
    }

    /// <summary>Begins to give up the lead.</summary>
    public void BecomeDraining(StepDownReason why, Rank? successor)
    {
        state.Role = new ElectionRole.Draining(why, successor, state.Now + Settings.HandoverTimeoutMs);
        state.Ask(new NodeOutput.DrainAndResign(state.Epoch));
    }

    /// <summary>First this node can write no more, then others hear of it.</summary>
    public void BecomeResigned(ElectionRole.Draining draining, Seq? last)
    {
        var isLeaving = draining.Why == StepDownReason.Resigned;
        var campaign = state.Campaign;
        state.StepDown(draining.Why);
        foreach (var other in Detector.Others)
        {
            if (other == draining.Successor) state.Send(other, new NodeMessage.HandoverReady(state.Epoch, null, last));
            if (other != draining.Successor || isLeaving) state.Send(other, new NodeMessage.Resigned(state.Epoch, null, draining.Successor, isLeaving));
        }
        if (isLeaving) state.BecomeOut(draining.Why, wasLeading: false);
        else if (draining.Why == StepDownReason.StorageLost) state.BecomeAbstaining();
        else if (draining.Why == StepDownReason.SmallerSide) state.BecomeAside();
        else if (draining.Successor is not null) state.BecomeLeaderless(state.Now + Settings.CoordinatorTimeoutMs + state.Stagger);
        else
        {
            state.Campaign = campaign;
            candidacy.Run(ElectionReason.Forced, state.Self);
        }
    }
}
