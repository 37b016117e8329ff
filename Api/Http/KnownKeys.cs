using System.Collections.Concurrent;
using Rialto.Journal;

namespace Rialto.Api.Http;

/// <summary>
/// Which entity a command with an idempotency key went to, or which request it was where that is no entity's command. An entity knows its own
/// commands, not those of others: a key that comes back for another auction, or for a ledger of another name, would take effect there as well.
/// The front door remembers the last ones, and at its start reads the latest from the journal.
/// </summary>
internal sealed class KnownKeys
{
    private const int MaxKnown = 200_000;
    private const int ReadAtStart = 10_000;

    private readonly ConcurrentDictionary<CommandId, StreamId> _entities = new();
    private readonly ConcurrentQueue<CommandId> _oldestFirst = new();

    /// <summary>Those of the journal's last events.</summary>
    public static async Task<KnownKeys> ReadAsync(IJournal journal)
    {
        var keys = new KnownKeys();
        var at = new Seq(Math.Max(0, (await journal.ReadEndAsync()).Seq.Value - ReadAtStart));
        while (await journal.ReadAsync(at, 1000) is { Count: > 0 } page)
        {
            // Only who may send a command again gives it a fingerprint.
            foreach (var record in page.Where(record => record.Fingerprint != 0)) keys.TryUse(record.Command, record.Stream, out _);
            at = page[^1].Seq;
        }
        return keys;
    }

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
}
