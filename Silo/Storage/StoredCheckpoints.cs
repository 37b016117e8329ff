using Orleans.Storage;
using Rialto.Journal;

namespace Rialto.Silo.Storage;

/// <summary>A checkpoint as grain storage keeps it.</summary>
[GenerateSerializer, Alias("rialto.checkpoint")]
public sealed class CheckpointState
{
    /// <summary>Whose it is.</summary>
    [Id(0)]
    public string Stream { get; set; } = "";

    /// <summary>The last version that is in it.</summary>
    [Id(1)]
    public long Version { get; set; }

    /// <summary>How it is written.</summary>
    [Id(2)]
    public int Schema { get; set; }

    /// <summary>The bytes.</summary>
    [Id(3)]
    public byte[] State { get; set; } = [];
}

/// <summary>Checkpoints in Orleans' grain storage. Two that write at once: one of them wins, and either is right.</summary>
/// <param name="storage">The grain storage.</param>
internal sealed class StoredCheckpoints(IGrainStorage storage) : ICheckpoints
{
    private const string StateName = "checkpoint";
    private static readonly GrainType Kind = GrainType.Create(StateName);

    public async ValueTask<Checkpoint?> LoadAsync(StreamId stream, CancellationToken cancellation = default)
    {
        try
        {
            var found = await ReadAsync(stream);
            return found is { RecordExists: true, State: { } state } && state.Stream == stream.Text ? new Checkpoint(state.Version, state.Schema, state.State) : null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new JournalException($"The checkpoint of {stream} cannot be read: {e.Message}", e);
        }
    }

    public async ValueTask SaveAsync(StreamId stream, Checkpoint checkpoint, CancellationToken cancellation = default)
    {
        try
        {
            var found = await ReadAsync(stream);
            if (found is { RecordExists: true, State: { } state } && state.Stream == stream.Text && state.Version > checkpoint.Version) return;
            found.State = new CheckpointState { Stream = stream.Text, Version = checkpoint.Version, Schema = checkpoint.Schema, State = checkpoint.State.ToArray() };
            await storage.WriteStateAsync(StateName, IdOf(stream), found);
        }
        catch (InconsistentStateException)
        {
            // Another silo kept one just now.
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new JournalException($"The checkpoint of {stream} cannot be kept: {e.Message}", e);
        }
    }

    private async Task<GrainState<CheckpointState>> ReadAsync(StreamId stream)
    {
        var found = new GrainState<CheckpointState>(new CheckpointState());
        await storage.ReadStateAsync(StateName, IdOf(stream), found);
        return found;
    }

    /// <summary>The whole name of the stream: its key alone may look like a number, and storage would take 7 and 07 for the same.</summary>
    private static GrainId IdOf(StreamId stream) => GrainId.Create(Kind, IdSpan.Create(stream.Text));
}
