using System.Collections.Immutable;
using Rialto.Journal;

namespace Rialto.Markets;

/// <summary>What must be asked for because of what has happened, by whoever leads.</summary>
/// <param name="Entity">Who is asked.</param>
/// <param name="Command">What for.</param>
/// <param name="Id">Made from its cause, so that two leaders that ask for it ask for one thing.</param>
public sealed record Reaction(StreamId Entity, Command Command, CommandId Id);

/// <summary>
/// A node's own index over one market: fed with every committed event of one category in order, asked by lists and searches.
/// Not thread-safe: its replica lets one caller in at a time.
/// </summary>
public abstract class ReadModel
{
    /// <summary>The category whose events it wants.</summary>
    public abstract string Category { get; }

    /// <summary>All categories whose events it wants, its own first.</summary>
    public virtual ImmutableArray<string> Categories => [Category];

    /// <summary>What must be asked for now; told again until what has happened shows that it was done.</summary>
    public virtual IReadOnlyList<Reaction> Due() => [];

    /// <summary>Takes in one event.</summary>
    /// <param name="record">Its place, time and stream.</param>
    /// <param name="happened">The event.</param>
    /// <param name="stateAfter">The entity's state right after it, to be read during this call only.</param>
    public abstract void Apply(JournalRecord record, Event happened, object stateAfter);

    /// <summary>Writes all that it knows, for a replica that begins elsewhere.</summary>
    public abstract void Save(BinaryWriter writer);

    /// <summary>Reads what <see cref="Save"/> wrote, into an empty model.</summary>
    /// <param name="reader">The bytes.</param>
    /// <param name="stateOf">An entity's state by its key, at the same place.</param>
    public abstract void Load(BinaryReader reader, Func<string, object> stateOf);
}
