using Rialto.Api.Http;
using Rialto.Api.Journal;
using Rialto.Journal;
using Rialto.Markets;
using Rialto.Markets.Dispatch;

namespace Rialto.Api.Dispatch;

/// <summary>Dispatch over HTTP: units and hospitals come and report, incidents are reported and followed, and a region's chains are checked.</summary>
internal static class DispatchEndpoints
{
    private const int ReadPage = 1_000;

    public static void MapDispatch(this Routes routes)
    {
        MapRegions(routes);
        MapUnits(routes);
        MapHospitals(routes);
        MapIncidents(routes);
    }

    private static void MapRegions(Routes routes)
    {
        routes.Get("/api/dispatch", ListAsync)
            .Says("ListRegions", "Regions, by name.").Returns<PageShape<RegionListItem>>().Pages();
        routes.Get("/api/dispatch/{region}", call => AskAsync(call, _ => new GetRegion()))
            .Says("GetRegion", "A region at a glance: its terms, the first of its units and hospitals, and who waits.").Returns<RegionView>()
            .Asks(MappedRoute.MinSeq, MappedRoute.At).Refuses("region-not-found", "beyond-end");
        routes.Post("/api/dispatch/{region}/terms", DispatchBodies.Default.TermsBody, TermsAsync)
            .Says("ConfigureRegion", "Open a region, or change how it deals with units that do not answer: seconds to acknowledge, seconds of silence (0: any), age of a position in seconds (0: any).")
            .Returns<RegionView>().Refuses("invalid-name", "out-of-range").Example("""{"acknowledgeSeconds":30,"heartbeatSeconds":15,"positionSeconds":300}""");
        routes.Get("/api/dispatch/{region}/node", NodeAsync)
            .Says("GetNode", "The node that a client of this region should talk to: of those that are alive, the one that has least to do. Ask again when it is gone.").Returns<ClientNodeShape>();
        routes.Get("/api/dispatch/{region}/verify", VerifyAsync)
            .Says("VerifyRegion", "Check a region's causal graph from the beginning: no missing cause, no future cause, no broken chain, nothing given twice, nobody forgotten.").Returns<ChainReport>()
            .Asks(MappedRoute.MinSeq).Refuses("region-not-found");
    }

    private static void MapUnits(Routes routes)
    {
        routes.Post("/api/dispatch/{region}/units", DispatchBodies.Default.RegisterUnitBody, RegisterUnitAsync)
            .Says("RegisterUnit", "A unit comes on duty, or says anew where it is and what it can do. The first unit or hospital opens its region.").Returns<UnitView>(201)
            .Refuses("invalid-name", "unknown-kind", "out-of-range", "too-many").Example("""{"unit":"amb-1","kind":"ambulance","lat":48.775846,"lon":9.182932,"skills":["als"]}""");
        routes.Get("/api/dispatch/{region}/units", call => PageAsync(call, (cursor, limit) => new GetUnits(cursor, limit)))
            .Says("ListUnits", "A region's units, in order of registration.").Returns<UnitsView>().Pages().Asks(MappedRoute.At).Refuses("region-not-found", "beyond-end");
        routes.Get("/api/dispatch/{region}/units/{unit}", call => AskAsync(call, call => new GetUnit(call.Part("unit"))))
            .Says("GetUnit", "One unit, and what it has to do.").Returns<UnitView>().Asks(MappedRoute.MinSeq, MappedRoute.At).Refuses("region-not-found", "unit-not-found", "beyond-end");
        routes.Post("/api/dispatch/{region}/units/{unit}/status", DispatchBodies.Default.StatusBody, StatusAsync)
            .Says("ReportStatus", "A unit says how far it is.").Returns<UnitView>()
            .Refuses("region-not-found", "unit-not-found", "not-assigned", "wrong-incident", "illegal-move", "no-hospital").Example("""{"status":"acknowledged","incident":null}""");
        routes.Post("/api/dispatch/{region}/units/{unit}/position", DispatchBodies.Default.PositionBody, MoveAsync)
            .Says("MoveUnit", "A unit says where it is.").Returns<UnitView>().Refuses("region-not-found", "unit-not-found", "out-of-range").Example("""{"lat":48.775846,"lon":9.182932}""");
        routes.Post("/api/dispatch/{region}/units/{unit}/heartbeat", EmptyBodies.Default.EmptyBody, HeartbeatAsync, EmptyBody.Instance)
            .Says("SendHeartbeat", "A unit's client is still there.").Returns<UnitView>().Refuses("region-not-found", "unit-not-found").Example("{}");
    }

    private static void MapHospitals(Routes routes)
    {
        routes.Post("/api/dispatch/{region}/hospitals", DispatchBodies.Default.RegisterHospitalBody, RegisterHospitalAsync)
            .Says("RegisterHospital", "A hospital registers, or says anew where it is and how many beds it has. A new one's are all free.").Returns<HospitalView>(201)
            .Refuses("invalid-name", "out-of-range", "too-many").Example("""{"hospital":"hos-1","lat":48.775846,"lon":9.182932,"beds":4,"open":true}""");
        routes.Get("/api/dispatch/{region}/hospitals", call => PageAsync(call, (cursor, limit) => new GetHospitals(cursor, limit)))
            .Says("ListHospitals", "A region's hospitals, in order of registration.").Returns<HospitalsView>().Pages().Asks(MappedRoute.At).Refuses("region-not-found", "beyond-end");
        routes.Get("/api/dispatch/{region}/hospitals/{hospital}", call => AskAsync(call, call => new GetHospital(call.Part("hospital"))))
            .Says("GetHospital", "One hospital and its beds.").Returns<HospitalView>().Asks(MappedRoute.MinSeq, MappedRoute.At).Refuses("region-not-found", "hospital-not-found", "beyond-end");
        routes.Post("/api/dispatch/{region}/hospitals/{hospital}/beds", DispatchBodies.Default.BedsBody, BedsAsync)
            .Says("ReportBeds", "A hospital says how many beds nobody lies in, those included that are reserved, or that it opens or closes. What it cannot give any more is diverted.").Returns<HospitalView>()
            .Refuses("region-not-found", "hospital-not-found", "nothing-to-change", "out-of-range").Example("""{"free":3,"open":true}""");
    }

    private static void MapIncidents(Routes routes)
    {
        routes.Post("/api/dispatch/{region}/incidents", DispatchBodies.Default.ReportIncidentBody, ReportAsync)
            .Says("ReportIncident", "Report an incident, severity 1 (most severe) to 5. A unit is sent at once, or it waits and the answer says why.").Returns<IncidentView>(201)
            .Refuses("region-not-found", "out-of-range", "invalid-name", "too-many").Example("""{"lat":48.775846,"lon":9.182932,"severity":1,"needs":["als"],"reporter":"car-7"}""");
        routes.Get("/api/dispatch/{region}/incidents", IncidentsAsync)
            .Says("ListIncidents", "A region's incidents, newest first.").Returns<PageShape<IncidentListItem>>()
            .Asks(new QueryNote("status", false, "Only those that are so far.", EnumNames<IncidentStatus>.All)).Pages().Refuses("region-not-found");
        routes.Get("/api/dispatch/{region}/incidents/{id}", IncidentAsync)
            .Says("GetIncident", "One incident with its chain of events. Of those that were finished long ago, the result.").Returns<IncidentView>()
            .Asks(MappedRoute.MinSeq, MappedRoute.At).Refuses("region-not-found", "incident-not-found", "beyond-end");
        routes.Post("/api/dispatch/{region}/incidents/{id}/cancel", DispatchBodies.Default.CancelIncidentBody, CancelAsync, new CancelIncidentBody())
            .Says("CancelIncident", "It was a false alarm. The reporter and the operator only, while nobody is being transported.").Returns<IncidentView>()
            .Refuses("region-not-found", "incident-not-found", "not-reporter", "incident-closed", "patient-aboard", "too-long", "invalid-text").Example("""{"reason":"Only a bang."}""");
    }

    // Regions.

    private static async ValueTask<Answer> ListAsync(Call call)
    {
        if (call.Page(out var limit, out string? cursor) is { } wrong) return wrong;
        if (cursor is not null && !Bounds.IsName(cursor)) return Problems.InvalidCursor;
        if (await call.WaitAsync() is { } behind) return behind;
        var page = call.Engine.Replica.Ask((RegionDirectory directory) => directory.List(cursor, limit), out var visibleTo);
        return Answer.Page(page, visibleTo);
    }

    private static ValueTask<Answer> TermsAsync(WriteCall<TermsBody> call) =>
        ExecuteAsync(call, new ConfigureRegion(call.Body.AcknowledgeSeconds, call.Body.HeartbeatSeconds, call.Body.PositionSeconds));

    /// <summary>Any node takes any command; clients are spread so that none has to take all.</summary>
    private static ValueTask<Answer> NodeAsync(Call call)
    {
        if (Named(call.Part("region"), out _) is { } no) return ValueTask.FromResult<Answer>(no);
        var cluster = call.Engine.ViewCluster();
        if (cluster.Nodes.Where(node => node.State == "alive").OrderBy(node => node.Entities).ThenBy(node => node.Lag).ThenBy(node => node.Rank).FirstOrDefault() is not { } node)
            return ValueTask.FromResult<Answer>(new Refusal(RefusalKind.Unavailable, "no-node", "No node is alive as far as this one can tell. Try again soon."));
        return ValueTask.FromResult(Answer.Of(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("node"u8, node.Rank.Value);
            json.WriteNumber("entities"u8, node.Entities);
            if (cluster.Leader is { } leader) json.WriteNumber("leader"u8, leader.Value);
            else json.WriteNull("leader"u8);
            json.WriteNumber("epoch"u8, cluster.Epoch.Value);
            json.WriteEndObject();
        }));
    }

    private static async ValueTask<Answer> VerifyAsync(Call call)
    {
        if (Named(call.Part("region"), out var region) is { } no) return no;
        if (await call.WaitAsync() is { } behind) return behind;
        // The journal's own end, not what this node has applied: whoever has just been answered finds that in it. And no further, so that what
        // is written meanwhile does not make it endless.
        var end = (await call.Engine.Journal.ReadEndAsync(call.Http.RequestAborted)).Seq;
        var check = new ChainCheck(region.Key);
        while (true)
        {
            var page = await call.Engine.Journal.ReadStreamAsync(region, check.Count, ReadPage, call.Http.RequestAborted);
            foreach (var record in page.TakeWhile(record => record.Seq <= end)) check.Feed(record);
            if (page.Count < ReadPage || page[^1].Seq >= end) break;
        }
        return check.Count == 0 ? NotFound(region.Key) : Report(check.Finish(), end);
    }

    private static Answer Report(ChainReport report, Seq end) => Answer.Of(
        json =>
        {
            json.WriteStartObject();
            json.WriteString("region"u8, report.Region);
            json.WriteNumber("events"u8, report.Events);
            json.WriteNumber("incidents"u8, report.Incidents);
            json.WriteNumber("causes"u8, report.Causes);
            json.WriteBoolean("ok"u8, report.Ok);
            VerificationProblem.WriteAll(json, report.Problems.Select(problem => new VerificationProblem(problem.Seq, problem.Code, problem.Detail)));
            json.WriteEndObject();
        },
        end);

    // Units.

    private static async ValueTask<Answer> RegisterUnitAsync(WriteCall<RegisterUnitBody> call)
    {
        if (Place(call.Body.Lat, call.Body.Lon, out var place) is { } wrong) return wrong;
        var body = call.Body;
        return await ExecuteAsync(call, new RegisterUnit(body.Unit, body.Kind ?? RegionBounds.Ambulance, place, [.. body.Skills ?? []]), $"units/{Uri.EscapeDataString(body.Unit)}");
    }

    private static ValueTask<Answer> StatusAsync(WriteCall<StatusBody> call) =>
        ExecuteAsync(call, new ReportStatus(call.Part("unit"), call.Body.Status, call.Body.Incident));

    private static async ValueTask<Answer> MoveAsync(WriteCall<PositionBody> call) =>
        Place(call.Body.Lat, call.Body.Lon, out var place) is { } wrong ? wrong : await ExecuteAsync(call, new MoveUnit(call.Part("unit"), place));

    private static ValueTask<Answer> HeartbeatAsync(WriteCall<EmptyBody> call) => ExecuteAsync(call, new SendHeartbeat(call.Part("unit")));

    // Hospitals.

    private static async ValueTask<Answer> RegisterHospitalAsync(WriteCall<RegisterHospitalBody> call)
    {
        if (Place(call.Body.Lat, call.Body.Lon, out var place) is { } wrong) return wrong;
        var body = call.Body;
        return await ExecuteAsync(call, new RegisterHospital(body.Hospital, place, body.Beds, body.Open ?? true), $"hospitals/{Uri.EscapeDataString(body.Hospital)}");
    }

    private static ValueTask<Answer> BedsAsync(WriteCall<BedsBody> call) => ExecuteAsync(call, new ReportBeds(call.Part("hospital"), call.Body.Free, call.Body.Open));

    // Incidents.

    private static async ValueTask<Answer> ReportAsync(WriteCall<ReportIncidentBody> call)
    {
        if (Place(call.Body.Lat, call.Body.Lon, out var place) is { } wrong) return wrong;
        return await ExecuteAsync(call, new ReportIncident(place, call.Body.Severity, [.. call.Body.Needs ?? []], call.Body.Reporter), $"incidents/{call.Id.ToEntityKey()}");
    }

    private static ValueTask<Answer> CancelAsync(WriteCall<CancelIncidentBody> call) => ExecuteAsync(call, new CancelIncident(call.Part("id"), call.Body.Reason));

    private static async ValueTask<Answer> IncidentsAsync(Call call)
    {
        if (Named(call.Part("region"), out var region) is { } no) return no;
        if (call.Choice<IncidentStatus>("status", out var status) is { } wrongStatus) return wrongStatus;
        if (call.Page(out var limit, out long? before) is { } wrong) return wrong;
        if (await call.WaitAsync() is { } behind) return behind;
        var page = call.Engine.Replica.Ask((RegionDirectory directory) => directory.Incidents(region.Key, status, before, limit), out var visibleTo);
        return page is null ? NotFound(region.Key) : Answer.Page(page, visibleTo);
    }

    /// <summary>The region itself knows what is under way and the newest that is over; the directory knows what was over before that.</summary>
    private static async ValueTask<Answer> IncidentAsync(Call call)
    {
        if (Named(call.Part("region"), out var region) is { } no) return no;
        var id = call.Part("id");
        var answer = await call.AskAsync(region, new GetIncident(id));
        if (answer.Code != "incident-not-found" || call.AsksForThePast) return answer;
        var found = call.Engine.Replica.Ask((RegionDirectory directory) => directory.Find(region.Key, id), out var visibleTo);
        return found is null ? answer : Answer.Of(found, visibleTo);
    }

    // What several routes do.

    private static async ValueTask<Answer> AskAsync(Call call, Func<Call, Query> query) =>
        Named(call.Part("region"), out var region) is { } no ? no : await call.AskAsync(region, query(call));

    private static async ValueTask<Answer> PageAsync(Call call, Func<string?, int, Query> query)
    {
        if (Named(call.Part("region"), out var region) is { } no) return no;
        if (call.Page(out var limit, out long? from) is { } wrong) return wrong;
        return await call.AskAsync(region, query(from is { } place ? Cursor.Write(place) : null, limit));
    }

    private static async ValueTask<Answer> ExecuteAsync<TBody>(WriteCall<TBody> call, Command command, string? created = null) where TBody : class
    {
        if (Named(call.Part("region"), out var region) is { } no) return no;
        return await call.ExecuteAsync(region, command, created is null ? null : $"/api/dispatch/{region.Key}/{created}");
    }

    /// <summary>Degrees, rounded to what is kept of them: a receiver's further decimals are noise.</summary>
    private static Refusal? Place(ExactDecimal lat, ExactDecimal lon, out Position place)
    {
        place = default;
        if (!lat.TryRound(Position.Scale, Position.MaxLatE6, out var north)) return Bounds.OutOfRange("lat", -90, 90);
        if (!lon.TryRound(Position.Scale, Position.MaxLonE6, out var east)) return Bounds.OutOfRange("lon", -180, 180);
        place = new Position((int)north, (int)east);
        return null;
    }

    /// <summary>What can be no region's name names none.</summary>
    private static Problem? Named(string name, out StreamId region)
    {
        region = default;
        if (!Bounds.IsName(name)) return NotFound(name);
        region = StreamId.Of("region", name);
        return null;
    }

    private static Problem NotFound(string region) =>
        new(404, "region-not-found", $"No unit or hospital serves a region '{(region.Length > 64 ? region[..64] + "…" : region)}'. Check the name, or register one.");
}
