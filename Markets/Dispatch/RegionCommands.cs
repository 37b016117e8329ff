using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Rialto.Markets.Dispatch;

/// <summary>What can be asked of a region. Until roles come, any actor may speak for any unit or hospital.</summary>
public abstract record RegionCommand : Command
{
    private protected RegionCommand()
    {
    }
}

/// <summary>Opens the region that is the stream's key, or changes its terms. What is left out stays, or is what <see cref="RegionBounds"/> assumes.</summary>
/// <param name="AcknowledgeSeconds">How long a unit has to acknowledge.</param>
/// <param name="HeartbeatSeconds">After how much silence a unit is lost; 0 if silence means nothing.</param>
/// <param name="PositionSeconds">How old a position may be for its unit to be sent; 0 if any will do.</param>
public sealed record ConfigureRegion(int? AcknowledgeSeconds = null, int? HeartbeatSeconds = null, int? PositionSeconds = null) : RegionCommand;

/// <summary>
/// A unit's client comes on duty. The first unit or hospital opens its region. A known unit that registers again says anew where it is and
/// what it can do; it is available, unless an incident still has it.
/// </summary>
/// <param name="Unit">Its name.</param>
/// <param name="Kind">What it is: <see cref="RegionBounds.Ambulance"/>.</param>
/// <param name="Place">Where it is.</param>
/// <param name="Skills">What it can do.</param>
public sealed record RegisterUnit(string Unit, string Kind, Position Place, ImmutableArray<string> Skills) : RegionCommand;

/// <summary>What a unit says of itself.</summary>
[JsonConverter(typeof(LowerHyphen<UnitReport>))]
public enum UnitReport
{
    /// <summary>It goes.</summary>
    Acknowledged,
    /// <summary>It does not go, or cannot go on: send another.</summary>
    Declined,
    /// <summary>It has arrived.</summary>
    OnScene,
    /// <summary>It takes the patient to the hospital.</summary>
    Transporting,
    /// <summary>It has brought the patient.</summary>
    AtHospital,
    /// <summary>It can be sent.</summary>
    Available,
    /// <summary>It cannot be sent until it says that it is available.</summary>
    OffDuty,
}

/// <summary>A unit says how far it is.</summary>
/// <param name="Unit">Which.</param>
/// <param name="Status">What it says.</param>
/// <param name="Incident">Which incident it speaks of; if given, it must be the one it was sent to.</param>
public sealed record ReportStatus(string Unit, UnitReport Status, string? Incident = null) : RegionCommand;

/// <summary>A unit says where it is.</summary>
public sealed record MoveUnit(string Unit, Position Place) : RegionCommand;

/// <summary>A unit's client is still there.</summary>
public sealed record SendHeartbeat(string Unit) : RegionCommand;

/// <summary>A hospital's client registers, or says anew what there is. The beds of a new one are all free; patients of a known one stay in theirs.</summary>
/// <param name="Hospital">Its name.</param>
/// <param name="Place">Where it is.</param>
/// <param name="Beds">How many beds it has.</param>
/// <param name="Open">Whether it takes patients.</param>
public sealed record RegisterHospital(string Hospital, Position Place, int Beds, bool Open) : RegionCommand;

/// <summary>A hospital says how many beds are free, those included that are reserved for patients on their way, or that it opens or closes.</summary>
/// <param name="Hospital">Which.</param>
/// <param name="Free">How many beds nobody lies in; null if that is as it was.</param>
/// <param name="Open">Whether it takes patients; null if that is as it was.</param>
public sealed record ReportBeds(string Hospital, int? Free = null, bool? Open = null) : RegionCommand;

/// <summary>A crash, or whatever else somebody needs an ambulance for. Its id is made from the command's.</summary>
/// <param name="Place">Where.</param>
/// <param name="Severity">1 (most severe) to 5.</param>
/// <param name="Needs">What the unit must be able to do.</param>
/// <param name="Reporter">Who or what saw it, such as a car; null for the actor.</param>
public sealed record ReportIncident(Position Place, int Severity, ImmutableArray<string> Needs, string? Reporter = null) : RegionCommand;

/// <summary>It was a false alarm: the reporter, who asked for it, or the operator calls it off, as long as nobody is being transported.</summary>
public sealed record CancelIncident(string Incident, string? Reason = null) : RegionCommand;

/// <summary>Deadline: units that had to acknowledge, or give a sign of life, by then.</summary>
/// <param name="Due">By when.</param>
public sealed record MeetDeadlines(DateTimeOffset Due) : RegionCommand;
