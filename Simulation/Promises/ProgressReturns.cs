namespace Rialto.Simulation.Promises;

/// <summary>Watched while the run goes on: the time until all follow one leader, see each other and commit; that every client is answered; that nothing throws at one.</summary>
internal sealed class ProgressReturns : Promise
{
    public override int Number => 9;

    public override string Sentence => "After faults stop, there is one leader and progress within a bounded time.";

    public override IEnumerable<string> Broken(Aftermath run)
    {
        if (run.Log.WellAfterMs is null && run.Log.FoundOnTheWay.All(found => found.Promise != Number)) yield return "the cluster was never seen to be well again";
    }
}
