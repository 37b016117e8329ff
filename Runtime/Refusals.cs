using Rialto.Journal;
using Rialto.Markets;

namespace Rialto.Runtime;

/// <summary>The refusals of a runtime that cannot do now what it is asked. All are worth another try with the same command id.</summary>
public static class Refusals
{
    /// <summary>Too many commands wait on this node. Nothing was written.</summary>
    public static readonly Refusal Busy = Of("busy", "Too many commands are waiting. Try again in a moment with the same idempotency key.");

    /// <summary>Too many commands wait for their causes. Nothing was written.</summary>
    public static readonly Refusal HoldBackFull = Of("hold-back-full", "Too many commands wait for what they depend on. Try again in a moment with the same idempotency key.");

    /// <summary>Nobody led, or the leader was full, for as long as a command may wait. Nothing was written.</summary>
    public static readonly Refusal NoLeader = Of("no-leader", "No leader took this in time, and nothing was written. Try again with the same idempotency key.");

    /// <summary>Another process has claimed the journal. Nothing was written.</summary>
    public static readonly Refusal Deposed = Of("deposed", "Another process leads this journal now, and nothing was written here. Send this to that process, or stop it and restart this one.");

    /// <summary>No answer came in time: it may be durable or not.</summary>
    public static readonly Refusal OutcomeUnknown = Of("outcome-unknown", "No answer came in time: this may or may not have happened. Send it again with the same idempotency key to learn which.");

    /// <summary>A question was not answered in time. Questions change nothing.</summary>
    public static readonly Refusal NoAnswer = Of("no-answer", "No answer came in time. Ask again.");

    /// <summary>The journal cannot be read.</summary>
    public static readonly Refusal JournalUnreachable = Of("journal-unreachable", "The journal does not answer. Try again with the same idempotency key.");

    /// <summary>The process is ending.</summary>
    public static readonly Refusal Stopping = Of("stopping", "This server is stopping. Try again with the same idempotency key.");

    /// <summary>
    /// What is known of a command after another try of it. Who cannot tell now what becomes of it speaks for that try alone: once one may have
    /// been written, nobody can say that nothing was.
    /// </summary>
    /// <param name="before">What was known before.</param>
    /// <param name="now">What this try was told; null if its answer was lost.</param>
    public static Refusal AfterTry(Refusal before, Refusal? now) =>
        now is null || (now.Kind == RefusalKind.Unavailable && before.Code == OutcomeUnknown.Code) ? OutcomeUnknown : now;

    /// <summary>No market has entities of this category.</summary>
    public static Refusal NoSuchKind(StreamId entity) => new(RefusalKind.NotFound, "not-found", $"There is no market '{entity.Category}' here.");

    /// <summary>The cluster has no such node.</summary>
    public static Refusal NoSuchNode(Rank rank) => new(RefusalKind.NotFound, "node-not-found", $"There is no node of rank {rank} here. GET /api/cluster lists those there are.");

    private static Refusal Of(string code, string detail) => new Refusal(RefusalKind.Unavailable, code, detail).With("retryAfter", 1);
}
