using System.Collections.Immutable;

namespace Rialto.Journal;

/// <summary>
/// Where the journal ends, and who may write next. Read by a leader when it takes over, and by whoever wants to claim.
/// </summary>
/// <param name="Epoch">The newest epoch that was claimed.</param>
/// <param name="Leader">Who claimed it; null before the first claim.</param>
/// <param name="Seq">The last place taken.</param>
/// <param name="Hash">The hash of the last record, or zero.</param>
/// <param name="Ordinals">The last ordinal of every category.</param>
/// <param name="LeaseAgeMs">
/// How long ago the epoch's holder last wrote here (its claim, an append, a renewal of its lease), by storage's own clock, in milliseconds; null if this
/// storage keeps no leases.
/// </param>
public sealed record JournalEnd(Epoch Epoch, Rank? Leader, Seq Seq, Hash256 Hash, ImmutableDictionary<string, long> Ordinals, long? LeaseAgeMs = null);

/// <summary>An epoch that was claimed, kept for ever: the history of leadership.</summary>
/// <param name="Epoch">Its number.</param>
/// <param name="Leader">Who claimed it.</param>
/// <param name="After">The journal's last place when it was claimed.</param>
/// <param name="AtUnixMs">When, in milliseconds since 1970-01-01 UTC.</param>
public sealed record EpochClaim(Epoch Epoch, Rank Leader, Seq After, long AtUnixMs);

/// <summary>What became of a claim.</summary>
/// <param name="Granted">Whether the claimant now holds the epoch after the one it saw.</param>
/// <param name="Current">The newest epoch: the claimant's own if granted, else the one that was in the way.</param>
public readonly record struct ClaimResult(bool Granted, Epoch Current);

/// <summary>What became of a lease that was to be renewed.</summary>
/// <param name="Renewed">Whether the epoch still is the newest: its holder was noted as alive.</param>
/// <param name="Current">The newest epoch.</param>
public readonly record struct LeaseResult(bool Renewed, Epoch Current);

/// <summary>What became of an append that reached storage.</summary>
/// <param name="Written">Whether the whole batch is durable. If not, none of it is.</param>
/// <param name="Current">The newest epoch in storage; when not written, a newer one than the writer's (it is fenced), or the writer's own with another end than it expected.</param>
public readonly record struct AppendResult(bool Written, Epoch Current);

/// <summary>
/// The durable, totally ordered log of all events. One contract for files, PostgreSQL and memory; the same tests hold all three to it.
/// Reads see whole committed batches only. Implementations are safe to call from many threads at once.
/// </summary>
public interface IJournal : IAsyncDisposable
{
    /// <summary>A word for people about where it is kept, such as <c>file</c> or <c>postgres</c>.</summary>
    string Kind { get; }

    /// <summary>Appends and renewals of a lease that were refused because a newer epoch had been claimed, or another writer had moved the end, since this was opened.</summary>
    long RefusedWrites { get; }

    /// <summary>Reads where it ends.</summary>
    /// <exception cref="JournalException">Storage cannot be read.</exception>
    ValueTask<JournalEnd> ReadEndAsync(CancellationToken cancellation = default);

    /// <summary>The newest epoch that was claimed, and nothing else: what a leader asks to know that it still leads. Cheaper than <see cref="ReadEndAsync"/>.</summary>
    /// <exception cref="JournalException">Storage cannot be read.</exception>
    async ValueTask<Epoch> ReadEpochAsync(CancellationToken cancellation = default) => (await ReadEndAsync(cancellation)).Epoch;

    /// <summary>
    /// Claims the epoch after <paramref name="seen"/>: a compare-and-set, durable when it returns. Refused if any other epoch is the newest.
    /// </summary>
    /// <exception cref="JournalException">Storage failed; whether the claim was granted is unknown, and is told by <see cref="ReadEndAsync"/>.</exception>
    ValueTask<ClaimResult> ClaimEpochAsync(Epoch seen, Rank claimant, long atUnixMs, CancellationToken cancellation = default);

    /// <summary>
    /// Notes that the holder of an epoch is alive and can write, if that epoch is the newest. A claim and an append note the same, so only a leader
    /// that has nothing to write needs this. Storage that keeps no leases only looks whether the epoch is the newest.
    /// </summary>
    /// <exception cref="JournalException">Storage failed: nothing was noted, as far as is known.</exception>
    async ValueTask<LeaseResult> RenewLeaseAsync(Epoch epoch, CancellationToken cancellation = default)
    {
        var newest = await ReadEpochAsync(cancellation);
        return new LeaseResult(newest == epoch, newest);
    }

    /// <summary>
    /// Writes a batch durably, all or nothing, if <paramref name="epoch"/> is the newest epoch and the batch begins right after the journal's end.
    /// </summary>
    /// <param name="epoch">The writer's epoch; every record carries it.</param>
    /// <param name="batch">At least one record, with consecutive places, hashes chained on from the end.</param>
    /// <param name="cancellation">Stops waiting; then the outcome is unknown.</param>
    /// <exception cref="JournalRefusedException">Storage does not take what the batch holds. Nothing was written, and the same batch is never taken.</exception>
    /// <exception cref="JournalException">Storage failed; whether the batch was written is unknown, and is told by <see cref="ReadEndAsync"/>.</exception>
    ValueTask<AppendResult> AppendAsync(Epoch epoch, IReadOnlyList<JournalRecord> batch, CancellationToken cancellation = default);

    /// <summary>Reads on after a place, in order.</summary>
    /// <param name="after">The place before the first wanted.</param>
    /// <param name="limit">At most so many records; fewer only at the end.</param>
    /// <param name="cancellation">Stops waiting.</param>
    ValueTask<IReadOnlyList<JournalRecord>> ReadAsync(Seq after, int limit, CancellationToken cancellation = default);

    /// <summary>Reads one stream on after a version, in order.</summary>
    ValueTask<IReadOnlyList<JournalRecord>> ReadStreamAsync(StreamId stream, long afterVersion, int limit, CancellationToken cancellation = default);

    /// <summary>Reads one category on after an ordinal, in order.</summary>
    ValueTask<IReadOnlyList<JournalRecord>> ReadCategoryAsync(string category, long afterOrdinal, int limit, CancellationToken cancellation = default);

    /// <summary>The last version of each stream, in the order asked; 0 for a stream without events.</summary>
    ValueTask<IReadOnlyList<long>> ReadVersionsAsync(IReadOnlyList<StreamId> streams, CancellationToken cancellation = default);

    /// <summary>Tells <paramref name="grown"/> whenever somebody has appended, until the alarm is disposed; null if this storage cannot.</summary>
    /// <param name="grown">Must neither block nor throw; it may be told more often than anything happened, and a moment late.</param>
    IJournalAlarm? Listen(Action grown) => null;

    /// <summary>Every epoch that was ever claimed, oldest first.</summary>
    ValueTask<IReadOnlyList<EpochClaim>> ReadClaimsAsync(CancellationToken cancellation = default);
}

/// <summary>Storage failed or holds what it should not. The message names the place and says what to do.</summary>
public class JournalException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The journal is damaged: its message names the place (file and offset, or seq). Nothing was changed.</summary>
public class JournalDamagedException(string message, Exception? inner = null) : JournalException(message, inner);

/// <summary>The journal ends before what was acknowledged. Its message says how much is missing, from where on, and how to go on without it.</summary>
public sealed class JournalCutException(string message) : JournalDamagedException(message);

/// <summary>Another process is using the journal. Its message says which file or database, and what to do.</summary>
public sealed class JournalInUseException(string message, Exception? inner = null) : JournalException(message, inner);

/// <summary>
/// Storage works, and does not take what this batch holds: a letter that its encoding lacks, a value that is too large. Nothing was written,
/// and trying the same again is of no use; other batches are taken. Its message says what was refused.
/// </summary>
public sealed class JournalRefusedException(string message, Exception? inner = null) : JournalException(message, inner);

/// <summary>
/// A write is on the server, and not on the standbys that the operator asked for. It counts as unknown: it is not told to anybody before a
/// later write was confirmed by them. Its message says what the server waits for.
/// </summary>
public sealed class JournalNotReplicatedException(string message, Exception? inner = null) : JournalException(message, inner);
