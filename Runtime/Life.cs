using Rialto.Journal;

namespace Rialto.Runtime;

/// <summary>
/// One life of a node that shares its process with others, from its start to its crash. It can be frozen: whatever the node wants of the
/// world then waits here, and goes on where it was when it thaws, as a process does that was stopped and continued.
/// </summary>
public sealed class Life
{
    private volatile Signal? _frozen;
    private volatile bool _isOver;

    /// <summary>Whether it has crashed. It never comes back; the node may begin another.</summary>
    public bool IsOver => _isOver;

    /// <summary>Whether nothing has to wait.</summary>
    public bool IsFree => _frozen is null && !_isOver;

    /// <summary>Everything waits from now on.</summary>
    public void Freeze() => _frozen ??= new Signal();

    /// <summary>What waited goes on.</summary>
    public void Thaw()
    {
        var frozen = _frozen;
        _frozen = null;
        frozen?.Set();
    }

    /// <summary>It has crashed: what waited, and whatever comes, fails.</summary>
    public void End()
    {
        _isOver = true;
        Thaw();
    }

    /// <summary>Waits while it is frozen.</summary>
    /// <exception cref="JournalException">It is over: nothing reaches the world any more, and nothing of the world comes back.</exception>
    /// <exception cref="OperationCanceledException">Whoever waited gave up.</exception>
    public async ValueTask PassAsync(CancellationToken cancellation = default)
    {
        while (_frozen is { } frozen && !_isOver) await frozen.Task.WaitAsync(cancellation);
        if (_isOver) throw new JournalException("This node has crashed.");
    }
}

/// <summary>The journal as one life of a node reaches it.</summary>
/// <param name="inner">The journal. It is its opener's to dispose.</param>
/// <param name="life">The life.</param>
public sealed class LivingJournal(IJournal inner, Life life) : IJournal
{
    /// <inheritdoc/>
    public string Kind => inner.Kind;

    /// <inheritdoc/>
    public long RefusedWrites => inner.RefusedWrites;

    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(Epoch epoch, IReadOnlyList<JournalRecord> batch, CancellationToken cancellation = default)
    {
        if (!life.IsFree) await life.PassAsync(cancellation);
        var result = await inner.AppendAsync(epoch, batch, cancellation);
        // What was written stays written; but a node that froze or crashed meanwhile does not learn of it now.
        if (!life.IsFree) await life.PassAsync(CancellationToken.None);
        return result;
    }

    /// <inheritdoc/>
    public ValueTask<JournalEnd> ReadEndAsync(CancellationToken cancellation = default) => PassAsync(() => inner.ReadEndAsync(cancellation), cancellation);

    /// <inheritdoc/>
    public ValueTask<Epoch> ReadEpochAsync(CancellationToken cancellation = default) => PassAsync(() => inner.ReadEpochAsync(cancellation), cancellation);

    /// <inheritdoc/>
    public ValueTask<LeaseResult> RenewLeaseAsync(Epoch epoch, CancellationToken cancellation = default) => PassAsync(() => inner.RenewLeaseAsync(epoch, cancellation), cancellation);

    /// <inheritdoc/>
    public ValueTask<ClaimResult> ClaimEpochAsync(Epoch seen, Rank claimant, long atUnixMs, CancellationToken cancellation = default) =>
        PassAsync(() => inner.ClaimEpochAsync(seen, claimant, atUnixMs, cancellation), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadAsync(Seq after, int limit, CancellationToken cancellation = default) =>
        PassAsync(() => inner.ReadAsync(after, limit, cancellation), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadStreamAsync(StreamId stream, long afterVersion, int limit, CancellationToken cancellation = default) =>
        PassAsync(() => inner.ReadStreamAsync(stream, afterVersion, limit, cancellation), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JournalRecord>> ReadCategoryAsync(string category, long afterOrdinal, int limit, CancellationToken cancellation = default) =>
        PassAsync(() => inner.ReadCategoryAsync(category, afterOrdinal, limit, cancellation), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<long>> ReadVersionsAsync(IReadOnlyList<StreamId> streams, CancellationToken cancellation = default) =>
        PassAsync(() => inner.ReadVersionsAsync(streams, cancellation), cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<EpochClaim>> ReadClaimsAsync(CancellationToken cancellation = default) => PassAsync(() => inner.ReadClaimsAsync(cancellation), cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ValueTask<T> PassAsync<T>(Func<ValueTask<T>> read, CancellationToken cancellation)
    {
        return life.IsFree ? read() : WaitAsync();

        async ValueTask<T> WaitAsync()
        {
            await life.PassAsync(cancellation);
            return await read();
        }
    }
}
