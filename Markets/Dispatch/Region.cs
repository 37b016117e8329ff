using System.Collections.Immutable;

namespace Rialto.Markets.Dispatch;

/// <summary>
/// A region's rules. A report becomes a chain of events, each naming its causes: reported, unit allocated, hospital allocated, workflow
/// started, commands sent, acknowledged, arrived, transported, delivered, completed. The nearest unit goes that is available, was heard from,
/// whose position is fresh and whose skills fit; the patient gets a bed in the nearest open hospital that has one. If no unit can go, the
/// incident waits, and the next unit that is free takes the most severe, oldest one that it can serve; so while an incident waits, no unit
/// that could serve it is idle. A unit is sent even while no bed is free: the bed is found on the way.
/// A unit that declines, is silent, or does not acknowledge in time is released and another one is sent; a hospital that closes diverts.
/// </summary>
public sealed class Region : EntityKind<RegionState>
{
    /// <inheritdoc/>
    public override string Category => "region";

    /// <inheritdoc/>
    protected override RegionState Start(string key) => new(key);

    /// <inheritdoc/>
    protected override Decision Decide(RegionState state, Command command, in CommandContext context)
    {
        switch (command)
        {
            case ConfigureRegion c: return DecideTerms(state, c, context);
            case RegisterUnit c: return DecideUnit(state, c, context);
            case RegisterHospital c: return DecideHospital(state, c, context);
            case MeetDeadlines c: return DecideDeadlines(state, c, context);
        }
        if (!state.Exists) return RegionRefusals.RegionNotFound(state.Key);
        return command switch
        {
            MoveUnit c => DecideMove(state, c, context),
            SendHeartbeat c => DecideHeartbeat(state, c, context),
            ReportStatus c => DecideStatus(state, c, context),
            ReportBeds c => DecideBeds(state, c, context),
            ReportIncident c => DecideReport(state, c, context),
            CancelIncident c => DecideCancel(state, c, context),
            _ => throw new InvalidOperationException($"A region cannot be asked for {command.GetType().Name}."),
        };
    }

    // The region itself.

    private static Decision DecideTerms(RegionState state, ConfigureRegion command, in CommandContext context)
    {
        var wrong = Bounds.CheckName(state.Key, "region")
            ?? (command.AcknowledgeSeconds is { } acknowledge ? Bounds.CheckSeconds(acknowledge, "acknowledgeSeconds") : null)
            ?? (command.HeartbeatSeconds is { } heartbeat ? Bounds.CheckRange(heartbeat, "heartbeatSeconds", 0, Bounds.MaxSeconds) : null)
            ?? (command.PositionSeconds is { } position ? Bounds.CheckRange(position, "positionSeconds", 0, Bounds.MaxSeconds) : null);
        if (wrong is not null) return wrong;
        var terms = new RegionTerms(
            command.AcknowledgeSeconds ?? state.Terms.AcknowledgeSeconds, command.HeartbeatSeconds ?? state.Terms.HeartbeatSeconds, command.PositionSeconds ?? state.Terms.PositionSeconds);
        if (!state.Exists) return new RegionOpened(state.Key, terms, context.Actor, context.Now);
        if (terms == state.Terms) return Decision.Nothing;
        var plan = new Plan(state, context.Now, terms);
        var changed = plan.Add(new TermsChanged(terms, context.Actor, context.Now));
        // By laxer terms, some may be able to go who were not.
        var sent = 0;
        foreach (var unit in state.Idle.OrderBy(unit => unit.Number))
            if (plan.Serve(unit, changed) && ++sent == RegionBounds.MaxAtOnce) break;
        return plan.Decision;
    }

    /// <summary>A plan. The first unit or hospital opens its region.</summary>
    private static Plan Begin(RegionState state, in CommandContext context)
    {
        var plan = new Plan(state, context.Now);
        if (!state.Exists) plan.Add(new RegionOpened(state.Key, RegionTerms.Default, context.Actor, context.Now));
        return plan;
    }

    // Units.

    private static Decision DecideUnit(RegionState state, RegisterUnit command, in CommandContext context)
    {
        var wrong = Bounds.CheckName(state.Key, "region") ?? Bounds.CheckName(command.Unit, "unit")
            ?? (command.Kind == RegionBounds.Ambulance ? null : RegionRefusals.UnknownKind(command.Kind))
            ?? command.Place.Check() ?? CheckSkills(command.Skills, "skills");
        if (wrong is not null) return wrong;
        var skills = Distinct(command.Skills);
        var known = state.FindUnit(command.Unit);
        if (known is null && state.Units.Count >= RegionBounds.MaxUnits) return RegionRefusals.TooMany("units", RegionBounds.MaxUnits);
        if (!state.Skills.HasRoomFor(skills)) return RegionRefusals.TooMany("different skills", RegionBounds.MaxDistinctSkills);

        var plan = Begin(state, context);
        var registered = plan.Add(new UnitRegistered(command.Unit, command.Kind, command.Place, skills, context.Actor, context.Now));
        if (known?.Job is not null) return plan.Decision;
        plan.Serve(
            new Unit(known?.Number ?? state.Units.Count, command.Unit)
            {
                Place = command.Place, PlacedAt = context.Now, SeenAt = context.Now, Skills = skills, SkillBits = state.Skills.KnownBitsOf(skills), Shift = (known?.Shift ?? 0) + 1,
            },
            registered);
        return plan.Decision;
    }

    private static Decision DecideMove(RegionState state, MoveUnit command, in CommandContext context)
    {
        if (command.Place.Check() is { } wrong) return wrong;
        if (state.FindUnit(command.Unit) is not { } unit) return RegionRefusals.UnitNotFound(command.Unit ?? "");
        // Who stands still says so often enough to stay fresh, and need not fill the journal.
        if (unit.Place == command.Place && !unit.IsLost && IsRecent(unit.PlacedAt, state.Terms.PositionSeconds, context) && IsRecent(unit.SeenAt, state.Terms.HeartbeatSeconds, context))
            return Decision.Nothing;
        var plan = Begin(state, context);
        var moved = plan.Add(new UnitMoved(unit.Name, command.Place, context.Now));
        if (unit.Status == UnitStatus.Available) plan.Serve(Again(unit, command.Place, context), moved);
        return plan.Decision;
    }

    private static Decision DecideHeartbeat(RegionState state, SendHeartbeat command, in CommandContext context)
    {
        if (state.FindUnit(command.Unit) is not { } unit) return RegionRefusals.UnitNotFound(command.Unit ?? "");
        if (!unit.IsLost && (unit.Status == UnitStatus.OffDuty || IsRecent(unit.SeenAt, state.Terms.HeartbeatSeconds, context))) return Decision.Nothing;
        var plan = Begin(state, context);
        var seen = plan.Add(new UnitSeen(unit.Name, context.Now));
        if (unit.Status == UnitStatus.Available) plan.Serve(Again(unit, null, context), seen);
        return plan.Decision;
    }

    /// <summary>Whether something is so new that saying it again changes nothing: a third of the time that it holds.</summary>
    private static bool IsRecent(DateTimeOffset since, int holdsSeconds, in CommandContext context) =>
        holdsSeconds == 0 || context.Now - since < TimeSpan.FromTicks(holdsSeconds * TimeSpan.TicksPerSecond / 3);

    /// <summary>A unit as it is after it was heard from.</summary>
    private static Unit Again(Unit unit, Position? place, in CommandContext context) => new(unit.Number, unit.Name)
    {
        Place = place ?? unit.Place,
        PlacedAt = place is null ? unit.PlacedAt : context.Now,
        SeenAt = context.Now,
        Skills = unit.Skills,
        SkillBits = unit.SkillBits,
        Shift = unit.Shift,
    };

    private static Unit OnDutyAgain(Unit unit, in CommandContext context)
    {
        var again = Again(unit, null, context);
        again.Shift++;
        return again;
    }

    private static Decision DecideStatus(RegionState state, ReportStatus command, in CommandContext context)
    {
        if (!Enum.IsDefined(command.Status)) return Bounds.OutOfRange("status", 0, (int)UnitReport.OffDuty);
        if (state.FindUnit(command.Unit) is not { } unit) return RegionRefusals.UnitNotFound(command.Unit ?? "");
        if (unit.Job is not { } incident) return command.Incident is null ? DecideFree(state, unit, command.Status, context) : RegionRefusals.NotAssigned(unit.Name);
        if (command.Incident is not null && command.Incident != incident.Id) return RegionRefusals.WrongIncident(unit.Name, incident.Id);
        var (now, because) = (context.Now, ImmutableArray.Create(incident.Last));
        switch (incident.Status, command.Status)
        {
            case (IncidentStatus.Dispatched, UnitReport.Acknowledged):
                return new UnitAcknowledged(incident.Id, unit.Name, now, because);
            case (IncidentStatus.Acknowledged, UnitReport.OnScene):
                return new UnitArrived(incident.Id, unit.Name, now, because);
            case (IncidentStatus.OnScene, UnitReport.Transporting):
                return incident.Hospital is { } goal ? new TransportStarted(incident.Id, unit.Name, goal.Name, now, because) : RegionRefusals.NoHospital;
            case (IncidentStatus.Transporting, UnitReport.AtHospital):
                return incident.Hospital is { } reached ? new PatientDelivered(incident.Id, unit.Name, reached.Name, now, because) : RegionRefusals.NoHospital;
            case (IncidentStatus.OnScene or IncidentStatus.AtHospital, UnitReport.Available or UnitReport.OffDuty):
                return DecideComplete(state, incident, unit, command.Status == UnitReport.Available, context);
            case (IncidentStatus.Dispatched or IncidentStatus.Acknowledged, UnitReport.Declined or UnitReport.OffDuty):
                return DecideGiveBack(state, incident, unit, command.Status == UnitReport.Declined ? ReleaseReason.Declined : ReleaseReason.OffDuty, context);
            case (IncidentStatus.Acknowledged, UnitReport.Acknowledged):
            case (IncidentStatus.OnScene, UnitReport.OnScene):
            case (IncidentStatus.Transporting, UnitReport.Transporting):
            case (IncidentStatus.AtHospital, UnitReport.AtHospital):
                return Decision.Nothing;   // Said twice.
            default:
                return RegionRefusals.IllegalMove(unit.Name, RegionViews.Word(incident.Status), RegionViews.NextOf(incident.Status));
        }
    }

    /// <summary>A unit without an incident comes, goes, or says what makes no sense.</summary>
    private static Decision DecideFree(RegionState state, Unit unit, UnitReport report, in CommandContext context)
    {
        switch (report)
        {
            case UnitReport.Available when unit is { Status: UnitStatus.Available, HasDeclined: false, IsLost: false }:
            case UnitReport.OffDuty when unit.Status == UnitStatus.OffDuty:
                return Decision.Nothing;
            case UnitReport.Available:
                var plan = Begin(state, context);
                var available = plan.Add(new UnitStatusChanged(unit.Name, UnitStatus.Available, context.Now));
                plan.Serve(OnDutyAgain(unit, context), available);
                return plan.Decision;
            case UnitReport.OffDuty:
                return new UnitStatusChanged(unit.Name, UnitStatus.OffDuty, context.Now);
            default:
                return RegionRefusals.NotAssigned(unit.Name);
        }
    }

    private static Decision DecideComplete(RegionState state, Incident incident, Unit unit, bool staysOnDuty, in CommandContext context)
    {
        var plan = Begin(state, context);
        var because = incident.Last;
        if (incident.HasReservation) because = plan.ReleaseBed(incident, incident.Hospital!, "Nobody has to be transported.", [because]);
        plan.Leave(incident);
        var completed = plan.Add(new IncidentCompleted(incident.Id, unit.Name, incident.IsDelivered ? incident.Hospital!.Name : null, context.Now, [because]));
        // Who has waited for a bed comes before whoever the unit is sent to next.
        if (!incident.IsDelivered) plan.GiveBeds(completed);
        if (!staysOnDuty) plan.Add(new UnitStatusChanged(unit.Name, UnitStatus.OffDuty, context.Now));
        else plan.Serve(OnDutyAgain(unit, context), completed);
        return plan.Decision;
    }

    private static Decision DecideGiveBack(RegionState state, Incident incident, Unit unit, ReleaseReason reason, in CommandContext context)
    {
        var plan = Begin(state, context);
        plan.SpeakFor(unit, reason);
        var released = plan.Add(new UnitReleased(incident.Id, unit.Name, reason, context.Now, [incident.Last]));
        plan.Dispatch(incident, [released]);
        // It is another unit's now; who declined is free for others in the queue.
        if (reason == ReleaseReason.Declined) plan.Serve(Again(unit, null, context), released);
        return plan.Decision;
    }

    // Hospitals.

    private static Decision DecideHospital(RegionState state, RegisterHospital command, in CommandContext context)
    {
        var wrong = Bounds.CheckName(state.Key, "region") ?? Bounds.CheckName(command.Hospital, "hospital") ?? command.Place.Check()
            ?? Bounds.CheckRange(command.Beds, "beds", 0, RegionBounds.MaxBeds);
        if (wrong is not null) return wrong;
        var known = state.FindHospital(command.Hospital);
        if (known is null && state.Hospitals.Count >= RegionBounds.MaxHospitals) return RegionRefusals.TooMany("hospitals", RegionBounds.MaxHospitals);
        var plan = Begin(state, context);
        var registered = plan.Add(new HospitalRegistered(command.Hospital, command.Place, command.Beds, command.Open, context.Actor));
        if (known is not null) Rearrange(plan, known, known.FreeOf(command.Beds), command.Open, command.Place, registered);
        else if (command.Open) plan.GiveBedsOfNew(command.Hospital, command.Place, command.Beds, state.Hospitals.Count, registered);
        return plan.Decision;
    }

    private static Decision DecideBeds(RegionState state, ReportBeds command, in CommandContext context)
    {
        if (command is { Free: null, Open: null }) return RegionRefusals.NothingSaid;
        if (state.FindHospital(command.Hospital) is not { } hospital) return RegionRefusals.HospitalNotFound(command.Hospital ?? "");
        if (command.Free is { } said && Bounds.CheckRange(said, "free", 0, hospital.Beds) is { } wrong) return wrong;
        var (free, open) = (command.Free ?? hospital.Free, command.Open ?? hospital.IsOpen);
        if (free == hospital.Free && open == hospital.IsOpen) return Decision.Nothing;
        var plan = Begin(state, context);
        var changed = plan.Add(new HospitalChanged(hospital.Name, free, open));
        Rearrange(plan, hospital, free, open, hospital.Place, changed);
        return plan.Decision;
    }

    /// <summary>What a hospital cannot give any more is found elsewhere; what it can give now goes to those who wait.</summary>
    private static void Rearrange(Plan plan, Hospital hospital, int free, bool open, Position place, long cause)
    {
        plan.Change(hospital, free, open, place);
        var kept = open ? free : 0;
        if (hospital.Reserved.Count > kept) plan.Divert(hospital, kept, open ? $"{hospital.Name} has fewer beds than it promised." : $"{hospital.Name} has closed.", cause);
        else plan.GiveBeds(cause);
    }

    // Incidents.

    private static Decision DecideReport(RegionState state, ReportIncident command, in CommandContext context)
    {
        var wrong = command.Place.Check() ?? Bounds.CheckRange(command.Severity, "severity", 1, RegionBounds.LeastSevere) ?? CheckSkills(command.Needs, "needs")
            ?? (command.Reporter is null ? null : Bounds.CheckName(command.Reporter, "reporter"));
        if (wrong is not null) return wrong;
        if (state.Active.Count >= RegionBounds.MaxActive) return RegionRefusals.TooMany("incidents", RegionBounds.MaxActive);
        var (id, needs) = (context.Id.ToEntityKey(), Distinct(command.Needs));
        var plan = Begin(state, context);
        var reported = plan.Add(new IncidentReported(id, command.Place, command.Severity, needs, command.Reporter ?? context.Actor, context.Actor, context.Now));
        plan.Dispatch(new Incident(state.Reported + 1, id, command.Place, command.Severity, needs) { NeedBits = state.Skills.BitsOf(needs) }, [reported]);
        return plan.Decision;
    }

    private static Decision DecideCancel(RegionState state, CancelIncident command, in CommandContext context)
    {
        if (Bounds.CheckText(command.Reason, "reason") is { } wrong) return wrong;
        if (state.FindIncident(command.Incident) is not { } incident) return RegionRefusals.IncidentNotFound(command.Incident ?? "");
        var mayCancel = context.Actor == incident.By || context.Actor == incident.Reporter || context.Actor == Viewer.Operator.Actor;
        if (!mayCancel) return RegionRefusals.NotReporter(incident.Reporter);
        if (incident.IsOver) return RegionRefusals.IncidentClosed;
        if (incident.Status is IncidentStatus.Transporting or IncidentStatus.AtHospital) return RegionRefusals.PatientAboard;

        var plan = Begin(state, context);
        var because = incident.Last;
        if (incident.Unit is { } unit) because = plan.Add(new UnitReleased(incident.Id, unit.Name, ReleaseReason.Cancelled, context.Now, [because]));
        var hadBed = incident.HasReservation;
        if (hadBed) because = plan.ReleaseBed(incident, incident.Hospital!, "The incident was called off.", [because]);
        var cancelled = plan.Add(new IncidentCancelled(incident.Id, context.Actor, command.Reason, context.Now, [because]));
        plan.Leave(incident);
        if (hadBed) plan.GiveBeds(cancelled);
        if (incident.Unit is { IsLost: false } free) plan.Serve(free, cancelled);
        return plan.Decision;
    }

    // Deadlines.

    private static Decision DecideDeadlines(RegionState state, MeetDeadlines command, in CommandContext context)
    {
        var plan = new Plan(state, context.Now);
        List<(Incident Incident, long Released)>? left = null;
        foreach (var due in state.Due.TakeWhile(due => due.At <= command.Due).Take(RegionBounds.MaxAtOnce))
        {
            if (due.IsAcknowledgement) Release(state.IncidentOf(due), ReleaseReason.NotAcknowledged, context);
            else Lose(state.UnitOf(due), context);
        }
        // All who failed are known; now others are sent, the most severe first.
        foreach (var (incident, released) in (left ?? []).OrderBy(one => one.Incident, Urgency.Order)) plan.Dispatch(incident, [released]);
        return plan.Decision;

        void Lose(Unit unit, in CommandContext context)
        {
            plan.SpeakFor(unit, ReleaseReason.Lost);
            var lost = plan.Add(new UnitLost(unit.Name, unit.SeenAt));
            // Whoever has the patient keeps the patient: nobody else could help.
            if (unit is { Job: { } job, Status: UnitStatus.Dispatched or UnitStatus.OnScene } ) Release(job, ReleaseReason.Lost, context, lost);
        }

        void Release(Incident incident, ReleaseReason reason, in CommandContext context, long? cause = null)
        {
            if (left?.Exists(one => one.Incident == incident) == true) return;
            var unit = incident.Unit!;
            plan.SpeakFor(unit, reason);
            ImmutableArray<long> causes = cause is { } known ? [incident.Last, known] : [incident.Last];
            (left ??= []).Add((incident, plan.Add(new UnitReleased(incident.Id, unit.Name, reason, context.Now, causes))));
        }
    }

    private static Refusal? CheckSkills(ImmutableArray<string> skills, string what)
    {
        if (skills.IsDefaultOrEmpty) return null;
        if (skills.Length > RegionBounds.MaxSkills) return new Refusal(RefusalKind.Invalid, "out-of-range", $"Name at most {RegionBounds.MaxSkills} {what}.").With("field", what).With("maximum", RegionBounds.MaxSkills);
        foreach (var skill in skills)
            if (Bounds.CheckName(skill, what) is { } wrong) return wrong;
        return null;
    }

    private static ImmutableArray<string> Distinct(ImmutableArray<string> skills) => skills.IsDefaultOrEmpty ? [] : [.. skills.Distinct(StringComparer.Ordinal)];

    /// <inheritdoc/>
    protected override RegionState Evolve(RegionState state, Event happened)
    {
        state.Evolve(happened as RegionEvent ?? throw new InvalidOperationException($"{happened.GetType().Name} cannot happen to region {state.Key}."));
        return state;
    }

    /// <inheritdoc/>
    protected override Deadline? NextDeadline(RegionState state)
    {
        if (state.NextDue is not { } due) return null;
        var name = due.IsAcknowledgement
            ? FormattableString.Invariant($"acknowledge/{state.IncidentOf(due).AllocatedBy}")
            : FormattableString.Invariant($"lost/{state.UnitOf(due).Name}/{due.At.UtcTicks}");
        return new Deadline(due.At, name, new MeetDeadlines(due.At));
    }

    /// <inheritdoc/>
    protected override View Answer(RegionState state, Command command, in CommandContext context) => RegionViews.Answer(state, command, context);

    /// <inheritdoc/>
    protected override Reply Query(RegionState state, Query query) => RegionViews.Reply(state, query);

    /// <inheritdoc/>
    protected override IEnumerable<string> Audit(RegionState state)
    {
        foreach (var incident in state.Active.Values)
        {
            if (incident.Unit is { } unit && unit.Job != incident) yield return $"Region {state.Key}: incident {incident.Id} has the unit {unit.Name}, which has another incident or none.";
            if (incident.HasReservation && !incident.Hospital!.Reserved.Contains(incident)) yield return $"Region {state.Key}: incident {incident.Id} has a bed in {incident.Hospital.Name}, which knows nothing of it.";
            if (incident.IsQueued && incident.Unit is not null) yield return $"Region {state.Key}: incident {incident.Id} has a unit and is in the queue.";
        }
        foreach (var unit in state.Units)
            if (unit.Job is { } job && (job.Unit != unit || job.IsOver)) yield return $"Region {state.Key}: unit {unit.Name} is on incident {job.Id}, which does not have it.";
        foreach (var hospital in state.Hospitals)
        {
            if (hospital.Free < 0) yield return $"Region {state.Key}: hospital {hospital.Name} has {-hospital.Free} patients more than beds.";
            if (hospital.Reserved.Any(incident => incident.Hospital != hospital || incident.IsOver)) yield return $"Region {state.Key}: hospital {hospital.Name} keeps a bed for an incident that does not want it.";
        }
    }

    /// <inheritdoc/>
    public override int CheckpointSchema => 1;

    /// <inheritdoc/>
    protected override void Save(RegionState state, BinaryWriter writer) => RegionState.Save(state, writer);

    /// <inheritdoc/>
    protected override RegionState Restore(string key, ReadOnlySpan<byte> bytes) => RegionState.Load(key, bytes);
}
