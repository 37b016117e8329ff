using Rialto.Journal;

namespace Rialto.Simulation.Promises;

/// <summary>Epochs are claimed one by one, each conditional on the one before, and no event stands in another epoch than its place belongs to.</summary>
internal sealed class OneLeaderWrites : Promise
{
    public override int Number => 1;

    public override string Sentence => "At most one leader writes in an epoch; epochs grow.";

    public override IEnumerable<string> Broken(Aftermath run)
    {
        foreach (var problem in run.Problems(JournalProblemCode.EpochFell, JournalProblemCode.EpochUnclaimed, JournalProblemCode.EpochMisplaced, JournalProblemCode.ClaimsBroken)) yield return problem;
        foreach (var claim in run.Claims.Where(claim => claim.Result.Granted && (claim.Seen != claim.Before || claim.Result.Current != claim.Before.Next)))
            yield return $"node {claim.Claimant} claimed the epoch after {claim.Seen} when {claim.Before} was the newest, and was granted {claim.Result.Current}";
    }
}
