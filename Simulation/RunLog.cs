using Rialto.Journal;
using Rialto.Markets;
using Rialto.Runtime;

namespace Rialto.Simulation;

/// <summary>What a client was told about a command.</summary>
/// <param name="Client">Who asked.</param>
/// <param name="Request">For what.</param>
/// <param name="AskedMs">When.</param>
/// <param name="ToldMs">When the answer came.</param>
/// <param name="Floor">The newest place of the entity that anybody had been told of when this was first asked for.</param>
/// <param name="Reply">The answer.</param>
internal sealed record Told(string Client, CommandRequest Request, long AskedMs, long ToldMs, Seq Floor, CommandReply Reply);

/// <summary>What a client was shown of an entity.</summary>
/// <param name="Client">Who asked.</param>
/// <param name="Entity">About what.</param>
/// <param name="Query">What.</param>
/// <param name="Where">Whom: the entity itself, or a node's replica.</param>
/// <param name="ToldMs">When the answer came.</param>
/// <param name="Floor">What the answer must go beyond at least.</param>
/// <param name="At">How far the answer goes.</param>
/// <param name="View">The view, as it was sent, or null.</param>
/// <param name="Refusal">Why there was none.</param>
internal sealed record Seen(string Client, StreamId Entity, Query Query, string Where, long ToldMs, Seq Floor, Seq At, byte[]? View, Refusal? Refusal);

/// <summary>What a replica held at a place.</summary>
/// <param name="Node">Whose.</param>
/// <param name="At">How far it had come.</param>
/// <param name="Digest">A hash of the states of all entities.</param>
internal sealed record ReplicaSample(Rank Node, Seq At, ulong Digest);

/// <summary>A cause that was named before it had a place.</summary>
/// <param name="Effect">The command that depends.</param>
/// <param name="Cause">On this one.</param>
internal sealed record NamedCause(CommandId Effect, CommandId Cause);

/// <summary>All that a run left behind, for the promises to be held against.</summary>
internal sealed class RunLog
{
    public List<Told> Told { get; } = [];

    public List<Seen> Seen { get; } = [];

    public List<ReplicaSample> Samples { get; } = [];

    public List<NamedCause> Causes { get; } = [];

    /// <summary>When each place was durable, in milliseconds since the beginning.</summary>
    public Dictionary<Seq, long> DurableMs { get; } = [];

    /// <summary>What feeds gave out, and whose.</summary>
    public List<(Rank Node, JournalRecord Record)> Fed { get; } = [];

    /// <summary>What was found while the run went on: by a promise's name.</summary>
    public List<(int Promise, string Sentence)> FoundOnTheWay { get; } = [];

    /// <summary>How long nobody led at most, in milliseconds.</summary>
    public long LongestWithoutLeaderMs { get; set; }

    /// <summary>How long after the faults the cluster was well; null if it never was.</summary>
    public long? WellAfterMs { get; set; }

    public void Found(int promise, string sentence)
    {
        if (FoundOnTheWay.Count < 20) FoundOnTheWay.Add((promise, sentence));
    }
}
