namespace Rialto.Journal;

/// <summary>An entity's state at a version, so that it need not be replayed from 1.</summary>
/// <param name="Version">The last version that is in it.</param>
/// <param name="Schema">How it is written; one that the reader does not know is left aside.</param>
/// <param name="State">The bytes, known only to who wrote them.</param>
public sealed record Checkpoint(long Version, int Schema, ReadOnlyMemory<byte> State);

/// <summary>
/// Keeps the newest checkpoint of each stream. A cache: losing one, or all, costs time and nothing else,
/// so a checkpoint that cannot be read is answered as if it were not there.
/// </summary>
public interface ICheckpoints
{
    /// <summary>The newest checkpoint of a stream, or null.</summary>
    ValueTask<Checkpoint?> LoadAsync(StreamId stream, CancellationToken cancellation = default);

    /// <summary>Keeps a checkpoint in place of an older one. The events up to its version must be durable.</summary>
    ValueTask SaveAsync(StreamId stream, Checkpoint checkpoint, CancellationToken cancellation = default);
}
