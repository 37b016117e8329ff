using Rialto.Journal;

namespace Rialto.Simulation.Promises;

/// <summary>No event stands before what it depends on, by its clock or by its causes, those included that had no place yet when they were named.</summary>
internal sealed class CausesComeFirst : Promise
{
    public override int Number => 5;

    public override string Sentence => "Causes come before their effects; vector clocks agree with seq.";

    public override IEnumerable<string> Broken(Aftermath run)
    {
        foreach (var problem in run.Problems(
            JournalProblemCode.CauseMisplaced, JournalProblemCode.ClockAhead, JournalProblemCode.ClockDiffers, JournalProblemCode.ClockKnownBefore, JournalProblemCode.ClockNotGrown))
            yield return problem;
        foreach (var named in run.Log.Causes)
        {
            if (run.Of(named.Effect) is not [var effect]) continue;
            if (run.Of(named.Cause) is not [var cause] || cause.Seq > effect.Seq || !effect.Causes.Contains(cause.Seq))
                yield return $"{effect.Stream} stands at {effect.Seq} and depends on a command that {(run.Of(named.Cause) is [var late] ? $"stands at {late.Seq}" : "is not in the journal")}";
        }
    }
}
