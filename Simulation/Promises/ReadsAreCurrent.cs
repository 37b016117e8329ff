using Rialto.Journal;
using Rialto.Markets;

namespace Rialto.Simulation.Promises;

/// <summary>
/// A read of an entity goes at least as far as anything that anybody had been told of it when the read was asked for; a read of a replica at
/// least as far as it was asked to. As every answer also equals the replay to its place, reads and writes of an entity are linearizable.
/// </summary>
internal sealed class ReadsAreCurrent : Promise
{
    public override int Number => 11;

    public override string Sentence => "Reads of an entity are linearizable; everybody reads their own writes anywhere.";

    public override IEnumerable<string> Broken(Aftermath run)
    {
        foreach (var seen in run.Log.Seen)
        {
            if (seen.View is not null && seen.At < LastOf(run, seen.Entity, seen.Floor))
                yield return $"{seen.Client} was shown {seen.Entity} as of {seen.At} by {seen.Where} at {seen.ToldMs} ms, and was to be shown {seen.Floor} at least";
            if (seen.Refusal is { Kind: RefusalKind.NotFound, Code: "auction-not-found" or "ledger-not-found" or "shelf-not-found" } && seen.Floor > Seq.None && seen.Where == "the entity")
                yield return $"{seen.Client} was told at {seen.ToldMs} ms that there is no {seen.Entity}, and it was known at {seen.Floor}";
        }
        foreach (var told in run.Log.Told.Where(told => told.Reply.Refusal is null))
            if (told.Reply.Receipt.Seq < told.Floor || (told.Reply.Receipt.Seq == told.Floor && run.At(told.Floor)?.Command == told.Request.Id))
                yield return $"{told.Client} was told at {told.ToldMs} ms that {told.Request.Command.GetType().Name} of {told.Request.Entity} stands at {told.Reply.Receipt.Seq}, and {told.Floor} was known before it was first asked for";
    }

    /// <summary>A replica was asked for a place of the journal; the entity's own last event up to there is what it must show.</summary>
    private static Seq LastOf(Aftermath run, StreamId entity, Seq floor)
    {
        for (var seq = floor; seq > Seq.None; seq = new Seq(seq.Value - 1))
            if (run.At(seq)?.Stream == entity) return seq;
        return Seq.None;
    }
}
