using Rialto.Markets;

namespace Rialto.Simulation.Promises;

/// <summary>
/// What a client was told to have happened stands in the journal where the client was told, once. Of a command that was told to have changed
/// nothing, the state that it was told of must be one in which there was nothing to change.
/// </summary>
internal sealed class AcknowledgedStays : Promise
{
    public override int Number => 3;

    public override string Sentence => "An acknowledged command is in the journal, once, whatever crashes.";

    public override IEnumerable<string> Broken(Aftermath run)
    {
        var unchanged = new List<Told>();
        foreach (var told in run.Log.Told.Where(told => told.Reply.Refusal is null))
        {
            var (receipt, name) = (told.Reply.Receipt, $"{told.Client} was told at {told.ToldMs} ms that {told.Request.Command.GetType().Name} of {told.Request.Entity} ({told.Request.Id.ToEntityKey()}) stands at {told.Reply.Receipt.Seq}");
            if (run.At(receipt.Seq) is not { } record)
                yield return $"{name}; the journal ends at {run.Records.Count}";
            else if (record.Command == told.Request.Id)
            {
                if (record.Stream != told.Request.Entity || record.Version != receipt.Version || record.Epoch != receipt.Epoch)
                    yield return $"{name}, version {receipt.Version}, epoch {receipt.Epoch}; the journal has {record.Stream}, version {record.Version}, epoch {record.Epoch} there";
            }
            // What changed nothing leaves no trace; sent again when there is something to change, it may.
            else if (run.Of(told.Request.Id) is [var first, ..] && first.Seq < receipt.Seq) yield return $"{name}; it stands at {string.Join(", ", run.Of(told.Request.Id).Select(at => at.Seq))}";
            else unchanged.Add(told);
        }
        foreach (var broken in Changed(run, unchanged)) yield return broken;
    }

    private static List<string> Changed(Aftermath run, List<Told> unchanged)
    {
        var broken = new List<string>();
        if (unchanged.Count == 0) return broken;
        var bySeq = unchanged.ToLookup(told => told.Reply.Receipt.Seq);
        run.Replay((record, kind, state) =>
        {
            foreach (var told in bySeq[record.Seq])
            {
                if (record.Stream != told.Request.Entity || !Moments(record.At, told).Any(now => kind.Decide(state, told.Request.Command, new CommandContext(told.Request.Id, told.Request.Actor, now)) is Decision.Accepted { Events.IsEmpty: true }))
                    broken.Add($"{told.Client} was told at {told.ToldMs} ms that {told.Request.Command.GetType().Name} of {told.Request.Entity} ({told.Request.Id.ToEntityKey()}) had succeeded at {record.Seq}; the journal has another command there and does not know this one");
            }
        });
        return broken;
    }

    /// <summary>When the answer may have been decided, by a clock that may have been wrong.</summary>
    private static IEnumerable<DateTimeOffset> Moments(DateTimeOffset last, Told told)
    {
        foreach (var skew in (int[])[0, -2_500, 2_500])
            foreach (var at in (DateTimeOffset[])[last, VirtualTime.Beginning.AddMilliseconds(told.AskedMs), VirtualTime.Beginning.AddMilliseconds(told.ToldMs)])
                yield return at.AddMilliseconds(skew);
    }
}
