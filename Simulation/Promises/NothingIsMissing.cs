using Rialto.Journal;

namespace Rialto.Simulation.Promises;

/// <summary>The journal is one gap-free line, unchanged since it was written, and every feed gave out that line.</summary>
internal sealed class NothingIsMissing : Promise
{
    public override int Number => 2;

    public override string Sentence => "seq, every stream's versions and every category's ordinals have no gap and no duplicate.";

    public override IEnumerable<string> Broken(Aftermath run)
    {
        foreach (var problem in run.Problems(
            JournalProblemCode.SeqGap, JournalProblemCode.VersionGap, JournalProblemCode.OrdinalGap, JournalProblemCode.HashBroken, JournalProblemCode.EndDiffers, JournalProblemCode.StorageDamaged))
            yield return problem;
        foreach (var (node, record) in run.Log.Fed)
            if (run.At(record.Seq)?.Hash != record.Hash)
                yield return $"the feed of node {node} gave out {record.Stream} {record.Type} at {record.Seq}, and the journal has {(run.At(record.Seq) is { } other ? $"{other.Stream} {other.Type}" : "nothing")} there";
    }
}
