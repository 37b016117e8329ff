using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Rialto.Markets.Dispatch;

/// <summary>What can be asked about one region.</summary>
public abstract record RegionQuery : Query
{
    private protected RegionQuery()
    {
    }
}

/// <summary>The region at a glance: a <see cref="RegionView"/>.</summary>
public sealed record GetRegion : RegionQuery;

/// <summary>Its units, in order of registration: a <see cref="UnitsView"/>.</summary>
/// <param name="Cursor">The answer's <c>next</c> before, or null.</param>
/// <param name="Limit">How many, 1 to 1,000.</param>
public sealed record GetUnits(string? Cursor = null, int Limit = 100) : RegionQuery;

/// <summary>One unit: a <see cref="UnitView"/>.</summary>
public sealed record GetUnit(string Unit) : RegionQuery;

/// <summary>Its hospitals, in order of registration: a <see cref="HospitalsView"/>.</summary>
/// <param name="Cursor">The answer's <c>next</c> before, or null.</param>
/// <param name="Limit">How many, 1 to 1,000.</param>
public sealed record GetHospitals(string? Cursor = null, int Limit = 100) : RegionQuery;

/// <summary>One hospital: a <see cref="HospitalView"/>.</summary>
public sealed record GetHospital(string Hospital) : RegionQuery;

/// <summary>One incident that is under way, or was finished not long ago: an <see cref="IncidentView"/>.</summary>
public sealed record GetIncident(string Incident) : RegionQuery;

/// <summary>How far an incident is.</summary>
[JsonConverter(typeof(LowerHyphen<IncidentStatus>))]
public enum IncidentStatus
{
    /// <summary>It waits for a unit.</summary>
    Queued,
    /// <summary>A unit was sent and has not acknowledged.</summary>
    Dispatched,
    /// <summary>A unit is on its way.</summary>
    Acknowledged,
    /// <summary>A unit is there.</summary>
    OnScene,
    /// <summary>The patient is on the way to the hospital.</summary>
    Transporting,
    /// <summary>The patient is in the hospital.</summary>
    AtHospital,
    /// <summary>It is over.</summary>
    Completed,
    /// <summary>It was called off.</summary>
    Cancelled,
}

/// <summary>A region at a glance. Lists of more than <see cref="MaxListed"/> are cut; pages of all are listed by themselves.</summary>
public sealed record RegionView : View
{
    /// <summary>The most units, hospitals and incidents that are shown.</summary>
    public const int MaxListed = 100;

    /// <summary>Its name.</summary>
    public required string Region { get; init; }
    /// <summary>How long a unit has to acknowledge, in seconds.</summary>
    public required int AcknowledgeSeconds { get; init; }
    /// <summary>After how much silence a unit is lost, in seconds; 0 if nobody watches.</summary>
    public required int HeartbeatSeconds { get; init; }
    /// <summary>How old a position may be, in seconds; 0 if any will do.</summary>
    public required int PositionSeconds { get; init; }
    /// <summary>How many units are registered.</summary>
    public required int UnitCount { get; init; }
    /// <summary>How many of them are available and not lost.</summary>
    public required int IdleUnits { get; init; }
    /// <summary>How many hospitals are registered.</summary>
    public required int HospitalCount { get; init; }
    /// <summary>How many beds can be reserved now.</summary>
    public required int BedsAvailable { get; init; }
    /// <summary>How many incidents are not finished.</summary>
    public required int ActiveIncidents { get; init; }
    /// <summary>How many of them wait for a unit.</summary>
    public required int QueuedIncidents { get; init; }
    /// <summary>How many have a unit and wait for a bed.</summary>
    public required int AwaitingBeds { get; init; }
    /// <summary>How many incidents were reported since the beginning.</summary>
    public required long ReportedIncidents { get; init; }
    /// <summary>How many of those are over.</summary>
    public required long FinishedIncidents { get; init; }
    /// <summary>The first units.</summary>
    public required ImmutableArray<UnitView> Units { get; init; }
    /// <summary>The first hospitals.</summary>
    public required ImmutableArray<HospitalView> Hospitals { get; init; }
    /// <summary>Who waits for a unit, in the order of serving.</summary>
    public required ImmutableArray<IncidentListItem> Queue { get; init; }

    private protected override IEnumerable<View> Parts => [.. Units, .. Hospitals, .. Queue];
}

/// <summary>A unit.</summary>
public sealed record UnitView : View
{
    /// <summary>Its name.</summary>
    public required string Unit { get; init; }
    /// <summary>What it is.</summary>
    public required string Kind { get; init; }
    /// <summary>What it does.</summary>
    public required UnitStatus Status { get; init; }
    /// <summary>The incident that has it.</summary>
    public string? Incident { get; init; }
    /// <summary>Until when it has to acknowledge; null if it has, or has nothing to.</summary>
    public DateTimeOffset? AcknowledgeBy { get; init; }
    /// <summary>The hospital to go to.</summary>
    public string? Hospital { get; init; }
    /// <summary>Whether it was not heard from in time.</summary>
    public required bool Lost { get; init; }
    /// <summary>Its latitude in degrees.</summary>
    public required decimal Lat { get; init; }
    /// <summary>Its longitude in degrees.</summary>
    public required decimal Lon { get; init; }
    /// <summary>When it said that it is there.</summary>
    public required DateTimeOffset PositionAt { get; init; }
    /// <summary>When it was last heard from, as the journal knows.</summary>
    public required DateTimeOffset SeenAt { get; init; }
    /// <summary>What it can do.</summary>
    public required ImmutableArray<string> Skills { get; init; }
}

/// <summary>A page of units.</summary>
public sealed record UnitsView(ImmutableArray<UnitView> Items, string? Next) : View
{
    private protected override IEnumerable<View> Parts => Items;
}

/// <summary>A hospital.</summary>
/// <param name="Hospital">Its name.</param>
/// <param name="Lat">Its latitude in degrees.</param>
/// <param name="Lon">Its longitude in degrees.</param>
/// <param name="Open">Whether it takes patients.</param>
/// <param name="Beds">How many beds it has.</param>
/// <param name="Free">How many beds nobody lies in.</param>
/// <param name="Reserved">How many of the free ones are for patients on their way.</param>
/// <param name="Available">How many can be reserved now.</param>
public sealed record HospitalView(string Hospital, decimal Lat, decimal Lon, bool Open, int Beds, int Free, int Reserved, int Available) : View;

/// <summary>A page of hospitals.</summary>
public sealed record HospitalsView(ImmutableArray<HospitalView> Items, string? Next) : View
{
    private protected override IEnumerable<View> Parts => Items;
}

/// <summary>An incident with its chain of events.</summary>
public sealed record IncidentView : View
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }
    /// <summary>Where it belongs.</summary>
    public required string Region { get; init; }
    /// <summary>How far it is.</summary>
    public required IncidentStatus Status { get; init; }
    /// <summary>1 (most severe) to 5.</summary>
    public required int Severity { get; init; }
    /// <summary>Its latitude in degrees.</summary>
    public required decimal Lat { get; init; }
    /// <summary>Its longitude in degrees.</summary>
    public required decimal Lon { get; init; }
    /// <summary>What the unit must be able to do.</summary>
    public required ImmutableArray<string> Needs { get; init; }
    /// <summary>Who or what saw it.</summary>
    public required string Reporter { get; init; }
    /// <summary>When it was reported.</summary>
    public required DateTimeOffset ReportedAt { get; init; }
    /// <summary>When it was over.</summary>
    public DateTimeOffset? ClosedAt { get; init; }
    /// <summary>Which unit is on it, or finished it.</summary>
    public string? Unit { get; init; }
    /// <summary>Where a bed is reserved or taken.</summary>
    public string? Hospital { get; init; }
    /// <summary>Until when the unit has to acknowledge.</summary>
    public DateTimeOffset? AcknowledgeBy { get; init; }
    /// <summary>Why it waits for a unit or a bed; null if it does not.</summary>
    public string? Reason { get; init; }
    /// <summary>Its chain of events, oldest first: after <see cref="RegionBounds.MaxSteps"/>, the report and the newest. Empty for what was finished long ago: see the journal.</summary>
    public required ImmutableArray<StepView> Steps { get; init; }
}

/// <summary>A step of an incident.</summary>
/// <param name="Version">The event's version in the region's stream.</param>
/// <param name="Type">The event's name, as in the journal.</param>
/// <param name="Note">What was decided, and why.</param>
/// <param name="Causes">The versions of the events that it follows from.</param>
public sealed record StepView(long Version, string Type, string Note, ImmutableArray<long> Causes);

/// <summary>An incident in a list.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Status">How far it is.</param>
/// <param name="Severity">1 (most severe) to 5.</param>
/// <param name="Lat">Its latitude in degrees.</param>
/// <param name="Lon">Its longitude in degrees.</param>
/// <param name="Reporter">Who or what saw it.</param>
/// <param name="ReportedAt">When it was reported.</param>
/// <param name="ClosedAt">When it was over.</param>
/// <param name="Unit">Which unit is on it, or finished it.</param>
/// <param name="Hospital">Where a bed is reserved or taken.</param>
/// <param name="Reason">Why it waits.</param>
public sealed record IncidentListItem(
    string Id, IncidentStatus Status, int Severity, decimal Lat, decimal Lon, string Reporter, DateTimeOffset ReportedAt, DateTimeOffset? ClosedAt, string? Unit, string? Hospital,
    string? Reason) : View
{
    /// <summary>What the unit must be able to do.</summary>
    public ImmutableArray<string> Needs
    {
        get => field.IsDefault ? [] : field;
        init;
    }
}

/// <summary>A region in a list.</summary>
/// <param name="Region">Its name.</param>
/// <param name="Units">How many units are registered.</param>
/// <param name="Hospitals">How many hospitals are registered.</param>
/// <param name="ActiveIncidents">How many incidents are not finished.</param>
/// <param name="QueuedIncidents">How many of them wait for a unit.</param>
public sealed record RegionListItem(string Region, int Units, int Hospitals, int ActiveIncidents, int QueuedIncidents) : View;
