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
            else if (run.Of(told.Request.Id).Count > 0) yield return $"{name}; it stands at {string.Join(", ", run.Of(told.Request.Id).Select(at => at.Seq))}";
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
                var context = new CommandContext(told.Request.Id, told.Request.Actor, record.At);
                if (record.Stream != told.Request.Entity || kind.Decide(state, told.Request.Command, context) is Decision.Accepted { Events.Length: > 0 })
                    broken.Add($"{told.Client} was told at {told.ToldMs} ms that {told.Request.Command.GetType().Name} of {told.Request.Entity} ({told.Request.Id.ToEntityKey()}) had succeeded at {record.Seq}; the journal has another command there and does not know this one");
            }
        });
        return broken;
    }
}
