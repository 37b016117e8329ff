using System.Collections.Immutable;

namespace Rialto.Journal.Memory;

/// <summary>
/// A journal in memory: the slow and obviously right one that the others are measured against, and what a simulation wraps to inject faults.
/// It knows no clock and starts no thread; every call is done when it returns.
/// </summary>
public sealed class MemoryJournal : IJournal
{
    private readonly Lock _lock = new();
    private readonly List<JournalRecord> _records = [];
    private readonly List<EpochClaim> _claims = [];
    private readonly Dictionary<StreamId, List<JournalRecord>> _streams = [];
    private readonly Dictionary<string, List<JournalRecord>> _categories = new(StringComparer.Ordinal);
    private long _refusedWrites;

    /// <inheritdoc/>
    public string Kind => "memory";

    /// <inheritdoc/>
    public long RefusedWrites
    {
        get { lock (_lock) return _refusedWrites; }
    }

    private Epoch Epoch => _claims.Count == 0 ? Epoch.None : _claims[^1].Epoch;

    private Seq Last => new(_records.Count);

    /// <inheritdoc/>
    public ValueTask<JournalEnd> ReadEndAsync(CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var leader = _claims.Count == 0 ? (Rank?)null : _claims[^1].Leader;
            var hash = _records.Count == 0 ? Hash256.Zero : _records[^1].Hash;
            var ordinals = _categories.ToImmutableDictionary(category => category.Key, category => (long)category.Value.Count, StringComparer.Ordinal);
            return ValueTask.FromResult(new JournalEnd(Epoch, leader, Last, hash, ordinals));
        }
    }

    /// <inheritdoc/>
    public ValueTask<ClaimResult> ClaimEpochAsync(Epoch seen, Rank claimant, long atUnixMs, CancellationToken cancellation = default)
    {
        BatchShape.CheckClaim(claimant);
        cancellation.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var granted = seen == Epoch;
            if (granted) _claims.Add(new EpochClaim(seen.Next, claimant, Last, atUnixMs));
            return ValueTask.FromResult(new ClaimResult(granted, Epoch));
        }
    }

    /// <inheritdoc/>
    public ValueTask<AppendResult> AppendAsync(Epoch epoch, IReadOnlyList<JournalRecord> batch, CancellationToken cancellation = default)
    {
        BatchShape.Check(epoch, batch);
        cancellation.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var fits = epoch == Epoch && batch[0].Seq == Last.Next && Follows(batch);
            if (fits) Add(batch);
            else _refusedWrites++;
            return ValueTask.FromResult(new AppendResult(fits, Epoch));
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadAsync(Seq after, int limit, CancellationToken cancellation = default)
    {
        lock (_lock) return Page(_records, after.Value, limit, cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadStreamAsync(StreamId stream, long afterVersion, int limit, CancellationToken cancellation = default)
    {
        lock (_lock) return Page(_streams.GetValueOrDefault(stream), afterVersion, limit, cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadCategoryAsync(string category, long afterOrdinal, int limit, CancellationToken cancellation = default)
    {
        lock (_lock) return Page(_categories.GetValueOrDefault(category), afterOrdinal, limit, cancellation);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<long>> ReadVersionsAsync(IReadOnlyList<StreamId> streams, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_lock)
        {
            IReadOnlyList<long> versions = [.. streams.Select(stream => (long)(_streams.GetValueOrDefault(stream)?.Count ?? 0))];
            return ValueTask.FromResult(versions);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<EpochClaim>> ReadClaimsAsync(CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_lock)
        {
            IReadOnlyList<EpochClaim> claims = [.. _claims];
            return ValueTask.FromResult(claims);
        }
    }

    /// <summary>Nothing to let go of: what was written stays readable.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private bool Follows(IReadOnlyList<JournalRecord> batch)
    {
        var versions = new Dictionary<StreamId, long>();
        var ordinals = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var record in batch)
        {
            var category = record.Stream.Category;
            if (!versions.TryGetValue(record.Stream, out var version)) version = _streams.GetValueOrDefault(record.Stream)?.Count ?? 0;
            if (!ordinals.TryGetValue(category, out var ordinal)) ordinal = _categories.GetValueOrDefault(category)?.Count ?? 0;
            if (record.Version != version + 1 || record.Ordinal != ordinal + 1) return false;
            versions[record.Stream] = record.Version;
            ordinals[category] = record.Ordinal;
        }
        return true;
    }

    private void Add(IReadOnlyList<JournalRecord> batch)
    {
        foreach (var record in batch)
        {
            _records.Add(record);
            if (!_streams.TryGetValue(record.Stream, out var stream)) _streams.Add(record.Stream, stream = []);
            stream.Add(record);
            if (!_categories.TryGetValue(record.Stream.Category, out var category)) _categories.Add(record.Stream.Category, category = []);
            category.Add(record);
        }
    }

    private static ValueTask<IReadOnlyList<JournalRecord>> Page(List<JournalRecord>? from, long after, int limit, CancellationToken cancellation)
    {
        BatchShape.CheckLimit(limit);
        cancellation.ThrowIfCancellationRequested();
        var start = (int)Math.Clamp(after, 0, from?.Count ?? 0);
        IReadOnlyList<JournalRecord> page = from is null ? [] : from.GetRange(start, Math.Min(limit, from.Count - start));
        return ValueTask.FromResult(page);
    }
}
