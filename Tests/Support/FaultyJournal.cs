using Rialto.Journal;

namespace Rialto.Tests.Support;

/// <summary>A journal whose appends can be held up, fail before they are written, or be written while their answer is lost, and whose reads can fail.</summary>
internal sealed class FaultyJournal(IJournal inner) : IJournal
{
    private readonly Lock _gate = new();
    private readonly Queue<Fault> _faults = new();
    private TaskCompletionSource? _hold;
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public enum Fault
    {
        NotWritten,
        AnswerLost,
    }

    public int StreamReads { get; private set; }

    public long RecordsReadOfStreams { get; private set; }

    public string Kind => inner.Kind;

    public long RefusedWrites => inner.RefusedWrites;

    /// <summary>The next appends fail like this, one each.</summary>
    public void FailNext(params Fault[] faults)
    {
        lock (_gate)
            foreach (var fault in faults) _faults.Enqueue(fault);
    }

    /// <summary>Whether storage does not take a record for what it holds.</summary>
    public Func<JournalRecord, bool>? Refuses { get; set; }

    /// <summary>What reading a stream waits for.</summary>
    public Task? StreamReadsWaitFor { get; set; }

    /// <summary>Whether reading on from a place fails.</summary>
    public bool ReadsFail { get; set; }

    /// <summary>Nothing fails any more.</summary>
    public void Mend()
    {
        lock (_gate) _faults.Clear();
        ReadsFail = false;
    }

    /// <summary>From now on appends wait, until <see cref="Release"/>. The task completes when the first one waits.</summary>
    public Task HoldAppends()
    {
        lock (_gate)
        {
            _hold ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _arrived.Task;
        }
    }

    public void Release()
    {
        lock (_gate)
        {
            _hold?.TrySetResult();
            _hold = null;
        }
    }

    public async ValueTask<AppendResult> AppendAsync(Epoch epoch, IReadOnlyList<JournalRecord> batch, CancellationToken cancellation = default)
    {
        Task? hold;
        Fault? fault;
        lock (_gate)
        {
            hold = _hold?.Task;
            if (hold is not null) _arrived.TrySetResult();
            fault = _faults.TryDequeue(out var next) ? next : null;
        }
        if (hold is not null) await hold;
        if (Refuses is { } refuses && batch.Any(refuses)) throw new JournalRefusedException("The encoding lacks a letter (test).");
        if (fault == Fault.NotWritten) throw new JournalException("The disk is away (test).");
        var result = await inner.AppendAsync(epoch, batch, cancellation);
        return fault == Fault.AnswerLost ? throw new JournalException("The answer is lost (test).") : result;
    }

    public ValueTask<IReadOnlyList<JournalRecord>> ReadStreamAsync(StreamId stream, long afterVersion, int limit, CancellationToken cancellation = default)
    {
        StreamReads++;
        return CountAsync(() => inner.ReadStreamAsync(stream, afterVersion, limit, cancellation));
    }

    private async ValueTask<IReadOnlyList<JournalRecord>> CountAsync(Func<ValueTask<IReadOnlyList<JournalRecord>>> read)
    {
        if (StreamReadsWaitFor is { } wait) await wait;
        var records = await read();
        RecordsReadOfStreams += records.Count;
        return records;
    }

    public ValueTask<JournalEnd> ReadEndAsync(CancellationToken cancellation = default) => inner.ReadEndAsync(cancellation);

    public ValueTask<Epoch> ReadEpochAsync(CancellationToken cancellation = default) => inner.ReadEpochAsync(cancellation);

    public ValueTask<LeaseResult> RenewLeaseAsync(Epoch epoch, CancellationToken cancellation = default) => inner.RenewLeaseAsync(epoch, cancellation);

    public ValueTask<ClaimResult> ClaimEpochAsync(Epoch seen, Rank claimant, long atUnixMs, CancellationToken cancellation = default) =>
        inner.ClaimEpochAsync(seen, claimant, atUnixMs, cancellation);

    public ValueTask<IReadOnlyList<JournalRecord>> ReadAsync(Seq after, int limit, CancellationToken cancellation = default) =>
        ReadsFail ? throw new JournalException("The disk is away (test).") : inner.ReadAsync(after, limit, cancellation);

    public ValueTask<IReadOnlyList<JournalRecord>> ReadCategoryAsync(string category, long afterOrdinal, int limit, CancellationToken cancellation = default) =>
        inner.ReadCategoryAsync(category, afterOrdinal, limit, cancellation);

    public ValueTask<IReadOnlyList<long>> ReadVersionsAsync(IReadOnlyList<StreamId> streams, CancellationToken cancellation = default) =>
        inner.ReadVersionsAsync(streams, cancellation);

    public ValueTask<IReadOnlyList<EpochClaim>> ReadClaimsAsync(CancellationToken cancellation = default) => inner.ReadClaimsAsync(cancellation);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
