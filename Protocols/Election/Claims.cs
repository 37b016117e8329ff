using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>
/// How a node claims the next epoch in storage, and leads when it is granted. A held epoch is led once, by the process that was granted
/// it: after a lost answer or a restart the holder claims the next one. A wasted epoch is harmless, waiting for ever is not.
/// </summary>
internal sealed class Claims(ElectionState state)
{
    private NodeSettings Settings => state.Settings;

    /// <summary>Claims the epoch after the newest that is known.</summary>
    public void BecomeClaimant(int tries)
    {
        state.Role = new ElectionRole.Claiming(state.Epoch, tries, state.Now + Settings.ClaimTimeoutMs);
        state.Detector.SetLeader(null, state.Epoch, state.Now);
        state.Ask(new NodeOutput.ClaimEpoch(state.Epoch));
    }

    /// <summary>Storage's answer has not come in time.</summary>
    public void OnTimeout(ElectionRole.Claiming claiming) => TryAgain(claiming.Tries + 1);

    /// <summary>Storage has granted a claim. False if nobody waits for that any more: then it is an epoch like any other.</summary>
    public bool OnGranted(Epoch granted)
    {
        if (state.Role is not ElectionRole.Claiming claiming || granted != claiming.Seen.Next) return false;
        BecomeCoordinator(granted);
        return true;
    }

    /// <summary>Storage has refused a claim. False if the epoch in the way is another's.</summary>
    public bool OnRefused(Epoch current, Rank? holder)
    {
        if (state.Role is not ElectionRole.Claiming claiming) return false;
        if (current <= claiming.Seen) OnFailed();
        else if (holder == state.Self)
        {
            // Its own, by an answer that was lost or in an earlier life. It is not led: the next is claimed.
            (state.Epoch, state.Holder, state.Over) = (current, state.Self, current);
            TryAgain(claiming.Tries + 1);
        }
        else return false;
        return true;
    }

    /// <summary>Storage failed; whether it has granted the claim is unknown.</summary>
    public void OnFailed()
    {
        if (state.Role is ElectionRole.Claiming claiming)
            state.Role = claiming with { DeadlineMs = Math.Min(claiming.DeadlineMs, state.Now + Settings.ClaimRetryMs) };
    }

    private void TryAgain(int tries)
    {
        if (tries <= Settings.MaxClaimTries) BecomeClaimant(tries);
        else state.BecomeAbstaining();
    }

    private void BecomeCoordinator(Epoch epoch)
    {
        var campaign = state.Campaign ?? new Campaign(state.Self, ElectionReason.NobodyLeads, state.Now);
        state.BecomeCoordinator(epoch);
        var record = new ElectionRecord(epoch, state.Self, campaign.StartedBy, campaign.Reason, [.. campaign.Answered], state.Now - campaign.StartedAtMs);
        foreach (var other in state.Detector.Others) state.Send(other, new NodeMessage.Coordinator(epoch, state.Self, record));
        state.Record(record);
        // Who hears this leader now decides whether they may be put out.
        if (state.Detector.HasFailed) state.AskWhoHears();
    }
}
