using Rialto.Markets;
using Rialto.Markets.Dispatch;

namespace Rialto.Tests.Markets;

/// <summary>One example, or more, of everything of dispatch that leaves the process; see <see cref="Samples"/>.</summary>
internal static class RegionSamples
{
    private static readonly DateTimeOffset Noon = Stage.Noon;
    private static readonly Position Place = new(48_775_846, 9_182_932);

    public static readonly Event[] Events =
    [
        new RegionOpened("stuttgart", RegionTerms.Default, "amb-1", Noon),
        new TermsChanged(new RegionTerms(60, 0, 0), "operator", Noon),
        new UnitRegistered("amb-1", "ambulance", Place, ["als", "neonatal"], "amb-1", Noon),
        new UnitMoved("amb-1", new Position(-1, -180_000_000), Noon),
        new UnitSeen("amb-1", Noon),
        new UnitLost("amb-1", Noon),
        new UnitStatusChanged("amb-1", UnitStatus.OffDuty, Noon),
        new HospitalRegistered("hos-1", Place, 4, true, "hos-1"),
        new HospitalChanged("hos-1", 3, false),
        new IncidentReported("0123456789ab", Place, 1, ["als"], "car-7", "car-7", Noon),
        new IncidentQueued("0123456789ab", "No unit is registered in this region.", [4]),
        new UnitAllocated("0123456789ab", "amb-1", 1234, Noon.AddSeconds(30), "The nearest of 3 units that can go, 1,234 m away.", [4]),
        new HospitalAllocated("0123456789ab", "hos-1", 2345, "The only open hospital with a free bed, 2,345 m from the incident.", [5]),
        new BedAwaited("0123456789ab", "No open hospital has a free bed.", [5]),
        new HospitalReleased("0123456789ab", "hos-1", "hos-1 has closed.", [6, 9]),
        new WorkflowStarted("0123456789ab", "amb-1", [5, 6]),
        new CommandsSent("0123456789ab", "amb-1", "hos-1", [7]),
        new CommandsSent("0123456789ab", "amb-1", null, [7]),
        new UnitAcknowledged("0123456789ab", "amb-1", Noon, [8]),
        new UnitArrived("0123456789ab", "amb-1", Noon, [9]),
        new TransportStarted("0123456789ab", "amb-1", "hos-1", Noon, [10]),
        new PatientDelivered("0123456789ab", "amb-1", "hos-1", Noon, [11]),
        new UnitReleased("0123456789ab", "amb-1", ReleaseReason.NotAcknowledged, Noon, [8]),
        new IncidentCompleted("0123456789ab", "amb-1", "hos-1", Noon, [12]),
        new IncidentCompleted("0123456789ab", "amb-1", null, Noon, [12]),
        new IncidentCancelled("0123456789ab", "car-7", "False alarm", Noon, [8]),
    ];

    public static readonly Command[] Commands =
    [
        new ConfigureRegion(60, 0, 300),
        new ConfigureRegion(),
        new RegisterUnit("amb-1", "ambulance", Place, ["als"]),
        new ReportStatus("amb-1", UnitReport.OnScene, "0123456789ab"),
        new ReportStatus("amb-1", UnitReport.Available),
        new MoveUnit("amb-1", Place),
        new SendHeartbeat("amb-1"),
        new RegisterHospital("hos-1", Place, 4, true),
        new ReportBeds("hos-1", 3),
        new ReportBeds("hos-1", Open: false),
        new ReportIncident(Place, 1, ["als"], "car-7"),
        new CancelIncident("0123456789ab", "False alarm"),
        new MeetDeadlines(Noon),
    ];

    /// <summary>What nobody sensible asks for.</summary>
    public static readonly Command[] Strange =
    [
        new ConfigureRegion(0, -1, int.MaxValue),
        new ConfigureRegion(int.MaxValue, int.MinValue),
        new RegisterUnit(null!, null!, new Position(int.MinValue, int.MaxValue), default),
        new RegisterUnit("amb-1", "ambulance", Place, default),
        new RegisterUnit("amb-1", "ambulance", Place, [null!]),
        new RegisterUnit("amb-9", "ambulance", Place, [.. Enumerable.Range(0, 100).Select(i => $"s{i}")]),
        new ReportStatus(null!, (UnitReport)99),
        new ReportStatus(null!, UnitReport.Available),
        .. Enum.GetValues<UnitReport>().Select(report => new ReportStatus("amb-1", report)),
        .. Enum.GetValues<UnitReport>().Select(report => new ReportStatus("amb-2", report, "none")),
        new MoveUnit(null!, Place),
        new SendHeartbeat(null!),
        new RegisterHospital(null!, Place, int.MinValue, false),
        new RegisterHospital("hos-1", Place, 0, true),
        new ReportBeds(null!),
        new ReportBeds("hos-1", int.MaxValue, null),
        new ReportBeds("hos-1", 0, true),
        new ReportIncident(Place, int.MaxValue, default, null),
        new ReportIncident(Place, 5, default, null),
        new CancelIncident(null!, null),
        new MeetDeadlines(DateTimeOffset.MaxValue),
        new MeetDeadlines(DateTimeOffset.MinValue),
    ];

    public static readonly Query[] Queries =
    [
        new GetRegion(),
        new GetUnits("100", 50),
        new GetUnit("amb-1"),
        new GetHospitals(),
        new GetHospital("hos-1"),
        new GetIncident("0123456789ab"),
    ];

    private static readonly UnitView Unit = new()
    {
        Unit = "amb-1", Kind = "ambulance", Status = UnitStatus.Dispatched, Incident = "0123456789ab", AcknowledgeBy = Noon, Hospital = "hos-1", Lost = false,
        Lat = 48.775846m, Lon = 9.182932m, PositionAt = Noon, SeenAt = Noon, Skills = ["als"], Seq = 9,
    };

    private static readonly HospitalView Hospital = new("hos-1", 48.775846m, 9.182932m, true, 4, 3, 1, 2) { Seq = 9 };

    private static readonly IncidentListItem Item = new(
        "0123456789ab", IncidentStatus.Queued, 1, 48.775846m, 9.182932m, "car-7", Noon, null, null, null, "No unit is registered in this region.") { Needs = ["als"], Seq = 7 };

    public static readonly View[] Views =
    [
        new RegionView
        {
            Region = "stuttgart", AcknowledgeSeconds = 30, HeartbeatSeconds = 15, PositionSeconds = 300, UnitCount = 1, IdleUnits = 0, HospitalCount = 1, BedsAvailable = 2,
            ActiveIncidents = 2, QueuedIncidents = 1, AwaitingBeds = 0, ReportedIncidents = 12, FinishedIncidents = 10, Units = [Unit], Hospitals = [Hospital], Queue = [Item], Seq = 9,
        },
        Unit,
        new UnitsView([], "100") { Seq = 9 },
        Hospital,
        new HospitalsView([Hospital], null) { Seq = 9 },
        new IncidentView
        {
            Id = "0123456789ab", Region = "stuttgart", Status = IncidentStatus.AtHospital, Severity = 1, Lat = 48.775846m, Lon = 9.182932m, Needs = ["als"], Reporter = "car-7",
            ReportedAt = Noon, Unit = "amb-1", Hospital = "hos-1", Seq = 9,
            Steps = [new StepView(4, "region.incident-reported", "Severity 1, reported by car-7, needs als.", []), new StepView(5, "region.unit-allocated", "The only unit that can go, 7 m away.", [4])],
        },
        Item,
        new RegionListItem("stuttgart", 8, 4, 2, 1) { Seq = 9 },
    ];
}
