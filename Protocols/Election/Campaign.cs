using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>An election that a node takes part in, from when it first heard of it.</summary>
internal sealed class Campaign(Rank startedBy, ElectionReason reason, long startedAtMs)
{
    /// <summary>Who began it.</summary>
    public Rank StartedBy { get; } = startedBy;

    /// <summary>Why.</summary>
    public ElectionReason Reason { get; } = reason;

    /// <summary>When this node first heard of it, in milliseconds.</summary>
    public long StartedAtMs { get; } = startedAtMs;

    /// <summary>Who answered an ELECTION in it.</summary>
    public SortedSet<Rank> Answered { get; } = [];

    /// <summary>Those that were asked in this round and have not answered.</summary>
    public HashSet<Rank> Silent { get; } = [];
}
