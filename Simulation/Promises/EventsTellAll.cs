using System.Text;
using Rialto.Markets;

namespace Rialto.Simulation.Promises;

/// <summary>
/// Whatever anybody was shown follows from the journal: replayed to the same place, the same rules show the same, to the letter. What a market
/// decides between its participants is also counted anew, independently of its rules.
/// </summary>
internal sealed class EventsTellAll : Promise
{
    public override int Number => 7;

    public override string Sentence => "What is decided and shown follows from the events alone: replaying gives the same.";

    public override IEnumerable<string> Broken(Aftermath run)
    {
        var broken = new List<string>();
        var told = run.Log.Told.Where(told => told.Reply.View is not null).ToLookup(told => told.Reply.Receipt.Seq);
        var seen = run.Log.Seen.Where(seen => seen.View is not null).ToLookup(seen => seen.At);
        run.Replay((record, kind, state) =>
        {
            foreach (var one in told[record.Seq])
            {
                if (one.Request.Entity != record.Stream) continue;
                var context = new CommandContext(one.Request.Id, one.Request.Actor, record.At);
                var right = MarketCodec.Encode(kind.Answer(state, one.Request.Command, context).PlacedAt(record.Seq));
                Compare($"the answer to {one.Request.Command.GetType().Name} of {record.Stream} at {one.ToldMs} ms, as of {record.Seq}", MarketCodec.Encode(one.Reply.View!), right);
            }
            foreach (var one in seen[record.Seq])
            {
                if (one.Entity != record.Stream) continue;
                var right = kind.Query(state, one.Query).View?.PlacedAt(record.Seq);
                Compare($"what {one.Where} of {record.Stream} showed at {one.ToldMs} ms, as of {record.Seq}", one.View!, right is null ? [] : MarketCodec.Encode(right));
            }
        });
        foreach (var one in run.Log.Seen.Where(one => one.View is not null && run.At(one.At)?.Stream != one.Entity))
            broken.Add($"{one.Where} of {one.Entity} showed something as of {one.At}, where the journal has no event of it");
        broken.AddRange(run.Workloads.SelectMany(workload => workload.Recount(run.Journal)));
        return broken;

        void Compare(string what, ReadOnlySpan<byte> shown, ReadOnlySpan<byte> right)
        {
            if (!shown.SequenceEqual(right)) broken.Add($"{what} is not what the journal says: {Encoding.UTF8.GetString(shown)} instead of {Encoding.UTF8.GetString(right)}");
        }
    }
}
