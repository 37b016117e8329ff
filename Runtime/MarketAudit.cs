using Rialto.Journal;
using Rialto.Markets;

namespace Rialto.Runtime;

/// <summary>
/// Replays a whole journal through the markets' rules and asks every entity whether its state breaks a promise: what
/// the journal's verifier cannot see, because it knows no market.
/// </summary>
public static class MarketAudit
{
    private const int Page = 1_000;

    /// <summary>Replays, and says what is wrong.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="upTo">The last place to look at.</param>
    /// <param name="maxProblems">It stops after so many.</param>
    /// <param name="progress">Told how far it is, now and then.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Where and what, in order; empty if all is well.</returns>
    public static async Task<IReadOnlyList<(Seq At, string Problem)>> RunAsync(IJournal journal, Seq upTo, int maxProblems = 100, Action<Seq>? progress = null, CancellationToken cancellation = default)
    {
        var entities = new Dictionary<StreamId, (EntityKind Kind, object State)>();
        var problems = new List<(Seq, string)>();
        var at = Seq.None;
        while (at < upTo && problems.Count < maxProblems)
        {
            var page = await journal.ReadAsync(at, Page, cancellation);
            if (page.Count == 0) break;
            var changed = new HashSet<StreamId>();
            foreach (var record in page.TakeWhile(record => record.Seq <= upTo))
            {
                at = record.Seq;
                if (MarketCatalog.KindOf(record.Stream.Category) is not { } kind)
                {
                    problems.Add((at, $"{record.Stream} is of a market that this program does not know."));
                    continue;
                }
                if (!entities.TryGetValue(record.Stream, out var entity)) entity = (kind, kind.Unborn(record.Stream.Key));
                try
                {
                    entities[record.Stream] = (kind, kind.Evolve(entity.State, MarketCodec.Decode(record.Type, record.Data.Span)));
                    changed.Add(record.Stream);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    problems.Add((at, $"{record.Stream} cannot be replayed: {e.Message}"));
                    return problems;
                }
            }
            foreach (var stream in changed)
                problems.AddRange(entities[stream].Kind.Audit(entities[stream].State).Select(problem => (at, $"{stream}: {problem}")));
            progress?.Invoke(at);
        }
        return problems;
    }
}
