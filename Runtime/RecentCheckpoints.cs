using Rialto.Journal;

namespace Rialto.Runtime;

/// <summary>
/// The checkpoints that were written last on this node, also where storage has a newer one of the same entity: from one of these an entity can
/// be played again up to what it was a while ago. Bounded by bytes, oldest forgotten first; losing one costs time only.
/// </summary>
internal sealed class RecentCheckpoints(long maxBytes)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<StreamId, List<Checkpoint>> _kept = [];
    private readonly Queue<(StreamId Stream, Checkpoint Checkpoint)> _oldestFirst = new();
    private long _bytes;

    /// <summary>Keeps one. Its bytes are nobody else's to change.</summary>
    public void Keep(StreamId stream, Checkpoint checkpoint)
    {
        if (checkpoint.State.Length > maxBytes) return;
        lock (_gate)
        {
            if (!_kept.TryGetValue(stream, out var ofStream)) _kept.Add(stream, ofStream = []);
            if (ofStream.Exists(kept => kept.Version == checkpoint.Version)) return;
            ofStream.Add(checkpoint);
            _oldestFirst.Enqueue((stream, checkpoint));
            _bytes += checkpoint.State.Length;
            while (_bytes > maxBytes) ForgetOldest();
        }
    }

    /// <summary>The newest that is not newer than a version, or null.</summary>
    public Checkpoint? Find(StreamId stream, long upToVersion)
    {
        lock (_gate) return _kept.GetValueOrDefault(stream)?.Where(kept => kept.Version <= upToVersion).MaxBy(kept => kept.Version);
    }

    private void ForgetOldest()
    {
        var (stream, checkpoint) = _oldestFirst.Dequeue();
        _bytes -= checkpoint.State.Length;
        var ofStream = _kept[stream];
        ofStream.Remove(checkpoint);
        if (ofStream.Count == 0) _kept.Remove(stream);
    }
}
