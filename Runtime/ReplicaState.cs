using System.Security.Cryptography;
using System.Text;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>
/// What a replica holds: the state of every entity and the read models over them, at one place in the journal. A replica that joins
/// starts from another's, as bytes. Not thread-safe.
/// </summary>
internal sealed class ReplicaState
{
    private sealed class Entity(EntityKind kind, object state)
    {
        public readonly EntityKind Kind = kind;
        public object State = state;
        public long Version;
        public Seq Last;
        public Hash256? Digest;
    }

    /// <summary>One entity's bytes after the other's, in the same room: an entity may be megabytes, and all of them are saved one after another.</summary>
    private sealed class SavedEntity : IDisposable
    {
        private readonly MemoryStream _stream = new();
        private readonly BinaryWriter _writer;

        public SavedEntity() => _writer = new BinaryWriter(_stream);

        /// <summary>The bytes, until the next are asked for.</summary>
        public ReadOnlySpan<byte> Of(EntityKind kind, object state)
        {
            _stream.SetLength(0);
            kind.Save(state, _writer);
            _writer.Flush();
            return _stream.GetBuffer().AsSpan(0, (int)_stream.Length);
        }

        public void Dispose() => _writer.Dispose();
    }

    /// <summary>The layout of what is saved; another is not loaded.</summary>
    private const int Schema = 4;

    private readonly Dictionary<StreamId, Entity> _entities = [];
    private readonly IReadOnlyList<ReadModel> _models = MarketCatalog.CreateReadModels();
    private readonly Dictionary<string, ReadModel[]> _modelsOf;
    private readonly Dictionary<Type, ReadModel> _modelOf;

    public ReplicaState()
    {
        _modelOf = _models.ToDictionary(model => model.GetType());
        _modelsOf = _models.SelectMany(model => model.Categories.Select(category => (Category: category, Model: model)))
            .GroupBy(wish => wish.Category, wish => wish.Model).ToDictionary(group => group.Key, group => group.ToArray());
    }

    /// <summary>The last place applied.</summary>
    public Seq Applied { get; private set; }

    /// <summary>The entities that have events here.</summary>
    public IEnumerable<StreamId> Entities => _entities.Keys;

    public TModel Model<TModel>() where TModel : ReadModel => (TModel)_modelOf[typeof(TModel)];

    public IReadOnlyList<Reaction> Due() => [.. _models.SelectMany(model => model.Due())];

    public bool TryGet(StreamId stream, out EntityKind kind, out object state, out Seq last)
    {
        var isKnown = _entities.TryGetValue(stream, out var found);
        (kind, state, last) = isKnown ? (found!.Kind, found.State, found.Last) : (null!, null!, Seq.None);
        return isKnown;
    }

    public void Apply(CommittedEvent committed)
    {
        var record = committed.Record;
        if (!_entities.TryGetValue(record.Stream, out var entity))
        {
            var kind = MarketCatalog.KindOf(record.Stream.Category)
                ?? throw new FormatException($"Event {record.Seq} is of category '{record.Stream.Category}', which this program does not know. A newer version wrote it: run that one.");
            _entities.Add(record.Stream, entity = new Entity(kind, kind.Unborn(record.Stream.Key)));
        }
        entity.State = entity.Kind.Evolve(entity.State, committed.Happened);
        (entity.Version, entity.Last, entity.Digest) = (record.Version, record.Seq, null);
        if (_modelsOf.TryGetValue(record.Stream.Category, out var models))
            foreach (var model in models) model.Apply(record, committed.Happened, entity.State);
        Applied = record.Seq;
    }

    /// <summary>One item for each entity. An entity that has not changed since the last time costs next to nothing.</summary>
    public IEnumerable<ItemDigest> Items()
    {
        using var saved = new SavedEntity();
        foreach (var (stream, entity) in _entities)
        {
            entity.Digest ??= Hash256.Read(SHA256.HashData(saved.Of(entity.Kind, entity.State)));
            yield return new ItemDigest(stream, entity.Version, entity.Digest.Value);
        }
    }

    /// <summary>A hash over all entities: equal for equal states, in whatever order the entities came. Read models follow from the same events.</summary>
    public Hash256 Digest()
    {
        var sum = Hash256.Zero;
        foreach (var item in Items())
        {
            var name = Encoding.UTF8.GetBytes(FormattableString.Invariant($"{item.Stream.Text} {item.Version} {item.Digest}"));
            var one = Hash256.Read(SHA256.HashData(name));
            sum = new Hash256(sum.A + one.A, sum.B + one.B, sum.C + one.C, sum.D + one.D);
        }
        return sum;
    }

    /// <summary>The first part of it as bytes: the entities, with the clock of a node that has applied just this.</summary>
    public void SaveEntities(BinaryWriter writer, VectorClock clock)
    {
        writer.Write(Schema);
        writer.Write(Applied.Value);
        writer.Write7BitEncodedInt(clock.Entries.Length);
        foreach (var (node, ticks) in clock.Entries)
        {
            writer.Write(node.Value);
            writer.Write(ticks);
        }
        writer.Write7BitEncodedInt(_entities.Count);
        using var saved = new SavedEntity();
        foreach (var (name, entity) in _entities)
        {
            writer.Write(name.Text);
            writer.Write(entity.Version);
            writer.Write(entity.Last.Value);
            writer.Write(entity.Kind.CheckpointSchema);
            var state = saved.Of(entity.Kind, entity.State);
            writer.Write7BitEncodedInt(state.Length);
            writer.Write(state);
        }
    }

    /// <summary>The rest of it: the read models.</summary>
    public void SaveModels(BinaryWriter writer)
    {
        foreach (var model in _models)
        {
            writer.Write(model.GetType().Name);
            model.Save(writer);
        }
    }

    /// <summary>A state from bytes; null if they were written by a program with other kinds or layouts.</summary>
    /// <exception cref="EndOfStreamException">They are cut off.</exception>
    public static (ReplicaState State, VectorClock Clock)? Load(Stream bytes)
    {
        using var reader = new BinaryReader(bytes);
        if (reader.ReadInt32() != Schema) return null;
        var state = new ReplicaState { Applied = new Seq(reader.ReadInt64()) };
        var counts = new (Rank, long)[reader.Read7BitEncodedInt()];
        for (var i = 0; i < counts.Length; i++) counts[i] = (new Rank(reader.ReadInt32()), reader.ReadInt64());
        for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
        {
            var stream = StreamId.Parse(reader.ReadString());
            var (version, last, schema) = (reader.ReadInt64(), new Seq(reader.ReadInt64()), reader.ReadInt32());
            var saved = reader.ReadBytes(reader.Read7BitEncodedInt());
            if (MarketCatalog.KindOf(stream.Category) is not { } kind || kind.CheckpointSchema != schema) return null;
            state._entities.Add(stream, new Entity(kind, kind.Load(stream.Key, saved)) { Version = version, Last = last });
        }
        foreach (var model in state._models)
        {
            if (reader.ReadString() != model.GetType().Name) return null;
            model.Load(reader, key => state._entities[StreamId.Of(model.Category, key)].State);
        }
        return (state, VectorClock.Of(counts));
    }
}
