namespace Rialto.Protocols;

/// <summary>
/// Times and limits of failure detection and election; the same on every node. The defaults find a crashed leader within 1.0 s and have
/// another within 1.2 s; <see cref="Fast"/> halves both.
/// </summary>
public sealed record NodeSettings
{
    /// <summary>For clusters whose nodes are near each other: a crashed leader costs 0.7 s at most.</summary>
    public static readonly NodeSettings Fast = new()
    {
        HeartbeatEveryMs = 100, SuspectedAfterMs = 300, FailedAfterMs = 500, StallAfterMs = 250, LeaseFreshMs = 200, SmallerSideWaitsMs = 500,
    };

    /// <summary>How often a node gives a sign of life where one is due, in milliseconds.</summary>
    public int HeartbeatEveryMs { get; init; } = 200;

    /// <summary>So long without a sign of life, in milliseconds, and a node is suspected. That is shown, nothing else.</summary>
    public int SuspectedAfterMs { get; init; } = 600;

    /// <summary>So long without a sign of life, in milliseconds, and a node counts as failed. A leader that is in touch with no majority for as long gives up the lead.</summary>
    public int FailedAfterMs { get; init; } = 1_000;

    /// <summary>How long a candidate waits for an answer of any higher rank, in milliseconds.</summary>
    public int AnswerTimeoutMs { get; init; } = 100;

    /// <summary>How many higher ranks a candidate asks at a time, the highest first; the next only if none of these answers.</summary>
    public int MaxAskedAtOnce { get; init; } = 8;

    /// <summary>How often a candidate asks, each time for <see cref="AnswerTimeoutMs"/>, before it believes that it does not hear the larger part of the members.</summary>
    public int MaxAsks { get; init; } = 3;

    /// <summary>How long a node that does not hear the larger part of the members leaves the lead to that part, in milliseconds, before it claims itself.</summary>
    public int SmallerSideWaitsMs { get; init; } = 1_000;

    /// <summary>How long after it asked for a failed node to be put out a leader asks again, in milliseconds.</summary>
    public int EvictAgainAfterMs { get; init; } = 5_000;

    /// <summary>How often a node whose connection was lost is knocked at, in milliseconds.</summary>
    public int KnockEveryMs { get; init; } = 25;

    /// <summary>How many times a node whose connection was lost is knocked at.</summary>
    public int MaxKnocks { get; init; } = 8;

    /// <summary>How long a candidate that was answered waits for a coordinator, in milliseconds, before it asks again.</summary>
    public int CoordinatorTimeoutMs { get; init; } = 300;

    /// <summary>How long a claim may go without storage's answer, in milliseconds, before it is made again.</summary>
    public int ClaimTimeoutMs { get; init; } = 500;

    /// <summary>How long after a claim that storage failed to take the next is made, in milliseconds.</summary>
    public int ClaimRetryMs { get; init; } = 100;

    /// <summary>So many claims without a result, and a node lets others try.</summary>
    public int MaxClaimTries { get; init; } = 3;

    /// <summary>How long a node that could not claim answers no election, in milliseconds, so that it does not stand in the way of one that can.</summary>
    public int AbstainMs { get; init; } = 1_000;

    /// <summary>
    /// How much later a node begins an election for each live rank above it, in milliseconds: the highest comes first, and the others
    /// mostly need not ask at all.
    /// </summary>
    public int StaggerMs { get; init; } = 25;

    /// <summary>The most ranks that are counted for <see cref="StaggerMs"/>.</summary>
    public int MaxStaggerSteps { get; init; } = 20;

    /// <summary>How long a leader may take to commit what it has when it hands over, in milliseconds. After that it stops where it is.</summary>
    public int HandoverTimeoutMs { get; init; } = 150;

    /// <summary>How long a higher rank that has returned follows before it asks for the lead, in milliseconds.</summary>
    public int HandoverDelayMs { get; init; } = 500;

    /// <summary>How long after a handover that came to nothing the next is asked for, in milliseconds.</summary>
    public int HandoverRetryMs { get; init; } = 2_000;

    /// <summary>
    /// How long a lease in storage counts after it was renewed, in milliseconds. At most <see cref="FailedAfterMs"/> minus three times
    /// <see cref="HeartbeatEveryMs"/>, so that the lease of a leader that crashed or was cut off is over when that is found.
    /// </summary>
    public int LeaseFreshMs { get; init; } = 400;

    /// <summary>How long storage may not answer a leader whose leases it has kept, in milliseconds, before the leader lets others try.</summary>
    public int StorageLostAfterMs { get; init; } = 3_000;

    /// <summary>A step that comes so much later than it was due, in milliseconds, tells a node that it was frozen.</summary>
    public int StallAfterMs { get; init; } = 400;

    /// <summary>How long a node that was frozen waits for storage and membership, in milliseconds, before it asks again.</summary>
    public int RefreshTimeoutMs { get; init; } = 500;

    /// <summary>Whether a higher rank that returns takes over from a leader that works.</summary>
    public bool Preemption { get; init; } = true;

    /// <summary>Why these settings cannot work together, or null if they can.</summary>
    public string? Problem =>
        HeartbeatEveryMs < 1 ? $"{nameof(HeartbeatEveryMs)} is {HeartbeatEveryMs}; it is at least 1."
        : SuspectedAfterMs <= HeartbeatEveryMs ? $"{nameof(SuspectedAfterMs)} is {SuspectedAfterMs}; it must be more than {nameof(HeartbeatEveryMs)}, {HeartbeatEveryMs}."
        : FailedAfterMs <= SuspectedAfterMs ? $"{nameof(FailedAfterMs)} is {FailedAfterMs}; it must be more than {nameof(SuspectedAfterMs)}, {SuspectedAfterMs}."
        : LeaseFreshMs > FailedAfterMs - 3 * HeartbeatEveryMs ? $"{nameof(LeaseFreshMs)} is {LeaseFreshMs}; at most {nameof(FailedAfterMs)} minus three times {nameof(HeartbeatEveryMs)}, {FailedAfterMs - 3 * HeartbeatEveryMs}, or it delays elections."
        : StallAfterMs < HeartbeatEveryMs ? $"{nameof(StallAfterMs)} is {StallAfterMs}; it is at least {nameof(HeartbeatEveryMs)}, {HeartbeatEveryMs}."
        : AnswerTimeoutMs < 1 || CoordinatorTimeoutMs < 1 || ClaimTimeoutMs < 1 || ClaimRetryMs < 1 || HandoverTimeoutMs < 1 || RefreshTimeoutMs < 1 || MaxClaimTries < 1 || MaxAskedAtOnce < 1 || MaxAsks < 1 || SmallerSideWaitsMs < 1 || EvictAgainAfterMs < 1 || KnockEveryMs < 1 || MaxKnocks < 1
            ? "Every time limit, and every number of claims, questions, knocks and ranks asked at once, is at least 1."
        : null;
}
