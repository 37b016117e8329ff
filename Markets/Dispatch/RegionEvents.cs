using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Rialto.Markets.Dispatch;

/// <summary>What happens to a region.</summary>
public abstract record RegionEvent : Event
{
    private protected RegionEvent()
    {
    }
}

/// <summary>
/// A step of an incident's chain. It names what it follows from, as the mobility system's <c>depends_on</c> does: versions of this region's
/// own stream, which are known before the journal gives the event its place.
/// </summary>
/// <param name="Incident">Which incident.</param>
/// <param name="Causes">The versions of the events that it follows from, all before its own. Only a report has none.</param>
public abstract record IncidentStep(string Incident, ImmutableArray<long> Causes) : RegionEvent;

/// <summary>How a region deals with units that do not answer. Times are in seconds.</summary>
/// <param name="AcknowledgeSeconds">How long a unit has to acknowledge.</param>
/// <param name="HeartbeatSeconds">After how much silence a unit is lost; 0 if silence means nothing.</param>
/// <param name="PositionSeconds">How old a position may be for its unit to be sent; 0 if any will do.</param>
public sealed record RegionTerms(int AcknowledgeSeconds, int HeartbeatSeconds, int PositionSeconds)
{
    /// <summary>What holds where nothing is said.</summary>
    public static readonly RegionTerms Default = new(RegionBounds.DefaultAcknowledgeSeconds, RegionBounds.DefaultHeartbeatSeconds, RegionBounds.DefaultPositionSeconds);
}

/// <summary><c>region.opened</c></summary>
public sealed record RegionOpened(string Region, RegionTerms Terms, string By, DateTimeOffset At) : RegionEvent;

/// <summary><c>region.terms-changed</c>: they count from now on; no unit is late by them for what was before.</summary>
public sealed record TermsChanged(RegionTerms Terms, string By, DateTimeOffset At) : RegionEvent;

/// <summary><c>region.unit-registered</c></summary>
public sealed record UnitRegistered(string Unit, string Kind, Position Place, ImmutableArray<string> Skills, string By, DateTimeOffset At) : RegionEvent;

/// <summary><c>region.unit-moved</c></summary>
public sealed record UnitMoved(string Unit, Position Place, DateTimeOffset At) : RegionEvent;

/// <summary><c>region.unit-seen</c>: a heartbeat. Written as often as the watch needs it, not for each one that is sent.</summary>
public sealed record UnitSeen(string Unit, DateTimeOffset At) : RegionEvent;

/// <summary><c>region.unit-lost</c>: no sign of life in time. The next one brings it back.</summary>
/// <param name="Unit">Which.</param>
/// <param name="SeenAt">When it was last heard from.</param>
public sealed record UnitLost(string Unit, DateTimeOffset SeenAt) : RegionEvent;

/// <summary>What a unit does.</summary>
[JsonConverter(typeof(LowerHyphen<UnitStatus>))]
public enum UnitStatus
{
    /// <summary>It can be sent.</summary>
    Available,
    /// <summary>It was sent to an incident.</summary>
    Dispatched,
    /// <summary>It has arrived there.</summary>
    OnScene,
    /// <summary>It is on its way to the hospital.</summary>
    Transporting,
    /// <summary>It has brought the patient.</summary>
    AtHospital,
    /// <summary>It cannot be sent.</summary>
    OffDuty,
}

/// <summary><c>region.unit-status-changed</c>, as the unit said. Without an incident it is no step of any.</summary>
/// <param name="Unit">Which.</param>
/// <param name="Status">What it does now.</param>
/// <param name="At">When.</param>
public sealed record UnitStatusChanged(string Unit, UnitStatus Status, DateTimeOffset At) : RegionEvent;

/// <summary><c>region.hospital-registered</c></summary>
public sealed record HospitalRegistered(string Hospital, Position Place, int Beds, bool Open, string By) : RegionEvent;

/// <summary><c>region.hospital-changed</c></summary>
/// <param name="Hospital">Which.</param>
/// <param name="Free">How many beds nobody lies in.</param>
/// <param name="Open">Whether it takes patients.</param>
public sealed record HospitalChanged(string Hospital, int Free, bool Open) : RegionEvent;

/// <summary><c>region.incident-reported</c>: the request that a chain begins with.</summary>
public sealed record IncidentReported(
    string Incident, Position Place, int Severity, ImmutableArray<string> Needs, string Reporter, string By, DateTimeOffset At) : RegionEvent;

/// <summary><c>region.incident-queued</c>: no unit can be sent now.</summary>
/// <param name="Incident">Which.</param>
/// <param name="Reason">Why none.</param>
/// <param name="Causes">See <see cref="IncidentStep"/>.</param>
public sealed record IncidentQueued(string Incident, string Reason, ImmutableArray<long> Causes) : IncidentStep(Incident, Causes);

/// <summary><c>region.unit-allocated</c></summary>
/// <param name="Incident">Which.</param>
/// <param name="Unit">Who is sent.</param>
/// <param name="Metres">How far it was.</param>
/// <param name="AcknowledgeBy">Until when it has to acknowledge.</param>
/// <param name="Note">Why this one.</param>
/// <param name="Causes">See <see cref="IncidentStep"/>.</param>
public sealed record UnitAllocated(string Incident, string Unit, long Metres, DateTimeOffset AcknowledgeBy, string Note, ImmutableArray<long> Causes)
    : IncidentStep(Incident, Causes);

/// <summary><c>region.hospital-allocated</c>: a bed is reserved.</summary>
/// <param name="Incident">Which.</param>
/// <param name="Hospital">Where.</param>
/// <param name="Metres">How far it is from the incident.</param>
/// <param name="Note">Why this one.</param>
/// <param name="Causes">See <see cref="IncidentStep"/>.</param>
public sealed record HospitalAllocated(string Incident, string Hospital, long Metres, string Note, ImmutableArray<long> Causes) : IncidentStep(Incident, Causes);

/// <summary><c>region.bed-awaited</c>: a unit is on it, and no bed can be reserved now. The next one that is free is for the most severe, oldest of these.</summary>
public sealed record BedAwaited(string Incident, string Reason, ImmutableArray<long> Causes) : IncidentStep(Incident, Causes);

/// <summary><c>region.hospital-released</c>: the reserved bed is needed no more, or cannot be had any more.</summary>
public sealed record HospitalReleased(string Incident, string Hospital, string Note, ImmutableArray<long> Causes) : IncidentStep(Incident, Causes);

/// <summary><c>region.workflow-started</c></summary>
public sealed record WorkflowStarted(string Incident, string Unit, ImmutableArray<long> Causes) : IncidentStep(Incident, Causes);

/// <summary><c>region.commands-sent</c>: unit and hospital are told, by this event, and so never before it is durable.</summary>
/// <param name="Incident">Which.</param>
/// <param name="Unit">Who goes.</param>
/// <param name="Hospital">Where to; null while a bed is awaited.</param>
/// <param name="Causes">See <see cref="IncidentStep"/>.</param>
public sealed record CommandsSent(string Incident, string Unit, string? Hospital, ImmutableArray<long> Causes) : IncidentStep(Incident, Causes);

/// <summary><c>region.unit-acknowledged</c></summary>
public sealed record UnitAcknowledged(string Incident, string Unit, DateTimeOffset At, ImmutableArray<long> Causes) : IncidentStep(Incident, Causes);

/// <summary><c>region.unit-arrived</c></summary>
public sealed record UnitArrived(string Incident, string Unit, DateTimeOffset At, ImmutableArray<long> Causes) : IncidentStep(Incident, Causes);

/// <summary><c>region.transport-started</c></summary>
public sealed record TransportStarted(string Incident, string Unit, string Hospital, DateTimeOffset At, ImmutableArray<long> Causes) : IncidentStep(Incident, Causes);

/// <summary><c>region.patient-delivered</c>: the reserved bed is taken.</summary>
public sealed record PatientDelivered(string Incident, string Unit, string Hospital, DateTimeOffset At, ImmutableArray<long> Causes) : IncidentStep(Incident, Causes);

/// <summary>Why a unit was taken off an incident.</summary>
[JsonConverter(typeof(LowerHyphen<ReleaseReason>))]
public enum ReleaseReason
{
    /// <summary>It declined. It is available, but not for this incident until it says that it is.</summary>
    Declined,
    /// <summary>It did not acknowledge in time. It is off duty until it says that it is available.</summary>
    NotAcknowledged,
    /// <summary>Its client was not heard from in time.</summary>
    Lost,
    /// <summary>It went off duty.</summary>
    OffDuty,
    /// <summary>The incident was called off.</summary>
    Cancelled,
}

/// <summary><c>region.unit-released</c>: a unit is taken off an incident that it had not finished.</summary>
public sealed record UnitReleased(string Incident, string Unit, ReleaseReason Reason, DateTimeOffset At, ImmutableArray<long> Causes) : IncidentStep(Incident, Causes);

/// <summary><c>region.incident-completed</c>: the unit is available again.</summary>
/// <param name="Incident">Which.</param>
/// <param name="Unit">Who was there.</param>
/// <param name="Hospital">Where the patient is; null if nobody had to be brought anywhere.</param>
/// <param name="At">When.</param>
/// <param name="Causes">See <see cref="IncidentStep"/>.</param>
public sealed record IncidentCompleted(string Incident, string Unit, string? Hospital, DateTimeOffset At, ImmutableArray<long> Causes) : IncidentStep(Incident, Causes);

/// <summary><c>region.incident-cancelled</c></summary>
public sealed record IncidentCancelled(string Incident, string By, string? Reason, DateTimeOffset At, ImmutableArray<long> Causes) : IncidentStep(Incident, Causes);
