using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>
/// One node's vector clock: ticked for each command that the node sends to be ordered, merged with the clock of each committed event that
/// it applies. Heartbeats do not tick it.
/// </summary>
/// <remarks>Not thread-safe. A node that restarts applies the whole journal before its first tick, so that its own count goes on from where it was.</remarks>
public sealed class NodeClock(Rank node)
{
    /// <summary>What the node knows.</summary>
    public VectorClock Now { get; private set; } = VectorClock.Zero;

    /// <summary>The clock for the next command that the node sends.</summary>
    public VectorClock Tick() => Now = Now.With(node, Now[node] + 1);

    /// <summary>Takes in the clock of an event that the node applied.</summary>
    public void Merge(VectorClock applied) => Now = Now.Merge(applied);
}
