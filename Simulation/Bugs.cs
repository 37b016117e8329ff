using Rialto.Journal;
using Rialto.Journal.Memory;
using Rialto.Protocols;
using Rialto.Runtime;

namespace Rialto.Simulation;

/// <summary>
/// Bugs that are made on purpose, to see that the simulation finds them. Each sits in a port between the program and its world; the program
/// itself knows nothing of them.
/// </summary>
internal enum Bug
{
    /// <summary>None.</summary>
    None,
    /// <summary>The journal takes the writes of any epoch: deposed leaders write on.</summary>
    NoFencing,
    /// <summary>A new leader begins one place too early.</summary>
    SeqReused,
    /// <summary>A write is answered before it is durable.</summary>
    AckBeforeCommit,
    /// <summary>Entities remember no commands.</summary>
    NoDeduplication,
    /// <summary>Requests are ordered without their causes.</summary>
    HoldBackIgnored,
    /// <summary>A replica counts an event that it did not apply.</summary>
    ReplicaDropsEvent,
    /// <summary>A node that was silent once is never heard again.</summary>
    DetectorNeverRecovers,
    /// <summary>Whoever reads the feed is taken for the operator.</summary>
    SealedBidLeaked,
    /// <summary>A claim takes the next epoch, whatever epoch its maker had seen.</summary>
    UnconditionalClaim,
    /// <summary>Questions to an entity are answered by a replica.</summary>
    StaleRead,
    /// <summary>A checkpoint says that it holds one event more than it does.</summary>
    CheckpointAhead,
}

/// <summary>How bugs are called, and how they are made.</summary>
internal static class Bugs
{
    public static IReadOnlyList<Bug> All { get; } = [.. Enum.GetValues<Bug>().Where(bug => bug != Bug.None)];

    /// <summary>In lower case with hyphens, as on the command line.</summary>
    public static string NameOf(Bug bug) =>
        string.Concat(bug.ToString().Select((letter, i) => char.IsUpper(letter) && i > 0 ? $"-{char.ToLowerInvariant(letter)}" : char.ToLowerInvariant(letter).ToString()));

    public static RuntimeSettings Spoil(Bug bug, RuntimeSettings settings) =>
        bug == Bug.NoDeduplication ? settings with { RememberedCommands = 0, RememberedHours = 0 } : settings;

    /// <summary>The journal that processes write to, if it is not the right one.</summary>
    public static IJournal? SpoilJournal(Bug bug, MemoryJournal durable, Scheduler scheduler) => bug switch
    {
        Bug.NoFencing or Bug.SeqReused or Bug.UnconditionalClaim => new LooseJournal(bug),
        Bug.AckBeforeCommit => new HastyJournal(durable, scheduler),
        _ => null,
    };

    public static ICheckpoints SpoilCheckpoints(Bug bug, ICheckpoints checkpoints) => bug == Bug.CheckpointAhead ? new CheckpointsAhead(checkpoints) : checkpoints;

    public static void SpoilWire(Bug bug, FaultyWire wire, Door door, Chance chance)
    {
        var silenced = new HashSet<Rank>();
        wire.Passes = bug switch
        {
            Bug.DetectorNeverRecovers => (from, to, message) =>
            {
                if (message is not NodeMessage.Heartbeat) return true;
                if (door.Process?.NodeOf(to) is { } receiver && receiver.Outlook.Peers.Any(peer => peer.Peer == from && peer.Phase == PeerPhase.Failed)) silenced.Add(from);
                return !silenced.Contains(from);
            },
            Bug.ReplicaDropsEvent => (from, to, message) =>
            {
                if (message is not NodeSignal.Committed { Span: { } span } || !chance.Percent(2) || door.Process?.NodeOf(to)?.Host is not { } host) return true;
                if (span.First != host.Replica.Applied.Next) return true;
                // The first event is counted and not applied: in its place comes one that changes nothing.
                var first = span.Content.Events[0];
                if (first.Happened is not Markets.Ledgers.TransferMade made) return true;
                var hollow = new CommittedEvent(first.Record, made with { AmountMinor = 0 });
                host.Receive(from, new NodeSignal.Committed(span with { Content = new CommittedBatch([hollow, .. span.Content.Events.Skip(1)]) }));
                return false;
            },
            _ => null,
        };
    }
}

/// <summary>A journal that leaves one of its checks out.</summary>
internal sealed class LooseJournal(Bug bug) : IJournal
{
    private readonly List<JournalRecord> _records = [];
    private readonly List<EpochClaim> _claims = [];

    public string Kind => "loose";

    public long RefusedWrites { get; private set; }

    private Epoch Epoch => _claims.Count == 0 ? Epoch.None : _claims[^1].Epoch;

    public ValueTask<JournalEnd> ReadEndAsync(CancellationToken cancellation = default)
    {
        var count = _records.Count;
        // Nothing was written in the new epoch yet: its leader is told an end that was passed already.
        if (bug == Bug.SeqReused && count > 0 && _records[^1].Epoch < Epoch) count--;
        var ordinals = _records.Take(count).GroupBy(record => record.Stream.Category)
            .ToDictionary(category => category.Key, category => category.Max(record => record.Ordinal), StringComparer.Ordinal);
        return ValueTask.FromResult(new JournalEnd(
            Epoch, _claims.Count == 0 ? null : _claims[^1].Leader, new Seq(count), count == 0 ? Hash256.Zero : _records[count - 1].Hash,
            System.Collections.Immutable.ImmutableDictionary.CreateRange(StringComparer.Ordinal, ordinals)));
    }

    public ValueTask<ClaimResult> ClaimEpochAsync(Epoch seen, Rank claimant, long atUnixMs, CancellationToken cancellation = default)
    {
        var granted = seen == Epoch || bug == Bug.UnconditionalClaim;
        if (granted) _claims.Add(new EpochClaim(Epoch.Next, claimant, new Seq(_records.Count), atUnixMs));
        return ValueTask.FromResult(new ClaimResult(granted, Epoch));
    }

    public ValueTask<AppendResult> AppendAsync(Epoch epoch, IReadOnlyList<JournalRecord> batch, CancellationToken cancellation = default)
    {
        var at = (int)batch[0].Seq.Value - 1;
        var fits = (epoch == Epoch || bug == Bug.NoFencing) && (at == _records.Count || (bug == Bug.SeqReused && at < _records.Count));
        if (!fits)
        {
            RefusedWrites++;
            return ValueTask.FromResult(new AppendResult(false, Epoch));
        }
        _records.RemoveRange(at, _records.Count - at);
        _records.AddRange(batch);
        return ValueTask.FromResult(new AppendResult(true, Epoch));
    }

    public ValueTask<IReadOnlyList<JournalRecord>> ReadAsync(Seq after, int limit, CancellationToken cancellation = default) =>
        ValueTask.FromResult<IReadOnlyList<JournalRecord>>([.. _records.Skip((int)after.Value).Take(limit)]);

    public ValueTask<IReadOnlyList<JournalRecord>> ReadStreamAsync(StreamId stream, long afterVersion, int limit, CancellationToken cancellation = default) =>
        ValueTask.FromResult<IReadOnlyList<JournalRecord>>([.. _records.Where(record => record.Stream == stream && record.Version > afterVersion).Take(limit)]);

    public ValueTask<IReadOnlyList<JournalRecord>> ReadCategoryAsync(string category, long afterOrdinal, int limit, CancellationToken cancellation = default) =>
        ValueTask.FromResult<IReadOnlyList<JournalRecord>>([.. _records.Where(record => record.Stream.Category == category && record.Ordinal > afterOrdinal).Take(limit)]);

    public ValueTask<IReadOnlyList<long>> ReadVersionsAsync(IReadOnlyList<StreamId> streams, CancellationToken cancellation = default) =>
        ValueTask.FromResult<IReadOnlyList<long>>([.. streams.Select(stream => _records.LastOrDefault(record => record.Stream == stream)?.Version ?? 0)]);

    public ValueTask<IReadOnlyList<EpochClaim>> ReadClaimsAsync(CancellationToken cancellation = default) => ValueTask.FromResult<IReadOnlyList<EpochClaim>>([.. _claims]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A journal that says "durable" of what it has only in memory; it writes a little later, if power lasts.</summary>
internal sealed class HastyJournal(MemoryJournal durable, Scheduler scheduler) : IJournal
{
    private const int WritesAfterMs = 50;

    private readonly Queue<Func<Task>> _unwritten = new();
    private MemoryJournal _memory = new();

    public string Kind => "hasty";

    public long RefusedWrites => _memory.RefusedWrites;

    public async Task LosePowerAsync()
    {
        _unwritten.Clear();
        _memory = new MemoryJournal();
        var claims = await durable.ReadClaimsAsync();
        var records = await durable.ReadAsync(Seq.None, int.MaxValue);
        foreach (var claim in claims)
        {
            await _memory.ClaimEpochAsync(new Epoch(claim.Epoch.Value - 1), claim.Leader, claim.AtUnixMs);
            JournalRecord[] batch = [.. records.Where(record => record.Epoch == claim.Epoch)];
            if (batch.Length > 0) await _memory.AppendAsync(claim.Epoch, batch);
        }
    }

    public async ValueTask<AppendResult> AppendAsync(Epoch epoch, IReadOnlyList<JournalRecord> batch, CancellationToken cancellation = default)
    {
        var result = await _memory.AppendAsync(epoch, batch, cancellation);
        if (result.Written) Later(async () => await durable.AppendAsync(epoch, batch));
        return result;
    }

    public async ValueTask<ClaimResult> ClaimEpochAsync(Epoch seen, Rank claimant, long atUnixMs, CancellationToken cancellation = default)
    {
        var result = await _memory.ClaimEpochAsync(seen, claimant, atUnixMs, cancellation);
        if (result.Granted) Later(async () => await durable.ClaimEpochAsync(seen, claimant, atUnixMs));
        return result;
    }

    public ValueTask<JournalEnd> ReadEndAsync(CancellationToken cancellation = default) => _memory.ReadEndAsync(cancellation);

    public ValueTask<IReadOnlyList<JournalRecord>> ReadAsync(Seq after, int limit, CancellationToken cancellation = default) => _memory.ReadAsync(after, limit, cancellation);

    public ValueTask<IReadOnlyList<JournalRecord>> ReadStreamAsync(StreamId stream, long afterVersion, int limit, CancellationToken cancellation = default) =>
        _memory.ReadStreamAsync(stream, afterVersion, limit, cancellation);

    public ValueTask<IReadOnlyList<JournalRecord>> ReadCategoryAsync(string category, long afterOrdinal, int limit, CancellationToken cancellation = default) =>
        _memory.ReadCategoryAsync(category, afterOrdinal, limit, cancellation);

    public ValueTask<IReadOnlyList<long>> ReadVersionsAsync(IReadOnlyList<StreamId> streams, CancellationToken cancellation = default) =>
        _memory.ReadVersionsAsync(streams, cancellation);

    public ValueTask<IReadOnlyList<EpochClaim>> ReadClaimsAsync(CancellationToken cancellation = default) => _memory.ReadClaimsAsync(cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Later(Func<Task> write)
    {
        _unwritten.Enqueue(write);
        scheduler.After(WritesAfterMs * TimeSpan.TicksPerMillisecond, () =>
        {
            if (_unwritten.TryDequeue(out var next)) _ = next();
        });
    }
}

/// <summary>Keeps checkpoints under a version that is one too high.</summary>
internal sealed class CheckpointsAhead(ICheckpoints inner) : ICheckpoints
{
    public ValueTask<Checkpoint?> LoadAsync(StreamId stream, CancellationToken cancellation = default) => inner.LoadAsync(stream, cancellation);

    public ValueTask SaveAsync(StreamId stream, Checkpoint checkpoint, CancellationToken cancellation = default) =>
        inner.SaveAsync(stream, checkpoint with { Version = checkpoint.Version + 1 }, cancellation);
}
