namespace Rialto.Markets.Dispatch;

/// <summary>A short note for each step: what was decided, and why.</summary>
internal static class RegionNotes
{
    public static string Of(RegionEvent step) => step switch
    {
        IncidentReported e => FormattableString.Invariant($"Severity {e.Severity}, reported by {e.Reporter}{(e.Needs.IsDefaultOrEmpty ? "" : $", needs {string.Join(", ", e.Needs)}")}."),
        IncidentQueued e => e.Reason,
        UnitAllocated e => e.Note,
        HospitalAllocated e => e.Note,
        BedAwaited e => e.Reason,
        HospitalReleased e => e.Note,
        WorkflowStarted e => $"{e.Unit} is on it.",
        CommandsSent e => e.Hospital is { } hospital ? $"{e.Unit} and {hospital} are told." : $"{e.Unit} is told.",
        UnitAcknowledged e => $"{e.Unit} goes.",
        UnitArrived e => $"{e.Unit} is on scene.",
        TransportStarted e => $"{e.Unit} takes the patient to {e.Hospital}.",
        PatientDelivered e => $"{e.Unit} is at {e.Hospital}; the bed is taken.",
        UnitReleased e => $"{e.Unit} {WhyReleased(e.Reason)}.",
        IncidentCompleted e => e.Hospital is { } hospital ? $"{e.Unit} is done; the patient is at {hospital}." : $"{e.Unit} is done; nobody had to be transported.",
        IncidentCancelled e => e.Reason is { } reason ? $"{e.By} called it off: {reason}" : $"{e.By} called it off.",
        _ => throw new InvalidOperationException($"{step.GetType().Name} is no step of an incident."),
    };

    private static string WhyReleased(ReleaseReason reason) => reason switch
    {
        ReleaseReason.Declined => "declined",
        ReleaseReason.NotAcknowledged => "did not acknowledge in time",
        ReleaseReason.Lost => "was not heard from in time",
        ReleaseReason.OffDuty => "went off duty",
        _ => "is not needed any more",
    };
}
