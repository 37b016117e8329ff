using System.CommandLine;
using System.Text.Json;
using Rialto.Cli.Dispatch;
using Rialto.Markets.Dispatch;

namespace Rialto.Cli.Commands;

/// <summary>
/// Dispatch: the mobility system's clients (car, ambulance, hospital), which live for as long as they run, and single questions and reports.
/// </summary>
internal static class DispatchCommands
{
    /// <summary>Where nothing is said: the middle of the sample's region.</summary>
    private static readonly Position Middle = new(48_775_846, 9_182_932);

    private static readonly Option<string> Region = new("--region") { Description = "The region.", HelpName = "name", DefaultValueFactory = _ => "stuttgart", Recursive = true };
    private static readonly Argument<string> Name = new("name") { Description = "What it is called." };
    private static readonly Argument<string> Incident = new("incident") { Description = "The incident's id." };
    private static readonly Option<Position?> At = Values.Place("--at", $"Where it is; {Middle.Words()} if nothing is said.");
    private static readonly Option<bool> Once = new("--once") { Description = "End when one incident is over." };
    private static readonly Option<int> Severity = new("--severity") { Description = "1 (most severe) to 5.", HelpName = "n", DefaultValueFactory = _ => 2 };
    private static readonly Option<string[]?> Needs = new("--needs") { Description = "What the unit must be able to do, such as als.", HelpName = "skill" };
    private static readonly Option<string?> Reporter = new("--reporter") { Description = "Who or what saw it; the actor if nothing is said.", HelpName = "name" };
    private static readonly Option<string[]?> Skills = new("--skills") { Description = "What it can do, such as als.", HelpName = "skill" };
    private static readonly Option<int> Beds = new("--beds") { Description = "How many beds it has.", HelpName = "n", DefaultValueFactory = _ => 4 };
    private static readonly Option<TimeSpan?> CrashAfter = Values.Time("--crash-after", "When it crashes; 3s if nothing is said.");
    private static readonly Option<TimeSpan?> Heartbeat = Values.Time("--heartbeat", "How often it gives a sign of life; 5s if nothing is said.");
    private static readonly Option<TimeSpan?> Stay = Values.Time("--stay", "How long a patient stays; 30s if nothing is said.");
    private static readonly Option<int> SpeedUp = Values.Whole("--speed-up", "How many times faster than in life it drives and works; 1 is as in life.", 1, 1_000_000, 60);
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why.", HelpName = "text" };
    private static readonly Option<string?> Status = new Option<string?>("--status") { Description = "Only those that are so far.", HelpName = "status" }
        .AcceptOnlyFromAmong("queued", "dispatched", "acknowledged", "on-scene", "transporting", "at-hospital", "completed", "cancelled");

    public static Command Create() => new Verb("dispatch", "Dispatch: cars, ambulances and hospitals, and incidents from report to hospital.")
    {
        Region,
        new Verb("car", "A car that drives about, crashes, calls for help, and follows what is done. Ctrl-C ends it.", "rialto dispatch car car-7", "rialto dispatch car car-7 --crash-after 3s --at 48.78,9.17 --severity 1 --needs als --once")
            { Name, At, CrashAfter, Severity, Needs, Once, SpeedUp, Watching.For }.Does(DriveAsync),
        new Verb("ambulance", "An ambulance: registers, gives signs of life, acknowledges what it is sent to, drives there and to the hospital. Ctrl-C takes it off duty.",
            "rialto dispatch ambulance amb-9 --at 48.77,9.16 --skills als", "rialto dispatch ambulance amb-9 --speed-up 1000 --once")
            { Name, At, Skills, Heartbeat, Once, SpeedUp, Watching.For }.Does(ServeAsync),
        new Verb("hospital", "A hospital: registers, reports its beds, and receives patients. Ctrl-C closes it.", "rialto dispatch hospital hos-9 --at 48.79,9.19 --beds 4", "rialto dispatch hospital hos-9 --stay 10s --for 5m")
            { Name, At, Beds, Stay, Once, Watching.For }.Does(ReceiveAsync),
        new Verb("regions", "Regions, by name.", "rialto dispatch regions") { Globals.Limit }.Does(async run => run.ShowList(
            await run.GetAsync($"/api/dispatch", ("limit", run.Get(Globals.Limit))), "No regions.", "region", "units", "hospitals", "active:activeIncidents", "queued:queuedIncidents")),
        new Verb("status", "A region at a glance: its units, its hospitals, and who waits.", "rialto dispatch status", "rialto dispatch status --region stuttgart --json").Does(async run => run.Show(await run.GetAsync($"/api/dispatch/{run.Get(Region)}"), ShowRegion)),
        new Verb("incidents", "Incidents, newest first.", "rialto dispatch incidents --status queued") { Status, Globals.Limit }.Does(ListAsync),
        new Verb("show", "One incident with every step: what was decided, and what it follows from.", "rialto dispatch show 01k3v8n2q7xw") { Incident }.Does(async run => run.Show(await run.GetAsync($"/api/dispatch/{run.Get(Region)}/incidents/{run.Get(Incident)}"), ShowIncident)),
        new Verb("report", "Report an incident. A unit is sent at once, or the answer says why not.", "rialto dispatch report --at 48.78,9.17 --severity 1 --needs als --as car-7") { At, Severity, Needs, Reporter }.Writes(ReportAsync),
        new Verb("cancel", "It was a false alarm. The reporter and the operator only.", "rialto dispatch cancel 01k3v8n2q7xw --reason \"Only a bang.\" --as car-7") { Incident, Reason }.Writes(async run => run.Show(
            await run.PostAsync($"/api/dispatch/{run.Get(Region)}/incidents/{run.Get(Incident)}/cancel", run.Field(Reason)), ShowIncident)),
        new Verb("verify", "Check that every step of every incident follows from what came before it, that nothing was given twice, and nobody forgotten.", "rialto dispatch verify").Does(VerifyAsync),
    };

    private static Task DriveAsync(Run run) =>
        new Car(new Client(run, run.Get(Region)!, run.Get(Name)), run.Get(At) ?? Middle, run.Get(CrashAfter) ?? TimeSpan.FromSeconds(3), run.Get(Severity), run.Get(Needs) ?? [], run.Get(SpeedUp)).RunAsync(run.Get(Once));

    private static Task ServeAsync(Run run) =>
        new Ambulance(new Client(run, run.Get(Region)!, run.Get(Name)), run.Get(At) ?? Middle, run.Get(Skills) ?? [], run.Get(Heartbeat) ?? TimeSpan.FromSeconds(5), run.Get(SpeedUp)).RunAsync(run.Get(Once));

    private static Task ReceiveAsync(Run run) =>
        new Hospital(new Client(run, run.Get(Region)!, run.Get(Name)), run.Get(At) ?? Middle, run.Get(Beds), run.Get(Stay) ?? TimeSpan.FromSeconds(30)).RunAsync(run.Get(Once));

    private static async Task ListAsync(Run run) => run.ShowList(
        await run.GetAsync($"/api/dispatch/{run.Get(Region)}/incidents", ("status", run.Get(Status)), ("limit", run.Get(Globals.Limit))),
        "No incidents.", "id", "status", "severity", "lat", "lon", "reporter", "unit", "hospital", "reportedAt", "closedAt", "reason");

    private static async Task ReportAsync(Run run)
    {
        var at = run.Get(At) ?? Middle;
        run.Show(
            await run.PostAsync($"/api/dispatch/{run.Get(Region)}/incidents", ("lat", at.Lat()), ("lon", at.Lon()), ("severity", run.Get(Severity)), run.Field(Needs), run.Field(Reporter)), ShowIncident);
    }

    private static async Task VerifyAsync(Run run)
    {
        var report = await run.GetAsync($"/api/dispatch/{run.Get(Region)}/verify");
        run.Show(report, static (screen, json) =>
        {
            screen.Facts(json, "region", "events", "incidents", "causes", "ok");
            if (json.Items("problems").Any()) screen.Table(json.Items("problems"), "", "seq", "code", "detail");
        });
        if (!report.Json.Is("ok")) throw new Failure(ExitCode.ProblemsFound, "This region's chains are not whole.");
    }

    private static void ShowRegion(Screen screen, JsonElement region)
    {
        screen.Facts(region, "region", "acknowledgeSeconds", "heartbeatSeconds", "positionSeconds", "active:activeIncidents", "queued:queuedIncidents", "awaitingBeds", "reported:reportedIncidents", "finished:finishedIncidents", "seq");
        screen.Table(region.Items("units"), "No units.", "unit", "status", "lost", "incident", "hospital", "lat", "lon", "skills");
        screen.Table(region.Items("hospitals"), "No hospitals.", "hospital", "open", "beds", "free", "reserved", "available", "lat", "lon");
        if (region.Items("queue").Any()) screen.Table(region.Items("queue"), "", "waiting:id", "severity", "reporter", "reason");
    }

    private static void ShowIncident(Screen screen, JsonElement incident)
    {
        screen.Facts(incident, "id", "status", "severity", "lat", "lon", "needs", "reporter", "reportedAt", "unit", "hospital", "acknowledgeBy", "reason", "closedAt", "seq");
        if (incident.Items("steps").Any()) screen.Table(incident.Items("steps"), "", "version", "type", "follows from:causes", "note");
    }
}
