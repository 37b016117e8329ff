using Rialto.Markets.Auctions;

namespace Rialto.Simulation.Promises;

/// <summary>
/// Watched while the run goes on: everything that anybody was shown was searched for the sealed amounts of others. Here only that there was
/// something to find.
/// </summary>
internal sealed class SealedStaysSealed : Promise
{
    public override int Number => 10;

    public override string Sentence => "A sealed bid is seen by nobody but its bidder before its round is revealed.";

    public override IEnumerable<string> Broken(Aftermath run)
    {
        foreach (var (record, happened) in run.Journal)
            if (happened is BidPlaced { Sealed: true }) yield return $"seq {record.Seq}: the journal itself holds a concealed bid";
    }
}
