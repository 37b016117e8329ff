using Rialto.Journal;
using Rialto.Markets;

namespace Rialto.Runtime;

/// <summary>One committed event: its record, and the event that the record carries, decoded once by whoever asks first.</summary>
/// <param name="record">The journal's record.</param>
/// <param name="happened">The event, if it is at hand and need not be decoded.</param>
public sealed class CommittedEvent(JournalRecord record, Event? happened = null)
{
    private Event? _happened = happened;

    /// <summary>The journal's record.</summary>
    public JournalRecord Record { get; } = record;

    /// <summary>The event.</summary>
    /// <exception cref="FormatException">This program does not know the event's type, or cannot read it.</exception>
    public Event Happened => _happened ??= MarketCodec.Decode(Record.Type, Record.Data.Span);
}

/// <summary>What the leader tells every node after a commit: consecutive events, in order.</summary>
/// <param name="Events">At least one.</param>
public sealed record CommittedBatch(IReadOnlyList<CommittedEvent> Events)
{
    /// <summary>The place of the first event.</summary>
    public Seq First => Events[0].Record.Seq;

    /// <summary>The place of the last event.</summary>
    public Seq Last => Events[^1].Record.Seq;
}
