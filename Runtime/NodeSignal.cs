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
}
