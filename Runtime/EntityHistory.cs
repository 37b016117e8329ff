using System.Buffers.Binary;
using Rialto.Journal;
using Rialto.Markets;

namespace Rialto.Runtime;

/// <summary>An entity's state at some version, with what it remembers.</summary>
internal sealed class LoadedEntity(EntityKind kind, string key, RememberedCommands remembered)
{
    public object State { get; private set; } = kind.Unborn(key);

    public long Version { get; private set; }

    public long CheckpointVersion { get; private set; }

    public Seq LastSeq { get; private set; }

    public Epoch LastEpoch { get; private set; }

    public RememberedCommands Remembered { get; } = remembered;

    public void Restore(Checkpoint checkpoint)
    {
        var bytes = checkpoint.State.Span;
        LastSeq = new Seq(BinaryPrimitives.ReadInt64LittleEndian(bytes));
        LastEpoch = new Epoch(BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]));
        var used = EntityHistory.HeadBytes + Remembered.Load(bytes[EntityHistory.HeadBytes..]);
        State = kind.Load(key, bytes[used..]);
        Version = CheckpointVersion = checkpoint.Version;
    }

    public void Apply(JournalRecord record)
    {
        if (record.Version != Version + 1)
            throw new JournalDamagedException($"{record.Stream} jumps from version {Version} to {record.Version} at seq {record.Seq}. Run the verifier.");
        State = kind.Evolve(State, MarketCodec.Decode(record.Type, record.Data.Span));
        Remembered.Add(record.Command, new RememberedCommand(record.Version, record.Fingerprint, record.AtUnixMs));
        (Version, LastSeq, LastEpoch) = (record.Version, record.Seq, record.Epoch);
    }
}

/// <summary>Loads entities from their checkpoint and the journal's tail, as they are or as they were.</summary>
internal sealed class EntityHistory(IJournal journal, ICheckpoints checkpoints, RuntimeSettings settings)
{
    private readonly RecentCheckpoints _recent = new(settings.MaxKeptCheckpointBytes);

    /// <summary>The layout of what stands before an entity's own bytes in a checkpoint.</summary>
    private const int Schema = 1;

    /// <summary>The place and the epoch of the last event, before everything else.</summary>
    public const int HeadBytes = 16;

    /// <summary>The entity after all that is durable.</summary>
    public ValueTask<LoadedEntity> LoadAsync(StreamId stream, EntityKind kind) => LoadAsync(stream, kind, _ => true, _ => true);

    /// <summary>The entity as it was at a place.</summary>
    public ValueTask<LoadedEntity> LoadAtAsync(StreamId stream, EntityKind kind, Seq at) =>
        LoadAsync(stream, kind, loaded => loaded.LastSeq <= at, record => record.Seq <= at);

    /// <summary>Plays an entity again, and shows it as it was at some versions, in one reading.</summary>
    /// <param name="stream">Which entity.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="wanted">
    /// Told how far it has come: the smallest and the greatest version that are still wanted, none of them smaller than that; null if there is
    /// none, which ends it.
    /// </param>
    /// <param name="show">Shown the entity at each wanted version, in order; to be looked at, not kept.</param>
    /// <exception cref="JournalException">The journal cannot be read, or the stream ends before a version that is wanted.</exception>
    public async ValueTask ReplayAsync(StreamId stream, EntityKind kind, Func<long, (long First, long Last)?> wanted, Action<LoadedEntity> show)
    {
        if (wanted(0) is not { } range) return;
        var loaded = await BeginAsync(stream, kind, range.First);
        while (Look() is { } left)
        {
            var page = await journal.ReadStreamAsync(stream, loaded.Version, (int)Math.Min(settings.ReadPage, left.Last - loaded.Version));
            if (page.Count == 0) throw new JournalException($"{stream} ends at version {loaded.Version}, before {left.Last}, which was answered. Run the verifier.");
            foreach (var record in page)
            {
                loaded.Apply(record);
                if (Look() is null) return;
            }
        }

        (long First, long Last)? Look()
        {
            if (wanted(loaded.Version) is { } left && left.First > loaded.Version) return left;
            show(loaded);
            return wanted(loaded.Version);
        }
    }

    /// <summary>From the newest checkpoint at hand, or in storage, that is not newer than a version; else from nothing.</summary>
    private async ValueTask<LoadedEntity> BeginAsync(StreamId stream, EntityKind kind, long version)
    {
        var loaded = Fresh(stream, kind);
        var checkpoint = _recent.Find(stream, version) ?? await checkpoints.LoadAsync(stream);
        if (checkpoint is not null && checkpoint.Version <= version && checkpoint.Schema == SchemaOf(kind)) loaded.Restore(checkpoint);
        return loaded;
    }

    /// <summary>A state and what it remembers as bytes, taken in an entity's turn, when the place of the last event may not be known yet: room is left for it.</summary>
    public static byte[] Write(EntityKind kind, object state, RememberedCommands remembered)
    {
        var saved = kind.Save(state);
        var bytes = GC.AllocateUninitializedArray<byte>(HeadBytes + remembered.SavedBytes + saved.Length);
        remembered.Save(bytes.AsSpan(HeadBytes, remembered.SavedBytes));
        saved.CopyTo(bytes, HeadBytes + remembered.SavedBytes);
        return bytes;
    }

    /// <summary>Keeps what <see cref="Write"/> gave. All events up to its version must be durable, the last of them at <paramref name="last"/>.</summary>
    public ValueTask SaveAsync(StreamId stream, EntityKind kind, long version, Seq last, Epoch epoch, byte[] written)
    {
        BinaryPrimitives.WriteInt64LittleEndian(written, last.Value);
        BinaryPrimitives.WriteInt64LittleEndian(written.AsSpan(8), epoch.Value);
        var checkpoint = new Checkpoint(version, SchemaOf(kind), written);
        _recent.Keep(stream, checkpoint);
        return checkpoints.SaveAsync(stream, checkpoint);
    }

    private async ValueTask<LoadedEntity> LoadAsync(StreamId stream, EntityKind kind, Func<LoadedEntity, bool> mayStartFrom, Func<JournalRecord, bool> wanted)
    {
        var loaded = Fresh(stream, kind);
        if (await checkpoints.LoadAsync(stream) is { } checkpoint && checkpoint.Schema == SchemaOf(kind))
        {
            loaded.Restore(checkpoint);
            _recent.Keep(stream, checkpoint);
            if (!mayStartFrom(loaded)) loaded = Fresh(stream, kind);
        }
        while (true)
        {
            var page = await journal.ReadStreamAsync(stream, loaded.Version, settings.ReadPage);
            foreach (var record in page)
            {
                if (!wanted(record)) return loaded;
                loaded.Apply(record);
            }
            if (page.Count < settings.ReadPage) return loaded;
        }
    }

    private LoadedEntity Fresh(StreamId stream, EntityKind kind) =>
        new(kind, stream.Key, new RememberedCommands(settings.RememberedCommands, settings.RememberedHours));

    private static int SchemaOf(EntityKind kind) => Schema * 1_000 + kind.CheckpointSchema;
}
