namespace Rialto.Journal.Memory;

/// <summary>Checkpoints in memory, for tests and simulation.</summary>
public sealed class MemoryCheckpoints : ICheckpoints
{
    private readonly Lock _lock = new();
    private readonly Dictionary<StreamId, Checkpoint> _newest = [];

    /// <inheritdoc/>
    public ValueTask<Checkpoint?> LoadAsync(StreamId stream, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_lock) return ValueTask.FromResult(_newest.GetValueOrDefault(stream));
    }

    /// <inheritdoc/>
    public ValueTask SaveAsync(StreamId stream, Checkpoint checkpoint, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_lock)
        {
            // Its bytes are the caller's, who may use them again.
            if (!_newest.TryGetValue(stream, out var kept) || kept.Version <= checkpoint.Version)
                _newest[stream] = checkpoint with { State = checkpoint.State.ToArray() };
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>Forgets all of them: nothing but time may change by it.</summary>
    public void Clear()
    {
        lock (_lock) _newest.Clear();
    }
}
