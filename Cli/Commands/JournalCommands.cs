using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rialto.Cli.Offline;
using Rialto.Journal;
using Rialto.Journal.Files;

namespace Rialto.Cli.Commands;

/// <summary>The journal: followed live, exported, and, without a server as well, verified and replayed.</summary>
internal static class JournalCommands
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Option<long?> After = new("--after") { Description = "Begin after this place; 0 is the beginning. From now on without it.", HelpName = "seq" };
    private static readonly Option<string?> Category = new("--category") { Description = "Only events of this category, such as auction.", HelpName = "word" };
    private static readonly Option<string?> Stream = new("--stream") { Description = "Only events of this stream, such as ledger/kWh.", HelpName = "stream" };
    private static readonly Option<int?> Count = new("--count") { Description = "End after so many events.", HelpName = "n" };
    private static readonly Argument<string?> File = new("file") { Description = "Where to write it; the output without one.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> Data = new("--data") { Description = "Read a server's data folder instead of asking a server. Nothing in it is changed.", HelpName = "folder" };
    private static readonly Option<string?> Export = new("--export") { Description = "Read an exported file instead of asking a server.", HelpName = "file" };
    private static readonly Argument<string> Entity = new("entity") { Description = "The entity's stream, such as auction/5yd0tzrxxv97 or ledger/USD." };
    private static readonly Option<long?> To = new("--to") { Description = "As it was at this place; as it is now without it.", HelpName = "seq" };

    private static readonly Option<string> DataToCopy = new("--data") { Description = "The server's data folder. Nothing in it is changed, and the server may run.", HelpName = "folder", Required = true };
    private static readonly Option<string> BackupFolder = new("--to") { Description = "A new folder, which can be a server's data folder afterwards.", HelpName = "folder", Required = true };

    public static Command Create() => new Verb("journal", "The journal: every change, in one order.")
    {
        new Verb("tail", "Follow events as they are committed, without a gap, also when the server starts anew.", "rialto journal tail", "rialto journal tail --after 0 --category auction --count 10", "rialto journal tail --json | jq .type")
            { After, Category, Stream, Count }.Does(TailAsync),
        new Verb("export", "The whole journal, one event on each line. What is sealed is in it: it is the operator's.", "rialto journal export market.ndjson", "rialto journal export | gzip > market.ndjson.gz") { File }.Does(ExportAsync),
        new Verb("backup", "Copy the journal of a data folder, also while its server runs, and verify the copy.", "rialto journal backup --data ./data --to ./backup") { DataToCopy, BackupFolder }.Does(BackupAsync),
        new Verb("verify", "Check all that a journal promises: a server's, or without a server a data folder's or an export's.", "rialto journal verify", "rialto journal verify --data ./data", "rialto journal verify --export market.ndjson")
            { Data, Export }.Does(VerifyAsync),
        new Verb("replay", "An entity's state at a place of the journal.", "rialto journal replay auction/5yd0tzrxxv97 --to 125", "rialto journal replay ledger/USD --data ./data --to 40") { Entity, To, Data, Export }.Does(ReplayAsync),
    };

    private static async Task TailAsync(Run run)
    {
        var left = run.Get(Count) ?? int.MaxValue;
        if (left <= 0) return;
        await foreach (var happened in run.Market.FollowAsync(Route.To($"/api/journal/stream", ("category", run.Get(Category)), ("stream", run.Get(Stream))), run.Get(After), run.Ending))
        {
            var item = happened.Item;
            if (run.IsJson) run.Terminal.Output.WriteLine(happened.Text);
            else run.Screen.SayInOneLine($"{item.Word("seq"),6}  {item.Word("at")}  {item.Word("stream")}  {item.Word("type")}  {item.Word("data")}".TrimEnd());
            if (--left == 0) return;
        }
    }

    private static async Task ExportAsync(Run run)
    {
        run.Market.OrAs(Market.Operator);
        using var response = await run.Market.OpenAsync("/api/journal/export", "application/x-ndjson", null, run.Ending);
        var end = long.Parse(response.Headers.GetValues("X-Rialto-Seq").First(), CultureInfo.InvariantCulture);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(run.Ending));
        await OutputFile.WriteAsync(run.Terminal, run.Get(File), output => run.Screen.ProgressAsync("Exporting", progress => CopyAsync(lines, output, end, progress, run.Ending)));
        if (run.Get(File) is { } path) run.Screen.Note($"{end} events are in {path}.");
    }

    private static async Task<long> CopyAsync(StreamReader from, TextWriter to, long end, Action<double> progress, CancellationToken ending)
    {
        try
        {
            var copied = 0L;
            for (; copied < end && await from.ReadLineAsync(ending) is { } line; copied++)
            {
                await to.WriteLineAsync(line);
                if (copied % 1_000 == 0) progress((double)copied / end);
            }
            return copied == end ? copied : throw new HttpIOException(HttpRequestError.ResponseEnded);
        }
        catch (HttpIOException)
        {
            throw new Failure(ExitCode.Unavailable, "The connection was lost before the end of the journal. Export it again.");
        }
    }

    private static async Task VerifyAsync(Run run)
    {
        Reply report;
        try
        {
            await using var journal = await OpenAsync(run);
            report = await run.Screen.ProgressAsync(
                "Verifying", progress => journal is null ? run.GetAsync($"/api/journal/verify") : Verification.RunAsync(journal, journal is ExportedJournal ? ExportedJournal.CheckedInPart : [], progress, run.Ending));
        }
        catch (JournalDamagedException damage)
        {
            report = Verification.OfDamage(damage);
        }
        run.Show(report, Verification.Show);
        if (run.Get(Export) is not null) run.Screen.Note("An export does not tell who claimed an epoch, nor whether the journal went on after its last line: a data folder does.");
        if (!report.Json.Is("ok")) throw new Failure(ExitCode.ProblemsFound, "This journal is not whole.");
    }

    private static async Task BackupAsync(Run run)
    {
        try
        {
            var to = Path.Combine(run.Get(BackupFolder)!, "journal");
            var last = await run.Screen.ProgressAsync("Copying", _ => Task.Run(() => JournalBackup.Make(JournalFolder(run.Get(DataToCopy)!), to), run.Ending));
            await using var copy = FileJournal.OpenToRead(to);
            var report = await run.Screen.ProgressAsync("Verifying", progress => Verification.RunAsync(copy, [], progress, run.Ending));
            run.Show(report, Verification.Show);
            if (!report.Json.Is("ok")) throw new Failure(ExitCode.ProblemsFound, "This journal is not whole.");
            run.Screen.Note($"{last} events are in {to}.");
        }
        catch (JournalDamagedException damage)
        {
            throw new Failure(ExitCode.ProblemsFound, damage.Message);
        }
        catch (JournalException e)
        {
            throw new Failure(ExitCode.BadUsage, e.Message);
        }
    }

    private static async Task ReplayAsync(Run run)
    {
        if (!StreamId.TryParse(run.Get(Entity), out var entity)) throw new Failure(ExitCode.BadUsage, $"'{run.Get(Entity)}' is no stream: write one such as auction/5yd0tzrxxv97.");
        try
        {
            await using var journal = await OpenAsync(run);
            var state = journal is null
                ? await run.Market.GetAsync(RouteOf(entity, run.Get(To)), run.Ending)
                : await Replay.RunAsync(journal, entity, run.Get(To) is { } to ? new Seq(to) : null, run.Ending);
            run.Show(state, static (screen, json) => screen.Say(JsonSerializer.Serialize(json, Indented)));
        }
        catch (JournalDamagedException damage)
        {
            throw new Failure(ExitCode.ProblemsFound, damage.Message);
        }
    }

    /// <summary>Where a server shows an entity.</summary>
    private static string RouteOf(StreamId entity, long? at) => (entity.Category, entity.Key.Split('/')) switch
    {
        ("auction", [var id]) => Route.To($"/api/auctions/{id}", ("at", at)),
        ("ledger", [var asset]) => Route.To($"/api/ledgers/{asset}", ("at", at), ("limit", 1000)),
        ("region", [var region]) => Route.To($"/api/dispatch/{region}", ("at", at)),
        ("stock", [var name]) => Route.To($"/api/stocks/{name}", ("at", at)),
        ("book", [var symbol]) => Route.To($"/api/books/{symbol}", ("at", at), ("depth", 1000)),
        ("shelf", [var country, var city, var make, var model]) => Route.To($"/api/listings/shelves/{country}/{city}/{make}/{model}", ("at", at)),
        ("watch", [var id]) => Route.To($"/api/listings/watches/{id}", ("at", at)),
        _ => throw new Failure(ExitCode.BadUsage, $"No market has an entity '{entity}'."),
    };

    /// <summary>The journal that was named, or null for the server's.</summary>
    private static async Task<IJournal?> OpenAsync(Run run)
    {
        var (data, export) = (run.Get(Data), run.Get(Export));
        if (data is not null && export is not null) throw new Failure(ExitCode.BadUsage, "Name one journal: --data, or --export.");
        try
        {
            if (export is not null) return await run.Screen.ProgressAsync("Reading", progress => ExportedJournal.OpenAsync(export, progress, run.Ending));
            return data is null ? null : await run.Screen.ProgressAsync("Reading", _ => Task.Run(() => OpenFolder(run, data), run.Ending));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or (JournalException and not JournalDamagedException))
        {
            throw new Failure(ExitCode.BadUsage, e.Message);
        }
    }

    /// <summary>A server keeps its journal in a folder of its data folder; either may be named.</summary>
    private static string JournalFolder(string folder)
    {
        var inside = Path.Combine(folder, "journal");
        if (Directory.Exists(inside)) return inside;
        return Directory.Exists(Path.Combine(folder, "postgres")) ? throw new Failure(ExitCode.BadUsage, $"{folder} keeps its journal in PostgreSQL: ask its server, without --data.") : folder;
    }

    private static IJournal OpenFolder(Run run, string folder)
    {
        folder = JournalFolder(folder);
        var writer = FileJournal.WriterOf(folder);
        var journal = FileJournal.OpenToRead(folder);
        if (writer is not null) run.Screen.Note($"Process {writer} seems to be writing here; what it had written by now is looked at.");
        else if (journal.TornBytes > 0) run.Screen.Note($"The last write was torn: {journal.TornBytes} bytes at the end are left aside, and the server cuts them off when it starts. {TornWrite.Meaning(journal.MarkedSeq)}");
        return journal;
    }
}
