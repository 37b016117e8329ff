using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>What a node is doing in an election. It waits for nothing without a deadline.</summary>
public abstract record ElectionRole
{
    private ElectionRole() { }

    /// <summary>When something must be done though nothing happens, in milliseconds.</summary>
    internal virtual long DueAtMs => long.MaxValue;

    /// <summary>It has not started, has left, or is no member. It learns, but takes part in nothing.</summary>
    public sealed record Out : ElectionRole;

    /// <summary>It follows a leader, perhaps to ask it for the lead later.</summary>
    /// <param name="Leader">The leader.</param>
    /// <param name="HandoverAtMs">When it will ask for the lead, if it outranks the leader.</param>
    public sealed record Follower(Rank Leader, long HandoverAtMs) : ElectionRole
    {
        internal override long DueAtMs => HandoverAtMs;
    }

    /// <summary>It knows of nobody who leads, and lets higher ranks go first.</summary>
    /// <param name="CampaignAtMs">When it will begin an election itself.</param>
    public sealed record Leaderless(long CampaignAtMs) : ElectionRole
    {
        internal override long DueAtMs => CampaignAtMs;
    }

    /// <summary>It has asked the higher ranks, and has storage read.</summary>
    /// <param name="Asked">Whether there is anybody above who was asked and may answer.</param>
    /// <param name="HasRead">Whether storage has answered.</param>
    /// <param name="Asks">How often it has asked who hears it.</param>
    /// <param name="DeadlineMs">When it claims, if nobody has answered.</param>
    public sealed record AwaitingAnswer(bool Asked, bool HasRead, int Asks, long DeadlineMs) : ElectionRole
    {
        internal override long DueAtMs => DeadlineMs;
    }

    /// <summary>A higher rank has answered and is to become coordinator.</summary>
    /// <param name="DeadlineMs">When it asks again.</param>
    public sealed record AwaitingCoordinator(long DeadlineMs) : ElectionRole
    {
        internal override long DueAtMs => DeadlineMs;
    }

    /// <summary>It has claimed the next epoch in storage.</summary>
    /// <param name="Seen">The epoch that the claim is conditional on.</param>
    /// <param name="Tries">How many claims it has made.</param>
    /// <param name="DeadlineMs">When it claims again, or gives up.</param>
    public sealed record Claiming(Epoch Seen, int Tries, long DeadlineMs) : ElectionRole
    {
        internal override long DueAtMs => DeadlineMs;
    }

    /// <summary>It leads.</summary>
    public sealed record Coordinator : ElectionRole;

    /// <summary>It leads, but takes no more: it commits what it has, and then gives up the lead.</summary>
    /// <param name="Why">Handed over, forced, resigned or without storage.</param>
    /// <param name="Successor">Who claims next, or null if that is to be found out.</param>
    /// <param name="DeadlineMs">When it gives up the lead, committed or not.</param>
    public sealed record Draining(StepDownReason Why, Rank? Successor, long DeadlineMs) : ElectionRole
    {
        internal override long DueAtMs => DeadlineMs;
    }

    /// <summary>It has asked the leader, whom it outranks, for the lead.</summary>
    /// <param name="Leader">The leader.</param>
    /// <param name="DeadlineMs">When it goes on following.</param>
    public sealed record AwaitingHandover(Rank Leader, long DeadlineMs) : ElectionRole
    {
        internal override long DueAtMs => DeadlineMs;
    }

    /// <summary>It was frozen. It says and claims nothing until it knows what storage and membership say now.</summary>
    /// <param name="WasLeading">Whether it led when it froze.</param>
    /// <param name="DeadlineMs">When it asks again.</param>
    public sealed record Refreshing(bool WasLeading, long DeadlineMs) : ElectionRole
    {
        internal override long DueAtMs => DeadlineMs;
    }
}
