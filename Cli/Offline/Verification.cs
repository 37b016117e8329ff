using System.Text.Json;
using System.Text.Json.Nodes;
using Rialto.Journal;
using Rialto.Runtime;

namespace Rialto.Cli.Offline;

/// <summary>
/// A whole journal verified without a server: what any journal promises, and what each market does. The answer is the server's own
/// (<c>GET /api/journal/verify</c>), with what was looked at.
/// </summary>
internal static class Verification
{
    private const string MarketBroken = "market-broken";
    private const string Damaged = JournalProblemCode.StorageDamaged;

    /// <summary>What is looked at, and by which codes it is told to be wrong.</summary>
    private static readonly (string Check, string Meaning, string[] Codes)[] Checks =
    [
        ("order", "places, versions of every stream, ordinals of every category: 1, 2, 3, … without a gap", [JournalProblemCode.SeqGap, JournalProblemCode.VersionGap, JournalProblemCode.OrdinalGap, JournalProblemCode.EndDiffers, Damaged]),
        ("hashes", "every event is as it was written, chained to the one before it", [JournalProblemCode.HashBroken]),
        ("epochs", "each was claimed, and holds the events between its claim and the next", [JournalProblemCode.ClaimsBroken, JournalProblemCode.EpochFell, JournalProblemCode.EpochUnclaimed, JournalProblemCode.EpochMisplaced]),
        ("causes", "no event depends on a later one, or on none", [JournalProblemCode.CauseMisplaced]),
        ("commands", "each took effect once", [JournalProblemCode.CommandTwice]),
        ("clocks", "what happened before stands before", [JournalProblemCode.ClockNotGrown, JournalProblemCode.ClockKnownBefore, JournalProblemCode.ClockAhead, JournalProblemCode.ClockDiffers]),
        ("markets", "every entity, replayed by its market's rules, keeps its promises", [MarketBroken]),
    ];

    /// <summary>Verifies.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="inPart">Checks that this journal does not tell enough for.</param>
    /// <param name="progress">Told how far it is, from 0 to 1.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<Reply> RunAsync(IJournal journal, string[] inPart, Action<double> progress, CancellationToken cancellation)
    {
        var end = (await journal.ReadEndAsync(cancellation)).Seq;
        var events = (double)Math.Max(1, end.Value);
        // Both halves read all of it.
        var report = await JournalVerifier.VerifyAsync(journal, progress: at => progress(at.Value / events / 2), cancellation: cancellation);
        var audit = await MarketAudit.RunAsync(journal, end, progress: at => progress(0.5 + (at.Value / events / 2)), cancellation: cancellation);
        return ToReply(report.Events, report.Epochs, [
            .. report.Problems.Select(problem => (problem.Seq, problem.Code, problem.Sentence)),
            .. audit.Select(problem => (problem.At, MarketBroken, problem.Problem)),
        ], inPart);
    }

    /// <summary>What to answer of a journal that could not be read at all.</summary>
    public static Reply OfDamage(JournalDamagedException damage) => ToReply(0, 0, [(Seq.None, Damaged, damage.Message)], []);

    /// <summary>Shows what was checked, how each check came out, and what is wrong.</summary>
    public static void Show(Screen screen, JsonElement report)
    {
        var found = report.Items("problems").Select(problem => problem.Word("code")).ToList();
        var inPart = report.Items("checkedInPart").Select(check => check.GetString()).ToList();
        var rows = Checks.Select(check => Body.Of(("check", check.Check), ("result", ResultOf(check.Codes, found, inPart.Contains(check.Check))), ("meaning", check.Meaning)));
        screen.Table(rows.Select(row => JsonSerializer.SerializeToElement(row)), "", "check", "result", "meaning");
        if (found.Count > 0) screen.Table(report.Items("problems"), "", "seq", "code", "detail");
        screen.Say($"Events: {report.Word("events")}. Epochs: {report.Word("epochs")}. Problems: {found.Count}.");
    }

    private static string ResultOf(string[] codes, List<string> found, bool inPart)
    {
        var wrong = found.Count(codes.Contains);
        if (wrong > 0) return $"{wrong} wrong";
        if (found.Contains(Damaged)) return "not checked";
        return inPart ? "ok in part" : "ok";
    }

    private static Reply ToReply(long events, int epochs, IReadOnlyList<(Seq At, string Code, string Detail)> problems, string[] inPart)
    {
        var told = new JsonArray([.. problems.Select(problem => Body.Of(("seq", problem.At.Value), ("code", problem.Code), ("detail", problem.Detail)))]);
        return Reply.Of(Body.Of(("events", events), ("epochs", epochs), ("ok", problems.Count == 0), ("problems", told), ("checkedInPart", Body.Words(inPart))).ToJsonString());
    }
}
