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

    /// <summary>The id is another command's.</summary>
    public static readonly Refusal KeyReused = new(RefusalKind.Invalid, "idempotency-key-reused",
        "This idempotency key was used for another request. Use a new key for a new request, or send the first one again unchanged.");

    /// <summary>Storage takes other writes, and not this one. Nothing was written.</summary>
    public static readonly Refusal NotStorable = new(RefusalKind.Invalid, "not-storable",
        "The journal's storage does not take what this holds, and nothing was written. Send it without unusual characters or values; whoever runs the server finds the reason in its log.");

    /// <summary>The process is ending.</summary>
    public static readonly Refusal Stopping = Of("stopping", "This server is stopping. Try again with the same idempotency key.");

    /// <summary>What a journal's failure means for whoever asked.</summary>
    public static Refusal Of(JournalException failure) => failure is JournalRefusedException ? NotStorable : JournalUnreachable;

    /// <summary>
    /// What is known of a command after another try of it. Who cannot tell now what becomes of it speaks for that try alone: once one may have
    /// been written, nobody can say that nothing was.
    /// </summary>
    /// <param name="before">What was known before.</param>
    /// <param name="now">What this try was told; null if its answer was lost.</param>
    public static Refusal AfterTry(Refusal before, Refusal? now) =>
        now is null || (now.Kind == RefusalKind.Unavailable && before.Code == OutcomeUnknown.Code) ? OutcomeUnknown : now;

    /// <summary>A cause did not come in time, or its command is older than what the leader remembers. Nothing was written.</summary>
    /// <param name="reach">How many events back a cause is surely found by its command.</param>
    public static Refusal MissingCause(int reach) => new(RefusalKind.Conflict, "missing-cause",
        $"An event that this depends on is not in the journal, or it is older than the last {reach} events, and then it is known by its place only. Send it first, or name it by its place.");

    /// <summary>No market has entities of this category.</summary>
    public static Refusal NoSuchKind(StreamId entity) => new(RefusalKind.NotFound, "not-found", $"There is no market '{entity.Category}' here.");

    /// <summary>The cluster has no such node.</summary>
    public static Refusal NoSuchNode(Rank rank) => new(RefusalKind.NotFound, "node-not-found", $"There is no node of rank {rank} here. GET /api/cluster lists those there are.");

    private static Refusal Of(string code, string detail) => new Refusal(RefusalKind.Unavailable, code, detail).With("retryAfter", 1);
}
