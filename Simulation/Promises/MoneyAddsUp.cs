namespace Rialto.Simulation.Promises;

/// <summary>After every single event its entity's own audit has nothing to say. That all holds end is waited for when the run settles.</summary>
internal sealed class MoneyAddsUp : Promise
{
    public override int Number => 6;

    public override string Sentence => "Debits equal credits in every ledger at every seq; no account is overdrawn beyond its limit; every hold ends posted, voided or expired.";

    public override IEnumerable<string> Broken(Aftermath run)
    {
        var broken = new List<string>();
        run.Replay((record, kind, state) => broken.AddRange(kind.Audit(state).Select(problem => $"seq {record.Seq}: {problem}")));
        return broken;
    }
}
