using System.Buffers;
using System.Globalization;
using Rialto.Api.Http;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Runtime;

namespace Rialto.Api.Journal;

/// <summary>The journal over HTTP: pages, single events, how two stand to each other, the whole of it verified or exported.</summary>
internal static class JournalEndpoints
{
    private const int ExportPage = 500;
    private static readonly TimeSpan MaxVerifyWait = TimeSpan.FromSeconds(30);
    private static readonly SemaphoreSlim Verifying = new(1);

    private static readonly QueryNote After = new("after", true, "Events after this place; 0 is the beginning.");
    private static readonly QueryNote Category = new("category", false, "Only events of this category, such as auction.");
    private static readonly QueryNote Stream = new("stream", false, "Only events of this stream, such as auction/7.");

    public static void MapJournal(this Routes routes)
    {
        routes.Get("/api/journal", ListAsync)
            .Says("ListEvents", "Events in their order. What is sealed is shown to its owner and the operator only.").Returns<PageShape<JournalItem>>()
            .Asks(After, Category, Stream).Pages();
        routes.GetRaw("/api/journal/stream", JournalStream.ServeAsync)
            .Says("StreamEvents", "Events as they are committed (server-sent events): id is the seq, event the type, data the item. From now on, unless after or the header Last-Event-ID says where to go on.")
            .Returns("text/event-stream").Asks(After, Category, Stream, EventStream.Names).Refuses("behind", "too-many-streams");
        routes.Get("/api/journal/{seq:long}", GetAsync)
            .Says("GetEvent", "One event.").Returns<JournalItem>().Asks(MappedRoute.MinSeq).Refuses("event-not-found");
        routes.Get("/api/journal/compare", CompareAsync)
            .Says("CompareEvents", "Whether an event could have caused another, by their vector clocks and causes.").Returns<Comparison>()
            .Asks(new QueryNote("a", true, "One event's place."), new QueryNote("b", true, "The other's.")).Refuses("event-not-found")
            .Example(null, """{"relation":"before"}""");
        routes.Get("/api/journal/verify", VerifyAsync)
            .Says("VerifyJournal", "Reads the whole journal and checks what it promises: order, hashes, epochs, causes, clocks, and every market's own books.").Returns<Verification>()
            .Refuses("busy").Example(null, """{"events":12,"epochs":1,"ok":true,"problems":[]}""");
        routes.GetRaw("/api/journal/export", ExportAsync)
            .Says("ExportJournal", "The whole journal, one event on each line. The operator only.").Returns("application/x-ndjson").Refuses("operator-only");
    }

    public static Problem? Select(Call call, out Selection selection)
    {
        selection = default;
        if (call.Text("category", out var category) is { } wrongCategory) return wrongCategory;
        if (call.Text("stream", out var text) is { } wrongStream) return wrongStream;
        StreamId? stream = null;
        if (text is not null)
        {
            if (!StreamId.TryParse(text, out var parsed)) return Problems.InvalidParameter("stream", "a stream such as auction/7");
            stream = parsed;
        }
        selection = new Selection(category, stream);
        return null;
    }

    private static async ValueTask<Answer> ListAsync(Call call)
    {
        if (Select(call, out var selection) is { } wrongSelection) return wrongSelection;
        if (call.Number("after", 0, long.MaxValue, out var after) is { } wrongAfter) return wrongAfter;
        if (call.Page(out var limit, out long? cursor) is { } wrongPage) return wrongPage;
        if (await call.WaitAsync() is { } behind) return behind;

        var replica = call.Engine.Replica;
        var applied = replica.Applied;
        var records = await JournalReader.ReadAsync(call.Engine.Journal, selection, new Seq(cursor ?? after ?? 0), limit + 1, call.Http.RequestAborted);
        // What this node has not applied is not shown yet: what may be seen of it is not known here.
        var shown = records.TakeWhile(record => record.Seq <= applied).Take(limit).ToList();
        var next = records.Count > limit && shown.Count == limit ? Cursor.Write(shown[^1].Seq.Value) : null;
        var viewer = call.Viewer;
        return Answer.Page(shown, next, applied, (json, record) => JournalItem.Write(json, new CommittedEvent(record), replica, viewer));
    }

    private static async ValueTask<Answer> GetAsync(Call call)
    {
        if (await call.WaitAsync() is { } behind) return behind;
        var seq = long.Parse(call.Part("seq"), CultureInfo.InvariantCulture);
        if (await FindAsync(call, seq) is not { } record) return NotFound(seq);
        var (replica, viewer) = (call.Engine.Replica, call.Viewer);
        return Answer.Of(json => JournalItem.Write(json, new CommittedEvent(record), replica, viewer), replica.Applied);
    }

    private static async ValueTask<Answer> CompareAsync(Call call)
    {
        if (call.Number("a", 1, long.MaxValue, out var a) is { } wrongA) return wrongA;
        if (call.Number("b", 1, long.MaxValue, out var b) is { } wrongB) return wrongB;
        if (a is null || b is null) return Problems.InvalidParameter(a is null ? "a" : "b", "an event's place");
        if (await FindAsync(call, a.Value) is not { } first) return NotFound(a.Value);
        if (await FindAsync(call, b.Value) is not { } second) return NotFound(b.Value);
        var relation = Relate(first, second);
        return Answer.Of(
            json =>
            {
                json.WriteStartObject();
                json.WriteString("relation"u8, relation);
                json.WriteEndObject();
            },
            call.Engine.Replica.Applied);
    }

    private static string Relate(JournalRecord a, JournalRecord b)
    {
        if (a.Seq == b.Seq) return "same";
        if (b.Causes.Contains(a.Seq)) return "before";
        if (a.Causes.Contains(b.Seq)) return "after";
        return a.Clock.CompareTo(b.Clock) switch
        {
            ClockRelation.Before => "before",
            ClockRelation.After => "after",
            ClockRelation.Equal => a.Seq < b.Seq ? "before" : "after",   // Of one command: in the order in which it told them.
            _ => "concurrent",
        };
    }

    private static async ValueTask<Answer> VerifyAsync(Call call)
    {
        var cancellation = call.Http.RequestAborted;
        if (!await Verifying.WaitAsync(MaxVerifyWait, cancellation)) return Problems.VerifyBusy;
        try
        {
            var journal = call.Engine.Journal;
            var end = (await journal.ReadEndAsync(cancellation)).Seq;
            var report = await JournalVerifier.VerifyAsync(journal, cancellation: cancellation);
            var audit = await MarketAudit.RunAsync(journal, end, cancellation: cancellation);
            VerificationProblem[] problems =
            [
                .. report.Problems.Select(problem => new VerificationProblem(problem.Seq.Value, problem.Code, problem.Sentence)),
                .. audit.Select(problem => new VerificationProblem(problem.At.Value, "market-broken", problem.Problem)),
            ];
            return Show(new Verification(report.Events, report.Epochs, problems.Length == 0, problems), end);
        }
        finally
        {
            Verifying.Release();
        }
    }

    private static Answer Show(Verification found, Seq end) => Answer.Of(
        json =>
        {
            json.WriteStartObject();
            json.WriteNumber("events"u8, found.Events);
            json.WriteNumber("epochs"u8, found.Epochs);
            json.WriteBoolean("ok"u8, found.Ok);
            VerificationProblem.WriteAll(json, found.Problems);
            json.WriteEndObject();
        },
        end);

    private static async Task<Problem?> ExportAsync(Call call)
    {
        if (!call.Viewer.IsOperator) return Problems.OperatorOnly;
        var response = call.Http.Response;
        var (replica, end) = (call.Engine.Replica, call.Engine.Replica.Applied);
        response.ContentType = "application/x-ndjson";
        response.Headers["X-Rialto-Seq"] = end.Value.ToString(CultureInfo.InvariantCulture);
        for (var at = Manners.WantsHeadersOnly(call.Http) ? end : Seq.None; at < end;)
        {
            var page = await call.Engine.Journal.ReadAsync(at, ExportPage, call.Http.RequestAborted);
            foreach (var record in page.TakeWhile(record => record.Seq <= end))
            {
                var buffer = JsonBuffer.Take();
                JournalItem.Write(buffer.Writer, new CommittedEvent(record), replica, call.Viewer);
                response.BodyWriter.Write(buffer.Finish());
                response.BodyWriter.Write("\n"u8);
            }
            at = page[^1].Seq;
            await response.BodyWriter.FlushAsync(call.Http.RequestAborted);
        }
        return null;
    }

    private static async ValueTask<JournalRecord?> FindAsync(Call call, long seq)
    {
        if (seq < 1 || new Seq(seq) > call.Engine.Replica.Applied) return null;
        var found = await call.Engine.Journal.ReadAsync(new Seq(seq - 1), 1, call.Http.RequestAborted);
        return found.Count == 0 ? null : found[0];
    }

    private static Problem NotFound(long seq) => new(404, "event-not-found", string.Create(CultureInfo.InvariantCulture, $"There is no event at {seq}: the journal does not go that far."));
}
