using System.Collections.Immutable;

namespace Rialto.Markets.Dispatch;

/// <summary>
/// What one command leads to: events that are decided one after the other, each knowing what those before it have used up, while the state
/// itself stays as it is. Units and beds that the plan has given are given once. Whoever is nearest is told by whole numbers, and a tie goes
/// to who registered first, so the same state gives the same plan.
/// </summary>
/// <param name="state">The region before the command.</param>
/// <param name="now">When it is decided.</param>
/// <param name="newTerms">The terms that the plan begins with, if it changes them.</param>
internal sealed class Plan(RegionState state, DateTimeOffset now, RegionTerms? newTerms = null)
{
    private readonly RegionTerms _terms = newTerms ?? state.Terms;
    private readonly ImmutableArray<Event>.Builder _events = ImmutableArray.CreateBuilder<Event>();
    private readonly HashSet<Incident> _served = [];
    private Dictionary<Unit, ReleaseReason?>? _spoken;
    private Dictionary<Hospital, int>? _reserved;
    private Hospital? _new;
    private (Hospital Hospital, int Free, bool IsOpen, Position Place)? _changed;

    public Decision Decision => _events.Count == 0 ? Decision.Nothing : new Decision.Accepted(_events.ToImmutable());

    /// <summary>Adds an event, and tells the version that it will have.</summary>
    public long Add(RegionEvent happened)
    {
        _events.Add(happened);
        return state.Version + _events.Count;
    }

    /// <summary>This unit is not to be sent by this plan any more: because it is, or for this reason.</summary>
    public void SpeakFor(Unit unit, ReleaseReason? why = null) => (_spoken ??= [])[unit] = why;

    /// <summary>From here on this hospital is as it has just said.</summary>
    public void Change(Hospital hospital, int free, bool isOpen, Position place) => _changed = (hospital, free, isOpen, place);

    /// <summary>Sends the nearest unit that can go, or puts the incident in the queue and says why.</summary>
    public void Dispatch(Incident incident, ImmutableArray<long> causes)
    {
        _served.Add(incident);
        Unit? nearest = null;
        var (least, choice) = (long.MaxValue, 0);
        foreach (var unit in state.Idle)
        {
            if (!CanGo(unit, incident)) continue;
            choice++;
            var distance = unit.Place.SquaredCmTo(incident.Place);
            if (distance > least || (distance == least && unit.Number > nearest!.Number)) continue;
            (nearest, least) = (unit, distance);
        }
        if (nearest is null)
        {
            Add(new IncidentQueued(incident.Id, WhyNoUnit(incident), causes));
            return;
        }
        var metres = Position.MetresOf(least);
        Send(incident, nearest, metres, choice == 1 ? $"The only unit that can go, {Far(metres)} away." : $"The nearest of {choice} units that can go, {Far(metres)} away.", causes);
    }

    /// <summary>A unit can be sent (again): it gets the most severe, oldest incident in the queue that it can serve, if there is one.</summary>
    /// <param name="unit">The unit as it is now, which the state may not know yet.</param>
    /// <param name="cause">The version of the event by which it is free.</param>
    /// <returns>Whether it was sent.</returns>
    public bool Serve(Unit unit, long cause)
    {
        if (state.Queue.Count == 0 || IsSpokenFor(unit) || !IsFresh(unit)) return false;
        if (state.Queue.FirstFor(unit, unit.Skills, _served.Contains) is not { } incident) return false;
        _served.Add(incident);
        var metres = unit.Place.MetresTo(incident.Place);
        Send(incident, unit, metres, $"Free now, and the most severe, oldest incident that it can serve; {Far(metres)} away.", [incident.Last, cause]);
        return true;
    }

    /// <summary>Beds may be free (again): who waits for one gets it, the most severe, oldest first.</summary>
    /// <param name="cause">The version of the event by which they are free.</param>
    public void GiveBeds(long cause)
    {
        if (state.BedQueue.Count == 0) return;
        foreach (var incident in state.BedQueue)
        {
            if (_served.Contains(incident)) continue;
            if (FindHospital(incident, out var metres, out var note) is not { } hospital) return;
            TellOfBed(incident, hospital, metres, note, [incident.Last, cause]);
        }
    }

    /// <summary>The same with a hospital that the state does not know yet.</summary>
    public void GiveBedsOfNew(string name, Position place, int beds, int number, long cause)
    {
        if (state.BedQueue.Count == 0) return;
        _new = new Hospital(number, name) { Place = place, Beds = beds, Free = beds, IsOpen = true };
        GiveBeds(cause);
    }

    /// <summary>This incident is over: it is not to be served by this plan any more.</summary>
    public void Leave(Incident incident) => _served.Add(incident);

    /// <summary>Takes reserved beds away, as many as a hospital cannot give any more, and finds others: the last in order of urgency lose theirs first.</summary>
    /// <param name="hospital">The hospital.</param>
    /// <param name="kept">How many it can give.</param>
    /// <param name="note">Why no more.</param>
    /// <param name="cause">The version of the event that says so.</param>
    public void Divert(Hospital hospital, int kept, string note, long cause)
    {
        foreach (var incident in hospital.Reserved.Skip(kept).ToList())
        {
            var released = ReleaseBed(incident, hospital, note, [incident.Last, cause]);
            if (incident.Unit is null) continue;   // In the queue: it gets a bed when it gets a unit.
            if (FindHospital(incident, out var metres, out var why) is { } other) TellOfBed(incident, other, metres, why, [released]);
            else Add(new BedAwaited(incident.Id, WhyNoBed(), [released]));
        }
    }

    /// <summary>A reserved bed is free again.</summary>
    public long ReleaseBed(Incident incident, Hospital hospital, string note, ImmutableArray<long> causes)
    {
        Count(hospital, -1);
        return Add(new HospitalReleased(incident.Id, hospital.Name, note, causes));
    }

    private void Send(Incident incident, Unit unit, long metres, string note, ImmutableArray<long> causes)
    {
        SpeakFor(unit);
        var allocated = Add(new UnitAllocated(incident.Id, unit.Name, metres, Bounds.After(now, _terms.AcknowledgeSeconds), note, causes));
        var (hospital, bed) = (incident.Hospital?.Name, allocated);
        if (incident.Hospital is null && FindHospital(incident, out var way, out var why) is { } found)
        {
            Count(found, 1);
            (hospital, bed) = (found.Name, Add(new HospitalAllocated(incident.Id, found.Name, way, why, [allocated])));
        }
        else if (incident.Hospital is null)
        {
            bed = Add(new BedAwaited(incident.Id, WhyNoBed(), [allocated]));
        }
        var started = Add(new WorkflowStarted(incident.Id, unit.Name, bed == allocated ? [allocated] : [allocated, bed]));
        Add(new CommandsSent(incident.Id, unit.Name, hospital, [started]));
    }

    /// <summary>A unit that is on its way, or has the patient, is told where to.</summary>
    private void TellOfBed(Incident incident, Hospital hospital, long metres, string note, ImmutableArray<long> causes)
    {
        _served.Add(incident);
        Count(hospital, 1);
        var bed = Add(new HospitalAllocated(incident.Id, hospital.Name, metres, note, causes));
        Add(new CommandsSent(incident.Id, incident.Unit!.Name, hospital.Name, [bed]));
    }

    private bool CanGo(Unit unit, Incident incident) => Fits(unit, incident) && !IsSpokenFor(unit) && IsFresh(unit) && !incident.IsDeclinedBy(unit);

    private static bool Fits(Unit unit, Incident incident) => incident.NeedBits is { } needs && (needs & ~unit.SkillBits) == 0;

    private bool IsSpokenFor(Unit unit) => _spoken is not null && _spoken.ContainsKey(unit);

    private bool IsFresh(Unit unit) => !IsSilent(unit) && !IsStale(unit);

    /// <summary>Whether it should have been heard from. New terms count from now on.</summary>
    private bool IsSilent(Unit unit) => newTerms is null && state.IsSilent(unit, now);

    private bool IsStale(Unit unit) => _terms.PositionSeconds > 0 && Bounds.After(unit.PlacedAt, _terms.PositionSeconds) < now;

    private Hospital? FindHospital(Incident incident, out long metres, out string note)
    {
        Hospital? nearest = null;
        var (least, choice) = (long.MaxValue, 0);
        foreach (var hospital in _new is null ? state.Hospitals : state.Hospitals.Append(_new))
        {
            if (FreeBeds(hospital) <= 0) continue;
            choice++;
            var distance = PlaceOf(hospital).SquaredCmTo(incident.Place);
            if (distance < least) (nearest, least) = (hospital, distance);
        }
        metres = nearest is null ? 0 : Position.MetresOf(least);
        note = nearest is null ? "" : choice == 1 ? $"The only open hospital with a free bed, {Far(metres)} from the incident." : $"The nearest of {choice} open hospitals with a free bed, {Far(metres)} from the incident.";
        return nearest;
    }

    private int FreeBeds(Hospital hospital)
    {
        var (free, isOpen) = _changed is { } changed && changed.Hospital == hospital ? (changed.Free, changed.IsOpen) : (hospital.Free, hospital.IsOpen);
        return isOpen ? free - hospital.Reserved.Count - (_reserved?.GetValueOrDefault(hospital) ?? 0) : 0;
    }

    private Position PlaceOf(Hospital hospital) => _changed is { } changed && changed.Hospital == hospital ? changed.Place : hospital.Place;

    private void Count(Hospital hospital, int beds)
    {
        _reserved ??= [];
        _reserved[hospital] = _reserved.GetValueOrDefault(hospital) + beds;
    }

    private string WhyNoUnit(Incident incident)
    {
        if (state.Units.Count == 0) return "No unit is registered in this region.";
        int fit = 0, busy = 0, offDuty = 0, lost = 0, stale = 0, declined = 0;
        foreach (var unit in state.Units)
        {
            if (!Fits(unit, incident)) continue;
            fit++;
            var released = _spoken?.GetValueOrDefault(unit);
            if (unit.Status == UnitStatus.OffDuty || released is ReleaseReason.OffDuty or ReleaseReason.NotAcknowledged) offDuty++;
            else if (unit.IsLost || released is ReleaseReason.Lost || IsSilent(unit)) lost++;
            else if (incident.IsDeclinedBy(unit) || released is ReleaseReason.Declined) declined++;
            else if (unit.Status == UnitStatus.Available && !IsSpokenFor(unit) && IsStale(unit)) stale++;
            else busy++;
        }
        if (fit == 0) return $"No unit of this region has all of {string.Join(", ", incident.Needs)}.";
        var why = new List<string>();
        if (busy > 0) why.Add($"{busy} busy");
        if (declined > 0) why.Add($"{declined} declined");
        if (offDuty > 0) why.Add($"{offDuty} off duty");
        if (lost > 0) why.Add($"{lost} not heard from");
        if (stale > 0) why.Add($"{stale} with a position that is too old");
        return $"No unit can go: of {fit} that could, {string.Join(", ", why)}.";
    }

    private string WhyNoBed() => state.Hospitals.Count == 0 ? "No hospital is registered in this region." : "No open hospital has a free bed.";

    private static string Far(long metres) => FormattableString.Invariant($"{metres:N0} m");
}
