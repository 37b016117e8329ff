using Rialto.Journal;
using Rialto.Markets;

namespace Rialto.Simulation.Promises;

/// <summary>However often a command was sent, it happened once, and everybody who asked was told the same; another command under its id was refused.</summary>
internal sealed class CommandsCountOnce : Promise
{
    public override int Number => 4;

    public override string Sentence => "A command id takes effect at most once, across retries, failovers and restarts.";

    public override IEnumerable<string> Broken(Aftermath run)
    {
        foreach (var problem in run.Problems(JournalProblemCode.CommandTwice)) yield return problem;
        foreach (var answers in run.Log.Told.Where(told => run.Of(told.Request.Id).Count > 0 && told.Reply.Refusal is not { Kind: RefusalKind.Unavailable }).GroupBy(told => told.Request.Id))
        {
            var name = answers.Key.ToEntityKey();
            var written = run.Of(answers.Key)[^1];
            foreach (var told in answers)
            {
                // It was told to have changed nothing before it changed something.
                if (told.Reply.Refusal is null && told.Reply.Receipt.Seq < run.Of(answers.Key)[0].Seq) continue;
                if (told.Request.Fingerprint != written.Fingerprint)
                {
                    if (told.Reply.Refusal is null) yield return $"another command under the id of {name} was accepted at {told.ToldMs} ms";
                }
                // A refusal writes nothing: until it was told, an earlier copy of the request may still have been on its way, and found another state.
                else if (told.Reply.Refusal is not null && run.Log.DurableMs[written.Seq] >= told.AskedMs) continue;
                else if (told.Reply.Refusal is { } refusal) yield return $"{name} stands at {written.Seq}, and {told.Client} was told '{refusal.Code}' at {told.ToldMs} ms";
                else if (told.Reply.Receipt.Seq != written.Seq) yield return $"{name} stands at {written.Seq}, and was told at {told.ToldMs} ms to stand at {told.Reply.Receipt.Seq}";
            }
        }
    }
}
