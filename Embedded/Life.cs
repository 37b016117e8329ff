using Rialto.Journal;

namespace Rialto.Embedded;

/// <summary>
/// One life of a virtual node, from its start to its crash. It can be frozen: whatever the node wants of the world then waits here, and
/// goes on where it was when it thaws, as a process does that was stopped and continued.
/// </summary>
internal sealed class Life
{
    private volatile TaskCompletionSource? _frozen;
    private volatile bool _isOver;

    /// <summary>Whether it has crashed. It never comes back; the node may begin another.</summary>
    public bool IsOver => _isOver;

    /// <summary>Whether nothing has to wait.</summary>
    public bool IsFree => _frozen is null && !_isOver;

    public void Freeze() => _frozen ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Thaw()
    {
        var frozen = _frozen;
        _frozen = null;
        frozen?.TrySetResult();
    }

    public void End()
    {
        _isOver = true;
        Thaw();
    }

    /// <summary>Waits while it is frozen.</summary>
    /// <exception cref="JournalException">It is over: nothing reaches the world any more, and nothing of the world comes back.</exception>
    public async ValueTask PassAsync()
    {
        while (_frozen is { } frozen && !_isOver) await frozen.Task;
        if (_isOver) throw new JournalException("This node has crashed.");
    }
}

/// <summary>The journal as one life of a node reaches it.</summary>
internal sealed class LivingJournal(IJournal inner, Life life) : IJournal
{
    public string Kind => inner.Kind;

    public long RefusedWrites => inner.RefusedWrites;

    public async ValueTask<AppendResult> AppendAsync(Epoch epoch, IReadOnlyList<JournalRecord> batch, CancellationToken cancellation = default)
    {
        if (!life.IsFree) await life.PassAsync();
        var result = await inner.AppendAsync(epoch, batch, cancellation);
        // What was written stays written; but a node that froze or crashed meanwhile does not learn of it now.
        if (!life.IsFree) await life.PassAsync();
        return result;
    }

    public ValueTask<JournalEnd> ReadEndAsync(CancellationToken cancellation = default) => PassAsync(() => inner.ReadEndAsync(cancellation));

    public ValueTask<ClaimResult> ClaimEpochAsync(Epoch seen, Rank claimant, long atUnixMs, CancellationToken cancellation = default) =>
        PassAsync(() => inner.ClaimEpochAsync(seen, claimant, atUnixMs, cancellation));

    public ValueTask<IReadOnlyList<JournalRecord>> ReadAsync(Seq after, int limit, CancellationToken cancellation = default) =>
        PassAsync(() => inner.ReadAsync(after, limit, cancellation));

    public ValueTask<IReadOnlyList<JournalRecord>> ReadStreamAsync(StreamId stream, long afterVersion, int limit, CancellationToken cancellation = default) =>
        PassAsync(() => inner.ReadStreamAsync(stream, afterVersion, limit, cancellation));

    public ValueTask<IReadOnlyList<JournalRecord>> ReadCategoryAsync(string category, long afterOrdinal, int limit, CancellationToken cancellation = default) =>
        PassAsync(() => inner.ReadCategoryAsync(category, afterOrdinal, limit, cancellation));

    public ValueTask<IReadOnlyList<long>> ReadVersionsAsync(IReadOnlyList<StreamId> streams, CancellationToken cancellation = default) =>
        PassAsync(() => inner.ReadVersionsAsync(streams, cancellation));

    public ValueTask<IReadOnlyList<EpochClaim>> ReadClaimsAsync(CancellationToken cancellation = default) => PassAsync(() => inner.ReadClaimsAsync(cancellation));

    /// <summary>It is its opener's to dispose.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ValueTask<T> PassAsync<T>(Func<ValueTask<T>> read)
    {
        return life.IsFree ? read() : WaitAsync();

        async ValueTask<T> WaitAsync()
        {
            await life.PassAsync();
            return await read();
        }
    }
}
