using Rialto.Journal;

namespace Rialto.Embedded;

/// <summary>
/// Keeps leases for storage that keeps none, in the memory of the one process that writes to it: they only have to outlive a node. Where storage
/// keeps them itself, its word counts.
/// </summary>
internal sealed class LeasedJournal(IJournal inner, TimeProvider time) : IJournal
{
    private readonly Lock _gate = new();
    private Epoch _leased;
    private long _leasedAt;

    /// <inheritdoc/>
    public string Kind => inner.Kind;

    /// <inheritdoc/>
    public long RefusedWrites => inner.RefusedWrites;

    /// <inheritdoc/>
    public async ValueTask<JournalEnd> ReadEndAsync(CancellationToken cancellation = default)
    {
        var end = await inner.ReadEndAsync(cancellation);
        lock (_gate) return end.LeaseAgeMs is not null || end.Epoch != _leased || _leased == Epoch.None ? end : end with { LeaseAgeMs = (long)time.GetElapsedTime(_leasedAt).TotalMilliseconds };
    }

    /// <inheritdoc/>
    public ValueTask<Epoch> ReadEpochAsync(CancellationToken cancellation = default) => inner.ReadEpochAsync(cancellation);

    /// <inheritdoc/>
    public async ValueTask<LeaseResult> RenewLeaseAsync(Epoch epoch, CancellationToken cancellation = default)
    {
        var lease = await inner.RenewLeaseAsync(epoch, cancellation);
        if (lease.Renewed) Note(epoch);
        return lease;
    }

    /// <inheritdoc/>
    public async ValueTask<ClaimResult> ClaimEpochAsync(Epoch seen, Rank claimant, long atUnixMs, CancellationToken cancellation = default)
    {
        var claim = await inner.ClaimEpochAsync(seen, claimant, atUnixMs, cancellation);
        if (claim.Granted) Note(claim.Current);
        return claim;
    }

    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(Epoch epoch, IReadOnlyList<JournalRecord> batch, CancellationToken cancellation = default)
    {
        var result = await inner.AppendAsync(epoch, batch, cancellation);
        if (result.Written) Note(epoch);
        return result;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadAsync(Seq after, int limit, CancellationToken cancellation = default) => inner.ReadAsync(after, limit, cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadStreamAsync(StreamId stream, long afterVersion, int limit, CancellationToken cancellation = default) =>
        inner.ReadStreamAsync(stream, afterVersion, limit, cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadCategoryAsync(string category, long afterOrdinal, int limit, CancellationToken cancellation = default) =>
        inner.ReadCategoryAsync(category, afterOrdinal, limit, cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<long>> ReadVersionsAsync(IReadOnlyList<StreamId> streams, CancellationToken cancellation = default) => inner.ReadVersionsAsync(streams, cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<EpochClaim>> ReadClaimsAsync(CancellationToken cancellation = default) => inner.ReadClaimsAsync(cancellation);

    /// <summary>The journal within stays its opener's to dispose.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Note(Epoch epoch)
    {
        lock (_gate)
            if (epoch >= _leased) (_leased, _leasedAt) = (epoch, time.GetTimestamp());
    }
}
