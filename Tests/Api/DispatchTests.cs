using System.Text.Json;
using Rialto.Tests.Support;

namespace Rialto.Tests.Api;

public class DispatchTests(LiveServer server) : IClassFixture<LiveServer>
{
    private Client Caller => server.As("dispatcher");

    [Fact]
    public async Task An_incident_goes_from_its_report_to_its_end_and_its_chain_stands_in_the_journal()
    {
        var region = await OpenAsync(units: 2, beds: 2);
        var reported = await Caller.PostAsync($"{region}/incidents", new { lat = 48.0, lon = 9.0, severity = 1, needs = new[] { "als" }, reporter = "car-7" });
        var incident = reported.Ok(201);
        Assert.Equal(("dispatched", "amb-1", "hos-1"), (incident.Word("status"), incident.Word("unit"), incident.Word("hospital")));
        Assert.Equal($"{region}/incidents/{incident.Word("id")}", reported.Headers["Location"]);
        foreach (var (status, then) in new[] { ("acknowledged", "acknowledged"), ("on-scene", "on-scene"), ("transporting", "transporting"), ("at-hospital", "at-hospital"), ("available", "completed") })
        {
            (await SayAsync(region, "amb-1", status)).Ok(200);
            Assert.Equal(then, (await IncidentAsync(region, incident)).Word("status"));
        }
        Assert.Equal((1, 0, 1), Beds((await Caller.GetAsync($"{region}/hospitals/hos-1")).Ok()));

        var events = (await Caller.SeeAsync($"/api/journal?stream=region/{Name(region)}&limit=1000")).Ok().Items();
        var chain = events.Where(record => record.GetProperty("data").TryGetProperty("incident", out var id) && id.GetString() == incident.Word("id")).ToList();
        Assert.Equal(
            ["incident-reported", "unit-allocated", "hospital-allocated", "workflow-started", "commands-sent", "unit-acknowledged", "unit-arrived", "transport-started", "patient-delivered", "incident-completed"],
            chain.Select(record => record.Word("type")!["region.".Length..]));
        var seqOf = events.ToDictionary(record => record.Number("version"), record => record.Number("seq"));
        foreach (var record in chain.Skip(1))
            Assert.All(record.GetProperty("data").GetProperty("causes").EnumerateArray(), cause => Assert.True(seqOf[cause.GetInt64()] < record.Number("seq")));
        Assert.All(chain.Skip(1), record => Assert.NotEqual(0, record.GetProperty("data").GetProperty("causes").GetArrayLength()));

        var verified = (await Caller.GetAsync($"{region}/verify")).Ok();
        Assert.True(verified.GetProperty("ok").GetBoolean(), verified.ToString());
        Assert.Equal((events.Count, 1), (verified.Number("events"), verified.Number("incidents")));
        Assert.True((await Caller.GetAsync("/api/journal/verify")).Ok().GetProperty("ok").GetBoolean());
    }

    [Fact]
    public Task What_was_just_written_is_verified_with_the_rest_without_saying_how_far() => Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
    {
        var region = await OpenAsync(units: 1, beds: 1);
        for (var i = 1; i <= 20; i++)
        {
            var written = await Caller.PostAsync($"{region}/incidents", new { lat = 48, lon = 9, severity = 1 });
            var verified = await Caller.GetAsync($"{region}/verify");
            Assert.Equal(i, verified.Ok().Number("incidents"));
            Assert.True(verified.Seq >= written.Seq, $"verified up to {verified.Seq} only, not {written.Seq}.");
        }
    }));

    [Fact]
    public async Task Who_does_not_acknowledge_is_replaced_by_the_deadline_alone()
    {
        var region = await OpenAsync(units: 2, beds: 2, acknowledgeSeconds: 1);
        var incident = await ReportAsync(region);
        await server.WaitForAsync($"region/{Name(region)}", "region.unit-released");
        var after = await IncidentAsync(region, incident);
        Assert.Contains("amb-1 did not acknowledge in time.", after.Items("steps").Select(step => step.Word("note")));
        Assert.Equal("off-duty", (await UnitAsync(region, "amb-1")).Word("status"));
        (await SayAsync(region, "amb-1", "acknowledged")).Refused(409, "not-assigned");
    }

    [Fact]
    public async Task A_unit_whose_client_vanishes_is_lost_and_its_heartbeat_brings_it_back()
    {
        var region = await OpenAsync(units: 1, beds: 1, heartbeatSeconds: 1);
        await server.WaitForAsync($"region/{Name(region)}", "region.unit-lost");
        Assert.True((await UnitAsync(region, "amb-1")).GetProperty("lost").GetBoolean());
        var incident = await ReportAsync(region);
        Assert.Equal(("queued", "No unit can go: of 1 that could, 1 not heard from."), (incident.Word("status"), incident.Word("reason")));
        var back = (await Caller.PostAsync($"{region}/units/amb-1/heartbeat")).Ok(200);
        Assert.Equal(incident.Word("id"), back.Word("incident"));
    }

    [Fact]
    public async Task Who_waits_is_shown_in_order_and_the_lists_page_through_all()
    {
        var region = await OpenAsync(units: 1, beds: 1);
        var first = await ReportAsync(region);
        var ids = new List<string> { first.Word("id")! };
        foreach (var severity in new[] { 3, 1, 2, 1 }) ids.Add((await ReportAsync(region, severity)).Word("id")!);
        var view = (await Caller.GetAsync(region)).Ok();
        Assert.Equal([ids[2], ids[4], ids[3], ids[1]], view.Items("queue").Select(waiting => waiting.Word("id")));
        Assert.Equal((1, 0, 5, 4), (view.Number("unitCount"), view.Number("idleUnits"), view.Number("activeIncidents"), view.Number("queuedIncidents")));
        var seq = view.Number("seq");
        var listed = await Caller.GetAllAsync($"{region}/incidents?minSeq={seq}", 2);
        Assert.Equal(Enumerable.Reverse(ids), listed.Select(one => one.Word("id")));
        Assert.Equal(4, (await Caller.GetAllAsync($"{region}/incidents?status=queued&minSeq={seq}", 3)).Count);
        Assert.Empty(await Caller.GetAllAsync($"{region}/incidents?status=completed&minSeq={seq}", 3));
        Assert.Contains(await Caller.GetAllAsync($"/api/dispatch?minSeq={seq}", 2), one => one.Word("region") == Name(region) && one.Number("queuedIncidents") == 4);
        var then = (await Caller.GetAsync($"{region}/incidents/{ids[1]}?at={seq}")).Ok();
        Assert.Equal("queued", then.Word("status"));
    }

    [Fact]
    public async Task Units_and_hospitals_are_paged_and_seen_as_they_were()
    {
        var region = await OpenAsync(units: 5, beds: 1);
        Assert.Equal(["amb-1", "amb-2", "amb-3", "amb-4", "amb-5"], (await Caller.GetAllAsync($"{region}/units", 2)).Select(unit => unit.Word("unit")));
        Assert.Single(await Caller.GetAllAsync($"{region}/hospitals", 1));
        var before = (await Caller.GetAsync(region)).Ok().Number("seq");
        var moved = (await Caller.PostAsync($"{region}/units/amb-1/position", new { lat = 1.23456789, lon = -2 })).Ok(200);
        Assert.Equal((1.234568m, -2m), (moved.Amount("lat"), moved.Amount("lon")));
        Assert.Equal(48.001m, (await Caller.GetAsync($"{region}/units/amb-1?at={before}")).Ok().Amount("lat"));
    }

    [Fact]
    public async Task What_was_finished_long_ago_can_still_be_looked_up()
    {
        var region = await OpenAsync(units: 1, beds: 1);
        var first = await ReportAsync(region);
        for (var i = 0; i <= 201; i++)
        {
            if (i > 0) await ReportAsync(region);
            foreach (var status in new[] { "acknowledged", "on-scene", "available" }) (await SayAsync(region, "amb-1", status)).Ok();
        }
        var found = await IncidentAsync(region, first);
        Assert.Equal(("completed", "amb-1", first.Word("reporter"), Name(region)), (found.Word("status"), found.Word("unit"), found.Word("reporter"), found.Word("region")));
        // Only its steps are the journal's alone.
        Assert.Equal(first.EnumerateObject().Select(field => field.Name), found.EnumerateObject().Select(field => field.Name));
        Assert.Empty(found.Items("steps"));
        Assert.True((await Caller.GetAsync($"{region}/verify")).Ok().GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task The_same_report_twice_is_one_incident()
    {
        var region = await OpenAsync(units: 2, beds: 2);
        var body = new { lat = 48.0, lon = 9.0, severity = 1 };
        var key = Unique.Name("key");
        var first = await Caller.PostAsync($"{region}/incidents", body, key);
        var again = await Caller.PostAsync($"{region}/incidents", body, key);
        Assert.Equal((first.Ok(201).Word("id"), true), (again.Ok(201).Word("id"), again.IsReplayed));
        (await Caller.PostAsync($"{region}/incidents", new { lat = 48.0, lon = 9.0, severity = 2 }, key)).Refused(422, "idempotency-key-reused");
        Assert.Single(await Caller.GetAllAsync($"{region}/incidents?minSeq={first.Seq}", 5));
    }

    [Fact]
    public async Task A_client_is_told_the_node_that_has_least_to_do()
    {
        var region = await OpenAsync(units: 1, beds: 1);
        var told = (await Caller.GetAsync($"{region}/node")).Ok(200);
        var nodes = (await Caller.GetAsync("/api/cluster")).Ok().Items("nodes");
        var node = nodes.Single(one => one.Number("rank") == told.Number("node"));
        Assert.Equal("alive", node.Word("state"));
        Assert.Contains(told.Number("leader"), nodes.Select(one => one.Number("rank")));
    }

    public static TheoryData<string, string, string?, int, string> Refusals => new()
    {
        { "GET", "/api/dispatch/none", null, 404, "region-not-found" },
        { "GET", "/api/dispatch/not a name", null, 404, "region-not-found" },
        { "GET", "/api/dispatch/not a name/node", null, 404, "region-not-found" },
        { "GET", "/api/dispatch/none/verify", null, 404, "region-not-found" },
        { "GET", "/api/dispatch/none/incidents", null, 404, "region-not-found" },
        { "POST", "/api/dispatch/none/incidents", """{"lat":1,"lon":1,"severity":1}""", 404, "region-not-found" },
        { "GET", "{region}?at=1000000000", null, 422, "beyond-end" },
        { "GET", "{region}/incidents?status=lost", null, 400, "invalid-parameter" },
        { "GET", "{region}/incidents?at=1", null, 400, "invalid-parameter" },
        { "GET", "{region}/incidents?cursor=x", null, 400, "invalid-cursor" },
        { "GET", "{region}/units?limit=0", null, 400, "invalid-parameter" },
        { "GET", "{region}/units/none", null, 404, "unit-not-found" },
        { "GET", "{region}/hospitals/none", null, 404, "hospital-not-found" },
        { "GET", "{region}/incidents/none", null, 404, "incident-not-found" },
        { "POST", "{region}/units", """{"unit":"amb-9","lat":90.0000006,"lon":0}""", 422, "out-of-range" },
        { "POST", "{region}/units", """{"unit":"amb-9","lat":0,"lon":-1e300}""", 422, "out-of-range" },
        { "POST", "{region}/units", """{"unit":"amb-9","lat":"0","lon":0}""", 400, "wrong-type" },
        { "POST", "{region}/units", """{"unit":"amb-9","lat":0}""", 400, "missing-field" },
        { "POST", "{region}/units", """{"unit":"amb-9","lat":0,"lon":0,"skills":"als"}""", 400, "wrong-type" },
        { "POST", "{region}/units", """{"unit":"amb-9","lat":0,"lon":0,"skills":["als",7]}""", 400, "wrong-type" },
        { "POST", "{region}/units", """{"unit":"amb-9","lat":0,"lon":0,"skills":[null]}""", 400, "wrong-type" },
        { "POST", "{region}/units", """{"unit":"amb-9","lat":0,"lon":0,"skills":["a b"]}""", 422, "invalid-name" },
        { "POST", "{region}/units", """{"unit":"not a name","lat":0,"lon":0}""", 422, "invalid-name" },
        { "POST", "{region}/units", """{"unit":"amb-9","kind":"balloon","lat":0,"lon":0}""", 422, "unknown-kind" },
        { "POST", "{region}/units/none/status", """{"status":"available"}""", 404, "unit-not-found" },
        { "POST", "{region}/units/amb-1/status", """{"status":"asleep"}""", 400, "wrong-type" },
        { "POST", "{region}/units/amb-1/status", """{"status":"on-scene"}""", 409, "illegal-move" },
        { "POST", "{region}/units/amb-1/status", """{"status":"acknowledged","incident":"other"}""", 409, "wrong-incident" },
        { "POST", "{region}/units/amb-2/status", """{"status":"on-scene"}""", 409, "not-assigned" },
        { "POST", "{region}/units/none/position", """{"lat":0,"lon":0}""", 404, "unit-not-found" },
        { "POST", "{region}/units/none/heartbeat", "{}", 404, "unit-not-found" },
        { "POST", "{region}/hospitals", """{"hospital":"hos-9","lat":0,"lon":0,"beds":-1}""", 422, "out-of-range" },
        { "POST", "{region}/hospitals", """{"hospital":"hos-9","lat":0,"lon":0,"beds":1.5}""", 400, "wrong-type" },
        { "POST", "{region}/hospitals/none/beds", """{"free":1}""", 404, "hospital-not-found" },
        { "POST", "{region}/hospitals/hos-1/beds", "{}", 422, "nothing-to-change" },
        { "POST", "{region}/hospitals/hos-1/beds", """{"free":99}""", 422, "out-of-range" },
        { "POST", "{region}/incidents", """{"lat":0,"lon":0,"severity":0}""", 422, "out-of-range" },
        { "POST", "{region}/incidents", """{"lat":0,"lon":0,"severity":1,"reporter":"a b"}""", 422, "invalid-name" },
        { "POST", "{region}/incidents/none/cancel", "{}", 404, "incident-not-found" },
        { "POST", "{region}/incidents/{incident}/cancel", "{}", 403, "not-reporter" },
        { "POST", "{region}/terms", """{"acknowledgeSeconds":0}""", 422, "out-of-range" },
    };

    [Theory, MemberData(nameof(Refusals))]
    public async Task A_no_is_a_problem_document_with_a_code_and_writes_nothing(string method, string path, string? body, int status, string code)
    {
        var region = await OpenAsync(units: 2, beds: 1);
        var incident = (await ReportAsync(region)).Word("id");
        var before = await ShownAsync(region);
        path = path.Replace("{region}", region, StringComparison.Ordinal).Replace("{incident}", incident, StringComparison.Ordinal);
        (await server.As("ann").SendAsync(new HttpMethod(method), path, body is null ? null : Client.Json(body))).Refused(status, code);
        Assert.Equal(before, await ShownAsync(region));
    }

    [Fact]
    public async Task The_description_lists_every_route_of_dispatch()
    {
        var paths = (await server.As(null).GetAsync("/openapi/v1.json")).Ok(200).GetProperty("paths");
        foreach (var route in new[]
        {
            "post /units", "post /hospitals", "post /incidents", "post /units/{unit}/status", "post /units/{unit}/position", "post /units/{unit}/heartbeat",
            "post /hospitals/{hospital}/beds", "get ", "get /incidents/{id}", "get /verify",
        })
            Assert.True(paths.GetProperty("/api/dispatch/{region}" + route.Split(' ')[1]).TryGetProperty(route.Split(' ')[0], out _), route);
    }

    [Fact]
    public async Task The_server_is_killed_and_everything_is_there_after_the_restart()
    {
        await using var own = await RialtoProcess.StartAsync("--sample", "false");
        var caller = own.As("dispatcher");
        var region = "/api/dispatch/town";
        (await caller.PostAsync($"{region}/terms", new { acknowledgeSeconds = 2, heartbeatSeconds = 0, positionSeconds = 0 })).Ok();
        foreach (var unit in new[] { "amb-1", "amb-2" }) (await caller.PostAsync($"{region}/units", new { unit, lat = 48.0, lon = 9.0, skills = new[] { "als" } })).Ok(201);
        (await caller.PostAsync($"{region}/hospitals", new { hospital = "hos-1", lat = 48.0, lon = 9.0, beds = 2 })).Ok(201);
        var going = (await caller.PostAsync($"{region}/incidents", new { lat = 48.0, lon = 9.0, severity = 1 })).Ok(201).Word("id");
        (await caller.PostAsync($"{region}/units/amb-1/status", new { status = "acknowledged" })).Ok();
        var sent = (await caller.PostAsync($"{region}/incidents", new { lat = 48.0, lon = 9.0, severity = 1 })).Ok(201).Word("id");
        var waiting = (await caller.PostAsync($"{region}/incidents", new { lat = 48.0, lon = 9.0, severity = 2 })).Ok(201).Word("id");
        own.KillHard();
        await own.RestartAsync();
        // The deadline that was running is met by the next process.
        await using (var feed = await own.As(null).ListenAsync("?after=0&stream=region/town")) await feed.ReadUntilAsync("region.unit-released");
        var after = (await caller.GetAsync(region)).Ok();
        Assert.Equal([sent, waiting], after.Items("queue").Select(one => one.Word("id")));
        Assert.Equal("acknowledged", (await caller.GetAsync($"{region}/incidents/{going}")).Ok().Word("status"));
        (await caller.PostAsync($"{region}/units/amb-2/status", new { status = "available" })).Ok();
        Assert.Equal("amb-2", (await caller.GetAsync($"{region}/incidents/{sent}")).Ok().Word("unit"));
        Assert.True((await caller.GetAsync($"{region}/verify")).Ok().GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task The_sample_has_a_region_whose_units_wait_for_the_first_crash()
    {
        await using var own = await RialtoProcess.StartAsync();
        var view = (await own.As(null).GetAsync("/api/dispatch/stuttgart")).Ok();
        Assert.Equal((8, 8, 4), (view.Number("unitCount"), view.Number("idleUnits"), view.Number("hospitalCount")));
        var crash = (await own.As("ann").PostAsync("/api/dispatch/stuttgart/incidents", new { lat = 48.80, lon = 9.18, severity = 1, needs = new[] { "neonatal" } })).Ok(201);
        Assert.Equal(("amb-5", "robert-bosch"), (crash.Word("unit"), crash.Word("hospital")));
    }

    private async Task<string> OpenAsync(int units, int beds, int acknowledgeSeconds = 3600, int heartbeatSeconds = 0)
    {
        var region = $"/api/dispatch/{Unique.Name("region")}";
        (await Caller.PostAsync($"{region}/terms", new { acknowledgeSeconds, heartbeatSeconds, positionSeconds = 0 })).Ok(200);
        for (var i = 1; i <= units; i++) (await Caller.PostAsync($"{region}/units", new { unit = $"amb-{i}", kind = "ambulance", lat = 48 + (i / 1000m), lon = 9, skills = new[] { "als" } })).Ok(201);
        (await Caller.PostAsync($"{region}/hospitals", new { hospital = "hos-1", lat = 48.1, lon = 9, beds })).Ok(201);
        return region;
    }

    private static string Name(string region) => region["/api/dispatch/".Length..];

    private async Task<JsonElement> ReportAsync(string region, int severity = 1) =>
        (await Caller.PostAsync($"{region}/incidents", new { lat = 48, lon = 9, severity, reporter = "car-7" })).Ok(201);

    private Task<Answer> SayAsync(string region, string unit, string status) => server.As(unit).PostAsync($"{region}/units/{unit}/status", new { status });

    private async Task<JsonElement> IncidentAsync(string region, JsonElement incident) => (await Caller.GetAsync($"{region}/incidents/{incident.Word("id")}")).Ok();

    private async Task<JsonElement> UnitAsync(string region, string unit) => (await Caller.GetAsync($"{region}/units/{unit}")).Ok();

    /// <summary>What the region shows, and how many events it has.</summary>
    private async Task<string> ShownAsync(string region) => (await Caller.GetAsync($"{region}/verify")).Ok().Number("events") + (await Caller.GetAsync(region)).Text;

    private static (long, long, long) Beds(JsonElement hospital) => (hospital.Number("free"), hospital.Number("reserved"), hospital.Number("available"));
}
