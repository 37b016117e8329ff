using static Rialto.Markets.RefusalKind;

namespace Rialto.Markets.Dispatch;

/// <summary>
/// Every no of a region, in order of precedence: is there a region, is the request well formed, is there what it names, may this actor, is
/// it in a state for it, is there room. Form (<c>invalid-name</c>, <c>out-of-range</c>, <c>too-long</c>, <c>invalid-text</c>) is <see cref="Bounds"/>'.
/// </summary>
internal static class RegionRefusals
{
    public static Refusal RegionNotFound(string region) =>
        new(NotFound, "region-not-found", $"No unit or hospital serves a region '{region}'. Check the name, or register one.");

    // Form.

    public static Refusal UnknownKind(string? kind) =>
        new Refusal(Invalid, "unknown-kind", $"There are no units of kind '{kind}'. Use {RegionBounds.Ambulance}.").With("field", "kind");

    public static readonly Refusal NothingSaid =
        new(Invalid, "nothing-to-change", "Say how many beds are free, or whether the hospital is open.");

    // What is named.

    public static Refusal UnitNotFound(string unit) =>
        new Refusal(NotFound, "unit-not-found", $"There is no unit '{unit}' in this region. Register it first.").With("unit", unit);

    public static Refusal HospitalNotFound(string hospital) =>
        new Refusal(NotFound, "hospital-not-found", $"There is no hospital '{hospital}' in this region. Register it first.").With("hospital", hospital);

    public static Refusal IncidentNotFound(string incident) =>
        new(NotFound, "incident-not-found", $"There is no incident '{incident}' in this region. Look it up in the list of incidents.");

    // Who may.

    public static Refusal NotReporter(string reporter) =>
        new(Forbidden, "not-reporter", $"Only {reporter}, who reported it, and the operator can call this incident off.");

    // Its state.

    public static Refusal NotAssigned(string unit) =>
        new Refusal(Conflict, "not-assigned", $"The unit '{unit}' has no incident now: it was released, or never sent. Look at the unit before you go on.").With("unit", unit);

    public static Refusal WrongIncident(string unit, string incident) =>
        new Refusal(Conflict, "wrong-incident", $"The unit '{unit}' was sent to incident '{incident}'. Report for that one.").With("unit", unit).With("incident", incident);

    public static Refusal IllegalMove(string unit, string from, string next) =>
        new Refusal(Conflict, "illegal-move", $"The unit '{unit}' is {from}. What can follow is {next}.").With("unit", unit).With("unitStatus", from).With("next", next);

    public static readonly Refusal NoHospital =
        new(Conflict, "no-hospital", "No hospital has a free bed for this patient yet. Wait until one is allocated.");

    public static readonly Refusal IncidentClosed =
        new(Conflict, "incident-closed", "This incident is over. Report a new one if help is needed again.");

    public static readonly Refusal PatientAboard =
        new(Conflict, "patient-aboard", "The patient is on the way to the hospital, or there. This can no longer be called off.");

    // Room.

    public static Refusal TooMany(string what, int maximum) =>
        new Refusal(Unavailable, "too-many", $"This region holds its most of {what}. Use another region, or try again when there are fewer.").With("maximum", maximum);
}
