using Rialto.Journal;
using Rialto.Journal.Memory;

namespace Rialto.Simulation;

/// <summary>What the disk is like now.</summary>
internal sealed record DiskState
{
    /// <summary>How long one fsync takes at most, in microseconds.</summary>
    public int WriteUs { get; init; } = 2_000;

    /// <summary>How long a read takes at most, in microseconds.</summary>
    public int ReadUs { get; init; } = 300;

    /// <summary>How many writes fail before anything is written, in percent.</summary>
    public double FailBeforePercent { get; init; }

    /// <summary>How many writes are durable but are answered with a failure, in percent.</summary>
    public double FailAfterPercent { get; init; }

    /// <summary>Whether it answers nothing but failures.</summary>
    public bool IsAway { get; init; }
}

/// <summary>A claim as it was made and answered.</summary>
/// <param name="Before">The newest epoch when it was made.</param>
/// <param name="Seen">On which epoch it was conditional.</param>
/// <param name="Claimant">Who made it.</param>
/// <param name="Result">What came of it.</param>
internal sealed record ClaimMade(Epoch Before, Epoch Seen, Rank Claimant, ClaimResult Result);

/// <summary>
/// The disk of a run: what is durable, and who was promised what. It outlives processes. A write is durable at one moment between its
/// beginning and its answer; a process that loses power before that moment has written nothing, one that loses it after has written all.
/// </summary>
internal sealed class FaultyDisk(Scheduler scheduler, Chance chance, Trace trace, Tally faults)
{
    private readonly Chance _chance = chance;
    private readonly Trace _trace = trace;
    private readonly Tally _faults = faults;

    /// <summary>What is durable.</summary>
    public MemoryJournal Durable { get; } = new();

    /// <summary>What processes write to: the durable journal, or one with a bug that is made on purpose.</summary>
    public IJournal? Beneath { get; set; }

    public DiskState State { get; set; } = new();

    public List<ClaimMade> Claims { get; } = [];

    /// <summary>Told of every batch when it is durable.</summary>
    public Action<Epoch, IReadOnlyList<JournalRecord>>? Written { get; set; }

    private IJournal Inner => Beneath ?? Durable;

    /// <summary>The disk as a process reaches it.</summary>
    public IJournal For(SimulatedProcess process) => new Port(this, process);

    private sealed class Port(FaultyDisk disk, SimulatedProcess process) : IJournal
    {
        public string Kind => "simulated";

        public long RefusedWrites => disk.Inner.RefusedWrites;

        public async ValueTask<AppendResult> AppendAsync(Epoch epoch, IReadOnlyList<JournalRecord> batch, CancellationToken cancellation = default)
        {
            await disk.TakeAsync(disk.State.WriteUs / 2);
            if (process.IsOver)
            {
                // Power was lost while it was written: whether the last block came to the platter, chance tells.
                if (disk._chance.Percent(50)) await NeverAsync();
                disk._faults.Add("disk: last write of a lost process");
            }
            else if (disk.State.IsAway || disk._chance.Percent(disk.State.FailBeforePercent))
            {
                disk._faults.Add("disk: failed before the write");
                throw new JournalException("The disk failed before it wrote.");
            }
            var result = await disk.Inner.AppendAsync(epoch, batch, CancellationToken.None);
            disk.OnAppended(epoch, batch, result);
            await disk.TakeAsync(disk.State.WriteUs / 2);
            if (process.IsOver) await NeverAsync();
            if (disk.State.IsAway || disk._chance.Percent(disk.State.FailAfterPercent))
            {
                disk._faults.Add("disk: answer lost after the write");
                throw new JournalException("The disk's answer was lost.");
            }
            return result;
        }

        public async ValueTask<ClaimResult> ClaimEpochAsync(Epoch seen, Rank claimant, long atUnixMs, CancellationToken cancellation = default)
        {
            await EnterAsync(disk.State.WriteUs);
            var before = (await disk.Inner.ReadEndAsync(CancellationToken.None)).Epoch;
            var result = await disk.Inner.ClaimEpochAsync(seen, claimant, atUnixMs, CancellationToken.None);
            disk.Claims.Add(new ClaimMade(before, seen, claimant, result));
            disk._trace.Mark(result.Granted ? result.Current.Value : -result.Current.Value);
            disk._trace.Say(TraceKind.Election, claimant, result.Granted ? $"claims epoch {result.Current}: granted" : $"claims the epoch after {seen}: refused, {result.Current} is the newest");
            await EnterAsync(disk.State.WriteUs / 2);
            return result;
        }

        public async ValueTask<JournalEnd> ReadEndAsync(CancellationToken cancellation = default)
        {
            await EnterAsync(disk.State.ReadUs);
            return await disk.Inner.ReadEndAsync(CancellationToken.None);
        }

        public async ValueTask<IReadOnlyList<JournalRecord>> ReadAsync(Seq after, int limit, CancellationToken cancellation = default)
        {
            await EnterAsync(disk.State.ReadUs);
            return await disk.Inner.ReadAsync(after, limit, CancellationToken.None);
        }

        public async ValueTask<IReadOnlyList<JournalRecord>> ReadStreamAsync(StreamId stream, long afterVersion, int limit, CancellationToken cancellation = default)
        {
            await EnterAsync(disk.State.ReadUs);
            return await disk.Inner.ReadStreamAsync(stream, afterVersion, limit, CancellationToken.None);
        }

        public async ValueTask<IReadOnlyList<JournalRecord>> ReadCategoryAsync(string category, long afterOrdinal, int limit, CancellationToken cancellation = default)
        {
            await EnterAsync(disk.State.ReadUs);
            return await disk.Inner.ReadCategoryAsync(category, afterOrdinal, limit, CancellationToken.None);
        }

        public async ValueTask<IReadOnlyList<long>> ReadVersionsAsync(IReadOnlyList<StreamId> streams, CancellationToken cancellation = default)
        {
            await EnterAsync(disk.State.ReadUs);
            return await disk.Inner.ReadVersionsAsync(streams, CancellationToken.None);
        }

        public async ValueTask<IReadOnlyList<EpochClaim>> ReadClaimsAsync(CancellationToken cancellation = default)
        {
            await EnterAsync(disk.State.ReadUs);
            return await disk.Inner.ReadClaimsAsync(CancellationToken.None);
        }

        /// <summary>It outlives every process.</summary>
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private async ValueTask EnterAsync(int us)
        {
            await disk.TakeAsync(us);
            if (process.IsOver) await NeverAsync();
            if (!disk.State.IsAway) return;
            disk._faults.Add("disk: away");
            throw new JournalException("The disk is away.");
        }

        private static Task NeverAsync() => new TaskCompletionSource().Task;
    }

    private Task TakeAsync(int us)
    {
        var done = new TaskCompletionSource();
        scheduler.After(_chance.Between(us / 4, us) * TimeSpan.TicksPerMicrosecond, done.SetResult);
        return done.Task;
    }

    private void OnAppended(Epoch epoch, IReadOnlyList<JournalRecord> batch, AppendResult result)
    {
        _trace.Mark(result.Written ? batch[^1].Seq.Value : -1);
        if (!result.Written)
        {
            _trace.Say(TraceKind.Commit, null, $"a write of epoch {epoch} is refused: epoch {result.Current} is the newest");
            return;
        }
        foreach (var record in batch) _trace.Mark((long)record.Hash.A);
        if (_trace.IsKept) _trace.Say(TraceKind.Commit, null, $"durable {batch[0].Seq}..{batch[^1].Seq} in epoch {epoch}: {string.Join(", ", batch.Take(4).Select(record => $"{record.Stream} {record.Type}"))}{(batch.Count > 4 ? ", …" : "")}");
        Written?.Invoke(epoch, batch);
    }
}

/// <summary>Checkpoints that are lost now and then: nothing but time may change by it.</summary>
internal sealed class ForgetfulCheckpoints(ICheckpoints inner, Scheduler scheduler, Chance chance) : ICheckpoints
{
    /// <summary>How many are lost, in percent.</summary>
    public double LossPercent { get; set; }

    /// <inheritdoc/>
    public async ValueTask<Checkpoint?> LoadAsync(StreamId stream, CancellationToken cancellation = default)
    {
        await scheduler.Wait(1);
        return chance.Percent(LossPercent) ? null : await inner.LoadAsync(stream, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask SaveAsync(StreamId stream, Checkpoint checkpoint, CancellationToken cancellation = default)
    {
        await scheduler.Wait(1);
        if (!chance.Percent(LossPercent)) await inner.SaveAsync(stream, checkpoint, cancellation);
    }
}
