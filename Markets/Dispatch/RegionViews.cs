using System.Collections.Immutable;
using System.Text.Json;

namespace Rialto.Markets.Dispatch;

/// <summary>What a region shows. Nothing of it is sealed.</summary>
internal static class RegionViews
{
    public static View Answer(RegionState state, Command command, in CommandContext context) => command switch
    {
        RegisterUnit c => Unit(state, c.Unit),
        MoveUnit c => Unit(state, c.Unit),
        SendHeartbeat c => Unit(state, c.Unit),
        ReportStatus c => Unit(state, c.Unit),
        RegisterHospital c => Hospital(state, c.Hospital),
        ReportBeds c => Hospital(state, c.Hospital),
        ReportIncident => Incident(state, context.Id.ToEntityKey()),
        CancelIncident c => Incident(state, c.Incident),
        _ => Whole(state),
    };

    public static Reply Reply(RegionState state, Query query)
    {
        if (!state.Exists) return RegionRefusals.RegionNotFound(state.Key);
        return query switch
        {
            GetRegion => Whole(state),
            GetUnit q => state.FindUnit(q.Unit) is { } unit ? Show(unit) : RegionRefusals.UnitNotFound(q.Unit ?? ""),
            GetHospital q => state.FindHospital(q.Hospital) is { } hospital ? Show(hospital) : RegionRefusals.HospitalNotFound(q.Hospital ?? ""),
            GetIncident q => state.FindIncident(q.Incident) is { } incident ? Show(state.Key, incident) : RegionRefusals.IncidentNotFound(q.Incident ?? ""),
            GetUnits q => Cursor.TryRead(q.Cursor, out var from) is { } bad ? bad : new UnitsView(Page(state.Units, from, q.Limit, Show, out var next), next),
            GetHospitals q => Cursor.TryRead(q.Cursor, out var from) is { } bad ? bad : new HospitalsView(Page(state.Hospitals, from, q.Limit, Show, out var next), next),
            _ => throw new InvalidOperationException($"A region cannot be asked {query.GetType().Name}."),
        };
    }

    public static IncidentListItem Item(Incident incident) => new(
        incident.Id, incident.Status, incident.Severity, incident.Place.Lat, incident.Place.Lon, incident.Reporter, incident.ReportedAt, incident.ClosedAt, incident.Unit?.Name,
        incident.Hospital?.Name, incident.Reason) { Needs = incident.Needs };

    /// <summary>An incident of which the region itself knows no more than its place in the list.</summary>
    public static IncidentView OfLongAgo(string region, IncidentListItem item) => new()
    {
        Id = item.Id,
        Region = region,
        Status = item.Status,
        Severity = item.Severity,
        Lat = item.Lat,
        Lon = item.Lon,
        Needs = item.Needs,
        Reporter = item.Reporter,
        ReportedAt = item.ReportedAt,
        ClosedAt = item.ClosedAt,
        Unit = item.Unit,
        Hospital = item.Hospital,
        Reason = item.Reason,
        Steps = [],
    };

    public static string Word(IncidentStatus status) => JsonNamingPolicy.KebabCaseLower.ConvertName(status.ToString());

    /// <summary>What a unit can say of an incident that is so far.</summary>
    public static string NextOf(IncidentStatus status) => status switch
    {
        IncidentStatus.Dispatched => "acknowledged, declined or off-duty",
        IncidentStatus.Acknowledged => "on-scene, declined or off-duty",
        IncidentStatus.OnScene => "transporting, available or off-duty",
        IncidentStatus.Transporting => "at-hospital",
        _ => "available or off-duty",
    };

    private static UnitView Unit(RegionState state, string name) => Show(state.FindUnit(name)!);

    private static HospitalView Hospital(RegionState state, string name) => Show(state.FindHospital(name)!);

    private static IncidentView Incident(RegionState state, string id) => Show(state.Key, state.FindIncident(id)!);

    private static RegionView Whole(RegionState state) => new()
    {
        Region = state.Key,
        AcknowledgeSeconds = state.Terms.AcknowledgeSeconds,
        HeartbeatSeconds = state.Terms.HeartbeatSeconds,
        PositionSeconds = state.Terms.PositionSeconds,
        UnitCount = state.Units.Count,
        IdleUnits = state.Idle.Count,
        HospitalCount = state.Hospitals.Count,
        BedsAvailable = state.Hospitals.Sum(Available),
        ActiveIncidents = state.Active.Count,
        QueuedIncidents = state.Queue.Count,
        AwaitingBeds = state.BedQueue.Count,
        ReportedIncidents = state.Reported,
        FinishedIncidents = state.Finished,
        Units = [.. state.Units.Take(RegionView.MaxListed).Select(Show)],
        Hospitals = [.. state.Hospitals.Take(RegionView.MaxListed).Select(Show)],
        Queue = [.. state.Queue.InOrder.Take(RegionView.MaxListed).Select(Item)],
    };

    private static UnitView Show(Unit unit) => new()
    {
        Unit = unit.Name,
        Kind = unit.Kind,
        Status = unit.Status,
        Incident = unit.Job?.Id,
        AcknowledgeBy = unit.Job?.AcknowledgeBy,
        Hospital = unit.Job?.Hospital?.Name,
        Lost = unit.IsLost,
        Lat = unit.Place.Lat,
        Lon = unit.Place.Lon,
        PositionAt = unit.PlacedAt,
        SeenAt = unit.SeenAt,
        Skills = unit.Skills,
    };

    private static HospitalView Show(Hospital hospital) => new(
        hospital.Name, hospital.Place.Lat, hospital.Place.Lon, hospital.IsOpen, hospital.Beds, hospital.Free, hospital.Reserved.Count, Available(hospital));

    private static int Available(Hospital hospital) => hospital.IsOpen ? Math.Max(0, hospital.Free - hospital.Reserved.Count) : 0;

    private static IncidentView Show(string region, Incident incident) => new()
    {
        Id = incident.Id,
        Region = region,
        Status = incident.Status,
        Severity = incident.Severity,
        Lat = incident.Place.Lat,
        Lon = incident.Place.Lon,
        Needs = incident.Needs,
        Reporter = incident.Reporter,
        ReportedAt = incident.ReportedAt,
        ClosedAt = incident.ClosedAt,
        Unit = incident.Unit?.Name,
        Hospital = incident.Hospital?.Name,
        AcknowledgeBy = incident.AcknowledgeBy,
        Reason = incident.Reason,
        Steps = [.. incident.Steps.Select(step => new StepView(step.Version, step.Type, step.Note, step.Causes))],
    };

    private static ImmutableArray<TView> Page<T, TView>(IReadOnlyList<T> all, long? from, int limit, Func<T, TView> show, out string? next)
    {
        var start = (int)Math.Min(from ?? 0, all.Count);
        var end = Math.Min(start + Bounds.Page(limit), all.Count);
        var items = ImmutableArray.CreateBuilder<TView>(end - start);
        for (var i = start; i < end; i++) items.Add(show(all[i]));
        next = end < all.Count ? Cursor.Write(end) : null;
        return items.MoveToImmutable();
    }
}
