using System.Collections.Concurrent;
using Rialto.Journal;
using Rialto.Runtime;

namespace Rialto.Api.Http;

/// <summary>
/// Which entity a command with an idempotency key went to, or which request it was where that is no entity's command. An entity knows its own
/// commands, not those of others: a key that comes back for another auction, or for a ledger of another name, would take effect there as well.
/// The front door remembers the last ones: it reads the latest from the journal at its start, and follows what is committed from then on, so
/// that it knows the keys that were used at other front doors as soon as it shows their events.
/// </summary>
internal sealed class KnownKeys
{
    private const int MaxKnown = 200_000;
    private const int ReadAtStart = 10_000;
    private const int Batch = 1_000;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<CommandId, StreamId> _entities = new();
    private readonly ConcurrentQueue<CommandId> _oldestFirst = new();
    private long _heard;

    /// <summary>Those of the journal's last events, and from there on those of all that is committed, whichever front door it came through.</summary>
    /// <param name="engine">Whose journal it is, and whose feed.</param>
    /// <param name="stopping">Ends the following.</param>
    public static async Task<KnownKeys> FollowAsync(IEngine engine, CancellationToken stopping)
    {
        var keys = new KnownKeys();
        var at = new Seq(Math.Max(0, (await engine.Journal.ReadEndAsync(stopping)).Seq.Value - ReadAtStart));
        while (await engine.Journal.ReadAsync(at, Batch, stopping) is { Count: > 0 } page)
        {
            foreach (var record in page) keys.Hear(record);
            at = page[^1].Seq;
        }
        keys.Following = keys.FollowAsync(engine, at, stopping);
        return keys;
    }

    /// <summary>Ends when the following ends; with the exception that ended it, if any did.</summary>
    public Task Following { get; private set; } = Task.CompletedTask;

    /// <summary>What was heard of so far, at least.</summary>
    public Seq Heard => new(Volatile.Read(ref _heard));

    /// <summary>Whether a command may go to an entity: it is new, or it went there before.</summary>
    public bool TryUse(CommandId id, StreamId entity, out bool isNew)
    {
        isNew = _entities.TryAdd(id, entity);
        if (!isNew) return !_entities.TryGetValue(id, out var known) || known == entity;
        _oldestFirst.Enqueue(id);
        if (_oldestFirst.Count > MaxKnown && _oldestFirst.TryDequeue(out var oldest)) _entities.TryRemove(oldest, out _);
        return true;
    }

    /// <summary>Forgets a command that did not take effect.</summary>
    public void Free(CommandId id) => _entities.TryRemove(id, out _);

    /// <summary>A node that is no more gives nothing, and another goes on from the same place; a journal that does not answer is asked again.</summary>
    private async Task FollowAsync(IEngine engine, Seq at, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var events = await engine.Replica.FeedAsync(at, Batch, stopping);
                foreach (var committed in events) Hear(committed.Record);
                if (events.Count > 0) at = events[^1].Record.Seq;
                else await Task.Delay(Pause, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (JournalException)
            {
                await Task.Delay(Pause, CancellationToken.None);
            }
        }
    }

    /// <summary>Only who may send a command again gives it a fingerprint.</summary>
    private void Hear(JournalRecord record)
    {
        if (record.Fingerprint != 0) TryUse(record.Command, record.Stream, out _);
        Volatile.Write(ref _heard, record.Seq.Value);
    }
}
