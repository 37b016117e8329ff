using System.Collections.Immutable;
using Rialto.Journal;

namespace Rialto.Protocols;

/// <summary>Why an election was begun.</summary>
public enum ElectionReason
{
    /// <summary>A node started, and nobody led.</summary>
    Start,
    /// <summary>The leader gave no sign of life.</summary>
    LeaderFailed,
    /// <summary>The leader is no member any more.</summary>
    LeaderLeft,
    /// <summary>The leader gave up its lead, or came back without its memory.</summary>
    LeaderResigned,
    /// <summary>A higher rank came back and took over.</summary>
    Handover,
    /// <summary>Somebody asked for an election.</summary>
    Forced,
    /// <summary>An epoch had begun that nobody known led.</summary>
    NobodyLeads,
}

/// <summary>One election, as its winner saw it.</summary>
/// <param name="Epoch">The epoch that it ended in.</param>
/// <param name="Winner">Who leads in it.</param>
/// <param name="StartedBy">Who began it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Answered">Who answered an ELECTION in it, as far as the winner knows; ascending.</param>
/// <param name="DurationMs">From its beginning to the granted claim, in milliseconds.</param>
public sealed record ElectionRecord(Epoch Epoch, Rank Winner, Rank StartedBy, ElectionReason Reason, ImmutableArray<Rank> Answered, long DurationMs);
