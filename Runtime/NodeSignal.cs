using Rialto.Journal;
using Rialto.Protocols;

namespace Rialto.Runtime;

/// <summary>What the hosts of two nodes say to each other, one way. Any of it may be lost, doubled or late.</summary>
public abstract record NodeSignal
{
    private NodeSignal() { }

    /// <summary>The leader multicasts what it has committed.</summary>
    /// <param name="Span">The batch and its place.</param>
    public sealed record Committed(SequencedSpan<CommittedBatch> Span) : NodeSignal;

    /// <summary>A node misses a part of the multicast.</summary>
    /// <param name="Nack">Which part.</param>
    public sealed record Missing(Nack Nack) : NodeSignal;

    /// <summary>The leader does not keep any more what a node misses: it stands in the journal.</summary>
    /// <param name="UpTo">The last committed place.</param>
    public sealed record ReadJournal(Seq UpTo) : NodeSignal;

    /// <summary>A replica that joins asks for a part of a snapshot.</summary>
    /// <param name="Snapshot">Of which one; 0 for whichever there is, with its first part.</param>
    /// <param name="Part">Which part, from 0.</param>
    public sealed record SnapshotWanted(long Snapshot, int Part) : NodeSignal;

    /// <summary>A part of a node's replica, to begin from.</summary>
    /// <param name="Snapshot">Of which snapshot.</param>
    /// <param name="Part">Which part, from 0.</param>
    /// <param name="Parts">How many there are; 0 if this one is not to be had.</param>
    /// <param name="Bytes">The replica's own format.</param>
    public sealed record SnapshotPart(long Snapshot, int Part, int Parts, ReadOnlyMemory<byte> Bytes) : NodeSignal;

    /// <summary>The leader asks for the digest of a replica at a place.</summary>
    /// <param name="Round">Which comparison.</param>
    /// <param name="At">The place.</param>
    public sealed record DigestWanted(long Round, Seq At) : NodeSignal;

    /// <summary>The digest of a replica, right after the event at a place.</summary>
    /// <param name="Round">Which comparison.</param>
    /// <param name="At">The place.</param>
    /// <param name="Digest">The digest; null if the replica had passed the place when it was asked.</param>
    public sealed record DigestTaken(long Round, Seq At, Hash256? Digest) : NodeSignal;

    /// <summary>The leader has found that a replica differs: it is to be built again from the journal.</summary>
    /// <param name="Round">Which comparison.</param>
    public sealed record RebuildWanted(long Round) : NodeSignal;

    /// <summary>A replica was built again.</summary>
    /// <param name="Round">Which comparison.</param>
    /// <param name="Differences">How it was wrong.</param>
    public sealed record Rebuilt(long Round, IReadOnlyList<ReplicaDifference> Differences) : NodeSignal;
}
